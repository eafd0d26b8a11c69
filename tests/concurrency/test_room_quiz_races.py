"""Two pages of one learner that hand in at once: the quiz's lock keeps the first, and without it the database refuses one."""

from __future__ import annotations

import pytest

from lms.live.models import RoomQuizAnswer
from lms.live.services import close_quiz, enter_room, open_live, open_quiz, quizzes
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting
from tests.live_lessons.stage import lay_school
from tests.questions import make_question

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def quiz(cast, site_root, at):
    """Return a room's quiz that runs, with its people inside."""
    school = lay_school(cast, site_root, at(2026, 5, 5, 10, 0))
    school.at(18, 50)
    session, teacher = open_live(session=school.session, actor=cast.actor("li")), cast.actor("li")
    for name in ("li", "wang"):
        enter_room(session=session, actor=cast.actor(name))
    question = make_question(cast.institution_a, teacher)
    return open_quiz(session=session, questions=[question.uid], seconds=60, actor=teacher)


def hand_in(quiz, cast, choice):
    answers, actor = {"q1": [choice]}, cast.actor("wang")
    made = quizzes.answer_quiz(
        session=quiz.session, quiz=quiz.uid, answers=answers, is_partial=False, actor=actor
    )  # fmt: skip
    return made.answers["q1"][0]


def hand_in_twice(quiz, cast, monkeypatch, patience):
    monkeypatch.setattr(quizzes, "mark", meeting(quizzes.mark, 2, patience))
    return at_once(lambda: hand_in(quiz, cast, "a"), lambda: hand_in(quiz, cast, "b"))


def test_the_first_answers_stand_for_both_pages(quiz, cast, monkeypatch):
    first, second = hand_in_twice(quiz, cast, monkeypatch, MOMENT)

    assert first == second == RoomQuizAnswer.objects.get().answers["q1"][0]


def test_without_the_lock_one_page_would_get_an_error(quiz, cast, monkeypatch):
    """The control: both find nothing handed in."""
    monkeypatch.setattr(quizzes, "locked", lambda quiz: quiz)

    assert "IntegrityError" in hand_in_twice(quiz, cast, monkeypatch, PATIENCE)
    assert RoomQuizAnswer.objects.count() == 1


def test_what_is_taken_as_the_quiz_ends_is_counted(quiz, cast, monkeypatch):
    """Whoever comes first: handed in and counted, or refused in words."""

    def end():
        return close_quiz(session=quiz.session, quiz=quiz.uid, actor=cast.actor("li")).tallies[0]["options"]

    monkeypatch.setattr(quizzes, "quiz_in", meeting(quizzes.quiz_in, 2, PATIENCE))
    taken, tallies = at_once(lambda: hand_in(quiz, cast, "a"), end)

    assert (taken, tallies) in [("a", [1, 0]), ("quiz_over", [0, 0])]
