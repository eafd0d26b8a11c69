"""Who was in a live lesson, when, and what of it counted: from the tape and the server's record of the air (到课情况)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Sum

from attendance.models import Beat, HoursEntry, LiveRecord, SessionEnd, StudySession
from attendance.queries import ENDINGS, WHY
from attendance.rules.lives import OFF_AIR, PRESENT_BUT, Held, held_of, is_enough, share_percent
from courses.models import LessonKind
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.live.models import LiveSession, Replay
from lms.live.queries.air import airs_of, lives_taught, ms_of
from lms.live.rules.air import Air


@dataclass(frozen=True, slots=True)
class Attendee:
    """A learner of a live lesson (到课学员). `lost_ms` by reason; times are those of the first join and the last contact."""

    enrolment: Enrolment
    visits: int = 0
    joined_at: datetime | None = None
    left_at: datetime | None = None
    credit_ms: int = 0
    present_ms: int = 0
    percent: int = 0
    is_enough: bool = False
    lost_ms: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> list[tuple[str, int]]:
        """Return what was not counted while the teacher was on the air: reason in words, ms; the most first."""
        found = [(WHY.get(why, "没有可以认定的学习内容"), ms) for why, ms in self.lost_ms.items() if why != OFF_AIR]
        return sorted(found, key=lambda one: -one[1])


@dataclass(frozen=True, slots=True)
class LiveAttendance:
    """A live lesson's attendance (直播考勤), one row for each learner of the class, by name."""

    air: Air
    rows: list[Attendee]

    @property
    def present(self) -> int:
        """Return how many were there."""
        return sum(row.present_ms > 0 for row in self.rows)

    @property
    def enough(self) -> int:
        """Return how many were there long enough."""
        return sum(row.is_enough for row in self.rows)


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of a learner's way through a live lesson (到课时间线). `ms`: how long, of stretches."""

    at: datetime
    words: str
    until: datetime | None = None
    ms: int = 0
    counted: bool = False


def visits_to(live: LiveSession, enrolments: Collection[Enrolment]) -> dict[int, list[StudySession]]:
    """Return the study sessions by which learners followed a live lesson, by enrolment, in order. One query."""
    found: dict[int, list[StudySession]] = defaultdict(list)
    if live.lesson_uid is None:
        return found
    sessions = StudySession.objects.filter(enrolment__in=enrolments, lesson__lesson_uid=live.lesson_uid)
    if live.ended_at is not None:
        sessions = sessions.filter(opened_ms__lte=ms_of(live.ended_at))
    for one in sessions.order_by("opened_ms", "pk"):
        found[one.enrolment_id].append(one)
    return found


def attendance_of(live: LiveSession, only: Enrolment | None = None) -> LiveAttendance:
    """Return who of a class was in a live lesson, or how one of them was. Five queries, however many learners there are."""
    found = Enrolment.objects.filter(training_class=live.training_class_id).exclude(state=Enrolment.State.WITHDRAWN)
    enrolments = list(
        (found.filter(pk=only.pk) if only else found).select_related("person").order_by("person__name", "pk")
    )
    air = airs_of([live], clock.now_ms())[live.pk]
    visits = visits_to(live, enrolments)
    keys = [one.pk for sessions in visits.values() for one in sessions]
    sums: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    last: dict[int, int] = {}
    pieces = Beat.objects.filter(person__in=[one.person_id for one in enrolments], session__in=keys).order_by()
    for session, why, credit, lost, at in pieces.values_list("session", "why").annotate(
        Sum("credit"), Sum("lost"), Max("at")
    ):
        sums[session][why] = (credit, lost)
        last[session] = max(last.get(session, 0), at)
    ends = dict(SessionEnd.objects.filter(session__in=keys).values_list("session_id", "at_ms"))
    rows = [
        attendee(
            live,
            air,
            one,
            [(visit, sums[visit.pk], last.get(visit.pk) or ends.get(visit.pk)) for visit in visits[one.pk]],
        )
        for one in enrolments
    ]
    return LiveAttendance(air, rows)


Visit = tuple[StudySession, dict[str, tuple[int, int]], int | None]


def attendee(live: LiveSession, air: Air, enrolment: Enrolment, visits: list[Visit]) -> Attendee:
    """Return how a learner was in a live lesson, from what was read for all."""
    if not visits:
        return Attendee(enrolment)
    lost: dict[str, int] = defaultdict(int)
    for _, sums, _ in visits:
        for why, (_, ms) in sums.items():
            lost[why] += ms
    credit = sum(ms for _, sums, _ in visits for ms, _ in sums.values())
    present = credit + sum(ms for why, ms in lost.items() if why in PRESENT_BUT)
    left = max(last or session.opened_ms for session, _, last in visits)
    return Attendee(
        enrolment, len(visits), clock.from_ms(visits[0][0].opened_ms), clock.from_ms(left), credit, present,
        share_percent(present, air.total_ms), is_enough(present, air.total_ms, live.terms),
        {why: ms for why, ms in lost.items() if ms},
    )  # fmt: skip


def timeline_of(live: LiveSession, enrolment: Enrolment) -> list[Moment]:
    """Return a learner's way through a live lesson: joins, what counted, what did not and why, leaves. Three queries."""
    visits = visits_to(live, [enrolment])[enrolment.pk]
    keys = [one.pk for one in visits]
    ends = {end.session_id: end for end in SessionEnd.objects.filter(session__in=keys)}
    pieces = Beat.objects.filter(person_id=enrolment.person_id, session__in=keys).order_by("n")
    tape: dict[int, list[tuple[int, int, int, str]]] = defaultdict(list)
    for session, start, credit, lost, why in pieces.values_list("session", "start", "credit", "lost", "why"):
        tape[session].append((start, credit, lost, why))
    moments = []
    for visit in visits:
        moments.append(Moment(clock.from_ms(visit.opened_ms), f"进入（{visit.get_client_display()}）"))
        moments += [moment_of(one) for one in held_of(tape[visit.pk])]
        if (end := ends.get(visit.pk)) is not None:
            moments.append(Moment(clock.from_ms(end.at_ms), f"离开：{ENDINGS.get(end.why, '已结束')}"))
    return moments


def moment_of(held: Held) -> Moment:
    """Return the line of a stretch."""
    words = f"未计入：{WHY.get(held.why, '没有可以认定的学习内容')}" if held.why else "计入学时"
    return Moment(
        clock.from_ms(held.start), words, clock.from_ms(held.end), held.end - held.start, counted=not held.why
    )


def lives_recorded(class_ids: Collection[int]) -> dict[tuple[int, UUID], int]:
    """Return how long the live lessons of classes were on the air in the end, in ms, by class and lesson. Two queries.

    Where a replay makes up for what one missed, no longer than that plays.
    """
    rows = LiveRecord.objects.filter(live__training_class__in=class_ids)
    found = rows.values_list("live__training_class_id", "live__lesson_uid", "on_air_ms")
    on_air = {(training_class, lesson): ms for training_class, lesson, ms in found if lesson is not None}
    made = Replay.objects.filter(session__training_class__in=class_ids, first_published_at__isnull=False)
    for replay in made.select_related("session__training_class") if on_air else ():
        place = (replay.session.training_class_id, replay.session.lesson_uid)
        if place in on_air and replay.session.terms.live_replay == "makeup":  # nobody is asked for what was cut off
            on_air[place] = min(on_air[place], replay.film_ms)
    return on_air


def made_up(enrolment_ids: Collection[int]) -> dict[int, dict[UUID, int]]:
    """Return what is confirmed of replays, in ms by enrolment and lesson (补课学时). Two queries."""
    entries = HoursEntry.objects.filter(enrolment__in=enrolment_ids, session__lesson__kind=LessonKind.LIVE)
    sums = entries.exclude(kind=HoursEntry.Kind.WITHHELD).order_by()
    columns = ("enrolment_id", "enrolment__training_class_id", "lesson_uid", "session__opened_ms")
    rows = list(sums.values_list(*columns).annotate(Sum("ms")))
    ends = (
        {place: live.ended_at for place, live in lives_taught({(row[1], row[2]) for row in rows}).items()}
        if rows
        else {}
    )
    found: dict[int, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for enrolment, training_class, lesson, opened, ms in rows:
        ended = ends.get((training_class, lesson))
        if ended is not None and opened > ms_of(ended):
            found[enrolment][lesson] += ms
    return found
