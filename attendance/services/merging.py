"""Two records that are one person's: time that both were credited for counts once, by new entries only (人员合并).

Evidence and tapes keep their record. What the record that stays was credited for stands; of the other one goes what was
credited for the same wall time (A1), what lies beyond a day's cap, and a second enrolment in the same class goes over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from django.db.models import Sum

from attendance import stores
from attendance.models import (
    Beat,
    HoursEntry,
    LessonProgress,
    MergeEntry,
    MergeTwin,
    OfflineInterval,
    RestoredPiece,
    Seat,
)
from attendance.queries import home_of, standing_twins, waiting_pieces
from attendance.rules import SeatState, Spans, day_of, doubled_ms, kept_ms, merge
from attendance.services.checks import terms_of_seat
from attendance.services.settling import lost_stretches, post_to_ledger, standing_restored, take_back, today_of
from attendance.services.sittings import stand_up
from attendance.services.withdrawals import reverse, settle_coverage, standing_entries
from lms.access.rules import Actor
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.people.models import MergeStep
from lms.people.queries import family_of

Kind = HoursEntry.Kind


@dataclass(frozen=True, slots=True)
class Kept:
    """What a merge leaves of an entry, and in which enrolment (合并后的分录)."""

    entry: HoursEntry
    ms: int
    enrolment: Enrolment
    doubled_ms: int


@dataclass(slots=True)
class MergeEffect:
    """What merging two records does to their hours (合并影响). `twins`: second enrolments in a class, and what goes on."""

    kept: list[Kept] = field(default_factory=list)
    doubled_ms: int = 0
    beyond_ms: int = 0  # of a day's cap, or of a lesson's length in a class that both are in
    twins: list[tuple[Enrolment, Enrolment]] = field(default_factory=list)
    pending_doubled_ms: int = 0  # credited twice, of what still waits for a check


def merge_effect(survivor_id: int, absorbed_id: int) -> MergeEffect:
    """Return what merging one record into another would do; nothing is written (合并影响预览)."""
    others = [one for one in {*family_of(survivor_id), survivor_id} if one != absorbed_id]
    decided = credited_spans(others)
    effect = MergeEffect(pending_doubled_ms=doubled_ms(pending_spans(absorbed_id), decided))
    enrolments = list(own_enrolments([absorbed_id]))
    homes = {one.training_class_id: one for one in own_enrolments(others) if one.state == Enrolment.State.ACTIVE}
    effect.twins = [(one, home) for one in enrolments if (home := homes.get(one.training_class_id))]
    used, rooms = used_by_day(others), Rooms()
    for enrolment in enrolments:
        home = homes.get(enrolment.training_class_id)
        for entry in standing_entries(enrolment):
            weigh(effect, entry, home, enrolment, decided, used, rooms)
    return effect


def weigh(
    effect: MergeEffect,
    entry: HoursEntry,
    home: Enrolment | None,
    enrolment: Enrolment,
    decided: Spans,
    used: dict[date, int],
    rooms: Rooms,
) -> None:
    """Add what becomes of one entry. What stays as it is, is not among what is kept anew."""
    doubled = min(entry.ms, doubled_ms(wall_spans(entry), decided))
    cap = enrolment.training_class.study_terms().daily_cap_ms
    room = rooms.of(home, entry.lesson_uid) if home else None
    ms = kept_ms(entry.ms, doubled, cap_ms=cap, used_ms=used[entry.day], room_ms=room)
    used[entry.day] += ms
    if home:
        rooms.take(home, entry.lesson_uid, ms)
    effect.doubled_ms += doubled
    effect.beyond_ms += entry.ms - doubled - ms
    if home or ms < entry.ms:
        effect.kept.append(Kept(entry, ms, home or enrolment, doubled))


class Rooms:
    """What lessons are still worth in the enrolments that take another's hours over."""

    def __init__(self) -> None:
        self.left: dict[tuple[int, UUID], int] = {}

    def of(self, home: Enrolment, lesson: UUID) -> int:
        """Return what a lesson is still worth."""
        key = (home.pk, lesson)
        if key not in self.left:
            version = home.training_class.course_version
            length = version.lessons.filter(lesson_uid=lesson).values_list("length_ms", flat=True).first() or 0
            done = LessonProgress.objects.filter(enrolment=home, lesson_uid=lesson).first()
            self.left[key] = max(0, length - (done.credited_ms if done else 0))
        return self.left[key]

    def take(self, home: Enrolment, lesson: UUID, ms: int) -> None:
        """Note what was taken of it."""
        self.left[home.pk, lesson] = self.of(home, lesson) - ms


def own_enrolments(persons: Iterable[int]) -> Iterable[Enrolment]:
    """Return the enrolments of records, oldest first."""
    related = ("training_class__course_version", "training_class__programme")
    return Enrolment.objects.filter(person__in=list(persons)).select_related(*related).order_by("pk")


def credited_spans(persons: Iterable[int]) -> Spans:
    """Return the wall time that records are credited for now, what is pending among it."""
    spans: Spans = ()
    for person in persons:
        entries = list(HoursEntry.objects.filter(person_id=person))
        lost = lost_stretches(entries)
        for n, start, end in pieces_of(person):
            if not any(first <= n <= last for first, last in lost):
                spans = merge(spans, start, end)
        given = RestoredPiece.objects.filter(entry__in=[entry.pk for entry in standing_restored(entries)])
        for _, start, end in pieces_of(person, n__in=list(given.values_list("n", flat=True))):
            spans = merge(spans, start, end)
        undone = {entry.reverses_id for entry in entries}
        intervals = OfflineInterval.objects.filter(person_id=person).exclude(entry__in=undone - {None})
        for start, end in intervals.values_list("start_ms", "end_ms"):
            spans = merge(spans, start, end)
    return spans


def pieces_of(person: int, **among: int | list[int] | None) -> Iterator[tuple[int, int, int]]:
    """Yield the credited pieces of a tape, in order: number, wall time from and to."""
    pieces = Beat.objects.filter(person_id=person, credit__gt=0, **among).order_by("n")
    for n, start, credit in pieces.values_list("n", "start", "credit"):
        yield n, start, start + credit


def pending_spans(person: int) -> list[tuple[int, int]]:
    """Return the wall time of what waits for a check."""
    needle = Seat.objects.filter(person_id=person).values_list("settled", flat=True).first() or 0
    pieces = waiting_pieces(person, needle).filter(credit__gt=0)
    return [(start, start + credit) for start, credit in pieces.values_list("start", "credit")]


def wall_spans(entry: HoursEntry) -> list[tuple[int, int]]:
    """Return the wall time that an entry stands for: of what it was first posted for, through all reversals."""
    root, given = entry, None
    while root.reverses is not None:
        given = root if root.kind == Kind.RESTORED else given
        root = root.reverses
    if root.tape_from is not None:
        among: dict[str, int | list[int] | None]
        among = {"n__gte": root.tape_from, "n__lte": root.tape_to, "session": root.session_id}
        if given is not None:  # of what was withheld, only what was given back
            among["n__in"] = list(given.pieces.values_list("n", flat=True))
        return [(start, end) for _, start, end in pieces_of(root.person_id, **among)]
    return list(OfflineInterval.objects.filter(entry=root).values_list("start_ms", "end_ms"))


def used_by_day(persons: Iterable[int]) -> dict[date, int]:
    """Return what records are credited for by local day: what counts of the ledger, and what is pending."""
    used: dict[date, int] = defaultdict(int)
    people = list(persons)
    counted = HoursEntry.objects.filter(person__in=people).exclude(kind=Kind.WITHHELD)
    for day, ms in counted.values_list("day").annotate(Sum("ms")):
        used[day] += ms
    for person in people:
        for start, end in pending_spans(person):
            used[today_of(start)] += end - start
    return used


def settle_merge(step: MergeStep, actor: Actor) -> None:
    """Let nobody sit at either record, and count once what was credited twice. Within the transaction of the merge."""
    del actor  # the merge itself was allowed and noted
    survivor, absorbed = step.merge.survivor_id, step.merge.absorbed_id
    now = clock.now_ms()
    seats = {pk: vacate(seat, now) for pk, seat in stores.hold_all({*family_of(survivor), absorbed}).items()}
    effect = merge_effect(survivor, absorbed)
    if effect.pending_doubled_ms:
        withhold_pending(seats[absorbed], now)
    taken = [one.entry for one in effect.kept]
    made = reverse(taken, Kind.MERGED)
    carried = [carry(one) for one in effect.kept if one.ms]
    MergeEntry.objects.bulk_create(MergeEntry(step=step, entry=entry) for entry in [*made, *carried])
    settle_coverage(stores.hold(absorbed), [*taken, *carried])
    end_twins(step, effect.twins)
    free_today(stores.hold(absorbed), -sum(one.ms for one in made + carried if one.day == today_of(now)), now)


def end_twins(step: MergeStep, twins: Iterable[tuple[Enrolment, Enrolment]]) -> None:
    """End second enrolments in a class, and note which one goes on, and which were in force until now."""
    MergeTwin.objects.bulk_create(
        MergeTwin(step=step, enrolment=one, home=home, was_active=one.state == Enrolment.State.ACTIVE)
        for one, home in twins
    )
    Enrolment.objects.filter(pk__in=[one.pk for one, _ in twins]).update(state=Enrolment.State.WITHDRAWN)


def vacate(seat: SeatState, now: int) -> SeatState:
    """Return a seat that is held after whoever sat in it has stood up."""
    if not seat.session:
        return seat
    left = stand_up(seat, terms_of_seat(seat), now, "admin")
    left = replace(left, session=0, ver=left.ver + 1)
    stores.save(left)
    return left


def withhold_pending(seat: SeatState, now: int) -> None:
    """Withhold what waits for a check where part of it was credited elsewhere at the same time: it may be studied again."""
    entries = post_to_ledger(seat, Kind.WITHHELD, 0)
    stores.save(take_back(seat, terms_of_seat(seat), entries, now))


def carry(one: Kept) -> HoursEntry:
    """Write what still counts of an entry, to the enrolment where it counts."""
    entry = one.entry
    return HoursEntry.objects.create(
        person_id=one.enrolment.person_id,
        enrolment=one.enrolment,
        lesson_uid=entry.lesson_uid,
        day=entry.day,
        ms=one.ms,
        kind=Kind.CARRIED,
        at=clock.now(),
    )


def hand_over(entry: HoursEntry, enrolment: Enrolment) -> None:
    """Let what was given back after a merge count where the second enrolment's hours went (合并后恢复的学时)."""
    home = home_of(enrolment)
    if home is None:
        return
    step = standing_twins().values_list("step", flat=True).get(enrolment=enrolment)
    one = Kept(entry, min(entry.ms, Rooms().of(home, entry.lesson_uid)), home, 0)
    made = [*reverse([entry], Kind.MERGED), *([carry(one)] if one.ms else [])]
    MergeEntry.objects.bulk_create(MergeEntry(step_id=step, entry=row) for row in made)
    settle_coverage(stores.hold(home.person_id), made)


def free_today(seat: SeatState, ms: int, now: int) -> None:
    """Give the day's cap back what was reversed today."""
    if ms > 0 and seat.day == day_of(now):
        stores.save(replace(seat, ver=seat.ver + 1, day_ms=max(0, seat.day_ms - ms)))


def settle_parting(step: MergeStep, actor: Actor) -> None:
    """Give back what a merge took, and take back what it carried over; its second enrolments go on (撤销合并)."""
    del actor
    survivor, absorbed = step.merge.survivor_id, step.merge.absorbed_id
    now = clock.now_ms()
    seats = {pk: vacate(seat, now) for pk, seat in stores.hold_all(family_of(survivor)).items()}
    made = HoursEntry.objects.filter(pk__in=MergeEntry.objects.filter(step__merge=step.merge).values("entry"))
    undone = set(HoursEntry.objects.filter(reverses__in=made).values_list("reverses_id", flat=True))
    back = reverse([entry for entry in made.order_by("pk") if entry.pk not in undone], Kind.PARTED)
    MergeEntry.objects.bulk_create(MergeEntry(step=step, entry=entry) for entry in back)
    settle_coverage(seats[absorbed], back)
    ended = MergeTwin.objects.filter(step__merge=step.merge, was_active=True).values("enrolment")
    Enrolment.objects.filter(pk__in=ended).update(state=Enrolment.State.ACTIVE)
