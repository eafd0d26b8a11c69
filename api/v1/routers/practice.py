"""/me/practice-sessions: what is planned at a place, and signing in and out there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.practice import PracticeOut, SignatureIn, SignatureOut
from attendance.rules import Origin
from courses.middleware import media_key
from lms.access.views import SignedInRequest
from lms.classes.queries import own_enrolment
from lms.people.queries import address_of
from lms.practice import services
from lms.practice.models import Signature
from lms.practice.queries.presence import own_signatures
from lms.practice.queries.sessions import SessionNow, session_of_learner, sessions_of_class
from lms.practice.rules.places import Fix, Point

router = Router()


def signature_out(row: Signature) -> dict[str, Any]:
    """Return a signature's fields."""
    return {"way": row.way, "at": row.signed_at, "place": row.place}


def practice_out(now: SessionNow, own: list[Signature]) -> dict[str, Any]:
    """Return a session's fields."""
    return {
        "id": now.session.uid,
        "lesson": now.step.lesson_uid,
        "lesson_title": now.lesson_title,
        "starts_at": now.step.starts_at,
        "ends_at": now.step.ends_at,
        "place": now.step.place,
        "asks_place": now.step.radius_m is not None,
        "state": now.state,
        "signatures": [signature_out(row) for row in own],
    }


@router.get(
    "/me/enrolments/{uuid:uid}/practice-sessions", response={200: list[PracticeOut], **PROBLEMS}, summary="实操课次"
)
def practice_sessions(request: SignedInRequest, uid: UUID) -> Any:
    """Return the sessions at places by time, with the own signatures. Open to the learner of the enrolment."""
    enrolment = own_enrolment(actor_of(request), uid)
    own = own_signatures(enrolment)
    return [practice_out(now, own.get(now.session.pk, [])) for now in sessions_of_class(enrolment.training_class)]


@router.post(
    "/me/practice-sessions/{uuid:uid}/signatures", response={201: SignatureOut, **PROBLEMS}, summary="签到、签退"
)
def sign(request: SignedInRequest, uid: UUID, payload: SignatureIn) -> Any:
    """Sign in or out by the code that the screen shows now. Open to the learners of the class.

    The same code again gives the same signature. A place that is far away or missing refuses nothing.
    """
    actor = actor_of(request)
    session, enrolment = session_of_learner(actor, uid)
    ticket = services.ticket_for(session=session, way=payload.way, given=payload.code, enrolment=enrolment, actor=actor)
    place = payload.place
    made = services.sign(
        session=session,
        enrolment=enrolment,
        ticket=ticket,
        actor=actor,
        fix=Fix(Point(place.latitude, place.longitude), place.accuracy_m) if place else None,
        origin=Origin(media_key(request), address_of(request)),
        method=Signature.Method.TYPED if payload.code.strip().isdecimal() else Signature.Method.SCAN,
    )
    return Status(201, signature_out(made))
