"""Practice days of many classes: who was there and what stands out, with filters. Constant query counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from courses.queries.catalogue import as_uid
from lms.access.rules import Actor, require
from lms.kernel import clock
from lms.practice.models import ListDecision, PracticeSession, PresenceList, PresenceMark, Signature, TimetableStep
from lms.practice.queries.sessions import (
    CANCELLED,
    CONFIRMED,
    OVER,
    PLANNED,
    RETURNED,
    RUNNING,
    WAITING,
    SessionNow,
    sessions_in_reach,
    sessions_now,
)
from lms.practice.rules.presence import Scan, signed_by_enrolment

ABSENT = PresenceMark.Presence.ABSENT
LEFT_OPEN = "签到后没有签退"


@dataclass(frozen=True, slots=True)
class DayFilters:
    """What somebody looks for among practice days; it stands in the address (筛选条件)."""

    state: str = ""
    institution: str = ""
    begin: str = ""  # days, as the browser sends them
    end: str = ""
    odd: str = ""  # 1: only what stands out
    q: str = ""  # a class, a place

    @property
    def is_narrow(self) -> bool:
        """Return whether anything is asked for."""
        return any((self.state, self.institution, self.begin, self.end, self.odd, self.q))


@dataclass(frozen=True, slots=True)
class Day:
    """A practice day as a list shows it (实操日). `present` counts the newest list; `oddities` as words with counts."""

    now: SessionNow
    present: int | None
    absent: int | None
    oddities: tuple[str, ...]


def practice_days(actor: Actor, filters: DayFilters) -> QuerySet[PracticeSession]:
    """Return the sessions within reach that fit, the latest first; a value that nothing has finds nothing (实操课次)."""
    require(actor, "practice.view")
    found = with_newest(sessions_in_reach(actor))
    if filters.state:
        found = in_state(found, filters.state)
    if filters.institution:
        found = found.filter(training_class__institution__uid=as_uid(filters.institution))
    if filters.q:
        found = found.filter(Q(training_class__name__icontains=filters.q) | Q(place_now__icontains=filters.q))
    if filters.odd:
        found = found.filter(stands_out())
    return within(found, filters)


def with_newest(sessions: QuerySet[PracticeSession]) -> QuerySet[PracticeSession]:
    """Return sessions with what their newest step and their newest list say, to filter by, the latest first."""
    step = TimetableStep.objects.filter(session=OuterRef("pk")).order_by("-number")
    newest = PresenceList.objects.filter(session=OuterRef("pk")).order_by("-number")
    return sessions.annotate(
        starts_now=Subquery(step.values("starts_at")[:1]),
        ends_now=Subquery(step.values("ends_at")[:1]),
        place_now=Subquery(step.values("place")[:1]),
        cancelled_now=Subquery(step.values("is_cancelled")[:1]),
        list_now=Subquery(newest.values("pk")[:1]),
        outcome_now=Subquery(newest.values("decision__outcome")[:1]),
    ).order_by("-starts_now", "-pk")


def in_state(sessions: QuerySet[PracticeSession], state: str) -> QuerySet[PracticeSession]:
    """Return the sessions that stand where `state_of` says."""
    now = clock.now()
    held, unlisted = Q(cancelled_now=False), Q(cancelled_now=False, list_now=None)
    conditions = {
        CANCELLED: Q(cancelled_now=True),
        WAITING: held & Q(list_now__isnull=False, outcome_now=None),
        CONFIRMED: held & Q(outcome_now=ListDecision.Outcome.CONFIRMED),
        RETURNED: held & Q(outcome_now=ListDecision.Outcome.RETURNED),
        PLANNED: unlisted & Q(starts_now__gt=now),
        RUNNING: unlisted & Q(starts_now__lte=now, ends_now__gt=now),
        OVER: unlisted & Q(ends_now__lte=now),
    }
    return sessions.filter(conditions[state]) if state in conditions else sessions.none()


def within(sessions: QuerySet[PracticeSession], filters: DayFilters) -> QuerySet[PracticeSession]:
    """Return the sessions between two days; a day that is none finds nothing."""
    for text, name, days in ((filters.begin, "starts_now__gte", 0), (filters.end, "starts_now__lt", 1)):
        if not text:
            continue
        try:
            day = date.fromisoformat(text) + timedelta(days=days)
        except (ValueError, OverflowError):
            return sessions.none()
        sessions = sessions.filter(**{name: datetime.combine(day, time(), tzinfo=clock.SHANGHAI)})
    return sessions


def stands_out() -> Q:
    """Return the condition of sessions that somebody should look at: far away, one device for several, a sheet (异常)."""
    signed = Signature.objects.exclude(device="").values("session", "device")
    shared = signed.annotate(people=Count("enrolment", distinct=True)).filter(people__gt=1).values("session")
    far = Signature.objects.filter(session=OuterRef("pk"), place=Signature.Place.OUTSIDE)
    seconded = PresenceList.objects.filter(session=OuterRef("pk"), needs_second=True)
    left_open = Signature.objects.filter(session=OuterRef("pk"), way=Signature.Way.IN).exclude(
        Exists(Signature.objects.filter(session=OuterRef("session"), enrolment=OuterRef("enrolment"), way="out"))
    )
    return Q(pk__in=shared) | Exists(far) | Exists(seconded) | (Exists(left_open) & Q(ends_now__lte=clock.now()))


def days_of(sessions: Sequence[PracticeSession]) -> list[Day]:
    """Return a page of sessions as a list shows them, in its order. Six queries, however many there are."""
    rows = {row.session.pk: row for row in sessions_now(sessions)}
    marks = PresenceMark.objects.filter(
        presence_list__in=[row.newest_list.pk for row in rows.values() if row.newest_list]
    )
    counts = marks.values("presence_list__session").annotate(
        present=Count("pk", filter=~Q(presence=ABSENT)), absent=Count("pk", filter=Q(presence=ABSENT))
    )
    counted = {one["presence_list__session"]: (one["present"], one["absent"]) for one in counts}
    scans: dict[int, list[Scan]] = {}
    for one in Signature.objects.filter(session__in=rows).order_by("at_ms"):
        scans.setdefault(one.session_id, []).append(Scan(one.enrolment_id, one.way, one.at_ms, one.place, one.device))
    return [
        Day(rows[one.pk], *counted.get(one.pk, (None, None)), oddities_of(rows[one.pk], scans.get(one.pk, [])))
        for one in sessions
    ]


def oddities_of(row: SessionNow, scans: list[Scan]) -> tuple[str, ...]:
    """Return what stands out of a session, with how many people it concerns."""
    found: dict[str, int] = {}
    over = clock.now() >= row.step.ends_at
    for signed in signed_by_enrolment(scans).values():
        open_end = (LEFT_OPEN,) if over and signed.in_ms is not None and signed.out_ms is None else ()
        for odd in (*signed.oddities, *open_end):
            found[odd] = found.get(odd, 0) + 1
    told = [f"{odd}{count}人" for odd, count in found.items()]
    if row.newest_list is not None and row.newest_list.source == PresenceList.Source.SHEET:
        told.append("用纸质签到表")
    return tuple(told)
