"""Cheats at live lessons: time without a teacher, time after the line died, and two rooms at once."""

from __future__ import annotations

from tests.redteam import weak
from tests.redteam.classroom import Classroom
from tests.redteam.strategies import cheat
from tests.redteam.world import World


@cheat("只计教师在播的时间 · only time on the air counts", without=weak.is_always_on_air)
def cheat_room_without_a_teacher(world: World) -> None:
    """教师没开播就进教室挂着计时 · Sits in the open room and claims a running picture before anybody teaches"""
    room = Classroom(world)
    room.enter(room.learner()).watch(120)


@cheat("教师断线只宽限规定的秒数 · a dead line is on the air for the policy's seconds", without=weak.believes_open_runs)
def cheat_dead_line(world: World) -> None:
    """教师断线、进程已死，页面继续报在播放 · Goes on claiming a running picture when the teacher's line and server are dead"""
    room = Classroom(world)
    page = room.enter(room.learner())
    room.go_on_air()
    for _ in range(3):
        room.teach(10)
        page.beat()
    page.watch(120)


@cheat("一人一席：教室不另设时钟 · one seat: no clock per room", without=weak.clock_per(lambda s, r: s.enrolment_id))
def cheat_two_rooms_at_once(world: World) -> None:
    """两个班的直播同时上，两间教室都计时 · Sits in the live rooms of two classes at the same time"""
    first, second = Classroom(world), Classroom(world)
    learner = first.learner()
    second.enrol(learner)
    pages = [first.enter(learner), second.enter(learner, place=1)]
    for room in (first, second):
        room.go_on_air()
    for _ in range(24):
        first.teach(5)
        second.hear()
        for page in pages:
            page.beat()
