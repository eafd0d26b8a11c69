"""A learner takes a quiz: marked once, kept for good, refused in words."""

from __future__ import annotations

import uuid

import pytest

from courses.models import LessonVersion
from lms.classes.models import Enrolment, TrainingClass
from lms.exams.models import Answer, Sitting
from lms.exams.queries.quizzes import quiz_for, sittings_of
from lms.exams.queries.results import quiz_results
from lms.exams.services.quizzes import submit_quiz
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, QUESTION, make_class, make_course_version, make_enrolment
from tests.player import Player

MULTIPLE = {
    "id": "q2",
    "kind": "multiple",
    "stem": "哪些是焊工的防护用品？",
    "options": [
        {"id": "a", "text": "面罩", "correct": True},
        {"id": "b", "text": "手套", "correct": True},
        {"id": "c", "text": "拖鞋", "correct": False},
    ],
    "explanation": "面罩和手套都要穿戴，拖鞋不能进车间。",
}
RIGHT = {"q1": ["a"], "q2": ["a", "b"]}
HALF = {"q1": ["a"], "q2": ["a"]}
NOTHING = {"q1": ["b"], "q2": ["c"]}


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def stage(cast, site_root, traveller):
    def make(*, lessons=(("quiz", 0), ("quiz", 0)), **terms):
        version = make_course_version(site_root, cast.institution_a, lessons=lessons, questions=[QUESTION, MULTIPLE])
        policy = StudyTerms(**{"lessons_in_order": False, **terms})
        return make_enrolment(make_class(version, cast.department, terms=policy), cast.wang.person)

    return make


@pytest.fixture
def take(cast):
    def submit(enrolment, answers=RIGHT, *, key="k1", who="wang", lesson=None, place=0) -> Sitting:
        lesson = lesson or enrolment.training_class.course_version.lessons.all()[place].lesson_uid
        return submit_quiz(enrolment=enrolment, lesson_uid=lesson, answers=answers, key=key, actor=cast.actor(who))

    return submit


def quiz_of(enrolment, place=0):
    return enrolment.training_class.course_version.lessons.all()[place]


def test_a_quiz_is_marked_and_every_answer_kept(stage, take):
    enrolment = stage()

    sitting = take(enrolment, HALF)

    assert (sitting.attempt, sitting.score_percent, sitting.is_passed) == (1, 50, False)
    assert sitting.submitted_at == clock.now()
    kept = Answer.objects.filter(sitting=sitting).values_list("question_id", "chosen", "is_correct")
    assert sorted(kept) == [("q1", ["a"], True), ("q2", ["a"], False)]


@pytest.mark.parametrize(
    ("needed", "passed"),
    [pytest.param(50, True, id="exactly the pass mark"), pytest.param(51, False, id="one percent more is asked")],
)
def test_the_pass_mark_is_the_class_policys(stage, take, needed, passed):
    assert take(stage(quiz_pass_percent=needed), HALF).is_passed is passed


def test_the_same_key_again_gives_the_same_sitting(stage, take):
    enrolment = stage()
    first = take(enrolment, NOTHING)

    again = take(enrolment, RIGHT)

    assert (again.pk, again.score_percent) == (first.pk, 0)
    assert (Sitting.objects.count(), Answer.objects.count()) == (1, 2)


def test_a_key_of_another_quiz_is_not_answered_with_its_sitting(stage, take):
    enrolment = stage()
    take(enrolment)

    with pytest.raises(ConflictError) as refused:
        take(enrolment, place=1)

    assert refused.value.code == "key_used"
    assert Sitting.objects.count() == 1


@pytest.mark.parametrize("key", ["", "k" * 65], ids=["empty", "too long"])
def test_a_key_that_cannot_be_kept_is_refused(stage, take, key):
    with pytest.raises(InvalidError) as refused:
        take(stage(), key=key)

    assert refused.value.code == "key_invalid"
    assert Sitting.objects.count() == 0


def test_attempts_are_counted_and_end(stage, take):
    enrolment = stage(quiz_attempts=2)

    attempts = [take(enrolment, NOTHING, key=f"k{n}").attempt for n in (1, 2)]
    with pytest.raises(ConflictError) as refused:
        take(enrolment, RIGHT, key="k3")

    assert attempts == [1, 2]
    assert refused.value.code == "attempts_used"
    assert "最多可以做2次" in refused.value.message
    assert Sitting.objects.count() == 2


def test_the_last_attempts_answer_may_be_asked_for_again(stage, take):
    enrolment = stage(quiz_attempts=1)
    first = take(enrolment)

    assert take(enrolment).pk == first.pk


def test_without_a_limit_one_may_go_on(stage, take):
    enrolment = stage(quiz_attempts=None)

    assert [take(enrolment, NOTHING, key=f"k{n}").attempt for n in range(1, 6)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        pytest.param({"q1": ["a"]}, {"q2": "请选择答案"}, id="a question is left out"),
        pytest.param({"q1": [], "q2": ["a"]}, {"q1": "请选择答案"}, id="an empty answer"),
        pytest.param({"q1": ["a", "b"], "q2": ["a"]}, {"q1": "只能选一项"}, id="two in a single choice"),
        pytest.param({"q1": ["x"], "q2": ["a"]}, {"q1": "不在本次测验中"}, id="an option of nowhere"),
        pytest.param({**RIGHT, "q9": ["a"]}, {"q9": "不在本次测验中"}, id="a question of nowhere"),
    ],
)
def test_unusable_answers_are_named_and_cost_no_attempt(stage, take, answers, named):
    enrolment = stage()

    with pytest.raises(InvalidError) as refused:
        take(enrolment, answers)

    assert refused.value.fields.keys() == named.keys()
    assert all(words in refused.value.fields[question] for question, words in named.items())
    assert Sitting.objects.count() == 0
    assert quiz_for(enrolment, quiz_of(enrolment)).attempts_left == 3


@pytest.mark.parametrize("who", ["lu", "li", "zhao", "qian", "chen", "zhou", "wu"])
def test_nobody_answers_for_somebody_else(stage, take, who):
    enrolment = stage()

    with pytest.raises(ForbiddenError):
        take(enrolment, who=who)

    assert Sitting.objects.count() == 0


@pytest.mark.parametrize("day", [(2025, 12, 31), (2027, 1, 1)], ids=["the day before", "the day after"])
def test_outside_the_classs_dates_nothing_is_taken(stage, take, at, day):
    enrolment = stage()
    at(*day, 12, 0)

    with pytest.raises(ConflictError) as refused:
        take(enrolment)

    assert refused.value.code == "class_not_running"
    assert Sitting.objects.count() == 0


@pytest.mark.parametrize("moment", [(2026, 1, 1, 0, 1), (2026, 12, 31, 23, 59)], ids=["first minute", "last minute"])
def test_the_classs_first_and_last_minutes_count(stage, take, at, moment):
    enrolment = stage()
    at(*moment)

    assert take(enrolment).is_passed


def test_a_closed_class_takes_nothing(stage, take):
    enrolment = stage()
    TrainingClass.objects.update(state=TrainingClass.State.CLOSED)

    with pytest.raises(ConflictError) as refused:
        take(enrolment)

    assert refused.value.code == "class_not_running"
    assert Sitting.objects.count() == 0


def test_who_left_the_class_answers_no_more(stage, take):
    enrolment = stage()
    Enrolment.objects.update(state=Enrolment.State.WITHDRAWN)

    with pytest.raises(ConflictError) as refused:
        take(enrolment)

    assert refused.value.code == "enrolment_closed"
    assert Sitting.objects.count() == 0


def test_a_locked_quiz_waits_for_the_lesson_before_it(stage, take, traveller, cast):
    enrolment = stage(
        lessons=(("video", MINUTE), ("quiz", 0)), lessons_in_order=True, check_min_ms=None, check_max_ms=None
    )
    with pytest.raises(ConflictError) as refused:
        take(enrolment, place=1)
    nothing = Sitting.objects.count()

    Player(traveller, enrolment, quiz_of(enrolment), cast.actor("wang")).play(60)

    assert (refused.value.code, nothing) == ("lesson_locked", 0)
    assert "学完“第1课”后开放" in refused.value.message
    assert take(enrolment, place=1).is_passed


@pytest.mark.parametrize("place", [None, 0], ids=["a lesson of nowhere", "a film"])
def test_only_a_quiz_of_the_class_is_answered(stage, take, place):
    enrolment = stage(lessons=(("video", MINUTE), ("quiz", 0)))
    lesson = uuid.uuid4() if place is None else quiz_of(enrolment).lesson_uid

    with pytest.raises(NotFoundError) as refused:
        take(enrolment, lesson=lesson)

    assert refused.value.code == "quiz_not_found"
    assert Sitting.objects.count() == 0


def test_a_quiz_tells_nothing_before_it_is_submitted(stage):
    enrolment = stage()

    view = quiz_for(enrolment, quiz_of(enrolment))

    assert view.review == []
    assert view.result is None
    assert (view.attempts_left, view.pass_percent) == (3, 60)
    assert [question["id"] for question in view.questions] == ["q1", "q2"]
    for question in view.questions:
        told = {"id", "kind", "stem", "options", "points", "blanks", "image", "audio", "parts"}
        assert question.keys() == told
        assert all(option.keys() == {"id", "text"} for option in question["options"])


def test_while_it_may_be_taken_again_only_right_and_wrong_are_told(stage, take):
    enrolment = stage()
    take(enrolment, NOTHING)

    view = quiz_for(enrolment, quiz_of(enrolment))

    assert (view.attempts_left, view.reveals, view.last_percent) == (2, False, 0)
    assert [one.is_correct for one in view.review] == [False, False]
    assert not any(option["correct"] for one in view.review for option in one.options)
    assert {one.explanation for one in view.review} == {""}


def test_the_last_attempt_reveals_even_when_it_failed(stage, take):
    enrolment = stage(lessons=(("quiz", 0),))
    for key in ("k1", "k2", "k3"):
        take(enrolment, NOTHING, key=key)

    view = quiz_for(enrolment, quiz_of(enrolment))

    assert (view.attempts_left, view.reveals) == (0, True)
    assert any(option["correct"] for option in view.review[0].options)


def test_when_nothing_is_left_to_win_what_was_wrong_is_explained(stage, take):
    enrolment = stage(lessons=(("quiz", 0),))
    take(enrolment, RIGHT)
    take(enrolment, HALF, key="k2")

    view = quiz_for(enrolment, quiz_of(enrolment))

    assert view.attempts_left == 1
    assert [(one.number, one.is_correct, one.explanation) for one in view.review] == [
        ("1", True, QUESTION["explanation"]),
        ("2", False, MULTIPLE["explanation"]),
    ]
    wrong = view.review[1]
    assert [(one["id"], one["is_chosen"], one["correct"]) for one in wrong.options] == [
        ("a", True, True),
        ("b", False, True),
        ("c", False, False),
    ]


@pytest.mark.parametrize("bank", [{}, {"question": "6c1c"}], ids=["written in the lesson", "of the bank"])
def test_what_another_open_quiz_still_asks_stays_secret_and_the_page_says_why(cast, site_root, traveller, take, bank):
    asked = [QUESTION | bank, MULTIPLE]
    version = make_course_version(site_root, cast.institution_a, lessons=(("quiz", 0),), questions=asked)
    enrolment = make_enrolment(
        make_class(version, cast.department, terms=StudyTerms(lessons_in_order=False)), cast.wang.person
    )
    other = LessonVersion.objects.create(
        course_version=version, lesson_uid=uuid.uuid4(), position=2, section_uid=uuid.uuid4(), title="结业测验",
        section_title="第一章", kind="quiz", quiz=[QUESTION | bank | {"id": "other"}],
    )  # fmt: skip
    take(enrolment, RIGHT)

    before = quiz_for(enrolment, quiz_of(enrolment)).review
    take(enrolment, {"other": ["a"]}, key="k2", lesson=other.lesson_uid)
    after = quiz_for(enrolment, quiz_of(enrolment)).review

    assert [(one.asked_in, one.explanation, one.reveals) for one in before] == [
        ("结业测验", "", False),
        ("", MULTIPLE["explanation"], True),
    ]
    assert not any(option["correct"] for option in before[0].options)
    assert [(one.asked_in, one.reveals) for one in after] == [("", True), ("", True)]


def test_the_review_is_of_the_last_sitting_and_the_result_of_the_best(stage, take, traveller):
    enrolment = stage()
    take(enrolment, RIGHT)
    traveller.advance(minutes=5)
    last = take(enrolment, NOTHING, key="k2")

    view = quiz_for(enrolment, quiz_of(enrolment))

    assert [one.is_correct for one in view.review] == [False, False]
    assert (view.result.best_percent, view.result.is_passed, view.result.attempts) == (100, True, 2)
    assert view.result.last_at == last.submitted_at


def test_results_are_read_for_all_in_one_query(stage, take, cast, django_assert_num_queries):
    enrolment = stage()
    other = make_enrolment(enrolment.training_class, cast.lu.person)
    take(enrolment, HALF)
    take(other, RIGHT, who="lu")
    take(other, NOTHING, who="lu", key="k2", place=1)
    first, second = (quiz_of(enrolment, place).lesson_uid for place in (0, 1))

    with django_assert_num_queries(1):
        results = quiz_results([enrolment.pk, other.pk])

    assert {key: one.best_percent for key, one in results.items()} == {
        (enrolment.pk, first): 50,
        (other.pk, first): 100,
        (other.pk, second): 0,
    }


def test_sittings_are_listed_the_newest_first(stage, take, traveller):
    enrolment = stage()
    for n in (1, 2, 3):
        take(enrolment, NOTHING, key=f"k{n}")
        traveller.advance(minutes=1)

    assert [one.attempt for one in sittings_of(enrolment)] == [3, 2, 1]
