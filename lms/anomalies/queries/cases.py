"""Reads of cases: the queue, one case with its evidence, and what concerns a person or an institution."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from attendance.models import Beat, PresenceCheck, StudySession
from lms.access.rules import DISTRICT_WIDE, Actor, Role, require
from lms.anomalies.models import AnomalyCase, AnomalyFlag, CaseStep, DetectionRun, Measure
from lms.classes.models import Enrolment
from lms.exams.models import Sitting
from lms.faces.models import FaceCheck
from lms.kernel.errors import NotFoundError
from lms.people.models import Person
from lms.people.queries import records_of
from lms.practice.models import Signature, TimetableStep

MOST_SHOWN = 50
State, Kind = AnomalyCase.State, CaseStep.Kind
DONE = (State.CLOSED,)


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """What somebody looks for in the queue; it stands in the address (筛选条件)."""

    state: str = ""
    kind: str = ""
    strength: str = ""  # strong | weak
    q: str = ""  # number of the case, or a name

    @property
    def is_narrow(self) -> bool:
        """Return whether anything is asked for."""
        return any((self.state, self.kind, self.strength, self.q))


def cases_visible_to(actor: Actor) -> QuerySet[AnomalyCase]:
    """Return the cases within an actor's reach: all for the office and auditors, a department's own for it."""
    require(actor, "anomalies.view")
    cases = AnomalyCase.objects.all()
    return cases if actor.has(*DISTRICT_WIDE) else cases.filter(department__in=actor.units(Role.DEPARTMENT))


def case_queue(actor: Actor, filters: CaseFilters) -> QuerySet[AnomalyCase]:
    """Return the queue: what is not closed unless a state is asked for; strong ones first, then the newest. Two queries a page."""
    found = cases_visible_to(actor)
    found = found.filter(state=filters.state) if filters.state else found.exclude(state__in=DONE)
    if filters.kind:
        found = found.filter(Exists(AnomalyFlag.objects.filter(case=OuterRef("pk"), kind=filters.kind)))
    if filters.strength:
        found = found.filter(is_strong=filters.strength == "strong")
    if filters.q:
        found = found.filter(Q(number__iexact=filters.q) | Q(person__name=filters.q))
    flags = AnomalyFlag.objects.only("case_id", "kind", "seen", "at").order_by("-pk")
    related = ("person", "institution", "handler__person")
    return (
        found.select_related(*related)
        .prefetch_related(Prefetch("flags", flags))
        .order_by("-is_strong", "-last_at", "-pk")
    )


def open_case_count(actor: Actor) -> int:
    """Return how many cases wait for somebody of the office or of a department."""
    waiting = (State.OPEN, State.RULED, State.APPEALED)
    return cases_visible_to(actor).filter(state__in=waiting).count()


def case_for(actor: Actor, uid: UUID) -> AnomalyCase:
    """Return a case within reach. Raises NotFoundError for any other."""
    related = ("person", "institution", "department", "handler__person")
    found = cases_visible_to(actor).select_related(*related).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这个案件，可能不在您的管理范围内。", code="anomaly_case_not_found")
    return found


def flags_of(case: AnomalyCase) -> list[AnomalyFlag]:
    """Return a case's flags, newest first."""
    related = ("policy", "person", "enrolment__training_class")
    return list(case.flags.select_related(*related).order_by("-pk"))


def steps_of(case: AnomalyCase) -> list[CaseStep]:
    """Return a case's steps in order, with their measures and what answered them. Three queries."""
    related = ("by__person", "person", "institution", "note")
    measures = Measure.objects.select_related("person", "institution", "enrolment__training_class").order_by("pk")
    answered = CaseStep.objects.order_by("pk")
    found = case.steps.select_related(*related).prefetch_related(
        Prefetch("measures", measures), Prefetch("answered", answered)
    )
    return list(found.order_by("pk"))


def newest_step(case: AnomalyCase, *kinds: str) -> CaseStep | None:
    """Return the newest step of some kinds."""
    return case.steps.filter(kind__in=kinds).order_by("-pk").first()


def appeal_in(case: AnomalyCase, uid: UUID) -> CaseStep:
    """Return an appeal of a case. Raises NotFoundError."""
    found = case.steps.select_related("case", "answers").filter(uid=uid, kind=Kind.APPEALED).first()
    if found is None:
        raise NotFoundError("没有找到这份申诉，请从案件重新进入。", code="case_step_not_found")
    return found


@dataclass(frozen=True, slots=True)
class CaseEvidence:
    """What a case's flags point at (证据)."""

    sessions: list[StudySession]
    checks: list[PresenceCheck]
    sittings: list[Sitting]
    faces: list[FaceCheck]
    signatures: list[Signature]


def evidence_of(flags: Collection[AnomalyFlag]) -> CaseEvidence:
    """Return the records that flags point at, newest first, as many as a page shows. Six queries."""
    named: dict[str, set[str]] = defaultdict(set)
    for flag in flags:
        for name, uids in flag.evidence.items():
            named[name] |= set(uids)
    checks = PresenceCheck.objects.filter(uid__in=named["checks"]).select_related("person", "session__lesson")
    sittings = Sitting.objects.filter(uid__in=named["sittings"]).select_related("lesson", "enrolment__person")
    related = ("person", "lesson", "enrolment__training_class", "origin", "end")
    sessions = StudySession.objects.filter(Q(uid__in=named["sessions"]) | Q(checks__in=checks)).distinct()
    faces = FaceCheck.objects.filter(uid__in=named["faces"]).select_related("person")
    return CaseEvidence(
        list(sessions.select_related(*related).order_by("-opened_ms")[:MOST_SHOWN]),
        list(checks.order_by("-settled_ms")[:MOST_SHOWN]),
        list(sittings.order_by("-submitted_at")[:MOST_SHOWN]),
        list(faces.order_by("-pk")[:MOST_SHOWN]),
        list(signatures_named(named["signatures"])[:MOST_SHOWN]),
    )


def signatures_named(uids: Collection[str]) -> QuerySet[Signature]:
    """Return signatures at places, newest first, with where their sessions were to be. Two queries."""
    places = Prefetch("session__steps", TimetableStep.objects.order_by("number"))
    found = Signature.objects.filter(uid__in=uids).select_related("enrolment__person", "session__training_class")
    return found.prefetch_related(places).order_by("-at_ms", "-pk")


def evidence_sessions(case: AnomalyCase) -> list[int]:
    """Return the keys of all sessions that a case's flags point at, by themselves, by their checks or by their faces."""
    sessions: set[str] = set()
    checks: set[str] = set()
    faces: set[str] = set()
    for evidence in case.flags.values_list("evidence", flat=True):
        sessions |= set(evidence.get("sessions", ()))
        checks |= set(evidence.get("checks", ()))
        faces |= set(evidence.get("faces", ()))
    shown = FaceCheck.objects.filter(uid__in=faces, session_uid__isnull=False).values("session_uid")
    found = StudySession.objects.filter(Q(uid__in=sessions) | Q(checks__uid__in=checks) | Q(uid__in=shown)).distinct()
    return list(found.values_list("pk", flat=True))


def persons_named(case: AnomalyCase) -> list[Person]:
    """Return the persons whom a case concerns: its own, or who studied in the sessions that its flags name."""
    if case.person is not None:
        return [case.person]
    studied = StudySession.objects.filter(pk__in=evidence_sessions(case)).values("person")
    return list(Person.objects.filter(pk__in=studied).order_by("pk"))


def enrolments_in(case: AnomalyCase) -> list[Enrolment]:
    """Return where hours could be taken back: in the classes of the sessions that flags name, or that flags are about."""
    studied = StudySession.objects.filter(pk__in=evidence_sessions(case)).values("enrolment")
    told = case.flags.filter(person__isnull=False).values("enrolment")
    found = Enrolment.objects.filter(Q(pk__in=studied) | Q(pk__in=told))
    return list(found.select_related("person", "training_class").order_by("pk"))


def arrivals_of(session: StudySession) -> list[int]:
    """Return when a session's beats arrived, in ms, in order, each moment once."""
    beats = Beat.objects.filter(person_id=session.person_id, session=session.pk).order_by("at")
    return list(beats.values_list("at", flat=True).distinct())


def newest_run() -> DetectionRun | None:
    """Return the last run of the detectors."""
    return DetectionRun.objects.select_related("policy").order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a case concerns: a person, or institutions (当事人)."""

    person_ids: frozenset[int] = frozenset()  # all records of a person
    institution_ids: frozenset[int] = frozenset()

    def owns(self, step: CaseStep) -> bool:
        """Return whether a step is addressed to it."""
        return self.is_person(step.person_id) or self.is_institution(step.institution_id)

    def is_person(self, person_id: int | None) -> bool:
        """Return whether it is this person."""
        return person_id is not None and person_id in self.person_ids

    def is_institution(self, institution_id: int | None) -> bool:
        """Return whether it is this institution."""
        return institution_id is not None and institution_id in self.institution_ids


def learner_party(actor: Actor) -> Party:
    """Return an actor as a learner: the person behind the account, with what was merged into it. One query."""
    return Party(person_ids=frozenset(records_of(actor.person_id).values_list("pk", flat=True)))


def institution_party(actor: Actor) -> Party:
    """Return an actor as staff: the institutions spoken for."""
    return Party(institution_ids=actor.units(Role.INSTITUTION))


def steps_concerning(party: Party) -> QuerySet[CaseStep]:
    """Return what a party may know of: what it was asked, and confirmed outcomes that name or hit it, newest first.

    An outcome that was an error is not one: nothing follows from it. Four queries with what hangs on them.
    """
    own = Q(person__in=party.person_ids) | Q(institution__in=party.institution_ids)
    hit = Q(measures__person__in=party.person_ids) | Q(measures__institution__in=party.institution_ids)
    named = Q(case__person__in=party.person_ids)
    confirmed = Exists(CaseStep.objects.filter(answers=OuterRef("pk"), kind=Kind.CONFIRMED))
    outcomes = Q(kind=Kind.RULED) & ~Q(outcome=AnomalyCase.Outcome.ERROR) & (hit | named)
    said = CaseStep.objects.select_related("note")
    found = CaseStep.objects.filter((Q(kind=Kind.ASKED) & own) | (outcomes & Q(confirmed)))
    return (
        found.distinct()
        .select_related("case", "note")
        .prefetch_related(
            Prefetch("measures", Measure.objects.select_related("enrolment__training_class", "institution")),
            Prefetch("answered", said.prefetch_related(Prefetch("answered", said))),
        )
        .order_by("-pk")
    )


def flags_about(party: Party, case_ids: Collection[int]) -> dict[int, list[AnomalyFlag]]:
    """Return the flags about a person in some cases, by case; an institution is told of no person's flags. One query."""
    found: dict[int, list[AnomalyFlag]] = defaultdict(list)
    for flag in AnomalyFlag.objects.filter(case__in=case_ids, person__in=party.person_ids).order_by("-pk"):
        found[flag.case_id].append(flag)
    return found


def step_concerning(party: Party, uid: UUID) -> CaseStep:
    """Return a step that a party may know of. Raises NotFoundError for any other."""
    found = steps_concerning(party).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这项核查，可能已经办结，或不是发给您的。", code="case_step_not_found")
    return found


def waits_for(party: Party) -> int:
    """Return how many statements a party still owes."""
    own = Q(person__in=party.person_ids) | Q(institution__in=party.institution_ids)
    owed = CaseStep.objects.filter(own, kind=Kind.ASKED, case__state__in=(State.ASKED, State.REVIEWING))
    return owed.exclude(answered__kind=Kind.STATED).count()
