"""Cheats at replays: minutes that were attended already, that are not in the film, not shown any more, or too late."""

from __future__ import annotations

from tests.redteam import weak
from tests.redteam.classroom import Classroom
from tests.redteam.screening import Screening
from tests.redteam.strategies import cheat
from tests.redteam.world import MAKEUP, World

LESSON_S = 180


def taught(world: World) -> Classroom:
    """Return a room in which a lesson of three minutes goes on the air."""
    room = Classroom(world, terms=MAKEUP)
    room.go_on_air()
    return room


@cheat("上过的分钟不重计 · a minute attended live earns once", without=weak.pays_replays_anew)
def cheat_replay_of_what_was_attended(world: World) -> None:
    """直播上过了，再看回放计一遍 · Attends live, then has the replay count the same minutes again"""
    room = taught(world)
    learner = room.learner()
    page = room.enter(learner)
    for _ in range(LESSON_S // 10):
        room.teach(10)
        page.beat()
    page.close()
    again = Screening(room).open(learner)
    again.position = again.claimed = 0
    again.watch(LESSON_S)


@cheat("回放之外没有学时 · a replay is worth what was recorded", without=weak.takes_replays_for_films)
def cheat_replay_beyond_its_end(world: World) -> None:
    """回放只有3分钟，报到课程里写的60分钟 · Claims the hour of the course from a recording of three minutes"""
    room = taught(world)
    room.teach(LESSON_S)
    Screening(room).open(room.learner()).watch(LESSON_S + 300)


@cheat("撤回的回放不再计时 · a replay that is withdrawn counts no more", without=weak.forgets_withdrawals)
def cheat_replay_that_was_withdrawn(world: World) -> None:
    """机构撤回了回放，开着的页面继续上报 · Goes on claiming at an open page when the replay was withdrawn"""
    room = taught(world)
    room.teach(LESSON_S)
    shown = Screening(room)
    page = shown.open(room.learner())
    page.watch(30)
    shown.withdraw()
    page.stop_showing()
    page.watch(120)


@cheat("补课有期限，过了就停 · making up ends with its days, in the middle of a film", without=weak.has_no_last_day)
def cheat_replay_after_its_days(world: World) -> None:
    """期限最后一刻打开回放，过期后看完 · Opens the replay at the last moment and watches on when the days are over"""
    room = taught(world)
    room.teach(LESSON_S)
    shown = Screening(room)
    learner = room.learner()
    world.wait(shown.left_s - 30)
    shown.open(learner).watch(LESSON_S)
