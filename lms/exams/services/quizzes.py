"""Answering quizzes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.module_loading import import_string

from attendance.services import ADMISSION
from courses.models import LessonKind, LessonVersion
from courses.rules.marking import Marked, mark, missing_answers, score_percent, unknown_choices
from lms.access.rules import Actor, require
from lms.classes.models import Enrolment, TrainingClass
from lms.exams.models import Answer, Sitting
from lms.exams.queries.results import rules_of, sittings_for
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError
from lms.planning.rules import QuizRules

LONGEST_KEY = 64


@transaction.atomic
def submit_quiz(
    *, enrolment: Enrolment, lesson_uid: UUID, answers: Mapping[str, Sequence[str]], key: str, actor: Actor
) -> Sitting:
    """Take a quiz's answers and mark them (提交测验). The same key again gives the same sitting."""
    require(actor, "quiz.answer", enrolment)
    held = lock_enrolment(enrolment.pk)
    if (known := sitting_of_key(held, lesson_uid, key)) is not None:
        return known
    lesson, terms = quiz_lesson(held, lesson_uid), held.training_class.study_terms()
    check_open(held, lesson)
    if wrong := complete_or_wrong(lesson, answers):
        raise InvalidError("还有题目没有答好，请看题目下的提示。", fields=wrong, code="quiz_incomplete")
    attempt = held.sittings.filter(lesson_uid=lesson_uid).count() + 1
    rules = rules_of(terms, lesson)
    check_again(rules, list(sittings_for([held.pk]).filter(lesson_uid=lesson_uid)))
    return write_sitting(held, lesson, mark(lesson.quiz, answers), rules, attempt=attempt, key=key)


def check_again(rules: QuizRules, taken: Sequence[Sitting]) -> None:
    """Raise ConflictError when a quiz was taken too often already, or too short a while ago."""
    what = "结业测试" if rules.is_exam else "测验"
    if rules.left(len(taken)) == 0:
        raise ConflictError(f"这次{what}最多可以做{rules.attempts}次，次数已用完。请联系班主任。", code="attempts_used")
    opens_at = rules.opens_at(taken[-1].submitted_at if taken else None)
    if opens_at is not None and clock.now() < opens_at:
        when = f"{clock.local(opens_at):%-m月%-d日%H:%M}"
        raise ConflictError(f"两次{what}至少间隔{rules.wait_hours}小时，请在{when}以后再做。", code="quiz_too_soon")


def lock_enrolment(pk: int) -> Enrolment:
    """Return an enrolment, held: its sittings are numbered one after the other."""
    return Enrolment.objects.select_for_update().get(pk=pk)  # a class joined here would be as it was before the wait


def sitting_of_key(enrolment: Enrolment, lesson_uid: UUID, key: str) -> Sitting | None:
    """Return the sitting that a key was used for. Raises ConflictError when it was another quiz's."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidError("提交测验的请求有误，请刷新页面重试。", code="key_invalid")
    known = Sitting.objects.filter(enrolment=enrolment, request_key=key).first()
    if known is not None and known.lesson_uid != lesson_uid:
        raise ConflictError("这次提交已用于另一个测验，请刷新页面后重新提交。", code="key_used")
    return known


def quiz_lesson(enrolment: Enrolment, lesson_uid: UUID) -> LessonVersion:
    """Return the quiz of the class's version."""
    version_id = enrolment.training_class.course_version_id
    lesson = LessonVersion.objects.filter(
        course_version_id=version_id, lesson_uid=lesson_uid, kind=LessonKind.QUIZ
    ).first()
    if lesson is None:
        raise NotFoundError("这个班的课程里没有这次测验，请从课程目录重新进入。", code="quiz_not_found")
    return lesson


def check_open(enrolment: Enrolment, lesson: LessonVersion) -> None:
    """Raise ConflictError outside the class's dates, for who left it, and whatever keeps the lesson locked."""
    training_class = enrolment.training_class
    if enrolment.state != Enrolment.State.ACTIVE:
        raise ConflictError("您在这个班的学籍已结束，不能再提交测验。", code="enrolment_closed")
    running = training_class.state == TrainingClass.State.OPEN
    if not running or not training_class.starts_on <= clock.today() <= training_class.ends_on:
        raise ConflictError("班级不在学习期内，不能提交测验。", code="class_not_running")
    for name in ADMISSION:
        ask: Callable[[Enrolment, LessonVersion, datetime], object] = import_string(name)
        ask(enrolment, lesson, clock.now())


def complete_or_wrong(lesson: LessonVersion, answers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a sentence for every question without a usable answer."""
    return missing_answers(lesson.quiz, answers) | unknown_choices(lesson.quiz, answers)


def write_sitting(
    held: Enrolment, lesson: LessonVersion, marked: list[Marked], rules: QuizRules, *, attempt: int, key: str
) -> Sitting:
    """Write a sitting with its answers."""
    score = score_percent(marked)
    sitting = Sitting.objects.create(
        enrolment=held,
        lesson=lesson,
        lesson_uid=lesson.lesson_uid,
        attempt=attempt,
        score_percent=score,
        is_passed=score >= rules.pass_percent,
        request_key=key,
        submitted_at=clock.now(),
    )
    Answer.objects.bulk_create(
        Answer(sitting=sitting, question_id=one.question_id, version_uid=one.version or None, **marks_of(one))
        for one in marked
    )
    return sitting


def marks_of(one: Marked) -> dict[str, Any]:
    """Return what is kept of a marked answer."""
    return {
        "chosen": list(one.chosen),
        "is_correct": one.is_correct,
        "earned_percent": one.earned_percent,
        "is_provisional": one.is_provisional,
    }
