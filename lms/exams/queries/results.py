"""Reads of how learners stand to their quizzes: results, and what a quiz that still counts keeps secret."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from attendance.queries import standing_twins
from courses.models import LessonKind, LessonVersion
from courses.rules.questions import folded, leaves
from lms.classes.models import Enrolment
from lms.exams.models import Sitting
from lms.planning.rules import QuizRules, StudyTerms, exam_among

Secrets = Mapping[str, str]  # what a question is known by: the title of the quiz that still asks it


@dataclass(frozen=True, slots=True)
class QuizResult:
    """An enrolment's standing in a quiz (测验成绩): the best of its sittings."""

    best_percent: int
    is_passed: bool
    attempts: int
    last_at: datetime


def quiz_results(enrolment_ids: Collection[int]) -> dict[tuple[int, UUID], QuizResult]:
    """Return results by (enrolment, lesson uid). One query."""
    found: dict[tuple[int, UUID], QuizResult] = {}
    for sitting in sittings_for(enrolment_ids):
        for enrolment in {sitting.enrolment_id, sitting.home_id or sitting.enrolment_id}.intersection(enrolment_ids):
            key = (enrolment, sitting.lesson_uid)
            found[key] = with_sitting(found.get(key), sitting)
    return found


def sittings_for(enrolment_ids: Collection[int]) -> QuerySet[Any]:
    """Return what counts for enrolments, oldest first; `home_id`: where a second enrolment in the class goes on (计入的考次).

    One person took them all, under two records: a quiz that was passed is passed, and tries are counted together.
    """
    home = Subquery(standing_twins().filter(enrolment=OuterRef("enrolment")).values("home")[:1])
    counting = Sitting.objects.filter(counts_for(enrolment_ids))
    return counting.annotate(home_id=home).order_by("submitted_at", "pk")


def counts_for(enrolment_ids: Collection[int]) -> Q:
    """Return what holds for rows of these enrolments and of the second ones that go on in them (计入的学籍)."""
    ended = standing_twins().filter(home__in=enrolment_ids).values("enrolment")
    return Q(enrolment__in=enrolment_ids) | Q(enrolment__in=ended)


def with_sitting(known: QuizResult | None, sitting: Sitting) -> QuizResult:
    """Return a standing with one more sitting."""
    return QuizResult(
        best_percent=max(sitting.score_percent, known.best_percent if known else 0),
        is_passed=sitting.is_passed or bool(known and known.is_passed),
        attempts=(known.attempts if known else 0) + 1,
        last_at=sitting.submitted_at,
    )


def rules_of(terms: StudyTerms, quiz: LessonVersion) -> QuizRules:
    """Return the rules of one quiz. A query where the terms have a final test."""
    if not terms.has_exam:
        return terms.quiz_rules(is_exam=False)
    later = LessonVersion.objects.filter(course_version_id=quiz.course_version_id, kind=LessonKind.QUIZ)
    return terms.quiz_rules(is_exam=not later.filter(position__gt=quiz.position).exists())


def is_over(result: QuizResult | None, attempts_left: int | None) -> bool:
    """Return whether a quiz is passed, or may not be taken again."""
    return bool(result and result.is_passed) or attempts_left == 0


def open_quiz_questions(enrolment: Enrolment, results: Mapping[tuple[int, UUID], QuizResult]) -> dict[str, str]:
    """Return what the class's quizzes ask by which the learner can still win something (未结束测验的试题). One query."""
    terms = enrolment.training_class.study_terms()
    version_id = enrolment.training_class.course_version_id
    secrets: dict[str, str] = {}
    quizzes = list(LessonVersion.objects.filter(course_version_id=version_id, kind=LessonKind.QUIZ))
    exam = exam_among(quizzes)
    for quiz in quizzes:
        result = results.get((enrolment.pk, quiz.lesson_uid))
        if not is_over(result, terms.quiz_rules(is_exam=quiz == exam).left(result.attempts if result else 0)):
            secrets |= {key: quiz.title for one in leaves(quiz.quiz) for key in (known_by(one), words_of(one))}
    return secrets


def known_by(question: Mapping[str, Any]) -> str:
    """Return what tells that two quizzes ask the same: the bank's question, or the words of one written in a lesson.

    The bank's question, not its version: another version often has the same answer.
    """
    if "question" in question:
        return str(question["question"])
    return words_of(question)


def words_of(question: Mapping[str, Any]) -> str:
    """Return a question's words as they are compared: two that say the same ask the same, wherever they are kept."""
    return "\n".join([folded(question["stem"]), *sorted(folded(one["text"]) for one in question["options"])])
