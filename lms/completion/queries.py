"""Completion of lessons and classes, worked out from hours, coverage and quizzes. Constant query counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from attendance.queries import LessonStudy, Totals, lessons_studied, totals_of
from courses.models import LessonKind, LessonVersion
from lms.classes.models import Enrolment, TrainingClass
from lms.completion.rules import DONE, LOCKED, USED_UP, LessonFacts, covered_percent, missing, required_ms, states_of
from lms.exams.queries.quizzes import QuizResult, quiz_results


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
    lessons: dict[int, list[LessonVersion]] = defaultdict(list)
    versions = {enrolment.training_class.course_version_id for enrolment in enrolments}
    for lesson in LessonVersion.objects.filter(course_version_id__in=versions).order_by(
        "course_version_id", "position"
    ):
        lessons[lesson.course_version_id].append(lesson)
    return {
        one.pk: assembled(one, lessons[one.training_class.course_version_id], totals[one.pk], studied, results)
        for one in enrolments
    }


def assembled(
    enrolment: Enrolment,
    lessons: list[LessonVersion],
    totals: Totals,
    studied: dict[tuple[int, UUID], LessonStudy],
    results: dict[tuple[int, UUID], QuizResult],
) -> ClassCompletion:
    """Return one enrolment's completion from what was read for all."""
    terms = enrolment.training_class.study_terms()
    studies = [studied.get((enrolment.pk, lesson.lesson_uid), LessonStudy()) for lesson in lessons]
    quizzes: list[QuizResult | None] = [results.get((enrolment.pk, lesson.lesson_uid)) for lesson in lessons]
    facts = [
        LessonFacts(
            lesson.title,
            lesson.kind == LessonKind.QUIZ,
            lesson.length_ms,
            study.covered_ms,
            bool(quiz and quiz.is_passed),
            quiz.attempts if quiz else 0,
        )
        for lesson, study, quiz in zip(lessons, studies, quizzes, strict=True)
    ]
    lacks = missing(facts, terms, confirmed_ms=totals.confirmed_ms, pending_ms=totals.pending_ms)
    states = [
        LessonState(lesson, state, reason, covered_percent(fact), study, quiz)
        for lesson, (state, reason), fact, study, quiz in zip(
            lessons, states_of(facts, terms), facts, studies, quizzes, strict=True
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
