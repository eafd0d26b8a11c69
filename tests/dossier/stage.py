"""A class with learners who studied, laid through the services."""

from __future__ import annotations

from typing import Any

from courses.models import LessonVersion
from lms.access.rules import Actor
from lms.classes.models import Enrolment, TrainingClass
from lms.exams.services.quizzes import submit_quiz
from lms.kernel.clock import Traveller
from lms.kernel.ids import new_uid
from lms.people.models import Person
from lms.planning.rules import StudyTerms
from tests.cast import Cast, make_person, make_user
from tests.factories import make_class, make_course_version, make_enrolment
from tests.player import Player

LESSONS = (("video", 120_000), ("quiz", 0))
NO_CHECKS = StudyTerms(check_min_ms=None, check_max_ms=None)
CHECKS = StudyTerms(check_min_ms=60_000, check_max_ms=60_000)


def approved(cast: Cast, root: Any, *, terms: StudyTerms = NO_CHECKS, **fields: Any) -> TrainingClass:
    """Return an open class of institution A: a film of two minutes and a quiz."""
    version = make_course_version(root, cast.institution_a, lessons=LESSONS)
    return make_class(version, cast.department, terms=terms, **fields)


def lessons_of(training_class: TrainingClass) -> list[LessonVersion]:
    """Return film and quiz."""
    return list(training_class.course_version.lessons.all())


def joined(training_class: TrainingClass, person: Person) -> tuple[Enrolment, Actor]:
    """Return a person's place in a class, and the person as an actor with one account."""
    from lms.access.queries import actor_for
    from lms.people.models import User

    user = User.objects.filter(person=person).first() or make_user(f"u{person.pk}", person)
    return make_enrolment(training_class, person), actor_for(user)


def crowd(training_class: TrainingClass, size: int, traveller: Traveller, *, first: int = 100) -> list[Enrolment]:
    """Return so many learners, each with half a minute of confirmed study and a failed quiz."""
    enrolments = []
    for serial in range(first, first + size):
        enrolment, actor = joined(training_class, make_person(f"学员{serial}", serial))
        study(traveller, enrolment, actor, seconds=30)
        enrolments.append(enrolment)
    return enrolments


def study(traveller: Traveller, enrolment: Enrolment, actor: Actor, *, seconds: int, beat: int = 30) -> Player:
    """Play the film for some seconds and leave; return the player."""
    player = Player(traveller, enrolment, lessons_of(enrolment.training_class)[0], actor, key=new_uid().hex)
    player.play(seconds, beat=beat)
    player.close()
    return player


def answer(enrolment: Enrolment, actor: Actor, *, right: bool = True) -> None:
    """Take the quiz."""
    quiz = lessons_of(enrolment.training_class)[1]
    chosen = {question["id"]: ["a" if right else "b"] for question in quiz.quiz}
    submit_quiz(enrolment=enrolment, lesson_uid=quiz.lesson_uid, answers=chosen, key=new_uid().hex, actor=actor)
