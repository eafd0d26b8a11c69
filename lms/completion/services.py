"""The unlock rule as other stages ask it."""

from __future__ import annotations

from datetime import datetime

from courses.models import LessonKind, LessonVersion
from lms.classes.models import Enrolment
from lms.completion.queries import completion_of
from lms.completion.rules import LOCKED
from lms.kernel.errors import ConflictError


def ensure_unlocked(enrolment: Enrolment, lesson: LessonVersion, moment: datetime) -> None:
    """Raise ConflictError `lesson_locked` with the reason while an earlier lesson is not done (按顺序学习).

    A live lesson is given when it is given: it waits for nobody.
    """
    if lesson.kind == LessonKind.LIVE:
        return
    states = completion_of([enrolment])[enrolment.pk].lessons
    state = next((one for one in states if one.lesson.pk == lesson.pk), None)
    if state is not None and state.state == LOCKED:
        raise ConflictError(f"这一课还没有开放：{state.reason}。", code="lesson_locked")
