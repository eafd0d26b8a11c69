"""A check may ask what the section's quiz asked, once nothing can be won by it any more; what an open quiz asks never."""

from __future__ import annotations

import pytest

from lms.classes.models import TrainingClass
from lms.exams.services.quizzes import submit_quiz
from lms.planning.rules import StudyTerms
from tests.asked import make_asking_course, release
from tests.factories import make_class, make_enrolment
from tests.player import Player
from tests.questions import make_question, options_of, short, single

TERMS = StudyTerms(
    check_min_ms=30_000, check_max_ms=30_000, check_kinds=("question",), lessons_in_order=False, quiz_attempts=1
)
FILM, QUIZ = "片里的题", "测验的题"


@pytest.fixture
def bank(cast, site_root):
    def make(stem):
        content = single(stem=stem, options=options_of("*对的", "错的"))
        return make_question(cast.institution_a, cast.actor("li"), content)

    return {
        "film": make(FILM),
        "quiz": make(QUIZ),
        "twin": make(QUIZ),
        "short": make_question(cast.institution_a, cast.actor("li"), short()),
    }


@pytest.fixture
def joined(cast, bank, at):
    """Return a way to 王芳's place in a class of a film and a quiz that ask such questions of the bank."""
    at(2026, 5, 6, 9, 0)

    def make(*, film=(), checks=(), quiz=("quiz",), title="焊工安全"):
        popups = [("0:05", bank[name]) for name in film]
        marked = [("", bank[name]) for name in checks]
        course = make_asking_course(cast, quiz=[bank[name] for name in quiz], popups=popups, checks=marked, title=title)
        return make_enrolment(make_class(release(cast, course), cast.department, terms=TERMS), cast.wang.person)

    return make


def sat(cast, traveller, enrolment):
    """Return 王芳 in front of the film."""
    film = enrolment.training_class.course_version.lessons.get(kind="video")
    return Player(traveller, enrolment, film, cast.actor("wang"))


def check_of(player):
    """Play until a check comes."""
    player.watch(20)
    return player.watch(20).check


def take(cast, enrolment, *, right):
    """Hand the quiz in; it may be taken once."""
    quiz = enrolment.training_class.course_version.lessons.get(kind="quiz")
    answers = {one["id"]: ["断电后报告" if one["kind"] == "short" else "a" if right else "b"] for one in quiz.quiz}
    submit_quiz(enrolment=enrolment, lesson_uid=quiz.lesson_uid, answers=answers, key="q", actor=cast.actor("wang"))


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


def asked(check):
    return check.question["stem"] if check.question else check.kind


def test_what_an_open_quiz_asks_is_not_asked(cast, joined, traveller):
    assert asked(check_of(sat(cast, traveller, joined()))) == "tap"


@pytest.mark.parametrize("right", [True, False])
def test_once_the_quiz_is_over_its_questions_are_asked(cast, joined, traveller, right):
    enrolment = joined(quiz=("short", "quiz"))
    take(cast, enrolment, right=right)

    assert asked(check_of(sat(cast, traveller, enrolment))) == QUIZ


def test_the_films_own_question_comes_first(cast, joined, traveller):
    enrolment = joined(film=("film",))
    take(cast, enrolment, right=True)

    assert asked(check_of(sat(cast, traveller, enrolment))) == FILM


def test_a_films_question_waits_while_a_quiz_asks_it_too(cast, joined, traveller):
    enrolment = joined(film=("quiz",))
    before = sat(cast, traveller, enrolment)
    assert asked(check_of(before)) == "tap"
    before.answer(1)

    take(cast, enrolment, right=False)

    before.watch(10)
    assert asked(before.watch(10).check) == QUIZ


def test_what_the_lesson_has_for_checks_comes_before_the_quiz(cast, joined, traveller):
    enrolment = joined(checks=("film",))
    take(cast, enrolment, right=True)

    assert asked(check_of(sat(cast, traveller, enrolment))) == FILM


@pytest.mark.parametrize("name", ["quiz", "twin"])
def test_a_question_for_checks_waits_while_a_quiz_asks_it_or_one_of_the_same_words(cast, joined, traveller, name):
    enrolment = joined(checks=(name,))
    before = sat(cast, traveller, enrolment)
    assert asked(check_of(before)) == "tap"
    before.answer(1)

    take(cast, enrolment, right=False)

    before.watch(10)
    assert asked(before.watch(10).check) == QUIZ


@pytest.mark.parametrize(("state", "stem"), [("open", QUIZ), ("closed", FILM)])
def test_a_quiz_of_another_class_keeps_its_questions_while_it_runs(cast, joined, traveller, state, stem):
    enrolment, other = joined(film=("film",)), joined(quiz=("film",), title="另一门课")
    TrainingClass.objects.filter(pk=other.training_class_id).update(state=state)
    take(cast, enrolment, right=True)

    assert asked(check_of(sat(cast, traveller, enrolment))) == stem
