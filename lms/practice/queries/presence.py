"""Who signed, who was there by which list, and what it gave (到场情况)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from lms.access.rules import Actor, Role
from lms.classes.models import Enrolment
from lms.practice.models import ListDecision, PracticeResult, PracticeSession, PresenceList, PresenceMark, Signature
from lms.practice.queries.sessions import sessions_in_reach
from lms.practice.rules.presence import Scan, Signed, signed_by_enrolment


@dataclass(frozen=True, slots=True)
class Attendee:
    """One learner of a session's class (名单行): own signatures, what the newest list says, what it gave."""

    enrolment: Enrolment
    signed: Signed
    signatures: list[Signature] = field(default_factory=list)
    mark: PresenceMark | None = None


def signed_in(session: PracticeSession) -> tuple[dict[int, Signed], dict[int, list[Signature]]]:
    """Return what the signatures of a session say, and the signatures, by enrolment. One query."""
    rows: dict[int, list[Signature]] = {}
    for row in session.signatures.order_by("at_ms"):
        rows.setdefault(row.enrolment_id, []).append(row)
    scans = [Scan(row.enrolment_id, row.way, row.at_ms, row.place, row.device) for own in rows.values() for row in own]
    return signed_by_enrolment(scans), rows


def own_signatures(enrolment: Enrolment) -> dict[int, list[Signature]]:
    """Return an enrolment's own signatures by session (本人签到记录). One query."""
    rows: dict[int, list[Signature]] = {}
    for row in Signature.objects.filter(enrolment=enrolment).order_by("at_ms"):
        rows.setdefault(row.session_id, []).append(row)
    return rows


def attendees(session: PracticeSession, presence_list: PresenceList | None = None) -> list[Attendee]:
    """Return every learner of the class in the order of the roster, with signatures and marks (到场名单). Three queries."""
    told, rows = signed_in(session)
    marks = marks_of(presence_list)
    enrolments = session.training_class.enrolments.select_related("person").order_by("roster_row__row_number", "pk")
    return [
        Attendee(one, told.get(one.pk, Signed()), rows.get(one.pk, []), marks.get(one.pk))
        for one in enrolments
        if one.state == Enrolment.State.ACTIVE or one.pk in rows or one.pk in marks
    ]


def marks_of(presence_list: PresenceList | None) -> dict[int, PresenceMark]:
    """Return the marks of a list by enrolment."""
    if presence_list is None:
        return {}
    return {mark.enrolment_id: mark for mark in presence_list.marks.select_related("note", "result__entry")}


def lists_of(session: PracticeSession) -> list[PresenceList]:
    """Return the lists of a session with their decisions, the newest first (名单记录)."""
    related = ("by__person", "note", "decision__by__person", "decision__note", "paper")
    return list(session.lists.select_related(*related).order_by("-number"))


def newest_list(session: PracticeSession) -> PresenceList | None:
    """Return the newest list of a session with its decision."""
    return session.lists.select_related("decision").order_by("-number").first()


def confirmed_list(session: PracticeSession) -> PresenceList | None:
    """Return the newest list that was confirmed (生效名单)."""
    confirmed = session.lists.filter(decision__outcome=ListDecision.Outcome.CONFIRMED)
    return confirmed.order_by("-number").first()


def is_second(actor: Actor, presence_list: PresenceList, teacher_id: int | None) -> bool:
    """Return whether an actor is a second pair of eyes for a list: another account, of the institution or the teacher."""
    if actor.user_id is None or actor.user_id == presence_list.by_id:
        return False
    institution = presence_list.session.training_class.institution_id
    return institution in actor.units(Role.INSTITUTION) or actor.user_id == teacher_id


def waiting_lists(actor: Actor) -> list[PresenceList]:
    """Return the lists within reach that wait for a second pair of eyes, the oldest first (待复核名单)."""
    waiting = PresenceList.objects.filter(session__in=sessions_in_reach(actor).values("pk"), decision=None)
    return list(waiting.select_related("session__training_class", "by__person").order_by("at", "pk"))


def results_of(enrolments: Collection[int]) -> list[PracticeResult]:
    """Return what confirmed marks gave to enrolments, in the order of their decisions (实操认定). One query."""
    related = (
        "entry",
        "mark__note",
        "mark__presence_list__session",
        "mark__presence_list__by__person",
        "mark__presence_list__decision__by__person",
    )
    return list(PracticeResult.objects.filter(mark__enrolment__in=enrolments).select_related(*related).order_by("pk"))
