"""Asking a provider of 实人认证 about an enrolment: where the policy says so, with the person's tick, within its limits.

Whatever keeps a provider from a verdict is held against nobody: people of the office look instead.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.faces.gateways.real_person import RealPersonError, RealPersonGateway, Verdict, real_person_gateway
from lms.faces.models import FacePolicy, ProviderDay, RealPersonCheck
from lms.faces.queries import provider_tries_of
from lms.faces.rules import DECLINED, SILENT, Asked, FaceTerms
from lms.faces.services.pictures import Shot
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.kernel.ids import new_uid
from lms.people.models import DocumentType, Person

CLOSED = {"real_person_closed", "real_person_quota"}  # it would answer the next one in the same way
TRIES_USED = (
    "今天的实人认证次数已用完，这次没有登记。请明天再试，或携带证件到区办现场核验；也可以不勾选认证，由区办人工核对。"
)
log = logging.getLogger(__name__)


def provider_for(person: Person, policy: FacePolicy | None) -> str:
    """Return the provider that is asked when a person enrols, or nothing (登记时的认证机构)."""
    is_wanted = policy is not None and policy.face_terms().provider_daily > 0
    has_number = person.document_type == DocumentType.RESIDENT_ID and person.document_number is not None
    return str(settings.REAL_PERSON) if is_wanted and has_number else ""


def asked_provider(person: Person, shot: Shot, policy: FacePolicy, actor: Actor, *, may_ask: bool) -> Asked | None:
    """Return what a provider says of a picture; None where none is asked (实人认证). Outside any transaction: it waits.

    Name, number and picture are sent only with the person's tick. Raises ConflictError when the person's tries are used up.
    """
    provider = provider_for(person, policy)
    gateway = real_person_gateway() if provider else None
    if gateway is None:
        return None
    if not may_ask:
        return Asked(DECLINED)
    terms, moment = policy.face_terms(), clock.now()
    if provider_tries_of(person, moment) >= terms.provider_person_daily:
        raise ConflictError(TRIES_USED, code="provider_tries_used")
    order = new_uid().hex
    if hindrance := reserved(gateway.provider, terms, moment):
        verdict = nothing_from(gateway, hindrance)
    else:
        verdict = answer_of(gateway, person, shot, order)
        noted_answer(gateway.provider, terms, verdict, moment)
    keep(person, shot, policy, order, verdict, actor)
    return Asked(verdict.result, verdict.sentence)


def answer_of(gateway: RealPersonGateway, person: Person, shot: Shot, order: str) -> Verdict:
    """Return a provider's verdict, a silent one for whatever it did instead."""
    try:
        return gateway.confirm(name=person.name, number=str(person.document_number), picture=shot.content, order=order)
    except RealPersonError as error:
        log.warning("实人认证 %s gave no verdict: %s", order, error.code)
        return nothing_from(gateway, error.code)


def nothing_from(gateway: RealPersonGateway, code: str) -> Verdict:
    """Return what stands in for a verdict."""
    return Verdict(SILENT, None, gateway.provider, code, "", "")


@transaction.atomic
def reserved(provider: str, terms: FaceTerms, moment: datetime) -> str:
    """Count one request against the day; return why there may be none now. After a pause one probes, the others wait."""
    day = held_day(provider, moment)
    if day.paused_until is not None and moment < day.paused_until:
        return "provider_paused"
    if day.asked >= terms.provider_daily:
        return "provider_limit"
    if day.silent >= terms.provider_pause_after:
        day.paused_until = moment + timedelta(seconds=terms.provider_pause_seconds)
    day.asked += 1
    day.save()
    return ""


@transaction.atomic
def noted_answer(provider: str, terms: FaceTerms, verdict: Verdict, moment: datetime) -> None:
    """Leave a provider alone for a while that was silent too often, or that is closed to us; an answer ends that."""
    day = held_day(provider, moment)
    day.silent, day.paused_until = (day.silent + 1, day.paused_until) if verdict.result == SILENT else (0, None)
    if day.silent >= terms.provider_pause_after or verdict.provider_code in CLOSED:
        day.paused_until = clock.now() + timedelta(seconds=terms.provider_pause_seconds)
    day.save()


def held_day(provider: str, moment: datetime) -> ProviderDay:
    """Return the day's count, locked."""
    today = clock.local(moment).date()
    ProviderDay.objects.get_or_create(provider=provider, day=today)
    return ProviderDay.objects.select_for_update().get(provider=provider, day=today)


@transaction.atomic
def keep(person: Person, shot: Shot, policy: FacePolicy, order: str, verdict: Verdict, actor: Actor) -> None:
    """Write what a provider answered, whatever becomes of the enrolment; nothing raw."""
    made = RealPersonCheck.objects.create(
        person=person,
        policy=policy,
        provider=verdict.provider,
        order=order,
        outcome=verdict.result,
        code=verdict.provider_code[:80],
        request_id=verdict.request_id,
        score_hundredths=None if verdict.score is None else round(verdict.score * 100),
        picture_hash=shot.digest,
    )
    record(actor, "faces.provider_asked", made, outcome=made.outcome, code=made.code)
