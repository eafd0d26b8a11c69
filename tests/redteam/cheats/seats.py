"""Cheats with more than one seat: lessons, classes, accounts and devices at once, and races between them."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

from attendance import services, stores
from attendance.rules import Claim
from attendance.services import BeatsRequest
from lms.kernel import clock
from tests.cast import make_user
from tests.redteam import weak
from tests.redteam.strategies import cheat
from tests.redteam.world import FILM_MS, FREE, Screen, World

TEN = [("video", FILM_MS)] * 10


def study_together(world: World, screens: list[Screen], seconds: int = 120) -> None:
    """Let all screens run at once, each reporting every ten seconds."""
    for _ in range(seconds // 10):
        world.wait(10)
        for screen in screens:
            screen.beat()


@cheat("一人一席：课时不另设时钟 · one seat: no clock per lesson", without=weak.clock_per(lambda s, r: s.lesson_id))
def cheat_ten_lessons_at_once(world: World) -> None:
    """十个页面同时放十课 · Plays ten lessons in ten tabs at once"""
    learner = world.learner(FREE, *TEN)
    study_together(world, [learner.sit(place) for place in range(10)])


@cheat("一人一席：班级不另设时钟 · one seat: no clock per class", without=weak.clock_per(lambda s, r: s.enrolment_id))
def cheat_two_classes_at_once(world: World) -> None:
    """报两个班，两个班的课同时放 · Is in two classes and studies in both at once"""
    learner = world.learner(times=2)
    study_together(world, [learner.sit(), learner.sit(place=1)])


@cheat("一人一席：账号不另设时钟 · one seat: no clock per account", without=weak.clock_per(lambda s, r: r.user_id))
def cheat_two_accounts(world: World) -> None:
    """同一人的两个账号（已合并）各放各的 · Uses both accounts of one person (merged) at the same time"""
    learner = world.learner(FREE, *TEN)
    other = make_user(f"{learner.user.username}b", learner.user.person)
    study_together(world, [learner.sit(0), learner.sit(1, user=other)])


@cheat("一人一席：终端不另设时钟 · one seat: no clock per terminal", without=weak.clock_per(lambda s, r: s.client))
def cheat_shared_account(world: World) -> None:
    """账号借给同伴，一人在电脑、一人在微信同时学 · Lends the account: one studies on a PC, one in WeChat, at the same time"""
    learner = world.learner(FREE, *TEN)
    study_together(world, [learner.sit(0), learner.sit(5, client="wechat")])


@cheat(
    "换设备不回拨游标 · a takeover does not turn the cursor back",
    without=weak.sitting_down(lambda s: replace(s, cursor=s.cursor - 10_000)),
)
def cheat_takeover_ping_pong(world: World) -> None:
    """两台设备每秒互相接管，每次多报一拍 · Two devices take over from each other each second and claim a beat each time"""
    learner = world.learner()
    for turn in range(30):
        screen = learner.sit(client=("pc", "phone")[turn % 2])
        world.wait(1)
        screen.claim(screen.claimed, screen.claimed + 10_000)
        screen.playing = False


@cheat(
    "进度跨会话保留 · progress is kept over sessions",
    without=weak.sitting_down(lambda s: replace(s, covered=(), reach=0, lesson_ms=0)),
)
def cheat_fresh_start(world: World) -> None:
    """每次重开都从头再学第一分钟 · Opens the lesson anew and studies its first minute again"""
    learner = world.learner()
    for _ in range(5):
        screen = learner.sit()
        screen.position = screen.claimed = 0
        screen.watch(60)
        screen.close()


@cheat("先到先得，后到重读 · who comes second reads again", without=weak.gives_up_compare_and_set)
def cheat_race(world: World) -> None:
    """同一批心跳在同一瞬间从两个入口发出 · Sends the same beats through two processes in the same moment"""
    screen = world.learner(replace(FREE, rewatch_credited=True)).sit()
    for turn in range(1, 13):
        world.wait(10)
        claim = Claim(turn, screen.claimed, screen.position)
        request = BeatsRequest(screen.session, screen.token, [claim], screen.actor.person_id, clock.now_ms())
        with meeting(request):
            screen.beat()
    screen.close()


def meeting(request: BeatsRequest) -> object:
    """Let another process write the same request between another's reading and writing."""
    commit = stores.commit

    def second(moves: list[stores.Move]) -> set[int]:
        with patch("attendance.stores.commit", commit):
            services.post_beats([request])
        return commit(moves)

    return patch("attendance.stores.commit", second)
