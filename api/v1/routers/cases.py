"""/me/cases: what a learner is asked and what was decided, the same deeds and sentences as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.cases import CaseOut, CaseWordsIn
from lms.access.views import SignedInRequest
from lms.anomalies.queries.cases import learner_party, step_concerning
from lms.anomalies.queries.concerns import concern, concerns
from lms.anomalies.services import appeal, give_statement

router = Router()


@router.get("/me/cases", response={200: list[CaseOut], **PROBLEMS}, summary="我的核查事项")
def cases(request: SignedInRequest) -> Any:
    """Return what one is asked and what was decided about oneself, newest first. Open to everybody signed in, for oneself."""
    return concerns(learner_party(actor_of(request)))


@router.get("/me/cases/{uuid:uid}", response={200: CaseOut, **PROBLEMS}, summary="核查事项")
def case(request: SignedInRequest, uid: UUID) -> Any:
    """Return one question or outcome. Open to whom it concerns; for all others there is none."""
    return concern(learner_party(actor_of(request)), uid)


@router.post("/me/cases/{uuid:uid}/statement", response={201: CaseOut, **PROBLEMS}, summary="提交说明")
def state(request: SignedInRequest, uid: UUID, payload: CaseWordsIn) -> Any:
    """Answer a question, once. Open to whoever was asked; a second time is refused and changes nothing."""
    actor = actor_of(request)
    party = learner_party(actor)
    give_statement(request=step_concerning(party, uid), text=payload.text, party=party, actor=actor)
    return Status(201, concern(party, uid))


@router.post("/me/cases/{uuid:uid}/appeal", response={201: CaseOut, **PROBLEMS}, summary="对结论提出申诉")
def appeal_outcome(request: SignedInRequest, uid: UUID, payload: CaseWordsIn) -> Any:
    """Appeal an outcome, once. Open to whom it names or hits; a second time is refused and changes nothing."""
    actor = actor_of(request)
    party = learner_party(actor)
    appeal(ruling=step_concerning(party, uid), text=payload.text, party=party, actor=actor)
    return Status(201, concern(party, uid))
