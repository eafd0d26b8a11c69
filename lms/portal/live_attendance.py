"""Who was in a live lesson, as staff and the office see it (直播到课)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attendance.queries.lives import attendance_of, timeline_of
from lms.classes.models import Enrolment
from lms.kernel.errors import NotFoundError
from lms.live.models import LiveSession
from lms.live.queries.quizzes import quiz_reports


def attendance_context(session: LiveSession) -> dict[str, Any]:
    """Return what a live lesson's list of learners shows, and how its quizzes ended."""
    least = session.terms.live_minimum_percent
    return {
        "session": session,
        "attendance": attendance_of(session),
        "least": least,
        "quizzes": quiz_reports(session),
    }


def way_context(session: LiveSession, enrolment_uid: UUID) -> dict[str, Any]:
    """Return what a learner's way through a live lesson shows. Raises NotFoundError for nobody of the class."""
    enrolment = Enrolment.objects.filter(training_class=session.training_class_id, uid=enrolment_uid).first()
    found = attendance_of(session, enrolment).rows if enrolment else []
    if not found:
        raise NotFoundError("这个班里没有这名学员，请从到课名单进入。", code="enrolment_not_found")
    return {"session": session, "row": found[0], "moments": timeline_of(session, found[0].enrolment)}
