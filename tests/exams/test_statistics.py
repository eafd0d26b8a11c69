"""Statistics of a question from real answers: first attempts, by version, within the institution."""

from __future__ import annotations

import pytest
from django.urls import reverse

from courses.services.bank import Draft, change_question
from lms.exams.queries.items import statistics_of
from lms.exams.rules import items
from lms.exams.services.quizzes import submit_quiz
from lms.planning.rules import StudyTerms
from tests.asked import make_asking_course, release
from tests.cast import make_person, make_user
from tests.factories import make_class, make_enrolment
from tests.questions import make_question, single


@pytest.fixture
def question(cast, site_root):
    return make_question(cast.institution_a, cast.actor("li"))


@pytest.fixture
def answered(cast, question, at):
    """Let some learners answer the question, each again if `again`."""
    at(2026, 5, 6, 9, 0)
    version = release(cast, make_asking_course(cast, quiz=[question]))
    terms = StudyTerms(lessons_in_order=False, quiz_attempts=3)
    training_class = make_class(version, cast.department, terms=terms)
    quiz = version.lessons.get(kind="quiz")

    def deed(*choices, again="a"):
        from lms.access.queries import actor_for

        for serial, choice in enumerate(choices, 500):
            user = make_user(f"u{serial}", make_person("学员", serial))
            user.save()
            enrolment = make_enrolment(training_class, user.person)
            for key, chosen in (("k1", choice), ("k2", again)):
                submit_quiz(
                    enrolment=enrolment,
                    lesson_uid=quiz.lesson_uid,
                    answers={quiz.quiz[0]["id"]: [chosen]},
                    key=key,
                    actor=actor_for(user),
                )

    return deed


def test_first_attempts_are_counted_by_version(cast, question, answered, monkeypatch):
    monkeypatch.setattr(items, "POLICIES", (items.ItemPolicy(items.date(2020, 1, 1), 4, 27, "示例"),))
    answered("a", "a", "b", "a")
    change_question(question=question, draft=Draft(single(stem="新题")), actor=cast.actor("li"))

    newer, older = statistics_of(question)

    assert (newer.figures.answers, newer.figures.difficulty) == (0, None)
    assert (older.figures.answers, older.figures.difficulty, older.figures.discrimination) == (4, 75, 100)
    assert [(one.letter, one.count, one.is_right) for one in older.options] == [("A", 3, True), ("B", 1, False)]


def test_too_few_answers_are_said_and_no_figure_is_invented(cast, question, answered, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    answered("a", "b")
    address = reverse("question_statistics", args=[question.uid])
    client.force_login(cast.li)

    page = client.get(address).text
    client.force_login(cast.qian)

    assert "样本不足" in page
    assert "区分度 D <b" not in page
    assert client.get(address).status_code == 404
