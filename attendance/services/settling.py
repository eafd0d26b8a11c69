"""The needle: what lies behind it goes to the ledger, confirmed or withheld. Called with the seat held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from attendance.models import Beat, HoursEntry, LessonProgress, PresenceCheck, SessionEnd, StudySession
from attendance.rules import SeatState, Spans, day_of, merge, pack, settle
from attendance.services.facts import draw_interval
from lms.kernel.realtime import publish_on_commit
from lms.planning.rules import StudyTerms

EPOCH = date(1970, 1, 1)
DAY_SQL = "(beat.start + 28800000) / 86400000"  # the local day of a piece; pieces never cross midnight
AFTER_THE_NEEDLE = f"""
SELECT beat.session, session.enrolment_id, lesson.lesson_uid, {DAY_SQL}, sum(beat.credit), min(beat.n), max(beat.n)
FROM attendance_beat AS beat
JOIN attendance_studysession AS session ON session.id = beat.session
JOIN courses_lessonversion AS lesson ON lesson.id = session.lesson_id
WHERE beat.person_id = %s AND beat.n > %s
GROUP BY beat.session, session.enrolment_id, lesson.lesson_uid, {DAY_SQL}
HAVING sum(beat.credit) > 0
"""


def study_group(session_uid: UUID) -> str:
    """Return the socket group of a study session."""
    return f"study.{session_uid.hex}"


def post_to_ledger(seat: SeatState, kind: str, check_no: int) -> list[HoursEntry]:
    """Write one entry per session and day for everything behind the needle."""
    with connection.cursor() as cursor:
        cursor.execute(AFTER_THE_NEEDLE, [seat.person, seat.settled])
        rows = cursor.fetchall()
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
    withheld_today = 0
    if not passed:
        withheld_today = sum(entry.ms for entry in entries if entry.day == EPOCH + timedelta(days=seat.day))
        if seat.session:
            end_sitting(seat, now, "check")
        rebuild(entries)
    return settle(seat, passed=passed, draw=draw_interval(terms), withheld_today=withheld_today)


def note_check(seat: SeatState, terms: StudyTerms, outcome: str, now: int) -> None:
    """Write the evidence of a settled check. It belongs to the session that sits, or sat last."""
    session = (
        seat.session or Beat.objects.filter(person_id=seat.person).order_by("-n").values_list("session", flat=True)[0]
    )
    PresenceCheck.objects.create(
        person_id=seat.person,
        session_id=session,
        number=seat.check_no,
        outcome=outcome,
        asked_ms=seat.check_due - terms.check_answer_ms,
        settled_ms=now,
    )


def end_sitting(seat: SeatState, now: int, why: str) -> None:
    """File the progress of the session that sits, write its end, tell its screen."""
    session = StudySession.objects.select_related("lesson").get(pk=seat.session)
    file_progress(session.enrolment_id, session.lesson.lesson_uid, seat.covered, seat.reach, seat.lesson_ms, now)
    SessionEnd.objects.create(session=session, at_ms=now, acked=seat.acked, why=why)
    publish_on_commit(study_group(session.uid), {"type": "study.stopped", "code": why})


def file_progress(enrolment_id: int, lesson_uid: UUID, covered: Spans, reach: int, credited_ms: int, now: int) -> None:
    """Write what is covered of a lesson."""
    LessonProgress.objects.update_or_create(
        enrolment_id=enrolment_id,
        lesson_uid=lesson_uid,
        defaults={"covered": pack(covered), "reach": reach, "credited_ms": credited_ms, "last_ms": now},
    )


def rebuild(withheld: list[HoursEntry]) -> None:
    """Make the coverage of lessons anew from the tape, without what was withheld, so that it may be earned again."""
    for person, enrolment, lesson in {(entry.person_id, entry.enrolment_id, entry.lesson_uid) for entry in withheld}:
        covered: Spans = ()
        credited = last = 0
        for start, end, credit, at in standing_pieces(person, enrolment, lesson):
            covered, credited, last = merge(covered, start, end), credited + credit, max(last, at)
        file_progress(enrolment, lesson, covered, covered[-1][1] if covered else 0, credited, last)


def standing_pieces(person: int, enrolment: int, lesson: UUID) -> Iterator[tuple[int, int, int, int]]:
    """Yield the credited pieces of a lesson that no withheld entry covers, or that were restored."""
    sessions = StudySession.objects.filter(person_id=person, enrolment_id=enrolment, lesson__lesson_uid=lesson)
    entries = HoursEntry.objects.filter(person_id=person, tape_from__isnull=False)
    restored = set(
        HoursEntry.objects.filter(person_id=person, kind=HoursEntry.Kind.RESTORED).values_list("reverses_id", flat=True)
    )
    lost = [
        (first, last)
        for pk, first, last in entries.filter(kind=HoursEntry.Kind.WITHHELD).values_list("pk", "tape_from", "tape_to")
        if pk not in restored
    ]
    pieces = Beat.objects.filter(person_id=person, session__in=sessions.values("pk"), credit__gt=0).order_by("from_ms")
    for piece in pieces:
        if not any((first or 0) <= piece.n <= (last or 0) for first, last in lost):
            yield piece.from_ms, piece.to_ms, piece.credit, piece.at


def today_of(now: int) -> date:
    """Return the local calendar day of a moment in ms."""
    return EPOCH + timedelta(days=day_of(now))
