"""Questions inside a film: asked where they stand, answered once, and no way to earn time."""

from __future__ import annotations

import json

import pytest

from attendance.queries import totals_of
from courses.models import Question
from lms.exams.models import PopupAnswer
from lms.exams.queries.items import statistics_of
from lms.exams.queries.popups import popups_for
from lms.exams.services.popups import answer_popup
from lms.exams.services.quizzes import submit_quiz
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.planning.rules import StudyTerms
from tests.asked import make_asking_course, release
from tests.factories import make_class, make_enrolment
from tests.player import Player
from tests.questions import fill, make_question, short, single


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def stage(cast, site_root, traveller):
    """Return a place in a class whose film asks a choice at 5 s, blanks at 30 s and a short answer at 50 s."""

    def make(quiz=(), **terms):
        li = cast.actor("li")
        asked = [make_question(cast.institution_a, li, one) for one in (single(), fill(), short())]
        popups = list(zip(("0:05", "0:30", "0:50"), asked, strict=True))
        quizzes = [asked[place] for place in quiz]
        version = release(cast, make_asking_course(cast, quiz=quizzes, popups=popups))
        policy = StudyTerms(**{"lessons_in_order": False, "check_min_ms": 10**7, "check_max_ms": 10**7, **terms})
        return make_enrolment(make_class(version, cast.department, terms=policy), cast.wang.person)

    return make


def film_of(enrolment):
    return enrolment.training_class.course_version.lessons.get(kind="video")


@pytest.fixture
def answer(cast):
    def deed(enrolment, place, *words, who="wang"):
        film = film_of(enrolment)
        return answer_popup(
            enrolment=enrolment,
            lesson_uid=film.lesson_uid,
            popup_id=film.popups[place]["id"],
            answer=words,
            actor=cast.actor(who),
        )

    return deed


def test_before_an_answer_nothing_tells_what_is_right(stage):
    enrolment = stage()

    found = popups_for(enrolment, film_of(enrolment))

    assert [(one.at_ms, one.question["kind"], one.review) for one in found] == [
        (5_000, "single", None),
        (30_000, "fill", None),
        (50_000, "short", None),
    ]
    told = json.dumps([one.question for one in found], ensure_ascii=False)
    assert not any(word in told for word in ("correct", "accepts", "三十六", "切断电源", "explanation"))


@pytest.mark.parametrize(
    ("place", "words", "earned", "is_provisional"),
    [
        pytest.param(0, ["a"], 100, False, id="the right option"),
        pytest.param(0, ["b"], 0, False, id="a wrong option"),
        pytest.param(1, ["３６", "104"], 100, False, id="blanks, within the tolerance"),
        pytest.param(1, ["36", "106"], 50, False, id="one blank of two"),
        pytest.param(2, ["马上切断电源"], 60, True, id="one key point"),
    ],
)
def test_an_answer_is_marked_and_explained(stage, answer, place, words, earned, is_provisional):
    enrolment = stage()

    made = answer(enrolment, place, *words)

    film = film_of(enrolment)
    assert (made.earned_percent, made.is_correct, made.is_provisional) == (earned, earned == 100, is_provisional)
    assert str(made.version_uid) == film.popups[place]["question"]["version"]
    review = popups_for(enrolment, film)[place].review
    assert (review.earned_percent, bool(review.right) or any(one["correct"] for one in review.options)) == (
        earned,
        True,
    )


def test_the_first_answer_stays(stage, answer):
    enrolment = stage()

    first, again = answer(enrolment, 0, "b"), answer(enrolment, 0, "a")

    assert (again.pk, again.is_correct, PopupAnswer.objects.count()) == (first.pk, False, 1)


@pytest.mark.parametrize(
    ("place", "words"),
    [(0, []), (0, ["z"]), (0, ["a", "b"]), (1, ["36"]), (1, ["36", " "]), (2, ["说" * 2001])],
    ids=["nothing", "no option", "two options", "one blank", "an empty blank", "too long"],
)
def test_an_answer_that_is_none_is_refused_and_not_kept(stage, answer, place, words):
    with pytest.raises(InvalidError) as refused:
        answer(stage(), place, *words)

    assert set(refused.value.fields) == {"answer"}
    assert PopupAnswer.objects.count() == 0


@pytest.mark.parametrize("who", ["lu", "li", "qian", "chen"])
def test_nobody_answers_for_somebody_else(stage, answer, who):
    with pytest.raises(ForbiddenError):
        answer(stage(), 0, "a", who=who)

    assert PopupAnswer.objects.count() == 0


def test_a_question_of_another_film_is_not_found(stage, answer, cast):
    enrolment = stage()

    with pytest.raises(NotFoundError):
        answer_popup(
            enrolment=enrolment,
            lesson_uid=film_of(enrolment).lesson_uid,
            popup_id="x",
            answer=["a"],
            actor=cast.actor("wang"),
        )


def test_what_was_not_reached_cannot_be_answered(stage, answer, monkeypatch):
    monkeypatch.setattr("lms.exams.services.popups.LEAD_MS", 10_000)
    enrolment = stage()

    answer(enrolment, 0, "a")
    with pytest.raises(ConflictError) as refused:
        answer(enrolment, 1, "36", "100")

    assert refused.value.code == "popup_ahead"
    assert PopupAnswer.objects.count() == 1


def test_where_skipping_is_allowed_every_question_may_be_answered(stage, answer, monkeypatch):
    monkeypatch.setattr("lms.exams.services.popups.LEAD_MS", 0)

    assert answer(stage(skip_allowed=True), 2, "断电，报告").earned_percent == 100


def test_answers_inside_films_enter_the_statistics_of_their_version(stage, answer, cast):
    answer(stage(), 0, "b")
    question = Question.objects.get(current__kind="single")

    [found] = statistics_of(question)

    assert (found.figures.answers, found.figures.on_papers) == (1, 0)
    assert [(one.letter, one.count) for one in found.options] == [("A", 0), ("B", 1)]


def test_an_answer_earns_no_time(stage, answer, cast, traveller):
    enrolment = stage()
    player = Player(traveller, enrolment, film_of(enrolment), cast.actor("wang"))
    before = player.watch(10)

    answer(enrolment, 0, "a")
    player.close()

    assert before.pending_ms == 10_000
    totals = totals_of([enrolment.pk])[enrolment.pk]
    assert totals.confirmed_ms + totals.pending_ms + totals.withheld_ms == 10_000


def test_what_a_quiz_still_asks_stays_secret_until_the_quiz_is_over(stage, answer, cast):
    enrolment = stage(quiz=[0])
    film = film_of(enrolment)
    quiz = enrolment.training_class.course_version.lessons.get(kind="quiz")
    answer(enrolment, 0, "b")
    answer(enrolment, 1, "36", "100")

    hidden, shown, _ = popups_for(enrolment, film)
    submit_quiz(
        enrolment=enrolment,
        lesson_uid=quiz.lesson_uid,
        answers={quiz.quiz[0]["id"]: ["a"]},
        key="k",
        actor=cast.actor("wang"),
    )
    after = popups_for(enrolment, film)[0]

    assert not any(option["correct"] for option in hidden.review.options)
    assert shown.review.right != []
    assert any(option["correct"] for option in after.review.options)


def test_a_page_with_many_questions_asks_no_more_than_one_with_few(stage, django_assert_num_queries):
    enrolment = stage()
    film = film_of(enrolment)

    with django_assert_num_queries(1):
        popups_for(enrolment, film)
