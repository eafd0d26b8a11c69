"""Registering what people and enterprises want to learn (培训需求登记)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import Occupation, TrainingDemand
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, InvalidError
from lms.organisations.models import Organisation

MOST_HEADS = 10_000


@transaction.atomic
def register_own_demand(*, occupation: Occupation, level: int, mode: str, time: str, actor: Actor) -> TrainingDemand:
    """Register a learner's wish for this year (登记培训需求): one a person and year, asked again it is changed."""
    require(actor, "demand.register")
    if actor.person_id is None:
        raise ForbiddenError("登记培训需求前，请先完成实名登记：同一个人一年只统计一次。", code="real_name_required")
    return written(
        {"person_id": actor.person_id, "year": clock.today().year},
        {"occupation": occupation, "level": level, "mode": mode, "time": time},
        actor,
    )


@transaction.atomic
def register_staff_demand(
    *, enterprise: Organisation, occupation: Occupation, level: int, mode: str, time: str, headcount: int, actor: Actor
) -> TrainingDemand:
    """Register how many of an enterprise's staff are to be taught this year (企业培训需求); once an occupation and level."""
    require(actor, "demand.register", enterprise)
    if not 1 <= headcount <= MOST_HEADS:
        sentence = f"请填写1到{MOST_HEADS}之间的人数。"
        raise InvalidError(sentence, fields={"headcount": sentence})
    key = {"enterprise": enterprise, "year": clock.today().year, "occupation": occupation, "level": level}
    return written(key, {"mode": mode, "time": time, "headcount": headcount}, actor)


def written(key: dict[str, Any], values: dict[str, Any], actor: Actor) -> TrainingDemand:
    """Write a registration, or change the one that is there."""
    stamp = {"registered_by_id": actor.user_id, "registered_at": clock.now()}
    demand, made = TrainingDemand.objects.update_or_create(**key, defaults=values | stamp)
    record(actor, "demand.registered" if made else "demand.changed", demand, year=demand.year)
    return demand


@transaction.atomic
def withdraw_demand(*, demand: TrainingDemand, actor: Actor) -> None:
    """Take a registration back (撤回培训需求)."""
    require(actor, "demand.register", demand)
    record(actor, "demand.withdrawn", demand, year=demand.year)
    demand.delete()
