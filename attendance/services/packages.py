"""What course packages report of themselves: kept beside the evidence, never part of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from attendance.models import PackageReport, StudySession
from attendance.services.checks import own_fact
from courses.models import LessonKind
from lms.access.rules import Actor, require
from lms.kernel.errors import ConflictError, InvalidError

MOST_REPORTS = 2000  # of one session: a package that saves every second for half an hour
LONGEST_LOCATION, LONGEST_DATA, LONGEST_KEY = 255, 64_000, 64


@dataclass(frozen=True, slots=True)
class Claims:
    """The fields of SCORM 1.2 that are kept (自报内容). `score`: 0 to 100."""

    status: str
    location: str = ""
    score: Decimal | None = None
    suspend_data: str = ""


def report_package(*, session: UUID, claims: Claims, key: str, actor: Actor) -> PackageReport:
    """Keep what a package says of itself (课件自报). It credits no second. The same key again gives the same report.

    Raises NotFoundError for a session of somebody else, ConflictError when the lesson goes on in a later session.
    """
    own_fact(session, actor)
    held = StudySession.objects.select_related("enrolment", "lesson").get(uid=session)
    require(actor, "study", held.enrolment)
    refuse_odd(held, claims, key)
    later = StudySession.objects.filter(enrolment=held.enrolment_id, lesson=held.lesson_id, pk__gt=held.pk)
    if later.exists():
        raise ConflictError("这一课已在另一台设备上继续，这里的课件进度不再保存。", code="elsewhere")
    try:
        with transaction.atomic():
            return PackageReport.objects.create(
                session=held,
                enrolment=held.enrolment,
                lesson_uid=held.lesson.lesson_uid,
                key=key,
                status=claims.status,
                score=claims.score,
                location=claims.location,
                suspend_data=claims.suspend_data,
            )
    except IntegrityError:
        return PackageReport.objects.get(session=held, key=key)


def refuse_odd(held: StudySession, claims: Claims, key: str) -> None:
    """Raise for what no package in its sandbox reports."""
    if held.lesson.kind != LessonKind.SCORM:
        raise InvalidError("这一课不是课件包，没有自报可存。", code="not_a_package")
    fits = len(claims.location) <= LONGEST_LOCATION and len(claims.suspend_data) <= LONGEST_DATA
    scored = claims.score is None or Decimal(0) <= claims.score <= Decimal(100)
    if not (1 <= len(key) <= LONGEST_KEY and fits and scored and claims.status in PackageReport.Status.values):
        raise InvalidError("课件上报的内容有误，没有保存。请刷新页面重试。", code="report_invalid")
    if "\x00" in claims.location + claims.suspend_data:
        raise InvalidError("课件上报的内容有误，没有保存。请刷新页面重试。", code="report_invalid")
    if PackageReport.objects.filter(session=held).count() >= MOST_REPORTS:
        raise ConflictError("课件保存得太频繁，这次学习里不再保存。请刷新页面后继续。", code="too_many_reports")
