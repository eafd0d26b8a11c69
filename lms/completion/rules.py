"""When a lesson and a class are completed (结业), and what is unlocked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lms.planning.rules import StudyTerms

DONE, STUDYING, OPEN, LOCKED, USED_UP = "done", "studying", "open", "locked", "used_up"


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """What is known of one lesson of an enrolment. Lengths in ms; of quizzes: passed, and how often it was taken."""

    title: str
    is_quiz: bool
    length_ms: int
    covered_ms: int
    quiz_passed: bool = False
    quiz_attempts: int = 0
    is_live: bool = False
    is_exam: bool = False


def covered_percent(facts: LessonFacts) -> int:
    """Return how much of a lesson is covered, in whole percent, rounded down; 100 only when all is."""
    return min(100, 100 * facts.covered_ms // facts.length_ms) if facts.length_ms else 0


def is_done(facts: LessonFacts, terms: StudyTerms) -> bool:
    """Return whether a lesson is completed (课时完成): a quiz by passing, anything else by coverage."""
    if facts.is_quiz:
        return facts.quiz_passed
    return facts.length_ms > 0 and 100 * facts.covered_ms >= terms.lesson_coverage_percent * facts.length_ms


def is_used_up(facts: LessonFacts, terms: StudyTerms) -> bool:
    """Return whether a quiz was not passed and may not be taken again (次数用完)."""
    return facts.is_quiz and terms.quiz_rules(is_exam=facts.is_exam).left(facts.quiz_attempts) == 0


def states_of(lessons: Sequence[LessonFacts], terms: StudyTerms, confirmed_ms: int = 0) -> list[tuple[str, str]]:
    """Return (state, why locked) of each lesson in order (解锁规则): with lessons in order, each opens the next.

    `confirmed_ms`: what counts, for a final test that asks for it (结业测试参加条件).
    """
    states = []
    blocker = ""
    needed = required_ms(lessons, terms)
    for facts in lessons:
        if is_done(facts, terms):
            states.append((DONE, ""))
        elif blocker and terms.lessons_in_order and not facts.is_live:
            states.append((LOCKED, f"学完“{blocker}”后开放"))
        elif not terms.quiz_rules(is_exam=facts.is_exam).is_ready(confirmed_ms, needed):
            states.append((LOCKED, f"有效学时达到应学时长的{terms.exam_ready_percent}%后开放"))
            blocker = blocker or facts.title
        else:
            going_on = (STUDYING if facts.covered_ms else OPEN, "")
            states.append((USED_UP, "次数已用完，请联系培训机构") if is_used_up(facts, terms) else going_on)
            blocker = blocker or facts.title
    return states


def required_ms(lessons: Sequence[LessonFacts], terms: StudyTerms) -> int:
    """Return the time a class asks for: the policy's share of what its released lessons are worth (应学时长).

    The course's stated 学时 may hold practice that is not studied on the platform; it is shown, it is not asked for here.
    Where the policy allows faster play, a lesson earns less time than its length and nothing again: what is asked for is
    the time at the fastest speed, or an honest learner could never complete.
    """
    share = min(terms.class_hours_percent, terms.lesson_coverage_percent)
    fastest = max(100, terms.max_rate_percent)
    return sum(facts.length_ms for facts in lessons if not facts.is_quiz) * share // fastest


def missing(
    lessons: Sequence[LessonFacts], terms: StudyTerms, *, confirmed_ms: int, pending_ms: int, held_ms: int = 0
) -> list[str]:
    """Return what an enrolment still lacks, a sentence each; nothing means completed (结业条件)."""
    lacks = []
    left = [facts.title for facts in lessons if not facts.is_quiz and not is_done(facts, terms)]
    if left:
        lacks.append(f"还有{len(left)}个课时没有学完：{'、'.join(left[:3])}{'等' if len(left) > 3 else ''}。")
    failed = [facts.title for facts in lessons if facts.is_quiz and not facts.quiz_passed]
    if failed:
        lacks.append(f"还有{len(failed)}个测验没有及格：{'、'.join(failed[:3])}{'等' if len(failed) > 3 else ''}。")
    short = required_ms(lessons, terms) - confirmed_ms
    if short > 0:
        waits = "，其中部分时间待确认，通过下一次在岗确认后计入" if pending_ms else ""
        waits += waiting(terms) if held_ms else ""
        lacks.append(f"有效学时还差{-(-short // 60_000)}分钟{waits}。")
    return lacks


def waiting(terms: StudyTerms) -> str:
    """Return why confirmed time does not count yet, in words that follow others."""
    whole = "；没有学完的课，学完后它的时间才计入" if terms.credit_basis == "lesson" else ""
    least = terms.live_minimum_percent
    present = f"；直播课到课满{least}%，它的时间才计入" if least is not None else ""
    share = terms.live_replay_percent
    return whole + present + (f"；补课的直播课学满{share}%，补课的时间才计入" if share is not None else "")
