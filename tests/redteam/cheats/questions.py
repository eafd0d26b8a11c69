"""Cheats on checks that ask about what was just taught: guessed, replayed, borrowed, tapped, dodged."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from attendance.services import CheckAsked
from tests.redteam import weak
from tests.redteam.strategies import cheat
from tests.redteam.world import CHECKED, Learner, Screen, World

QUESTIONED = replace(CHECKED, check_kinds=("question",), check_further_questions=0)
RIGHT = ("面罩", "手套", "护目镜")
TEXTS = (*RIGHT, "拖鞋", "短裤")


def asked_film(world: World, learner: Learner) -> Screen:
    """Sit down before a film with two questions on its first seconds, each with three right options of five."""
    options = [{"id": chr(97 + n), "text": text, "correct": text in RIGHT} for n, text in enumerate(TEXTS)]
    popups = [
        {
            "id": f"p{number}",
            "at_ms": number * 1_000,
            "question": {
                "id": f"p{number}",
                "kind": "multiple",
                "stem": f"第{number}问：焊工要戴什么？",
                "options": options,
                "question": str(UUID(int=number)),
                "version": str(UUID(int=number)),
            },
        }
        for number in (1, 2)
    ]
    return learner.sit(world.lesson(learner, popups=popups))


def until_questioned(screen: Screen) -> CheckAsked:
    """Study on until a check is asked; return it."""
    while True:
        screen.world.wait(10)
        asked = screen.beat().check
        if asked is not None:
            return asked
        assert not screen.stop


def right_ids(check: CheckAsked) -> list[str]:
    """Return what a person who listened chooses."""
    assert check.question is not None
    return [option["id"] for option in check.question["options"] if option["text"] in RIGHT]


@cheat("答错有限次，之后不认定 · wrong answers are few, then it is withheld", without=weak.asks_for_ever)
def cheat_guesses_questions(world: World) -> None:
    """人走开，脚本随机勾选，错了再试 · Walks away; a script ticks at random and tries again"""
    screen = asked_film(world, world.learner(replace(QUESTIONED, check_further_questions=1)))
    check: CheckAsked | None = until_questioned(screen)
    for _ in range(80):
        if check is None or check.question is None:
            return
        world.wait(0.2)
        ids = [option["id"] for option in check.question["options"]]
        guess = [uid for uid in ids if world.dice.random() < 0.5] or ids[:1]
        screen.answer(check.number, guess, is_real=False)
        check = screen.beat().check


@cheat("选项编号只对这一次有效 · an option's id holds for one check", without=weak.numbers_options_alike)
def cheat_replays_a_right_answer(world: World) -> None:
    """自己答对一次，之后脚本重放同样的答案 · Answers once, then a script replays the same answer"""
    screen = asked_film(world, world.learner(QUESTIONED))
    first = until_questioned(screen)
    right = right_ids(first)
    screen.answer(first.number, right, is_real=True)
    for _ in range(2):
        if screen.beat().stop:
            return
        screen.answer(until_questioned(screen).number, right, is_real=False)


@cheat("选项编号只对本人有效 · an option's id holds for one person", without=weak.numbers_options_alike)
def cheat_answers_with_a_friends_question(world: World) -> None:
    """同学把自己那道题的正确编号发来，脚本照填 · A classmate sends the right ids of the own question; a script fills them in"""
    screen, friend = (asked_film(world, world.learner(QUESTIONED)) for _ in range(2))
    borrowed = right_ids(until_questioned(friend))
    screen.answer(until_questioned(screen).number, borrowed, is_real=False)


@cheat("问了题，点一下不算 · a question is not answered by a tap", without=weak.takes_a_tap_for_an_answer)
def cheat_taps_at_a_question(world: World) -> None:
    """脚本不看题，一律回“我在学习” · A script answers every question with a tap"""
    screen = asked_film(world, world.learner(QUESTIONED))
    screen.answer(until_questioned(screen).number, "here", is_real=False)


@cheat(
    "按待认定的那个班出题 · the class whose time waits says how it is asked",
    without=weak.asks_as_the_sitting_class_does,
)
def cheat_dodges_the_question(world: World) -> None:
    """在要答题的班学，换到只点一下的班让脚本点 · Studies where questions are asked, lets a script tap where they are not"""
    learner = world.learner(QUESTIONED, times=2)
    tapping = learner.enrolments[1].training_class
    tapping.frozen_terms = replace(QUESTIONED, check_kinds=("tap",)).as_json()
    tapping.save(update_fields=["frozen_terms"])
    screen = asked_film(world, learner)
    screen.watch(20)
    screen.playing = False
    elsewhere = learner.sit(place=1)
    elsewhere.answer(until_questioned(elsewhere).number, "here", is_real=False)
