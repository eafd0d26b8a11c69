"""When a lesson and a class are completed, and what is unlocked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.completion.rules import (
    DONE,
    LOCKED,
    USED_UP,
    LessonFacts,
    covered_percent,
    is_done,
    missing,
    required_ms,
    states_of,
)
from lms.planning.rules import StudyTerms

TERMS = StudyTerms()
MINUTE = 60_000


def film(title: str = "第一课", *, length: int = 100_000, covered: int = 0) -> LessonFacts:
    return LessonFacts(title, is_quiz=False, length_ms=length, covered_ms=covered)


def quiz(title: str = "小测", *, passed: bool = False) -> LessonFacts:
    return LessonFacts(title, is_quiz=True, length_ms=0, covered_ms=0, quiz_passed=passed)


@st.composite
def facts(draw):
    if draw(st.booleans()):
        return quiz(passed=draw(st.booleans()))
    length = draw(st.integers(1, 4 * 3_600_000))
    return film(length=length, covered=draw(st.integers(0, length)))


COURSES = st.lists(facts(), min_size=1, max_size=8).map(
    lambda lessons: [replace(one, title=f"第{n}课") for n, one in enumerate(lessons, 1)]
)
POLICIES = st.builds(
    StudyTerms,
    lesson_coverage_percent=st.integers(1, 100),
    class_hours_percent=st.integers(0, 100),
    max_rate_percent=st.integers(100, 200),
    lessons_in_order=st.booleans(),
)


@pytest.mark.parametrize(
    ("lesson", "done"),
    [
        pytest.param(film(covered=90_000), True, id="exactly the asked coverage"),
        pytest.param(film(covered=89_999), False, id="a millisecond less"),
        pytest.param(film(length=0), False, id="a lesson without length is never studied"),
        pytest.param(quiz(passed=True), True, id="a quiz by passing"),
        pytest.param(quiz(), False, id="a quiz not passed"),
    ],
)
def test_a_lesson_is_done_by_coverage_or_by_passing(lesson, done):
    assert is_done(lesson, TERMS) is done


@pytest.mark.parametrize(
    ("covered", "percent"),
    [
        pytest.param(0, 0, id="nothing"),
        pytest.param(99_999, 99, id="almost everything is not everything"),
        pytest.param(100_000, 100, id="everything"),
    ],
)
def test_coverage_is_rounded_down(covered, percent):
    assert covered_percent(film(covered=covered)) == percent


def test_in_order_each_lesson_opens_the_next_and_names_what_blocks():
    lessons = [film("第一课", covered=100_000), film("第二课", covered=1), film("第三课"), quiz("小测")]

    assert states_of(lessons, TERMS) == [
        ("done", ""),
        ("studying", ""),
        ("locked", "学完“第二课”后开放"),
        ("locked", "学完“第二课”后开放"),
    ]


def test_out_of_order_everything_is_open():
    lessons = [film("第一课"), film("第二课", covered=1), quiz("小测")]

    states = states_of(lessons, replace(TERMS, lessons_in_order=False))

    assert [state for state, _ in states] == ["open", "studying", "open"]


def test_what_was_done_stays_done_behind_a_gap():
    lessons = [film("第一课"), film("第二课", covered=100_000), film("第三课")]

    assert [state for state, _ in states_of(lessons, TERMS)] == ["open", "done", "locked"]


@given(COURSES, POLICIES)
def test_there_is_always_a_way_on(lessons, terms):
    states = [state for state, _ in states_of(lessons, terms)]

    open_ones = [state for state in states if state not in {DONE, LOCKED}]
    assert all(state == DONE for state in states) or open_ones
    if terms.lessons_in_order:
        assert len(open_ones) <= 1


@given(COURSES, POLICIES)
def test_a_locked_lesson_names_a_lesson_before_it_that_is_not_done(lessons, terms):
    states = states_of(lessons, terms)
    for place, (state, reason) in enumerate(states):
        earlier = [lesson.title for lesson in lessons[:place] if not is_done(lesson, terms)]
        assert (state == LOCKED) == bool(reason)
        assert not reason or any(f"“{title}”" in reason for title in earlier)


def test_required_time_is_the_policys_share_of_the_lessons():
    lessons = [film(length=30 * MINUTE), quiz(), film(length=10 * MINUTE)]

    assert required_ms(lessons, TERMS) == 36 * MINUTE
    assert required_ms(lessons, replace(TERMS, class_hours_percent=50)) == 20 * MINUTE
    assert required_ms(lessons, replace(TERMS, class_hours_percent=0)) == 0


def test_where_faster_play_is_allowed_the_time_is_that_of_the_fastest():
    lessons = [film(length=30 * MINUTE)]

    assert required_ms(lessons, replace(TERMS, max_rate_percent=150)) == 18 * MINUTE


@given(COURSES, POLICIES, st.data())
def test_who_has_seen_everything_at_an_allowed_speed_can_complete(lessons, terms, data):
    seen = [replace(one, covered_ms=one.length_ms, quiz_passed=True) for one in lessons]
    rate = data.draw(st.integers(100, terms.max_rate_percent))
    earned = sum(one.length_ms * 100 // rate + 1 for one in seen if not one.is_quiz)

    assert missing(seen, terms, confirmed_ms=earned, pending_ms=0) == []


@given(COURSES, POLICIES, st.integers(0, 40 * 3_600_000))
def test_nothing_is_missing_only_when_lessons_quizzes_and_time_are_there(lessons, terms, confirmed):
    lacks = missing(lessons, terms, confirmed_ms=confirmed, pending_ms=0)

    complete = all(is_done(one, terms) for one in lessons) and confirmed >= required_ms(lessons, terms)
    assert (lacks == []) is complete
    assert all(sentence.endswith("。") for sentence in lacks)


def test_what_is_missing_is_said_in_sentences():
    lessons = [film(f"第{n}课", length=10 * MINUTE) for n in "一二三四"] + [quiz("随堂测验")]

    assert missing(lessons, TERMS, confirmed_ms=0, pending_ms=0) == [
        "还有4个课时没有学完：第一课、第二课、第三课等。",
        "还有1个测验没有及格：随堂测验。",
        "有效学时还差36分钟。",
    ]


def test_a_started_minute_is_still_a_minute_to_go():
    lessons = [film(length=10 * MINUTE, covered=10 * MINUTE)]

    (sentence,) = missing(lessons, TERMS, confirmed_ms=9 * MINUTE - 1, pending_ms=0)

    assert sentence == "有效学时还差1分钟。"


def test_pending_time_is_named_as_such():
    lessons = [film(length=10 * MINUTE, covered=10 * MINUTE)]

    (sentence,) = missing(lessons, TERMS, confirmed_ms=0, pending_ms=10 * MINUTE)

    assert sentence == "有效学时还差9分钟，其中部分时间待确认，通过下一次在岗确认后计入。"


@pytest.mark.parametrize(
    ("attempts", "limit", "passed", "state"),
    [
        pytest.param(3, 3, False, USED_UP, id="the last attempt failed"),
        pytest.param(2, 3, False, "open", id="one is left"),
        pytest.param(3, 3, True, DONE, id="the last attempt passed"),
        pytest.param(99, None, False, "open", id="no limit"),
    ],
)
def test_a_quiz_is_used_up_by_its_last_failed_attempt(attempts, limit, passed, state):
    lesson = replace(quiz(passed=passed), quiz_attempts=attempts)

    assert states_of([lesson], replace(TERMS, quiz_attempts=limit))[0][0] == state


@pytest.mark.parametrize(
    ("ready", "confirmed", "state"),
    [
        pytest.param(None, 0, "open", id="nothing is asked"),
        pytest.param(80, 72_000, "open", id="exactly what is asked"),
        pytest.param(80, 71_999, LOCKED, id="a millisecond less"),
    ],
)
def test_the_final_test_opens_with_the_hours_that_the_terms_ask_for(ready, confirmed, state):
    terms = replace(TERMS, exam="last_quiz", exam_ready_percent=ready, lessons_in_order=False)
    lessons = [film(), quiz("小测"), replace(quiz("结业测试"), is_exam=True)]  # 90 s are asked for

    states = states_of(lessons, terms, confirmed)

    assert [one for one, _ in states[:2]] == ["open", "open"]
    assert states[2] == (state, "有效学时达到应学时长的80%后开放" if state == LOCKED else "")


def test_the_final_test_has_tries_of_its_own():
    terms = replace(TERMS, exam="last_quiz", exam_attempts=1, quiz_attempts=3, lessons_in_order=False)
    once = replace(quiz(), quiz_attempts=1)

    assert [state for state, _ in states_of([once, replace(once, is_exam=True)], terms)] == ["open", USED_UP]


def test_what_comes_after_a_used_up_quiz_stays_locked():
    used = replace(quiz(), quiz_attempts=3)

    assert [state for state, _ in states_of([used, film()], replace(TERMS, quiz_attempts=3))] == [USED_UP, LOCKED]
