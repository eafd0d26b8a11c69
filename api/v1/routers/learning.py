"""/me/enrolments, progress, hours and quizzes: the same compositions as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Header, Router, Status

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.routers.appeals import stretch_out
from api.v1.schemas.classes import RuleOut
from api.v1.schemas.learning import (
    AnswersIn,
    EnrolmentOut,
    HoursLineOut,
    HoursOut,
    LessonStateOut,
    ProgressOut,
    QuestionOut,
    QuizOut,
    QuizViewOut,
    ReviewedQuestionOut,
    SittingOut,
)
from lms.access.views import SignedInRequest
from lms.classes.queries import own_enrolment
from lms.completion.queries import LessonState
from lms.dossier.queries import LearnerProgress, hours_account, learner_progress, my_enrolments
from lms.exams.queries.quizzes import quiz_for
from lms.exams.queries.results import QuizResult
from lms.exams.services.quizzes import quiz_lesson, submit_quiz

router = Router()


def enrolment_fields(progress: LearnerProgress) -> dict[str, Any]:
    """Return an enrolment's fields."""
    training_class = progress.training_class
    return {
        "uid": progress.enrolment.uid,
        "class_uid": training_class.uid,
        "class_name": training_class.name,
        "class_number": training_class.number,
        "course_title": training_class.course_version.title,
        "institution": training_class.institution.name,
        "starts_on": training_class.starts_on,
        "ends_on": training_class.ends_on,
        "class_hours": progress.class_hours,
        "required_hours": progress.required_hours,
        "percent": progress.completion.percent,
        "is_completed": progress.completion.is_completed,
    }


def quiz_out(result: QuizResult | None) -> QuizOut | None:
    """Return a quiz's result."""
    if result is None:
        return None
    return QuizOut(best_percent=result.best_percent, is_passed=result.is_passed, attempts=result.attempts)


def lesson_out(one: LessonState) -> LessonStateOut:
    """Return a lesson's fields."""
    return LessonStateOut(
        uid=one.lesson.lesson_uid,
        section=one.lesson.section_title,
        title=one.lesson.title,
        kind=one.lesson.kind,
        length_seconds=one.lesson.length_ms // 1000,
        state=one.state,
        locked_reason=one.reason,
        covered_percent=one.covered_percent,
        credited_seconds=one.study.credited_ms // 1000,
        resume_at=one.study.reach_ms,
        quiz=quiz_out(one.quiz),
    )


def study_fields(progress: LearnerProgress) -> dict[str, Any]:
    """Return an enrolment's fields with its lessons, sums, and what is missing."""
    totals = progress.completion.totals
    return enrolment_fields(progress) | {
        "lessons": [lesson_out(one) for one in progress.completion.lessons],
        "missing": progress.completion.missing,
        "confirmed_seconds": totals.confirmed_ms // 1000,
        "pending_seconds": totals.pending_ms // 1000,
        "withheld_seconds": totals.withheld_ms // 1000,
        "held_seconds": totals.held_ms // 1000,
    }


@router.get("/me/enrolments", response={200: list[EnrolmentOut], **PROBLEMS}, summary="我的班级")
def enrolments(request: SignedInRequest) -> Any:
    """Return all of the learner's classes. Open to everybody signed in, for oneself."""
    return [EnrolmentOut(**enrolment_fields(one)) for one in my_enrolments(actor_of(request))]


@router.get("/me/enrolments/{uuid:uid}/progress", response={200: ProgressOut, **PROBLEMS}, summary="学习进度")
def progress(request: SignedInRequest, uid: UUID) -> Any:
    """Return the way through a class. Open to the learner of the enrolment."""
    found = learner_progress(actor_of(request), uid)
    return ProgressOut(
        **study_fields(found),
        rules=[RuleOut(label=rule.label, value=rule.value, sentence=rule.sentence) for rule in found.rules],
        data_at=found.data_at,
    )


@router.get("/me/hours", response={200: HoursOut, **PROBLEMS}, summary="学时明细")
def hours(request: SignedInRequest, enrolment: UUID) -> Any:
    """Return what counted, what did not and why. Open to the learner of the enrolment."""
    found = learner_progress(actor_of(request), enrolment)
    totals = found.completion.totals
    return HoursOut(
        confirmed_seconds=totals.confirmed_ms // 1000,
        pending_seconds=totals.pending_ms // 1000,
        withheld_seconds=totals.withheld_ms // 1000,
        held_seconds=totals.held_ms // 1000,
        class_hours=found.class_hours,
        lines=[
            HoursLineOut(
                at=line.at,
                until=line.until,
                lesson=line.lesson_uid,
                kind=line.kind,
                seconds=line.ms // 1000,
                sentence=line.sentence,
                withheld=stretch_out(stretch) if stretch else None,
            )
            for line, stretch in ((one.line, one.stretch) for one in hours_account(found.enrolment))
        ],
    )


@router.get(
    "/me/enrolments/{uuid:uid}/quizzes/{uuid:lesson}", response={200: QuizViewOut, **PROBLEMS}, summary="测验题目"
)
def quiz(request: SignedInRequest, uid: UUID, lesson: UUID) -> Any:
    """Return a quiz without its answers, and how the last sitting was answered. Open to the learner of the enrolment."""
    enrolment = own_enrolment(actor_of(request), uid)
    view = quiz_for(enrolment, quiz_lesson(enrolment, lesson))
    return QuizViewOut(
        questions=[QuestionOut(**question) for question in view.questions],
        pass_percent=view.pass_percent,
        attempts_left=view.attempts_left,
        is_exam=view.is_exam,
        opens_at=view.opens_at,
        result=quiz_out(view.result),
        review=[ReviewedQuestionOut.from_orm(one) for one in view.review],
    )


@router.post(
    "/me/enrolments/{uuid:uid}/quizzes/{uuid:lesson}", response={201: SittingOut, **PROBLEMS}, summary="提交测验"
)
def answer_quiz(
    request: SignedInRequest,
    uid: UUID,
    lesson: UUID,
    payload: AnswersIn,
    idempotency_key: str = Header(..., alias="Idempotency-Key"),  # type: ignore[type-arg]
) -> Any:
    """Submit a quiz's answers. Open to the learner of the enrolment; the same key again gives the same sitting."""
    actor = actor_of(request)
    sitting = submit_quiz(
        enrolment=own_enrolment(actor, uid),
        lesson_uid=lesson,
        answers=payload.answers,
        key=idempotency_key,
        actor=actor,
    )
    return Status(
        201,
        SittingOut(
            uid=sitting.uid,
            attempt=sitting.attempt,
            score_percent=sitting.score_percent,
            is_passed=sitting.is_passed,
            submitted_at=sitting.submitted_at,
        ),
    )
