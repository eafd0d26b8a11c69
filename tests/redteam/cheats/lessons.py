"""Cheats on what a class is made of: foreign and locked lessons, classes that ended, packages and quizzes."""

from __future__ import annotations

from dataclasses import replace

from lms.classes.models import Enrolment, TrainingClass
from lms.kernel.errors import DomainError
from tests.redteam import weak
from tests.redteam.strategies import cheat
from tests.redteam.world import FILM_MS, FREE, Screen, World

LENGTH = 600_000


def study_if_it_opens(open_it: object, seconds: int = 120) -> None:
    """Study for a while, if the server lets one in."""
    try:
        screen: Screen = open_it()  # type: ignore[operator]
    except DomainError:
        return
    screen.watch(seconds)


@cheat("只学本班课程版本里的课 · only lessons of the class's version", without=weak.takes_lessons_of_other_courses)
def cheat_foreign_lesson(world: World) -> None:
    """改请求里的课时编号，学别的课程 · Edits the lesson's id in the request: studies another course's lesson"""
    learner, other = world.learner(), world.version()
    study_if_it_opens(lambda: learner.sit(other.lessons.get(), counts=False))


@cheat("按顺序开放 · lessons open in order", without=weak.admits_locked_lessons)
def cheat_locked_lesson(world: World) -> None:
    """绕过顺序，直接打开最后一课 · Passes the order by and opens the last lesson"""
    learner = world.learner(replace(FREE, lessons_in_order=True), ("video", FILM_MS), ("video", FILM_MS))
    study_if_it_opens(lambda: learner.sit(1, counts=False))


@cheat("停课后不再计 · nothing once the class is closed", without=weak.opened_for_good(weak.still_open))
def cheat_stays_after_closing(world: World) -> None:
    """停课前打开，停课后接着放 · Opens before the class is closed and plays on afterwards"""
    screen = world.learner().sit()
    screen.watch(30)
    TrainingClass.objects.filter(pk=screen.enrolment.training_class_id).update(state=TrainingClass.State.CLOSED)
    screen.counts = False
    screen.watch(120)


@cheat("退学后不再计 · nothing once the learner has left", without=weak.opened_for_good(weak.still_enrolled))
def cheat_stays_after_leaving(world: World) -> None:
    """退学前打开，退学后接着放 · Opens before leaving the class and plays on afterwards"""
    screen = world.learner().sit()
    screen.watch(30)
    Enrolment.objects.filter(pk=screen.enrolment.pk).update(state=Enrolment.State.WITHDRAWN)
    screen.counts = False
    screen.watch(120)


@cheat("换版后旧版本不再计 · nothing in a version that was replaced", without=weak.opened_for_good(weak.of_any_version))
def cheat_stays_in_the_old_version(world: World) -> None:
    """换版时不退出，在已删的课里接着学 · Stays in a lesson that an upgrade of the class took away"""
    screen = world.learner().sit()
    screen.watch(30)
    TrainingClass.objects.filter(pk=screen.enrolment.training_class_id).update(course_version=world.version())
    screen.counts = False
    screen.watch(120)


@cheat("测验不计时长 · a quiz has no hours", without=weak.admits_any_lesson)
def cheat_quiz_as_film(world: World) -> None:
    """把测验页当影片挂时长 · Lets a quiz's page run as if it were a film"""
    learner = world.learner(FREE, ("quiz", LENGTH))
    study_if_it_opens(lambda: learner.sit(counts=False))
