"""Giving and ending roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model
from django.utils.module_loading import import_string

from lms.access.models import Grant
from lms.access.rules import Actor, Role
from lms.audit.services import record
from lms.kernel.errors import ConflictError

AFTER_GRANT: list[str] = []
AFTER_END: list[str] = []


def when_granted(function: str) -> None:
    """Have `function(grant)` called in the transaction of a grant; higher apps name theirs."""
    if function not in AFTER_GRANT:
        AFTER_GRANT.append(function)


def when_ended(function: str) -> None:
    """Have `function(grant)` called in the transaction that ended a grant, once its row is gone."""
    if function not in AFTER_END:
        AFTER_END.append(function)


@transaction.atomic
def grant_role(
    *,
    user: Any,
    role: Role,
    organisation: Any | None,
    actor: Actor,
    note: Model | None = None,
    words_hash: str = "",
) -> Grant:
    """Give an account a role at a unit (授权). Staff accounts get Wagtail's and the gate's staff mark.

    `note`, `words_hash`: the sealed reason, as `keep_words` of `people` returns it.
    """
    lock_account(user)
    grant, made = Grant.objects.get_or_create(
        user=user, role=role, organisation=organisation, defaults={"granted_by_id": actor.user_id}
    )
    if made:
        note_grant("access.role_granted", grant, actor, note, words_hash)
    mark_staff(user, True)
    follow(AFTER_GRANT, grant)
    return grant


@transaction.atomic
def end_grant(*, grant: Grant, actor: Actor, note: Model | None = None, words_hash: str = "") -> None:
    """Take a role away at once (撤销角色); with the last one goes the staff mark. Raises ConflictError when it is gone.

    Who may do so is asked by `end_role` of `people`.
    """
    lock_account(grant.user)
    if not Grant.objects.filter(pk=grant.pk).delete()[0]:
        raise ConflictError("这个角色已经撤销，请返回列表查看。", code="role_ended")
    note_grant("access.role_revoked", grant, actor, note, words_hash)
    mark_staff(grant.user, grant.user.is_superuser or Grant.objects.filter(user=grant.user).exists())
    follow(AFTER_END, grant)


def lock_account(user: Any) -> None:
    """Let roles of one account change one after another: the staff mark follows from all of them."""
    fresh = get_user_model().objects.select_for_update(no_key=True).only("is_staff").get(pk=user.pk)
    user.is_staff = fresh.is_staff


def mark_staff(user: Any, on: bool) -> None:
    """Set whether the account is staff's, and forget the roles that were read before."""
    if user.is_staff != on:
        user.is_staff = on
        user.save(update_fields=["is_staff"])
    user.__dict__.pop("_actor", None)


def note_grant(action: str, grant: Grant, actor: Actor, note: Model | None, words_hash: str) -> None:
    """Note a role given or ended, with whose and where: the row itself goes with its end."""
    unit = str(grant.organisation.uid) if grant.organisation else ""
    told = {"role": grant.role, "organisation": unit, "user": str(grant.user.uid)}
    record(actor, action, grant, note=note, words_hash=words_hash, **told)


def follow(names: list[str], grant: Grant) -> None:
    """Have the higher apps do their part."""
    for name in names:
        function: Callable[[Grant], object] = import_string(name)
        function(grant)
