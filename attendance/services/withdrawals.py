"""Credit that was found to be gained wrongly is taken back, and given again when an appeal is granted: new entries only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from django.db import transaction

from attendance import stores
from attendance.models import HoursEntry, StudySession
from attendance.rules import SeatState
from attendance.services.settling import EPOCH, end_sitting, post_to_ledger, rebuild
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import ConflictError

Kind = HoursEntry.Kind
REVERSALS = {
    Kind.CONFIRMED: Kind.WITHDRAWN,
    Kind.RESTORED: Kind.WITHDRAWN,
    Kind.CORRECTION: Kind.WITHDRAWN,
    Kind.REINSTATED: Kind.WITHDRAWN,
    Kind.OFFLINE: Kind.WITHDRAWN,
    Kind.CARRIED: Kind.WITHDRAWN,
    Kind.PARTED: Kind.WITHDRAWN,
    Kind.WITHDRAWN: Kind.REINSTATED,
}


@transaction.atomic
def withdraw_hours(
    *, enrolment: Enrolment, actor: Actor, reason: str, sessions: Collection[int] | None = None
) -> list[HoursEntry]:
    """Take back what was confirmed in an enrolment, or in some of its sessions (撤销学时); return the new entries.

    What still waits for a check there is withheld: no check confirms it any more. What was covered may be studied again.
    Raises ConflictError when there is nothing to take back.
    """
    require(actor, "attendance.withdraw", enrolment)
    seat, blocked = block_pending(stores.hold(enrolment.person_id), enrolment, sessions)
    standing = standing_entries(enrolment)
    taken = [entry for entry in standing if sessions is None or entry.session_id in sessions]
    if not taken and not blocked:
        raise ConflictError(
            "没有可以撤销的学时：所选范围内没有已认定的时间，或已经撤销过。", code="nothing_to_withdraw"
        )
    made = reverse(taken)
    settle_coverage(seat, [*taken, *blocked])
    taken_ms, waited_ms = -sum(one.ms for one in made), sum(one.ms for one in blocked)
    record(actor, "attendance.hours_withdrawn", enrolment, reason=reason[:200], ms=taken_ms, pending_ms=waited_ms)
    return [*made, *blocked]


def block_pending(
    seat: SeatState, enrolment: Enrolment, sessions: Collection[int] | None
) -> tuple[SeatState, list[HoursEntry]]:
    """Withhold what waits for a check in an enrolment, or in some of its sessions; the rest goes on waiting (停止待确认).

    Whoever sits in one of them stands up first, so that no piece of it is written afterwards.
    """
    own = StudySession.objects.filter(enrolment=enrolment)
    hit = set((own if sessions is None else own.filter(pk__in=sessions)).values_list("pk", flat=True))
    if seat.session in hit:
        seat = replace(end_sitting(seat, clock.now_ms(), "admin"), session=0, ver=seat.ver + 1)
        stores.save(seat)
    entries = post_to_ledger(seat, Kind.WITHHELD, 0, among=hit)
    if entries:
        today_ms = sum(entry.ms for entry in entries if (entry.day - EPOCH).days == seat.day)
        pending = max(0, seat.pending - sum(entry.ms for entry in entries))
        seat = replace(seat, ver=seat.ver + 1, pending=pending, day_ms=max(0, seat.day_ms - today_ms))
        stores.save(seat)
    return seat, entries


@transaction.atomic
def reinstate_hours(*, entries: Collection[HoursEntry], actor: Actor, reason: str) -> list[HoursEntry]:
    """Give back what was withdrawn (恢复学时); what was given back already stays so. Returns the new entries."""
    enrolments = Enrolment.objects.filter(pk__in={entry.enrolment_id for entry in entries})
    for enrolment in enrolments.select_related("training_class__programme").order_by("pk"):
        require(actor, "attendance.withdraw", enrolment)
    seats = [stores.hold(person) for person in sorted({entry.person_id for entry in entries})]
    undone = set(HoursEntry.objects.filter(reverses__in=entries).values_list("reverses_id", flat=True))
    made = reverse([entry for entry in entries if entry.kind == Kind.WITHDRAWN and entry.pk not in undone])
    for seat in seats:
        settle_coverage(seat, [entry for entry in made if entry.person_id == seat.person])
    for enrolment in enrolments:
        given = sum(one.ms for one in made if one.enrolment_id == enrolment.pk)
        record(actor, "attendance.hours_reinstated", enrolment, reason=reason[:200], ms=given)
    return made


def standing_entries(enrolment: Enrolment) -> list[HoursEntry]:
    """Return the entries that count now: confirmed in some way, and not reversed (有效分录)."""
    counted = [kind for kind, reversal in REVERSALS.items() if reversal == Kind.WITHDRAWN]
    reversed_ones = HoursEntry.objects.filter(enrolment=enrolment, reverses__isnull=False).values("reverses")
    found = HoursEntry.objects.filter(enrolment=enrolment, kind__in=counted, ms__gt=0).exclude(pk__in=reversed_ones)
    return list(found.order_by("pk"))


def reverse(entries: Collection[HoursEntry], kind: str = "") -> list[HoursEntry]:
    """Write the entry that undoes each, of a kind or of the usual one; the database lets one be reversed once."""
    moment = clock.now()
    return [
        HoursEntry.objects.create(
            person_id=entry.person_id,
            enrolment_id=entry.enrolment_id,
            session_id=entry.session_id,
            lesson_uid=entry.lesson_uid,
            day=entry.day,
            ms=-entry.ms,
            kind=kind or REVERSALS[Kind(entry.kind)],
            reverses=entry,
            at=moment,
        )
        for entry in entries
    ]


def settle_coverage(seat: SeatState, entries: Collection[HoursEntry]) -> None:
    """Make the coverage of the lessons anew; whoever sits in one of them stands up first, or would file the old one."""
    if seat.session and is_among(seat.session, entries):
        seat = replace(end_sitting(seat, clock.now_ms(), "admin"), session=0, ver=seat.ver + 1)
        stores.save(seat)
    rebuild(list(entries))


def is_among(session: int, entries: Collection[HoursEntry]) -> bool:
    """Return whether a session studies one of the lessons of entries."""
    sitting = StudySession.objects.filter(pk=session).values_list("enrolment_id", "lesson__lesson_uid").get()
    return sitting in {(entry.enrolment_id, entry.lesson_uid) for entry in entries}
