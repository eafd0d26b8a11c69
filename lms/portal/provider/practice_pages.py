"""What pages of practice show, and what their list says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time

import qrcode
from django.utils.safestring import SafeString, mark_safe
from qrcode.image.svg import SvgPathImage

from lms.access.rules import Actor
from lms.kernel import clock
from lms.portal.practice_pages import Row, row_of
from lms.practice.models import PracticeSession, PresenceList, TimetableStep
from lms.practice.queries.conflicts import conflicts_of
from lms.practice.queries.presence import Attendee, attendees, is_second, lists_of
from lms.practice.queries.sessions import PLANNED, SessionNow, has_attendance, sessions_now
from lms.practice.services import Line

ODD_TIME = -1  # outside of every session: the service says so at the row


@dataclass(frozen=True, slots=True)
class PracticePage:
    """实操课."""

    now: SessionNow
    rows: list[Row]
    lists: list[PresenceList]
    may_file: bool
    may_decide: bool
    may_cancel: bool
    may_change: bool
    conflicts: list[str]
    waits_for: str  # why no list can be filed now, if so

    @property
    def signed_count(self) -> int:
        """Return how many signed."""
        return self.now.signed_count


def practice_page(
    session: PracticeSession, actor: Actor, typed: Mapping[str, str], errors: Mapping[str, str]
) -> PracticePage:
    """Return a session's page; what was typed stays when it was refused."""
    (now,) = sessions_now([session])
    lists = lists_of(session)
    newest = lists[0] if lists else None
    waits = newest is not None and not hasattr(newest, "decision")
    people = attendees(session, newest)
    is_free = not now.step.is_cancelled and not has_attendance(session)
    return PracticePage(
        now=now,
        rows=[row_of(one, typed, errors.get(str(one.enrolment.uid), "")) for one in people],
        lists=lists,
        may_file=not waits and not now.step.is_cancelled and clock.now() >= now.step.ends_at,
        may_decide=waits and newest is not None and is_second(actor, newest, now.step.teacher_id),
        may_cancel=is_free,
        may_change=is_free and now.state == PLANNED,
        conflicts=conflicts_of(session, now.step),
        waits_for=reason_to_wait(now, waits=waits),
    )


def reason_to_wait(now: SessionNow, *, waits: bool) -> str:
    """Return why no list can be filed now; nothing when it can."""
    if now.step.is_cancelled:
        return "这次课已取消，没有名单。"
    if waits:
        return "名单在等待第二人复核，复核或退回之前不能再提交。"
    if clock.now() < now.step.ends_at:
        return f"{clock.local(now.step.ends_at):%H:%M}下课后可以提交名单。"
    return ""


def typed_lines(posted: Mapping[str, str], people: Iterable[Attendee], step: TimetableStep) -> list[Line]:
    """Return the lines of a posted list; who has no choice is not on it."""
    lines = []
    for one in people:
        uid = one.enrolment.uid
        choice = posted.get(f"choice-{uid}", "")
        if choice in {"present", "absent"}:
            begin, end = (moment(posted.get(f"{name}-{uid}", ""), step) for name in ("begin", "end"))
            reason = posted.get(f"reason-{uid}", "")
            lines.append(Line(one.enrolment, choice == "present", begin, end, reason))
    return lines


def moment(text: str, step: TimetableStep) -> int | None:
    """Return a typed time of the session's day in ms; nothing for an empty field."""
    if not text.strip():
        return None
    try:
        typed = time.fromisoformat(text.strip())
    except ValueError:
        return ODD_TIME
    day = clock.local(step.starts_at).date()
    return int(datetime.combine(day, typed, tzinfo=clock.SHANGHAI).timestamp() * 1000)


def qr_svg(text: str) -> SafeString:
    """Return a QR code as inline SVG (二维码)."""
    picture: str = qrcode.make(text, image_factory=SvgPathImage, border=2).to_string(encoding="unicode")
    return mark_safe(picture)  # noqa: S308 (drawn here, of our own address)
