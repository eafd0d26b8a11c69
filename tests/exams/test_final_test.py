"""The course's last quiz is its final test (结业测试) where the class's terms say so: a mark, tries, waits and hours of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lms.completion.queries import completion_of
from lms.completion.rules import LOCKED
from lms.exams.queries.quizzes import quiz_for
from lms.exams.services.quizzes import submit_quiz
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player

RIGHT, WRONG = {"q1": ["a"]}, {"q1": ["b"]}
QUIET = dict.fromkeys(("check_min_ms", "check_max_ms"))


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def stage(cast, site_root, traveller):
    """Return how to lay a class: a film of ten minutes, a quiz, a final test."""

    def make(**terms):
        version = make_course_version(
            site_root, cast.institution_a, lessons=(("video", 10 * MINUTE), ("quiz", 0), ("quiz", 0))
        )
        policy = StudyTerms(**{"lessons_in_order": False, "exam": "last_quiz", **QUIET, **terms})
        return make_enrolment(make_class(version, cast.department, terms=policy), cast.wang.person)

    return make


def lessons(enrolment):
    return list(enrolment.training_class.course_version.lessons.order_by("position"))


@pytest.fixture
def take(cast):
    def submit(enrolment, answers, *, key, place=2):
        lesson = lessons(enrolment)[place].lesson_uid
        return submit_quiz(enrolment=enrolment, lesson_uid=lesson, answers=answers, key=key, actor=cast.actor("wang"))

    return submit


def refusal(take, *args, **more):
    with pytest.raises(ConflictError) as refused:
        take(*args, **more)
    return refused.value


def test_it_has_a_mark_of_its_own(stage, take):
    enrolment = stage(quiz_pass_percent=100, exam_pass_percent=0)

    assert not take(enrolment, WRONG, key="quiz", place=1).is_passed
    assert take(enrolment, WRONG, key="exam").is_passed
    assert [quiz_for(enrolment, one).pass_percent for one in lessons(enrolment)[1:]] == [100, 0]


def test_its_tries_are_counted_apart(stage, take):
    enrolment = stage(quiz_attempts=3, exam_attempts=1)
    take(enrolment, WRONG, key="exam")

    refused = refusal(take, enrolment, RIGHT, key="again")

    assert (refused.code, refused.message) == ("attempts_used", "这次结业测试最多可以做1次，次数已用完。请联系班主任。")
    assert [quiz_for(enrolment, one).attempts_left for one in lessons(enrolment)[1:]] == [3, 0]
    assert take(enrolment, RIGHT, key="quiz", place=1).is_passed


def test_whoever_failed_waits(stage, take, traveller):
    enrolment = stage(exam_wait_hours=24)
    take(enrolment, WRONG, key="exam")
    traveller.advance(hours=24, seconds=-1)

    refused = refusal(take, enrolment, RIGHT, key="soon")

    assert refused.code == "quiz_too_soon"
    assert refused.message == "两次结业测试至少间隔24小时，请在5月7日09:00以后再做。"
    view = quiz_for(enrolment, lessons(enrolment)[2])
    assert (view.is_exam, view.opens_at) == (True, clock.now() + timedelta(seconds=1))
    take(enrolment, WRONG, key="quiz", place=1)
    assert quiz_for(enrolment, lessons(enrolment)[1]).opens_at is None  # quizzes make nobody wait

    traveller.advance(seconds=1)
    assert quiz_for(enrolment, lessons(enrolment)[2]).opens_at is None
    assert take(enrolment, RIGHT, key="then").is_passed


def test_it_opens_with_the_hours_that_are_asked_for(cast, stage, take, traveller):
    enrolment = stage(exam_ready_percent=50)
    exam = completion_of([enrolment])[enrolment.pk].lessons[2]
    assert (exam.state, exam.reason) == (LOCKED, "有效学时达到应学时长的50%后开放")

    refused = refusal(take, enrolment, RIGHT, key="early")
    assert refused.code == "lesson_locked"
    assert refused.message == "这一课还没有开放：有效学时达到应学时长的50%后开放。"

    player = Player(traveller, enrolment, lessons(enrolment)[0], cast.actor("wang"))
    player.play(300)
    player.close()
    assert take(enrolment, RIGHT, key="exam").is_passed


def test_a_class_without_a_final_test_has_quizzes_alone(stage, take):
    enrolment = stage(exam="none", exam_attempts=1, exam_wait_hours=24, exam_ready_percent=100)
    take(enrolment, WRONG, key="one")

    assert take(enrolment, RIGHT, key="two").is_passed
    assert not quiz_for(enrolment, lessons(enrolment)[2]).is_exam


def test_the_page_says_when_it_may_be_taken_again(client, cast, stage, take):
    enrolment = stage(exam_wait_hours=24)
    take(enrolment, WRONG, key="exam")
    client.force_login(cast.wang)

    page = client.get(f"/learn/{enrolment.training_class.uid}/{lessons(enrolment)[2].lesson_uid}/").content.decode()

    assert "结业测试" in page
    assert "5月7日09:00以后可以再做，还可以做 1 次" in page
    assert "提交答案" not in page


@pytest.mark.parametrize("exam", ["none", "last_quiz"])
def test_the_api_says_the_same(client, cast, stage, take, exam):
    enrolment = stage(exam=exam, exam_wait_hours=24)
    take(enrolment, WRONG, key="exam")
    client.force_login(cast.wang)

    told = client.get(f"/api/v1/me/enrolments/{enrolment.uid}/quizzes/{lessons(enrolment)[2].lesson_uid}").json()

    assert told["is_exam"] is (exam == "last_quiz")
    assert (told["opens_at"] is not None) is (exam == "last_quiz")
