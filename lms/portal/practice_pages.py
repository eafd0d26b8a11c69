"""What pages of practice have in common: the list of days, and a learner's row of a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from lms.access.rules import Actor
from lms.kernel import clock
from lms.organisations.queries import institutions
from lms.portal.workspaces import page_of
from lms.practice.queries.days import DayFilters, days_of, practice_days
from lms.practice.queries.presence import Attendee
from lms.practice.queries.sessions import STATE_NAMES


@dataclass(frozen=True, slots=True)
class Row:
    """A learner of the list as the form shows it (名单行)."""

    uid: UUID
    name: str
    signed: str
    oddities: tuple[str, ...]
    choice: str
    begin: str
    end: str
    reason: str
    told: str  # the newest list's reason, as it may be read
    error: str
    outcome: str
    worth_ms: int | None
    is_signed: bool
    interval: str


def days_context(request: HttpRequest, actor: Actor, *, with_institution: bool) -> dict[str, Any]:
    """Return what a list of practice days shows, by the filters in the address (实操课次)."""
    filters = DayFilters(**{one.name: request.GET.get(one.name, "").strip() for one in fields(DayFilters)})
    page = page_of(practice_days(actor, filters), request.GET.get("page", "1"))
    return {
        "page": page,
        "rows": days_of(list(page)),
        "filters": filters,
        "states": list(STATE_NAMES.items()),
        "institutions": [(str(one.uid), one.name) for one in institutions()] if with_institution else [],
    }


def row_of(one: Attendee, typed: Mapping[str, str], error: str) -> Row:
    """Return a learner's row: what was typed, else the newest list, else what the own signatures prove."""
    uid, mark = one.enrolment.uid, one.mark
    shown = {"choice": "present" if one.signed.is_whole else "", "begin": "", "end": "", "reason": ""}
    if mark is not None:
        shown = {
            "choice": "absent" if mark.begin_ms is None else "present",
            "begin": "" if mark.is_witnessed else face(mark.begin_ms),
            "end": "" if mark.is_witnessed else face(mark.end_ms),
            "reason": mark.words_left,
        }
    shown = {name: typed.get(f"{name}-{uid}", value) for name, value in shown.items()}
    ways = [
        f"{row.get_way_display()}{clock.local(clock.from_ms(row.at_ms)):%H:%M}（{row.get_place_display()}）"
        for row in one.signatures
    ]
    result = getattr(mark, "result", None)
    return Row(
        uid=uid,
        name=one.enrolment.person.name,
        signed="，".join(ways) or "没有签到",
        oddities=one.signed.oddities,
        told=mark.words if mark else "",
        error=error,
        outcome=mark.get_presence_display() if mark else "",
        worth_ms=result.entry.ms if result and result.entry else None,
        is_signed=bool(one.signatures),
        interval=f"{face(mark.begin_ms)}至{face(mark.end_ms)}" if mark and mark.begin_ms is not None else "",
        **shown,
    )


def face(ms: int | None) -> str:
    """Return 09:00."""
    return f"{clock.local(clock.from_ms(ms)):%H:%M}" if ms is not None else ""
