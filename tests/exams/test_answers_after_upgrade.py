"""A class goes on with a newer version: what was answered stands beside what was asked, and tells nothing of the new."""

from __future__ import annotations

import pytest

from courses.services.bank import Draft, change_question
from lms.classes.services import decide_upgrade, propose_upgrade
from lms.exams.models import PopupAnswer
from lms.exams.queries.popups import popups_for
from lms.exams.queries.quizzes import quiz_for
from lms.exams.services.popups import answer_popup
from lms.exams.services.quizzes import submit_quiz
from lms.planning.rules import StudyTerms
from tests.asked import make_asking_course, release
from tests.factories import make_class, make_enrolment
from tests.questions import make_question, options_of, single

TURNED = single(options=options_of("直接引弧", "*检查设备和防护"))
CORRECTED = single(options=options_of("检查设备和防护", "*直接引弧"))


@pytest.fixture
def course(cast, site_root, at):
    """Return a course that asks one question in a quiz and another in a film, twice released: first, and after a change."""
    at(2026, 5, 6, 9, 0)
    asked = [make_question(cast.institution_a, cast.actor("li"), single(stem=stem)) for stem in ("测验题", "弹题")]
    made = make_asking_course(cast, quiz=asked[:1], popups=[("0:05", asked[1])])
    first = release(cast, made)

    def change(content, places=(0, 1)):
        for place in places:
            draft = Draft({**content, "stem": asked[place].current.values["stem"]})
            change_question(question=asked[place], draft=draft, actor=cast.actor("li"))
        release(cast, made)

    return first, change


@pytest.fixture
def enrolment(cast, course):
    policy = StudyTerms(lessons_in_order=False)
    return make_enrolment(make_class(course[0], cast.department, terms=policy), cast.wang.person)


def upgrade(cast, enrolment):
    training_class = enrolment.training_class
    propose_upgrade(training_class=training_class, number=2, reason="试题有更正。", actor=cast.actor("zhao"))
    decide_upgrade(training_class=training_class, approves=True, opinion="同意换版。", actor=cast.actor("chen"))
    enrolment.refresh_from_db()


def lesson_of(enrolment, kind):
    return enrolment.training_class.course_version.lessons.get(kind=kind)


def take_quiz(cast, enrolment, letter):
    quiz = lesson_of(enrolment, "quiz")
    given = {quiz.quiz[0]["id"]: [letter]}
    wang = cast.actor("wang")
    return submit_quiz(enrolment=enrolment, lesson_uid=quiz.lesson_uid, answers=given, key=letter, actor=wang)


def answer_film(cast, enrolment, letter):
    film = lesson_of(enrolment, "video")
    popup = film.popups[0]["id"]
    wang = cast.actor("wang")
    return answer_popup(enrolment=enrolment, lesson_uid=film.lesson_uid, popup_id=popup, answer=[letter], actor=wang)


@pytest.mark.parametrize("content", [TURNED, CORRECTED], ids=["options reordered", "right answer changed"])
def test_a_quiz_is_reviewed_with_the_questions_that_were_answered(cast, course, enrolment, content):
    take_quiz(cast, enrolment, "a")
    course[1](content)
    upgrade(cast, enrolment)

    view = quiz_for(enrolment, lesson_of(enrolment, "quiz"))

    assert [(one["text"], one["is_chosen"], one["correct"]) for one in view.review[0].options] == [
        ("检查设备和防护", True, True),
        ("直接引弧", False, False),
    ]
    assert [one["text"] for one in view.questions[0]["options"]] == [one["text"] for one in content["options"]]


@pytest.mark.parametrize("content", [TURNED, CORRECTED], ids=["options reordered", "right answer changed"])
def test_a_changed_question_of_a_film_is_asked_again_and_tells_nothing(cast, course, enrolment, content):
    answer_film(cast, enrolment, "a")
    course[1](content)
    upgrade(cast, enrolment)

    asked_again = popups_for(enrolment, lesson_of(enrolment, "video"))[0]
    second = answer_film(cast, enrolment, "a")
    third = answer_film(cast, enrolment, "b")

    assert asked_again.review is None
    assert (second.is_correct, third.pk) == (False, second.pk)
    assert list(PopupAnswer.objects.order_by("pk").values_list("is_correct", flat=True)) == [True, False]


def test_an_unchanged_question_of_a_film_stays_answered(cast, course, enrolment):
    answer_film(cast, enrolment, "b")
    course[1](CORRECTED, places=[0])
    upgrade(cast, enrolment)

    found = popups_for(enrolment, lesson_of(enrolment, "video"))[0]

    assert [one["is_chosen"] for one in found.review.options] == [False, True]
