"""The last word on a live lesson's attendance: written once, whoever died on the way (直播考勤结账)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from attendance import stores
from attendance.models import LivePresence, LiveRecord, Seat, StudySession
from attendance.queries.lives import Attendee, LiveAttendance, attendance_of
from attendance.rules import pack
from attendance.services.sittings import stand_up
from lms.access.queries import holders_at
from lms.access.rules import SYSTEM, Role
from lms.audit.services import record
from lms.kernel import clock
from lms.live.models import LiveSession
from lms.live.services.timetable import lock_live
from lms.notifications.rules import Message
from lms.notifications.services import tell_users
from lms.planning.rules import StudyTerms

MOST_AT_ONCE = 50


def reconcile_lives(moment: datetime) -> int:
    """Close the books of live lessons that are over and settled (直播考勤结账). Returns how many."""
    ended = LiveSession.objects.filter(
        state=LiveSession.State.ENDED, began_at__isnull=False, lesson_uid__isnull=False, record__isnull=True
    )
    due = [one for one in ended.select_related("training_class").order_by("ended_at") if is_settled(one, moment)]
    return sum(close_record(one) for one in due[:MOST_AT_ONCE])


def is_settled(live: LiveSession, moment: datetime) -> bool:
    """Return whether no beat of a live lesson can come any more that would still count: silence is credited for a lease."""
    return live.ended_at is not None and live.ended_at + patience(live.terms) <= moment


def patience(terms: StudyTerms) -> timedelta:
    """Return how long after its end a lesson's beats and the last check may still come."""
    return timedelta(milliseconds=terms.lease_ms + terms.check_answer_ms)


@transaction.atomic
def close_record(live: LiveSession) -> bool:
    """Write a live lesson's record, and end the sittings that nobody ended; once, however often it is asked."""
    held = lock_live(live)
    if LiveRecord.objects.filter(live=held).exists():
        return False
    end_sittings(held)
    attendance = attendance_of(held)
    made = LiveRecord.objects.create(
        live=held, spans=pack(attendance.air.spans), on_air_ms=attendance.air.total_ms, expected=len(attendance.rows),
        present=attendance.present, enough=attendance.enough, at=clock.now(),
    )  # fmt: skip
    LivePresence.objects.bulk_create(presence(made, row) for row in attendance.rows)
    record(SYSTEM, "attendance.live_closed", held, present=attendance.present, expected=len(attendance.rows))
    tell_unattended(held, attendance)
    return True


def end_sittings(live: LiveSession) -> None:
    """End the sittings of a live lesson: its pages are gone, or have nothing to say any more."""
    of_class = StudySession.objects.filter(enrolment__training_class=live.training_class_id)
    sessions = of_class.filter(lesson__lesson_uid__in=[live.lesson_uid] if live.lesson_uid else [])
    sitting = Seat.objects.filter(session__in=sessions.values("pk")).order_by("pk")
    for person, session in list(sitting.values_list("person_id", "session")):
        seat, now = stores.hold(person), clock.now_ms()
        if seat.session == session:
            seat = stand_up(seat, live.terms, now, "live_over")
            stores.save(replace(seat, ver=seat.ver + 1, session=0))


def presence(made: LiveRecord, row: Attendee) -> LivePresence:
    """Return a learner's row of a record."""
    return LivePresence(
        record=made, enrolment=row.enrolment, joined_ms=ms(row.joined_at), left_ms=ms(row.left_at), visits=row.visits,
        credit_ms=row.credit_ms, present_ms=row.present_ms, percent=row.percent, is_enough=row.is_enough,
    )  # fmt: skip


def ms(moment: datetime | None) -> int | None:
    """Return a moment in ms, if there is one."""
    return round(moment.timestamp() * 1000) if moment else None


def tell_unattended(live: LiveSession, attendance: LiveAttendance) -> None:
    """Tell the teacher and the institution when nobody is counted: something is wrong, and still fresh (无人计入提醒)."""
    if attendance.enough or not attendance.rows:
        return
    title = f"直播课“{live.title}”没有一名学员计入"
    text = "请核对学员是否进入了直播课页面、画面能否播放；有疑问请尽快联系平台管理员。"
    staff = holders_at(Role.INSTITUTION, live.training_class.institution_id)
    tell_users(
        {live.teacher_id, *staff}, Message("live_unattended", live.uid, f"live_unattended:{live.pk}", title, text)
    )
