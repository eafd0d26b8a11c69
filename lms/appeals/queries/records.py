"""Reads of appeals: what a learner may appeal, the queue of the office, one appeal with the evidence beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from attendance.models import Beat, HoursEntry, PresenceCheck, StudySession
from attendance.queries import home_of
from attendance.rules import DAY, EAST8
from lms.access.rules import DISTRICT_WIDE, Actor, Role, require
from lms.anomalies.models import Measure
from lms.anomalies.queries.measures import in_force
from lms.appeals.models import AppealStep, HoursAppeal
from lms.appeals.rules import UNDECIDED
from lms.audit.models import LogHead
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.kernel.models import ClockAnchor
from lms.people.queries import family_of, records_of

State, Kind = HoursAppeal.State, AppealStep.Kind
PIECES_AROUND, MOST_PIECES, MOST_SHOWN = 6, 240, 50
RELATED = (
    "entry__session__lesson",
    "enrolment__person",
    "enrolment__training_class__institution",
    "enrolment__training_class__programme",
)


@dataclass(frozen=True, slots=True)
class AppealFilters:
    """What somebody looks for in the queue; it stands in the address (筛选条件)."""

    state: str = ""
    q: str = ""  # a learner's name, or part of a class's
    filed_from: date | None = None
    filed_to: date | None = None

    @property
    def is_narrow(self) -> bool:
        """Return whether anything is asked for."""
        return any((self.state, self.q, self.filed_from, self.filed_to))


@dataclass(frozen=True, slots=True)
class AppealEvidence:
    """What stands beside an appeal (证据): the stretch on the tape, the day's sessions and checks, how the server was."""

    pieces: list[Beat]
    sessions: list[StudySession]
    checks: list[PresenceCheck]
    heads_ms: list[int]
    boots: list[datetime]
    restorable_ms: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A withheld entry as its learner may act on it (暂不认定时段). `note`: what may be done, or why nothing more."""

    entry: HoursEntry
    appeal: HoursAppeal | None
    until: date | None
    may_appeal: bool
    note: str


def steps_in_order() -> Prefetch[str, QuerySet[AppealStep], str]:
    """Return how an appeal's steps are loaded. One query."""
    return Prefetch(
        "steps", AppealStep.objects.select_related("by__person", "file", "restored", "note").order_by("number")
    )


def withheld_of(enrolment: Enrolment) -> dict[UUID, Stretch]:
    """Return what was withheld in an enrolment and may, might or did become an appeal, by entry. Six queries."""
    entries = HoursEntry.objects.filter(enrolment=enrolment, kind=HoursEntry.Kind.WITHHELD).select_related(
        "session__lesson"
    )
    appeals = (
        HoursAppeal.objects.filter(enrolment=enrolment).select_related(*RELATED).prefetch_related(steps_in_order())
    )
    known = {one.entry_id: one for one in appeals}
    barred = withdrawn_sessions(enrolment)
    restored = set(
        HoursEntry.objects.filter(enrolment=enrolment, reverses__isnull=False).values_list("reverses_id", flat=True)
    )
    return {
        entry.uid: stretch_of(entry, known.get(entry.pk), enrolment, barred, is_restored=entry.pk in restored)
        for entry in entries.order_by("pk")
    }


def stretch_of(
    entry: HoursEntry,
    appeal: HoursAppeal | None,
    enrolment: Enrolment,
    barred: Collection[int | None],
    *,
    is_restored: bool = False,
) -> Stretch:
    """Return how a withheld entry stands. `barred`: sessions whose credit a case withdrew; None among them: all."""
    until = enrolment.training_class.study_terms().appealable_until(clock.local(entry.at).date())
    if appeal is not None:
        return Stretch(entry, appeal, until, may_appeal=False, note="")
    if problem := appeal_problem(until, is_barred=None in barred or entry.session_id in barred, enrolment=enrolment):
        return Stretch(entry, None, until, may_appeal=False, note=problem)
    if is_restored:
        return Stretch(entry, None, until, may_appeal=False, note="")
    assert until is not None
    return Stretch(
        entry, None, until, may_appeal=True, note=f"可以申诉一次，最晚{until.year}年{until.month}月{until.day}日。"
    )


def appeal_problem(until: date | None, *, is_barred: bool, enrolment: Enrolment) -> str:
    """Return why what was withheld cannot be appealed, or nothing."""
    if until is None:
        return "这个班的学时口径不受理申诉，重新学习这一段可再次计入。"
    if not is_in_class(enrolment):
        return "您已不在这个班，不能再申诉。如有疑问，请联系培训机构。"
    if is_barred:
        return "这次学习的学时已按核查结论撤销，请在“核查与申诉”中对结论提出申诉。"
    if clock.today() > until:
        return f"申诉期限到{until.year}年{until.month}月{until.day}日为止，已经过期。如有新的证据，请联系区办。"
    return ""


def is_in_class(enrolment: Enrolment) -> bool:
    """Return whether whose enrolment this is learns in the class, be it by another of their records (是否在班)."""
    return enrolment.state == Enrolment.State.ACTIVE or home_of(enrolment) is not None


def withdrawn_sessions(enrolment: Enrolment) -> set[int | None]:
    """Return the sessions whose credit a case withdrew by a measure in force; None among them: all. Two queries.

    A measure against the same class at another record of the person counts: merging records undoes no case.
    """
    own = {
        "enrolment__training_class": enrolment.training_class_id,
        "enrolment__person__in": family_of(enrolment.person_id),
    }
    measures = in_force(clock.today()).filter(kind=Measure.Kind.WITHDRAW, **own)
    found: set[int | None] = set()
    for is_whole, session in measures.values_list("is_whole", "withdrawals__entry__session"):
        found.add(None if is_whole else session or 0)
    return found


def own_withheld(actor: Actor, uid: UUID) -> HoursEntry:
    """Return an own withheld entry. Raises NotFoundError for any other (本人暂不认定时段)."""
    related = ("enrolment__training_class__programme", "session__lesson")
    found = HoursEntry.objects.filter(uid=uid, person__in=records_of(actor.person_id), kind=HoursEntry.Kind.WITHHELD)
    entry = found.select_related(*related).first()
    if entry is None:
        raise NotFoundError("没有找到这段暂不认定的时间，请从“学时明细”重新进入。", code="withheld_not_found")
    return entry


def appeals_of(actor: Actor) -> QuerySet[HoursAppeal]:
    """Return the actor's own appeals, newest first (我的学时申诉). Two queries."""
    own = HoursAppeal.objects.filter(enrolment__person__in=records_of(actor.person_id))
    return own.select_related(*RELATED).prefetch_related(steps_in_order()).order_by("-pk")


def own_appeal(actor: Actor, uid: UUID) -> HoursAppeal:
    """Return an own appeal. Raises NotFoundError for any other."""
    return one_of(appeals_of(actor), uid)


def appeals_visible_to(actor: Actor) -> QuerySet[HoursAppeal]:
    """Return the appeals within an actor's reach: all for the office and auditors, a department's own for it."""
    require(actor, "appeals.view")
    found = HoursAppeal.objects.all()
    own = {"enrolment__training_class__programme__department__in": actor.units(Role.DEPARTMENT)}
    return found if actor.has(*DISTRICT_WIDE) else found.filter(**own)


def appeal_queue(actor: Actor, filters: AppealFilters) -> QuerySet[HoursAppeal]:
    """Return the queue: what is undecided unless a state is asked for, the longest waiting first. Two queries a page."""
    found = appeals_visible_to(actor)
    found = found.filter(state=filters.state) if filters.state else found.filter(state__in=UNDECIDED)
    if filters.q:
        named = Q(enrolment__person__name=filters.q) | Q(enrolment__training_class__name__icontains=filters.q)
        found = found.filter(named)
    days = {"filed_at__date__gte": filters.filed_from, "filed_at__date__lte": filters.filed_to}
    found = found.filter(**{name: day for name, day in days.items() if day})
    return found.select_related(*RELATED).prefetch_related(steps_in_order()).order_by("filed_at", "pk")


def waiting_count(actor: Actor) -> int:
    """Return how many appeals wait for somebody."""
    return appeals_visible_to(actor).filter(state__in=UNDECIDED).count()


def appeal_for(actor: Actor, uid: UUID) -> HoursAppeal:
    """Return an appeal within reach. Raises NotFoundError for any other."""
    return one_of(appeals_visible_to(actor).select_related(*RELATED).prefetch_related(steps_in_order()), uid)


def one_of(appeals: QuerySet[HoursAppeal], uid: UUID) -> HoursAppeal:
    """Return the appeal of a uid. Raises NotFoundError."""
    found = appeals.filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这份申诉，请从列表重新进入。", code="appeal_not_found")
    return found


def newest_proposal(appeal: HoursAppeal) -> AppealStep | None:
    """Return the opinion that waits for a second pair of eyes, or waited last."""
    return appeal.steps.filter(kind=Kind.PROPOSED).select_related("by", "note").order_by("-number").first()


def evidence_of(entry: HoursEntry, restorable_ms: int) -> AppealEvidence:
    """Return what a decision on a withheld entry needs (证据). Six queries.

    Of the tape what was withheld, with what came before and after it in the same session.
    """
    begin = (entry.day - date(1970, 1, 1)).days * DAY - EAST8
    first, last = (entry.tape_from or 0) - PIECES_AROUND, (entry.tape_to or 0) + PIECES_AROUND
    pieces = Beat.objects.filter(person_id=entry.person_id, session=entry.session_id or 0, n__gte=first, n__lte=last)
    day = {"opened_ms__gte": begin, "opened_ms__lt": begin + DAY}
    opened = Q(pk=entry.session_id) | Q(**day)
    sessions = StudySession.objects.filter(opened, person_id=entry.person_id)
    asked = {"asked_ms__gte": begin, "asked_ms__lt": begin + DAY}
    checks = PresenceCheck.objects.filter(person_id=entry.person_id, **asked).select_related("session__lesson", "reply")
    heads = LogHead.objects.filter(at_ms__gte=begin, at_ms__lt=begin + DAY).order_by("at_ms")
    boots = ClockAnchor.objects.filter(noted_at__gte=clock.from_ms(begin), noted_at__lt=clock.from_ms(begin + DAY))
    return AppealEvidence(
        pieces=list(pieces.order_by("n")[:MOST_PIECES]),
        sessions=list(sessions.select_related("lesson", "origin", "end").order_by("opened_ms")[:MOST_SHOWN]),
        checks=list(checks.order_by("asked_ms", "number")[:MOST_SHOWN]),
        heads_ms=list(heads.values_list("at_ms", flat=True)),
        boots=list(boots.order_by("noted_at").values_list("noted_at", flat=True)),
        restorable_ms=restorable_ms,
    )
