"""From an account to an actor."""

from __future__ import annotations

from typing import Any

from lms.access.models import Grant
from lms.access.rules import VISITOR, Actor, GrantedRole, Role


def actor_for(user: Any) -> Actor:
    """Return who acts when this account does (操作者); a visitor when nobody is signed in.

    One query, kept on the user.
    """
    if not getattr(user, "is_authenticated", False):
        return VISITOR
    if (known := user.__dict__.get("_actor")) is not None:
        return known  # type: ignore[no-any-return]
    granted = {
        GrantedRole(Role(role), unit)
        for role, unit in Grant.objects.filter(user=user).values_list("role", "organisation_id")
    }
    granted.add(GrantedRole(Role.LEARNER))
    actor = Actor(user_id=user.pk, person_id=user.person_id, granted=frozenset(granted))
    user.__dict__["_actor"] = actor
    return actor


def holders_at(role: Role, unit_id: int) -> list[int]:
    """Return the accounts that hold a role at a unit (任职账号)."""
    return list(Grant.objects.filter(role=role, organisation=unit_id).values_list("user_id", flat=True))
