"""Completion of lessons and classes, worked out from hours, coverage and quizzes. Constant query counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from attendance.queries import LessonStudy, Totals, confirmed_by_lesson, lessons_studied, totals_of
from attendance.queries.lives import lives_recorded, made_up
from attendance.rules.lives import is_enough, is_made_up
from courses.models import LessonKind, LessonVersion
from lms.classes.models import Enrolment, TrainingClass
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
from lms.exams.queries.results import QuizResult, quiz_results
from lms.planning.rules import StudyTerms, exam_among


@dataclass(frozen=True, slots=True)
class LessonState:
    """A lesson as a learner stands in it (课时状态)."""

    lesson: LessonVersion
    state: str  # done | studying | open | locked | used_up
    reason: str
    covered_percent: int
    study: LessonStudy
    quiz: QuizResult | None


@dataclass(frozen=True, slots=True)
class ClassCompletion:
    """An enrolment's way to completion (结业进度). Times in ms."""

    lessons: list[LessonState]
    required_ms: int
    totals: Totals
    percent: int
    is_completed: bool
    missing: list[str]
    last_at: datetime | None

    @property
    def done_count(self) -> int:
        """Return how many lessons are completed."""
        return sum(one.state == DONE for one in self.lessons)

    @property
    def next_lesson(self) -> LessonState | None:
        """Return where to go on: the first lesson that is open and not done."""
        return next((one for one in self.lessons if one.state not in {DONE, LOCKED, USED_UP}), None)


def completion_of(enrolments: Sequence[Enrolment]) -> dict[int, ClassCompletion]:
    """Return completion by enrolment id. The enrolments' classes must be loaded; the query count is constant."""
    ids = [enrolment.pk for enrolment in enrolments]
    totals, studied, results = totals_of(ids), lessons_studied(ids), quiz_results(ids)
    whole = [one.pk for one in enrolments if holds_back(one.training_class.study_terms())]
    by_lesson = confirmed_by_lesson(whole) if whole else {}
    shared = [one.pk for one in enrolments if one.training_class.study_terms().live_replay_percent is not None]
    replayed = made_up(shared) if shared else {}
    lessons: dict[int, list[LessonVersion]] = defaultdict(list)
    versions = {enrolment.training_class.course_version_id for enrolment in enrolments}
    for lesson in LessonVersion.objects.filter(course_version_id__in=versions).order_by(
        "course_version_id", "position"
    ):
        lessons[lesson.course_version_id].append(lesson)
    given = any(one.kind == LessonKind.LIVE for found in lessons.values() for one in found)
    on_air = lives_recorded({one.training_class_id for one in enrolments}) if given else {}
    return {
        one.pk: assembled(
            one,
            [
                as_given(lesson, on_air.get((one.training_class_id, lesson.lesson_uid)))
                for lesson in lessons[one.training_class.course_version_id]
            ],
            totals[one.pk],
            studied,
            results,
            by_lesson.get(one.pk, {}),
            replayed.get(one.pk, {}),
        )
        for one in enrolments
    }


def holds_back(terms: StudyTerms) -> bool:
    """Return whether confirmed time of some lessons may have to wait."""
    return terms.credit_basis == "lesson" or terms.live_minimum_percent is not None


def as_given(lesson: LessonVersion, on_air_ms: int | None) -> LessonVersion:
    """Return a lesson, of a live one that is over no longer than it was on the air: more nobody could study."""
    if on_air_ms is None or on_air_ms >= lesson.length_ms:
        return lesson
    shorter = copy(lesson)
    shorter.length_ms = on_air_ms
    return shorter


def counts_now(fact: LessonFacts, *, done: bool, terms: StudyTerms) -> bool:
    """Return whether what is confirmed of a lesson counts now, where some of it has to wait."""
    if terms.credit_basis == "lesson" and not done:
        return False
    return not fact.is_live or is_enough(fact.covered_ms, fact.length_ms, terms)


def assembled(
    enrolment: Enrolment,
    lessons: list[LessonVersion],
    totals: Totals,
    studied: dict[tuple[int, UUID], LessonStudy],
    results: dict[tuple[int, UUID], QuizResult],
    by_lesson: dict[UUID, int],
    replayed: dict[UUID, int],
) -> ClassCompletion:
    """Return one enrolment's completion from what was read for all.

    `by_lesson`: confirmed ms, where lessons count whole; `replayed`: of that at replays, where the policy asks for a share.
    """
    terms = enrolment.training_class.study_terms()
    studies = [studied.get((enrolment.pk, lesson.lesson_uid), LessonStudy()) for lesson in lessons]
    quizzes: list[QuizResult | None] = [results.get((enrolment.pk, lesson.lesson_uid)) for lesson in lessons]
    exam = exam_among([one for one in lessons if one.kind == LessonKind.QUIZ]) if terms.has_exam else None
    facts = [
        LessonFacts(
            lesson.title,
            lesson.kind == LessonKind.QUIZ,
            lesson.length_ms,
            study.covered_ms,
            bool(quiz and quiz.is_passed),
            quiz.attempts if quiz else 0,
            lesson.kind == LessonKind.LIVE,
            lesson is exam,
        )
        for lesson, study, quiz in zip(lessons, studies, quizzes, strict=True)
    ]
    done = {lesson.lesson_uid for lesson, fact in zip(lessons, facts, strict=True) if is_done(fact, terms)}
    waiting = {
        lesson.lesson_uid
        for lesson, fact in zip(lessons, facts, strict=True)
        if not counts_now(fact, done=lesson.lesson_uid in done, terms=terms)
    }
    short = {
        lesson.lesson_uid
        for lesson, fact in zip(lessons, facts, strict=True)
        if not is_made_up(fact.covered_ms, fact.length_ms, terms)
    }
    held = sum(ms for lesson, ms in by_lesson.items() if lesson in waiting)
    totals = counted(totals, held + sum(ms for lesson, ms in replayed.items() if lesson in short - waiting))
    lacks = missing(
        facts,
        terms,
        confirmed_ms=totals.confirmed_ms,
        pending_ms=totals.pending_ms,
        held_ms=totals.held_ms,
    )
    states = [
        LessonState(lesson, state, reason, covered_percent(fact), study, quiz)
        for lesson, (state, reason), fact, study, quiz in zip(
            lessons, states_of(facts, terms, totals.confirmed_ms), facts, studies, quizzes, strict=True
        )
    ]
    needed = required_ms(facts, terms)
    percent = min(100, 100 * totals.confirmed_ms // needed) if needed else 100
    return ClassCompletion(
        lessons=states,
        required_ms=needed,
        totals=totals,
        percent=percent,
        is_completed=bool(lessons) and not lacks,
        missing=lacks,
        last_at=max((study.last_at for study in studies if study.last_at), default=None),
    )


def counted(totals: Totals, held_ms: int) -> Totals:
    """Return what counts now: the time of lessons not completed, or not attended long enough, waits (整课认定、最低到课)."""
    return replace(totals, confirmed_ms=totals.confirmed_ms - held_ms, held_ms=held_ms)


def completed_before_and_after(training_class: TrainingClass, version_id: int) -> tuple[int, int, int]:
    """Return how many study in a class, how many fulfil everything now, and how many with another version (换版影响)."""
    active = training_class.enrolments.filter(state=Enrolment.State.ACTIVE).select_related("training_class")
    enrolments = list(active)
    before = completed_count(enrolments)
    for enrolment in enrolments:
        enrolment.training_class.course_version_id = version_id
    return len(enrolments), before, completed_count(enrolments)


def completed_count(enrolments: Sequence[Enrolment]) -> int:
    """Return how many of them fulfil everything."""
    return sum(one.is_completed for one in completion_of(enrolments).values())
