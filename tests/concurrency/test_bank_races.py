"""Two editors of one question at once: the lock tells the second, and the same race without the lock breaks."""

from __future__ import annotations

import pytest

from courses.models import Question
from courses.services import bank as services
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting
from tests.questions import make_question, single

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def change_at_once(cast, site_root, monkeypatch):
    """Return a function that saves a change of one question for each stem at the same time, all having seen version 1.

    Everybody has compared versions before anybody is written.
    """

    def change(*stems, seconds=MOMENT):
        li = cast.actor("li")
        question = make_question(cast.institution_a, li)
        monkeypatch.setattr(services, "says_otherwise", meeting(services.says_otherwise, len(stems), seconds))

        def deed(stem):
            draft = services.Draft(single(stem=stem))
            own = Question.objects.get(pk=question.pk)
            return lambda: services.change_question(question=own, draft=draft, actor=li, based_on=1)

        return question, sorted(at_once(*map(deed, stems)), key=str)

    return change


def unlocked(question):
    return Question.objects.select_related("institution", "current").get(pk=question.pk)


def test_the_second_editor_is_told_and_nothing_is_lost(change_at_once):
    question, outcomes = change_at_once("甲改的", "乙改的")

    assert outcomes == [True, "question_changed"]
    assert list(question.versions.values_list("number", flat=True).order_by("number")) == [1, 2]


def test_without_the_lock_only_the_constraint_stands(change_at_once, monkeypatch):
    monkeypatch.setattr(services, "lock_question", unlocked)

    question, outcomes = change_at_once("甲改的", "乙改的", seconds=PATIENCE)

    assert outcomes == ["IntegrityError", True]
    assert question.versions.count() == 2
