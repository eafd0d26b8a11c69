"""The rows that detectors read, a week and a bounded batch of persons at a time (取数)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any, TypeVar

from django.db.models import Count, OuterRef, Subquery

from attendance.models import Beat, PresenceCheck, SessionOrigin, StudySession
from lms.anomalies.rules.detectors import BeatsRow, CheckRow, FaceRow, QuizRow, SessionRow, StudyRow
from lms.anomalies.rules.readings import characters_of
from lms.exams.models import Answer, Sitting
from lms.faces.models import FaceCheck, FaceOpinion
from lms.faces.rules import AGREEING
from lms.kernel import clock

PERSONS_AT_ONCE = 50
MARKS_AT_ONCE = 50
PLAYED = {"", "window", "cap", "seen"}  # why a stretch was lost although something was played
Item = TypeVar("Item")


def in_groups(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in groups of at most so many (分批)."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week on the local clock (自然周), as dates and in ms."""

    monday: date

    @property
    def start_ms(self) -> int:
        """Return its first moment."""
        return int(datetime.combine(self.monday, time(), tzinfo=clock.SHANGHAI).timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        """Return the first moment that is behind it."""
        return self.start_ms + 7 * 86_400_000

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Return both as moments."""
        return clock.from_ms(self.start_ms), clock.from_ms(self.end_ms)


def week_of(day: date) -> Week:
    """Return the week of a day."""
    return Week(day - timedelta(days=day.weekday()))


@dataclass(slots=True)
class Batch:
    """What some persons did in a week (一批记录)."""

    sessions: list[SessionRow] = field(default_factory=list)
    checks: list[CheckRow] = field(default_factory=list)
    beats: list[BeatsRow] = field(default_factory=list)
    studies: list[StudyRow] = field(default_factory=list)
    quizzes: list[QuizRow] = field(default_factory=list)
    faces: list[FaceRow] = field(default_factory=list)


def sessions_in(week: Week) -> Any:
    """Return the sessions that were opened in a week."""
    return StudySession.objects.filter(opened_ms__gte=week.start_ms, opened_ms__lt=week.end_ms)


def active_persons(week: Week) -> list[int]:
    """Return who studied, took a quiz or had the face compared in a week, in order. Who fails at the start opens no session."""
    studied = sessions_in(week).order_by().values_list("person_id", flat=True).distinct()
    taken = first_sittings(week).order_by().values_list("enrolment__person_id", flat=True).distinct()
    compared = compared_faces(week).order_by().values_list("person_id", flat=True).distinct()
    return sorted({*studied, *taken, *compared})


def batches(week: Week) -> Iterator[tuple[int, Batch]]:
    """Yield the week's records in batches of persons, each with how far it is in percent. A constant count of queries each."""
    persons = active_persons(week)
    for place, group in enumerate(in_groups(persons, PERSONS_AT_ONCE), 1):
        yield 100 * place * PERSONS_AT_ONCE // max(len(persons), PERSONS_AT_ONCE), batch_of(group, week)


def batch_of(persons: Collection[int], week: Week) -> Batch:
    """Return what persons did in a week. Six queries."""
    found = Batch()
    columns = (
        "pk",
        "uid",
        "person_id",
        "enrolment_id",
        "opened_ms",
        "origin__device",
        "origin__address",
        "origin__network",
    )
    rows = {row[0]: row for row in sessions_in(week).filter(person_id__in=persons).values_list(*columns)}
    last = add_beats(found, rows)
    for pk, (_, uid, person, enrolment, opened, device, address, network) in rows.items():
        marks = (device or "", address or "", network or "")
        found.sessions.append(SessionRow(str(uid), person, enrolment, *marks, opened, last.get(pk, opened)))
    passed = PresenceCheck.objects.filter(
        person_id__in=persons, outcome="passed", settled_ms__gte=week.start_ms, settled_ms__lt=week.end_ms
    )
    for uid, *rest in passed.values_list("uid", "person_id", "session__enrolment_id", "asked_ms", "settled_ms"):
        found.checks.append(CheckRow(str(uid), *rest))
    found.quizzes = quizzes_of(first_sittings(week).filter(enrolment__person_id__in=persons), studied=found.studies)
    found.faces = faces_of(persons, week)
    return found


def compared_faces(week: Week) -> Any:
    """Return the faces of study and exams that were given a score in a week; not those in which two people saw the same person."""
    start, end = week.moments
    scored = FaceCheck.objects.filter(at__gte=start, at__lt=end, score_permille__isnull=False)
    same = FaceOpinion.objects.filter(is_same=True).order_by().values("check_row")
    known = same.annotate(people=Count("user", distinct=True)).filter(people__gte=AGREEING)
    return scored.exclude(purpose=FaceCheck.Purpose.ENROL).exclude(pk__in=known.values("check_row"))


def faces_of(persons: Collection[int], week: Week) -> list[FaceRow]:
    """Return persons' comparisons in a week, each with the class that it was studied for, if a session names one. One query."""
    studied = StudySession.objects.filter(uid=OuterRef("session_uid")).values("enrolment_id")[:1]
    rows = compared_faces(week).filter(person__in=persons).annotate(studied=Subquery(studied))
    columns = ("uid", "person_id", "studied", "at", "score_permille", "threshold_permille")
    return [
        FaceRow(str(uid), person, enrolment, int(at.timestamp() * 1000), score / 10, asked / 10)
        for uid, person, enrolment, at, score, asked in rows.values_list(*columns)
    ]


def add_beats(found: Batch, sessions: dict[int, Any]) -> dict[int, int]:
    """Add when beats came and what was played; return when each session was heard of last."""
    persons = {row[2] for row in sessions.values()}
    pieces = Beat.objects.filter(person_id__in=persons, session__in=sessions).order_by("person_id", "n")
    arrivals: dict[int, list[int]] = defaultdict(list)
    played: dict[int, list[list[int]]] = defaultdict(list)
    for session, at, start, credit, lost, why in pieces.values_list(
        "session", "at", "start", "credit", "lost", "why"
    ).iterator():
        arrivals[session].append(at)
        end = start + credit + (lost if why in PLAYED else 0)
        if end > start:
            stretches = played[session]
            if stretches and stretches[-1][1] == start:
                stretches[-1][1] = end
            else:
                stretches.append([start, end])
    for pk, row in sessions.items():
        whose = (str(row[1]), row[2], row[3])
        found.beats.append(BeatsRow(*whose, sorted(arrivals[pk])))
        found.studies += [StudyRow(*whose, start, end) for start, end in played[pk]]
    return {pk: max(times) for pk, times in arrivals.items() if times}


def first_sittings(week: Week) -> Any:
    """Return the first attempts at quizzes that were handed in in a week: whoever comes again has read the questions."""
    start, end = week.moments
    return Sitting.objects.filter(attempt=1, submitted_at__gte=start, submitted_at__lt=end)


def quizzes_of(sittings: Any, *, studied: Iterable[StudyRow] = ()) -> list[QuizRow]:
    """Return sittings as detectors read them, with their wrong answers. Two queries."""
    ends: dict[int, list[int]] = defaultdict(list)
    for row in studied:
        ends[row.person].append(row.end_ms)
    for times in ends.values():
        times.sort()
    rows = list(sittings.select_related("lesson", "enrolment"))
    wrong: dict[int, set[tuple[str, str]]] = defaultdict(set)
    answers = Answer.objects.filter(sitting__in=[row.pk for row in rows], is_correct=False)
    for sitting, question, chosen in answers.values_list("sitting_id", "question_id", "chosen"):
        wrong[sitting].add((question, repr(chosen)))
    return [quiz_row(row, frozenset(wrong[row.pk]), ends[row.enrolment.person_id]) for row in rows]


def quiz_row(row: Sitting, wrong: frozenset[tuple[str, str]], ends: list[int]) -> QuizRow:
    """Return a sitting as detectors read it. `ends`: when stretches of the person's study ended, in order."""
    submitted = int(row.submitted_at.timestamp() * 1000)
    before = bisect_right(ends, submitted)
    return QuizRow(
        uid=str(row.uid),
        person=row.enrolment.person_id,
        enrolment=row.enrolment_id,
        lesson=str(row.lesson_uid),
        title=row.lesson.title,
        submitted_ms=submitted,
        characters=characters_of(row.lesson.quiz),
        wrong=wrong,
        free_ms=submitted - ends[before - 1] if before else None,
    )


def near_quizzes(week: Week, within_ms: int) -> list[QuizRow]:
    """Return the first attempts that were handed in within some time of somebody else's at the same quiz."""
    near: set[int] = set()
    rows = first_sittings(week).order_by("lesson_uid", "submitted_at", "pk")
    handed = rows.values_list("pk", "lesson_uid", "submitted_at", "enrolment__person_id").iterator()
    for (one, lesson, at, person), (other, next_lesson, later, somebody) in pairwise(handed):
        if lesson == next_lesson and person != somebody and later - at <= timedelta(milliseconds=within_ms):
            near |= {one, other}
    return [row for group in in_groups(sorted(near), 500) for row in quizzes_of(Sitting.objects.filter(pk__in=group))]


def shared_sessions(week: Week, what: str, least: int) -> Iterator[list[SessionRow]]:
    """Yield the sessions opened from a mark (device or address) that at least so many persons share, some marks at a time."""
    origins = SessionOrigin.objects.filter(session__in=sessions_in(week)).exclude(**{what: ""}).order_by()
    many = origins.values(what).annotate(persons=Count("session__person", distinct=True)).filter(persons__gte=least)
    columns = (
        "session__uid",
        "session__person_id",
        "session__enrolment_id",
        "device",
        "address",
        "network",
        "session__opened_ms",
    )
    for marks in in_groups(sorted(many.values_list(what, flat=True)), MARKS_AT_ONCE):
        rows = origins.filter(**{f"{what}__in": marks}).values_list(*columns)
        yield [SessionRow._make((str(uid), *rest, rest[-1])) for uid, *rest in rows]
