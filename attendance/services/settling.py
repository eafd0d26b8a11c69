"""The needle: what lies behind it goes to the ledger, confirmed or withheld. Called with the seat held."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import date, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max, Sum

from attendance import stores
from attendance.models import (
    Beat,
    CheckAsking,
    HoursEntry,
    LessonProgress,
    OfflineInterval,
    PresenceCheck,
    RestoredPiece,
    SessionEnd,
    StudySession,
)
from attendance.rules import SeatState, Spans, day_of, fill, go_on, leave, merge, pack, settle
from attendance.services.asking import TAP, last_session
from attendance.services.facts import draw_interval
from lms.kernel.realtime import publish_on_commit
from lms.planning.rules import StudyTerms

EPOCH = date(1970, 1, 1)
NOT_COUNTED = {HoursEntry.Kind.WITHHELD, HoursEntry.Kind.WITHDRAWN, HoursEntry.Kind.MERGED}
DAY_SQL = "(beat.start + 28800000) / 86400000"  # the local day of a piece; pieces never cross midnight
AFTER_THE_NEEDLE = f"""
SELECT beat.session, session.enrolment_id, lesson.lesson_uid, {DAY_SQL}, sum(beat.credit), min(beat.n), max(beat.n)
FROM attendance_beat AS beat
JOIN attendance_studysession AS session ON session.id = beat.session
JOIN courses_lessonversion AS lesson ON lesson.id = session.lesson_id
WHERE beat.person_id = %s AND beat.n > %s AND {stores.STILL_WAITS.format(needle="%s")}
GROUP BY beat.session, session.enrolment_id, lesson.lesson_uid, {DAY_SQL}
HAVING sum(beat.credit) > 0
"""


def study_group(session_uid: UUID) -> str:
    """Return the socket group of a study session."""
    return f"study.{session_uid.hex}"


def post_to_ledger(seat: SeatState, kind: str, check_no: int, among: Container[int] | None = None) -> list[HoursEntry]:
    """Write one entry per session and day for everything behind the needle, or of the sessions among it."""
    with connection.cursor() as cursor:
        cursor.execute(AFTER_THE_NEEDLE, [seat.person, seat.settled, seat.settled])
        rows = [row for row in cursor.fetchall() if among is None or row[0] in among]
    return HoursEntry.objects.bulk_create(
        HoursEntry(
            person_id=seat.person,
            session_id=session,
            enrolment_id=enrolment,
            lesson_uid=lesson,
            day=EPOCH + timedelta(days=int(day)),
            ms=int(credit),
            kind=kind,
            check_no=check_no,
            tape_from=first,
            tape_to=last,
        )
        for session, enrolment, lesson, day, credit, first, last in rows
    )


def settle_seat(seat: SeatState, terms: StudyTerms, *, outcome: str, now: int) -> SeatState:
    """Settle the seat's check, or the running total where checks are off; return the seat to be saved."""
    passed = outcome == PresenceCheck.Outcome.PASSED
    entries = post_to_ledger(seat, HoursEntry.Kind.CONFIRMED if passed else HoursEntry.Kind.WITHHELD, seat.check_no)
    if seat.check_due:
        note_check(seat, terms, outcome, now)
    if passed:
        return settle(seat, passed=True, draw=draw_interval(terms), withheld_today=0)
    return take_back(seat, terms, entries, now)


def take_back(seat: SeatState, terms: StudyTerms, entries: list[HoursEntry], now: int) -> SeatState:
    """Return the seat after a failed check: nobody sits any more, or the learner goes on, as the policy says."""
    withheld_today = sum(entry.ms for entry in entries if entry.day == EPOCH + timedelta(days=seat.day))
    goes_on = bool(seat.session) and terms.failed_check == "continue"
    if seat.session and not goes_on:
        seat = end_sitting(seat, now, "check")
    rebuild(entries, keeps_reach=terms.failed_check == "continue")
    failed = settle(seat, passed=False, draw=draw_interval(terms), withheld_today=withheld_today)
    if not goes_on:
        return failed
    session = StudySession.objects.select_related("lesson").get(pk=seat.session)
    covered, lesson_ms, _ = standing_study(seat.person, session.enrolment_id, session.lesson.lesson_uid)
    return go_on(failed, seat, covered=covered, lesson_ms=lesson_ms)


def note_check(seat: SeatState, terms: StudyTerms, outcome: str, now: int) -> PresenceCheck:
    """Write the evidence of a settled check. It belongs to the session that sits, or sat last."""
    asked = CheckAsking.objects.filter(person_id=seat.person, number=seat.check_no)
    return PresenceCheck.objects.create(
        person_id=seat.person,
        session_id=seat.session or last_session(seat.person),
        number=seat.check_no,
        kind=next(iter(asked.values_list("kind", flat=True)), TAP),
        outcome=outcome,
        asked_ms=seat.check_due - terms.check_answer_ms,
        settled_ms=now,
    )


def end_sitting(seat: SeatState, now: int, why: str) -> SeatState:
    """File the progress of the session that sits, write its end, tell its screen; return the seat with its tape whole."""
    seat, tail = leave(seat)
    Beat.objects.bulk_create(Beat(person_id=seat.person, **piece._asdict()) for piece in tail)
    session = StudySession.objects.select_related("lesson").get(pk=seat.session)
    file_progress(session.enrolment_id, session.lesson.lesson_uid, seat.covered, seat.reach, seat.lesson_ms, now)
    SessionEnd.objects.create(session=session, at_ms=now, acked=seat.acked, why=why)
    publish_on_commit(study_group(session.uid), {"type": "study.stopped", "code": why})
    return seat


def file_progress(enrolment_id: int, lesson_uid: UUID, covered: Spans, reach: int, credited_ms: int, now: int) -> None:
    """Write what is covered of a lesson."""
    LessonProgress.objects.update_or_create(
        enrolment_id=enrolment_id,
        lesson_uid=lesson_uid,
        defaults={"covered": pack(covered), "reach": reach, "credited_ms": credited_ms, "last_ms": now},
    )


def rebuild(changed: list[HoursEntry], *, keeps_reach: bool = False) -> None:
    """Make the coverage of lessons anew from the tape, without what does not count, so that it may be earned again."""
    for person, enrolment, lesson in {(entry.person_id, entry.enrolment_id, entry.lesson_uid) for entry in changed}:
        covered, credited, last = standing_study(person, enrolment, lesson)
        reach = covered[-1][1] if covered else 0
        if keeps_reach:
            filed = LessonProgress.objects.filter(enrolment_id=enrolment, lesson_uid=lesson)
            reach = max([reach, *filed.values_list("reach", flat=True)])
        file_progress(enrolment, lesson, covered, reach, credited, last)


def standing_study(person: int, enrolment: int, lesson: UUID) -> tuple[Spans, int, int]:
    """Return what stands of a lesson: covered, credited ms, when last."""
    covered: Spans = ()
    credited = last = 0
    for start, end, credit, at in standing_pieces(person, enrolment, lesson):
        covered, credited, last = merge(covered, start, end), credited + credit, max(last, at)
    offline, until = offline_time(enrolment, lesson)
    return fill(covered, offline), credited + offline, max(last, until)


def offline_time(enrolment: int, lesson: UUID) -> tuple[int, int]:
    """Return what stands of a lesson's time at a place, and when it ended last."""
    entries = HoursEntry.objects.filter(enrolment_id=enrolment, lesson_uid=lesson, session=None)
    until = OfflineInterval.objects.filter(entry__in=entries.values("pk")).aggregate(Max("end_ms"))["end_ms__max"]
    return entries.aggregate(Sum("ms"))["ms__sum"] or 0, until or 0


def standing_pieces(person: int, enrolment: int, lesson: UUID) -> Iterator[tuple[int, int, int, int]]:
    """Yield the credited pieces of a lesson, without those that were withheld or withdrawn in the end."""
    sessions = StudySession.objects.filter(person_id=person, enrolment_id=enrolment, lesson__lesson_uid=lesson)
    entries = list(HoursEntry.objects.filter(person_id=person))
    lost = lost_stretches(entries)
    pieces = Beat.objects.filter(person_id=person, session__in=sessions.values("pk"), credit__gt=0).order_by("from_ms")
    for piece in pieces:
        if not any(first <= piece.n <= last for first, last in lost):
            yield piece.from_ms, piece.to_ms, piece.credit, piece.at
    restored = standing_restored(entries)
    here = [entry.pk for entry in restored if entry.enrolment_id == enrolment and entry.lesson_uid == lesson]
    for part in RestoredPiece.objects.filter(entry__in=here).order_by("from_ms"):
        yield part.from_ms, part.to_ms, part.credit, 0


def lost_stretches(entries: Iterable[HoursEntry]) -> list[tuple[int, int]]:
    """Return the stretches of the tape that do not count: withheld, or withdrawn by the last word on their entry.

    What was withheld stays so, also once it was restored: what is given back stands in rows of its own.
    """
    return [
        (entry.tape_from, entry.tape_to or 0)
        for entry, last in last_words(entries)
        if entry.tape_from is not None and (entry.kind == HoursEntry.Kind.WITHHELD or last.kind in NOT_COUNTED)
    ]


def standing_restored(entries: Iterable[HoursEntry]) -> list[HoursEntry]:
    """Return the entries that give back withheld time and were not withdrawn since."""
    return [
        entry
        for entry, last in last_words(entries)
        if entry.kind == HoursEntry.Kind.RESTORED and last.kind not in NOT_COUNTED
    ]


def last_words(entries: Iterable[HoursEntry]) -> Iterator[tuple[HoursEntry, HoursEntry]]:
    """Yield each entry with the last of those that reverse it, and that again; itself if nothing does."""
    known = list(entries)
    reversal = {entry.reverses_id: entry for entry in known if entry.reverses_id}
    for entry in known:
        last = entry
        while last.pk in reversal:
            last = reversal[last.pk]
        yield entry, last


def today_of(now: int) -> date:
    """Return the local calendar day of a moment in ms."""
    return EPOCH + timedelta(days=day_of(now))
