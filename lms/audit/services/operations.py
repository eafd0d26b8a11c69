"""The one way into the operation log."""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import Model

from lms.audit.models import AuditEntry


class Doer(Protocol):
    """Who did it: an Actor of `access`, seen from below."""

    @property
    def user_id(self) -> int | None:
        """Return the account's id."""

    @property
    def role_name(self) -> str:
        """Return the roles held."""


def record(
    actor: Doer,
    action: str,
    target: Model | None = None,
    *,
    reason: str = "",
    note: Model | None = None,
    words_hash: str = "",
    **data: Any,
) -> AuditEntry:
    """Note a deed (留痕), in the transaction of the deed itself. `data` must be JSON and never personal.

    `reason`: in the open, about nobody; about people it is sealed before (`keep_words` of `people`): `note`, `words_hash`.
    """
    sealed: dict[str, Any] = {"note": note, "words_hash": words_hash}
    return AuditEntry.objects.create(
        user_id=actor.user_id,
        role=actor.role_name,
        action=action,
        target_type=target._meta.label if target is not None else "",
        target_uid=getattr(target, "uid", None),
        reason=reason,
        data=data,
        **sealed,
    )
