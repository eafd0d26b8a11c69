"""Two submissions of a quiz at once: the lock numbers them, and the same race without the lock breaks."""

from __future__ import annotations

import pytest

from lms.classes.models import Enrolment
from lms.exams.models import Answer, Sitting
from lms.exams.services import quizzes as services
from lms.planning.rules import StudyTerms
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting
from tests.factories import make_class, make_course_version, make_enrolment

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def submit_at_once(cast, site_root, at, monkeypatch):
    """Return a function that submits a quiz with each key at the same time: attempts or refusals, sorted.

    Everybody is marked, hence numbered, before anybody is written.
    """
    at(2026, 5, 6, 9, 0)

    def submit(*keys, attempts=3, seconds=MOMENT):
        version = make_course_version(site_root, cast.institution_a, lessons=(("quiz", 0),))
        training_class = make_class(version, cast.department, terms=StudyTerms(quiz_attempts=attempts))
        enrolment, lesson = make_enrolment(training_class, cast.wang.person), version.lessons.get()
        wang = cast.actor("wang")
        monkeypatch.setattr(services, "mark", meeting(services.mark, len(keys), seconds))

        def deed(key):
            return lambda: (
                services.submit_quiz(
                    enrolment=enrolment, lesson_uid=lesson.lesson_uid, answers={"q1": ["a"]}, key=key, actor=wang
                ).attempt
            )

        return sorted(at_once(*map(deed, keys)), key=str)

    return submit


def unlocked(pk):
    return Enrolment.objects.select_related("training_class").get(pk=pk)


def test_attempts_are_numbered_one_after_the_other(submit_at_once):
    assert submit_at_once("k1", "k2") == [1, 2]


def test_the_last_attempt_is_taken_once(submit_at_once):
    assert submit_at_once("k1", "k2", attempts=1) == [1, "attempts_used"]
    assert (Sitting.objects.count(), Answer.objects.count()) == (1, 1)


def test_the_same_key_twice_is_one_sitting(submit_at_once):
    assert submit_at_once("k1", "k1") == [1, 1]
    assert Sitting.objects.count() == 1


def test_without_the_lock_only_the_constraint_stands(submit_at_once, monkeypatch):
    monkeypatch.setattr(services, "lock_enrolment", unlocked)

    assert submit_at_once("k1", "k2", seconds=PATIENCE) == [1, "IntegrityError"]
    assert Sitting.objects.count() == 1


def test_without_the_lock_the_same_key_is_answered_with_a_fault(submit_at_once, monkeypatch):
    monkeypatch.setattr(services, "lock_enrolment", unlocked)

    assert submit_at_once("k1", "k1", seconds=PATIENCE) == [1, "IntegrityError"]
