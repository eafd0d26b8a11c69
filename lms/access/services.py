"""Giving roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

from lms.access.models import Grant
from lms.access.rules import Actor, Role
from lms.audit.services import record

AFTER_GRANT: list[str] = []


def when_granted(function: str) -> None:
    """Have `function(grant)` called in the transaction of a grant; higher apps name theirs."""
    if function not in AFTER_GRANT:
        AFTER_GRANT.append(function)


@transaction.atomic
def grant_role(*, user: Any, role: Role, organisation: Any | None, actor: Actor) -> Grant:
    """Give an account a role at a unit (授权). Staff accounts get Wagtail's and the gate's staff mark."""
    grant, made = Grant.objects.get_or_create(
        user=user, role=role, organisation=organisation, defaults={"granted_by_id": actor.user_id}
    )
    if made:
        record(
            actor,
            "access.role_granted",
            grant,
            role=role,
            organisation=str(organisation.uid) if organisation else "",
            user=str(user.uid),
        )
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    user.__dict__.pop("_actor", None)
    for name in AFTER_GRANT:
        follow: Callable[[Grant], object] = import_string(name)
        follow(grant)
    return grant
