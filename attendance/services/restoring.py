"""Withheld time is given back when an appeal was granted: a new entry, no more than what was withheld and not earned since."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from attendance import stores
from attendance.models import Beat, HoursEntry, RestoredPiece, StudySession
from attendance.rules import GivenBack, SeatState, Withheld, day_of, doubled_ms, give_back
from attendance.services.merging import hand_over
from attendance.services.offline import decided
from attendance.services.settling import EPOCH, rebuild, standing_study
from attendance.services.withdrawals import is_among
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.people.queries import family_of

Kind = HoursEntry.Kind


def restorable(entry: HoursEntry) -> list[GivenBack]:
    """Return what of a withheld entry could be given back now (可恢复时段): nothing once it was, or was earned again."""
    if entry.kind != Kind.WITHHELD or HoursEntry.objects.filter(reverses=entry).exists():
        return []
    session = StudySession.objects.select_related("lesson", "enrolment__training_class").get(pk=entry.session_id or 0)
    covered, credited, _ = standing_study(entry.person_id, entry.enrolment_id, entry.lesson_uid)
    pieces, family = withheld_pieces(entry), set(family_of(entry.person_id))
    if not pieces:
        return []
    _, day_ms = decided(family, pieces[0].start)
    elsewhere, _ = decided(family - {entry.person_id}, pieces[0].start)
    pieces = [one for one in pieces if not doubled_ms([(one.start, one.start + one.credit)], elsewhere)]
    room_ms = max(0, session.lesson.length_ms - credited)
    terms = session.enrolment.training_class.study_terms()
    return give_back(terms, pieces, covered, day_ms=day_ms, room_ms=room_ms)


def withheld_pieces(entry: HoursEntry) -> list[Withheld]:
    """Return the credited pieces of the tape that a withheld entry is about, in order."""
    found = Beat.objects.filter(
        person_id=entry.person_id,
        session=entry.session_id or 0,
        n__gte=entry.tape_from,
        n__lte=entry.tape_to,
        credit__gt=0,
    )
    rows = found.order_by("n").values_list("n", "start", "credit", "from_ms", "to_ms")
    day = (entry.day - EPOCH).days
    return [one for one in map(Withheld._make, rows) if day_of(one.start) == day]


@transaction.atomic
def restore_hours(*, entry: HoursEntry, actor: Actor, reason: str) -> HoursEntry | None:
    """Give back what a failed check withheld (恢复学时), as much as may be; None when nothing is left to give back.

    Raises ConflictError when it was given back already, or is no withheld time.
    """
    enrolment = Enrolment.objects.select_related("training_class__programme").get(pk=entry.enrolment_id)
    require(actor, "attendance.restore", enrolment)
    seat = stores.hold_all(family_of(entry.person_id))[entry.person_id]
    if entry.kind != Kind.WITHHELD or HoursEntry.objects.filter(reverses=entry).exists():
        raise ConflictError("这段时间已经恢复过，不能再恢复一次。请刷新页面查看。", code="hours_restored")
    given = restorable(entry)
    if not given:
        return None
    made = post_restored(entry, given)
    stores.save(told_of(seat, made))
    rebuild([made], keeps_reach=True)
    hand_over(made, enrolment)
    record(actor, "attendance.hours_restored", enrolment, reason=reason[:200], ms=made.ms)
    return made


def post_restored(entry: HoursEntry, given: list[GivenBack]) -> HoursEntry:
    """Write the entry that gives back, and of which stretches."""
    made = HoursEntry.objects.create(
        person_id=entry.person_id,
        enrolment_id=entry.enrolment_id,
        session_id=entry.session_id,
        lesson_uid=entry.lesson_uid,
        day=entry.day,
        ms=sum(one.credit for one in given),
        kind=Kind.RESTORED,
        check_no=entry.check_no,
        reverses=entry,
        at=clock.now(),
    )
    RestoredPiece.objects.bulk_create(RestoredPiece(entry=made, **one._asdict()) for one in given)
    return made


def told_of(seat: SeatState, made: HoursEntry) -> SeatState:
    """Return the seat that knows of what was given back: the day's cap, and the lesson if the learner sits in it."""
    seat = replace(seat, ver=seat.ver + 1)
    if seat.day == (made.day - EPOCH).days:
        seat = replace(seat, day_ms=seat.day_ms + made.ms)
    if seat.session and is_among(seat.session, [made]):
        covered, lesson_ms, _ = standing_study(seat.person, made.enrolment_id, made.lesson_uid)
        reach = max(seat.reach, covered[-1][1])
        seat = replace(seat, covered=covered, lesson_ms=lesson_ms, reach=reach)
    return seat
