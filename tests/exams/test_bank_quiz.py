"""A quiz of the bank's questions: every kind is answered, marked and kept with the version that was asked."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from courses.services.bank import Draft, change_question
from lms.exams.models import Answer
from lms.exams.queries.quizzes import quiz_for
from lms.exams.services.quizzes import submit_quiz
from lms.kernel.errors import InvalidError
from lms.planning.rules import StudyTerms
from tests.asked import make_asking_course, release
from tests.factories import make_class, make_enrolment
from tests.questions import EVERY_KIND, make_question, single

RIGHT = [["a"], ["a", "b"], ["b"], ["36", "100"], ["先断电，再上报"], ["a"], ["三十六", "95"]]


@pytest.fixture
def questions(cast, site_root):
    return [make_question(cast.institution_a, cast.actor("li"), make()) for make in EVERY_KIND]


@pytest.fixture
def enrolment(cast, questions, at):
    at(2026, 5, 6, 9, 0)
    version = release(cast, make_asking_course(cast, quiz=questions))
    policy = StudyTerms(lessons_in_order=False, quiz_attempts=2)
    return make_enrolment(make_class(version, cast.department, terms=policy), cast.wang.person)


def quiz_of(enrolment):
    return enrolment.training_class.course_version.lessons.get(kind="quiz")


def ids_of(quiz):
    return [part["id"] for one in quiz.quiz for part in one.get("parts", [one])]


def take(cast, enrolment, answers, key="k"):
    quiz = quiz_of(enrolment)
    given = dict(zip(ids_of(quiz), answers, strict=True))
    return submit_quiz(
        enrolment=enrolment, lesson_uid=quiz.lesson_uid, answers=given, key=key, actor=cast.actor("wang")
    )


def test_every_kind_is_marked_and_kept_with_its_version(cast, questions, enrolment):
    sitting = take(cast, enrolment, RIGHT)

    assert (sitting.score_percent, sitting.is_passed) == (100, True)
    versions = [one.current.uid for one in questions]
    kept = Answer.objects.filter(sitting=sitting).order_by("pk")
    assert [one.version_uid for one in kept] == [*versions, versions[-1]]
    assert [one.is_provisional for one in kept] == [False, False, False, False, True, False, False]


def test_parts_of_points_count_by_their_weight(cast, enrolment):
    half = [["a"], ["a"], ["b"], ["36", "1"], ["上报"], ["b"], ["36", "100"]]

    sitting = take(cast, enrolment, half)

    # 1·100 + 1·0 + 1·100 + 2·50 + 5·40 + 1·0 + 2·100 of 13 points
    assert sitting.score_percent == (100 + 100 + 100 + 200 + 200) // 13


def test_an_edit_after_the_release_changes_nothing_for_the_class(cast, questions, enrolment):
    draft = Draft(single(options=[{"text": "甲", "correct": False}, {"text": "乙", "correct": True}]))
    change_question(question=questions[0], draft=draft, actor=cast.actor("li"))

    sitting = take(cast, enrolment, RIGHT)

    assert sitting.score_percent == 100
    assert Answer.objects.filter(sitting=sitting).first().version_uid == questions[0].versions.get(number=1).uid


def test_what_is_asked_tells_nothing(enrolment):
    told = json.dumps(quiz_for(enrolment, quiz_of(enrolment)).questions, ensure_ascii=False)

    assert not any(word in told for word in ("correct", "accepts", "tolerance", "words", "weight", "三十六", "切断"))


def test_right_answers_of_every_kind_stay_hidden_while_there_is_something_to_win(cast, enrolment):
    wrong = [["b"], ["c"], ["a"], ["1", "1"], ["不知道"], ["b"], ["1", "1"]]
    take(cast, enrolment, wrong)
    before = quiz_for(enrolment, quiz_of(enrolment))
    take(cast, enrolment, wrong, key="k2")
    after = quiz_for(enrolment, quiz_of(enrolment))

    assert [one.number for one in after.review] == ["1", "2", "3", "4", "5", "6.1", "6.2"]
    assert not any(one.right or any(o["correct"] for o in one.options) for one in before.review)
    assert all(one.right or any(o["correct"] for o in one.options) for one in after.review)
    assert [one.answers for one in after.review if one.kind in {"fill", "short"}] == [
        ["1", "1"],
        ["不知道"],
        ["1", "1"],
    ]


def test_an_empty_blank_is_named(cast, enrolment):
    answers = [*RIGHT[:3], ["36", ""], *RIGHT[4:]]

    with pytest.raises(InvalidError) as refused:
        take(cast, enrolment, answers)

    assert refused.value.fields == {ids_of(quiz_of(enrolment))[3]: "请填写答案。"}
    assert Answer.objects.count() == 0


def test_the_page_takes_every_kind_without_a_script(cast, enrolment, client):
    quiz = quiz_of(enrolment)
    client.force_login(cast.wang)
    address = reverse("learn", args=[enrolment.training_class.uid, quiz.lesson_uid])
    typed = {f"q-{name}": words for name, words in zip(ids_of(quiz), RIGHT, strict=True)}

    page = client.get(address).text
    refused = client.post(address, {**typed, f"q-{ids_of(quiz)[3]}": ["36", ""], "key": "k1"})
    taken = client.post(address, {**typed, "key": "k2"}, follow=True)

    assert "某车间雨后复工。" in page
    assert refused.status_code == 422
    assert 'value="36"' in refused.text
    assert "机器阅卷" in taken.text
    assert "第1空：36 或 三十六" in taken.text
