"""Cheats on presence checks: blocked, late, early, guessed, dodged."""

from __future__ import annotations

from dataclasses import replace

from tests.redteam import weak
from tests.redteam.strategies import cheat
from tests.redteam.world import CHECKED, FREE, Screen, World


def until_asked(screen: Screen) -> int:
    """Study on, answering nothing, until a check is asked; return its number."""
    while True:
        screen.world.wait(10)
        asked = screen.beat().check
        if asked is not None:
            return asked.number


@cheat("未应答的抽查不认定 · an unanswered check withholds", without=weak.takes_silence_for_presence)
def cheat_blocked_check(world: World) -> None:
    """屏蔽抽查弹窗，影片照放 · Blocks the check's dialog and plays on"""
    screen = world.learner(CHECKED).sit()
    until_asked(screen)
    screen.watch(180, answers=False)


@cheat("过时的应答无效 · a late answer is none", without=weak.takes_late_answers)
def cheat_answers_by_slow_script(world: World) -> None:
    """脚本固定延迟两分钟自动应答 · A script answers at a constant delay of two minutes"""
    screen = world.learner(CHECKED).sit()
    for _ in range(3):
        number = until_asked(screen) if not screen.stop else 0
        screen.watch(120, answers=False)
        screen.answer(number)


@cheat("没有问就没有应答 · no answer before the question", without=weak.takes_answers_unasked)
def cheat_answers_in_advance(world: World) -> None:
    """猜抽查编号，没问就先答 · Guesses the numbers of checks and answers before they are asked"""
    screen = world.learner(CHECKED).sit()
    for number in (1, 2):
        world.wait(10)
        screen.beat()
        screen.answer(number)
    until_asked(screen)
    screen.watch(180, answers=False)


@cheat("答错即不认定 · a wrong answer withholds", without=weak.forgives_wrong_answers)
def cheat_guesses_the_answer(world: World) -> None:
    """脚本逐个试答案，直到碰对 · A script tries one answer after another until one fits"""
    screen = world.learner(CHECKED).sit()
    number = until_asked(screen)
    for words in ("1", "yes", "确认", "here"):
        world.wait(1)
        screen.answer(number, words)


@cheat("沉默只再问一次 · silence is asked again once", without=weak.asks_again_for_ever)
def cheat_silence_at_every_check(world: World) -> None:
    """一问抽查就断网装死，过后再连，最后才答一次 · Falls silent at every check, comes back later, and answers only the last"""
    screen = world.learner(CHECKED).sit()
    number = until_asked(screen)
    for _ in range(4):
        world.wait(100)
        screen.beat()
    screen.answer(number)


@cheat(
    "关掉页面带不走抽查 · a check outlives the page",
    without=weak.sitting_down(lambda s: replace(s, check_due=0, until_check=30_000)),
)
def cheat_closes_at_every_check(world: World) -> None:
    """一问抽查就关页面重开，最后才答一次 · Closes the page at every check, opens it again, and answers only the last"""
    learner = world.learner(CHECKED)
    screen = learner.sit()
    for _ in range(5):
        screen.watch(40, answers=False)
        screen.close()
        screen = learner.sit()
    screen.answer(until_asked(screen))


@cheat(
    "无抽查的班不替别班认定 · a class without checks confirms nothing of others", without=weak.confirms_other_classes
)
def cheat_confirms_elsewhere(world: World) -> None:
    """在有抽查的班学，转到没有抽查的班让它“认定” · Studies under checks, then lets a class without them confirm it"""
    learner = world.learner(CHECKED, times=2)
    free = learner.enrolments[1].training_class
    free.frozen_terms = FREE.as_json()
    free.save(update_fields=["frozen_terms"])
    until_asked(learner.sit())
    learner.screens[0].playing = False
    elsewhere = learner.sit(place=1)
    elsewhere.watch(10, answers=False)
    elsewhere.close()


@cheat("只有本人应答算数 · only the learner's own answer", without=weak.lets_anybody_answer)
def cheat_friend_answers(world: World) -> None:
    """人走开，同伴用自己的账号替答 · Walks away; a friend answers the check from another account"""
    screen, friend = world.learner(CHECKED).sit(), world.learner()
    number, own = until_asked(screen), screen.actor
    world.wait(5)
    screen.actor, truth = friend.sit().actor, screen.learner.truth
    screen.learner.truth = friend.truth
    screen.answer(number)
    screen.actor, screen.learner.truth = own, truth
    screen.watch(120, answers=False)


@cheat("一次抽查只入账一次 · a check is entered once", without=weak.enters_an_answer_twice)
def cheat_answers_ten_times(world: World) -> None:
    """同一次抽查连答十遍 · Answers the same check ten times"""
    screen = world.learner(CHECKED).sit()
    number = until_asked(screen)
    for _ in range(10):
        screen.answer(number)


@cheat("迟不迟由出题的班定 · the class that asked says what is late", without=weak.judges_by_the_answering_class)
def cheat_answers_through_another_class(world: World) -> None:
    """抽查过时后，从应答时限不同的另一个班补答 · Answers too late, through a class with another time to answer"""
    learner = world.learner(CHECKED, times=2)
    other = learner.enrolments[1].training_class
    other.frozen_terms = replace(CHECKED, check_answer_ms=1_000).as_json()
    other.save(update_fields=["frozen_terms"])
    side_door, screen = learner.sit(place=1), learner.sit()
    side_door.playing = False
    number = until_asked(screen)
    screen.watch(70, answers=False)
    screen.playing = False
    world.wait(30)
    side_door.answer(number)
