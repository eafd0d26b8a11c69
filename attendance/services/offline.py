"""Time at a place enters the same union as time at a screen: never twice, never ahead, never beyond the policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction

from attendance import stores
from attendance.models import Beat, HoursEntry, LessonProgress, OfflineInterval
from attendance.rules import (
    DAY,
    EAST8,
    SeatState,
    Spans,
    Uncounted,
    day_of,
    merge,
    place_offline,
)
from attendance.services.checks import terms_of_seat
from attendance.services.settling import lost_stretches, rebuild, standing_restored, today_of
from attendance.services.sittings import held_seats, stand_up
from courses.models import LessonKind, LessonVersion
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError

Kind = HoursEntry.Kind


@dataclass(frozen=True, slots=True)
class OfflineCredit:
    """What an interval at a place gave: an entry, or none, and what of it was not credited, by reason."""

    entry: HoursEntry | None
    uncounted: list[Uncounted]


@transaction.atomic
def credit_offline(
    *, enrolment: Enrolment, lesson: LessonVersion, begin_ms: int, end_ms: int, actor: Actor
) -> OfflineCredit:
    """Credit a confirmed interval at a place for a practice lesson (认定线下学时).

    What the person's tape or earlier intervals credit at the same time is left out, whatever became of it since: time is
    decided once. Raises InvalidError for an interval in the future, over midnight, or of another kind of lesson.
    """
    require(actor, "practice.confirm", enrolment)
    now = clock.now_ms()
    if not begin_ms < end_ms <= now or day_of(begin_ms) != day_of(end_ms - 1):
        raise InvalidError("到场时间应在同一天内，先到后离，且不能晚于现在。", code="offline_interval_invalid")
    if lesson.kind != LessonKind.PRACTICE:
        raise InvalidError("只有线下实操课时可以按到场时间计学时。", code="lesson_is_not_practice")
    seat, others = held_seats(enrolment.person_id)
    day = today_of(begin_ms)
    taken, used = decided([seat.person, *(other.person for other in others)], begin_ms)
    done = LessonProgress.objects.filter(enrolment=enrolment, lesson_uid=lesson.lesson_uid).first()
    room = max(0, lesson.length_ms - (done.credited_ms if done else 0))
    terms = enrolment.training_class.study_terms()
    placed, uncounted = place_offline(terms, begin_ms, end_ms, taken, day_ms=used, room_ms=room)
    entry = post(enrolment, lesson, day, placed)
    given = sum(end - start for start, end in placed)
    stores.save(moved(seat, end_ms, now, day_ms=used + given))
    for other in others:
        stores.save(moved(other, end_ms, now, day_ms=0))
    if entry is not None:
        rebuild([entry])
    record(actor, "attendance.offline_credited", enrolment, ms=given, lesson=str(lesson.lesson_uid))
    return OfflineCredit(entry, uncounted)


@transaction.atomic
def correct_offline(*, entry: HoursEntry, actor: Actor, reason: str) -> HoursEntry:
    """Undo an offline entry that was confirmed by mistake, by a new entry; its time may be decided anew (更正线下学时).

    Raises ConflictError when it was undone already.
    """
    enrolment = Enrolment.objects.select_related("training_class__programme").get(pk=entry.enrolment_id)
    require(actor, "practice.confirm", enrolment)
    stores.hold(entry.person_id)
    if entry.kind != Kind.OFFLINE or HoursEntry.objects.filter(reverses=entry).exists():
        raise ConflictError(
            "这段线下学时已经更正或撤销过，不能再改。如有异议，请走“核查与申诉”。", code="offline_entry_undone"
        )
    made = HoursEntry.objects.create(
        person_id=entry.person_id,
        enrolment_id=entry.enrolment_id,
        lesson_uid=entry.lesson_uid,
        day=entry.day,
        ms=-entry.ms,
        kind=Kind.CORRECTION,
        reverses=entry,
        at=clock.now(),
    )
    rebuild([made])
    record(actor, "attendance.offline_corrected", enrolment, reason=reason[:200], ms=made.ms)
    return made


def decided(persons: Iterable[int], moment: int) -> tuple[Spans, int]:
    """Return what is credited already of the moment's day to a person's records: spans, and what the daily cap counts."""
    taken: Spans = ()
    used = 0
    for person in persons:
        spans, ms = decided_of(person, moment)
        used += ms
        for start, end in spans:
            taken = merge(taken, start, end)
    return taken, used


def decided_of(person: int, moment: int) -> tuple[Spans, int]:
    """Return the same of one record."""
    begin = day_of(moment) * DAY - EAST8
    entries = list(HoursEntry.objects.filter(person_id=person, day=today_of(moment)))
    lost = lost_stretches(entries)
    taken: Spans = ()
    used = sum(entry.ms for entry in [*standing_restored(entries), *(one for one in entries if one.session_id is None)])
    pieces = Beat.objects.filter(person_id=person, at__gte=begin, start__gte=begin, start__lt=begin + DAY, credit__gt=0)
    for n, start, credit in pieces.order_by("n").values_list("n", "start", "credit"):
        taken = merge(taken, start, start + credit)
        used += 0 if any(first <= n <= last for first, last in lost) else credit
    corrected = HoursEntry.objects.filter(kind=Kind.CORRECTION, person_id=person, reverses__isnull=False)
    intervals = OfflineInterval.objects.filter(person_id=person, end_ms__gt=begin, start_ms__lt=begin + DAY)
    for start, end in intervals.exclude(entry__in=corrected.values("reverses")).values_list("start_ms", "end_ms"):
        taken = merge(taken, start, end)
    return taken, used


def post(enrolment: Enrolment, lesson: LessonVersion, day: date, placed: list[tuple[int, int]]) -> HoursEntry | None:
    """Write the entry and its intervals; nothing when nothing is credited."""
    if not placed:
        return None
    entry = HoursEntry.objects.create(
        person_id=enrolment.person_id,
        enrolment=enrolment,
        lesson_uid=lesson.lesson_uid,
        day=day,
        ms=sum(end - start for start, end in placed),
        kind=Kind.OFFLINE,
        at=clock.now(),
    )
    OfflineInterval.objects.bulk_create(
        OfflineInterval(entry=entry, person_id=enrolment.person_id, start_ms=start, end_ms=end) for start, end in placed
    )
    return entry


def moved(seat: SeatState, end_ms: int, now: int, *, day_ms: int) -> SeatState:
    """Return the seat behind the interval: nothing online may be credited in it any more, and the day's cap knows of it.

    A session that sat through it ends; there is no other way to move its cursor without a hole in its tape.
    """
    if seat.session and seat.cursor < end_ms:
        seat = replace(stand_up(seat, terms_of_seat(seat), now, "offline"), session=0)
    today = day_of(now)
    if day_of(end_ms - 1) == today:
        seat = replace(seat, day=today, day_ms=day_ms)
    return replace(seat, ver=seat.ver + 1, cursor=max(seat.cursor, end_ms))
