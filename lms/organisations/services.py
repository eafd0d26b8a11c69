"""Units and places: the deeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.organisations.models import Division, Organisation


@transaction.atomic
def add_organisation(*, kind: str, name: str, short_name: str, actor: Actor, **fields: Any) -> Organisation:
    """Add a unit, or return the one of this name (登记单位)."""
    values = {"short_name": short_name, **fields}
    unit, made = Organisation.objects.get_or_create(kind=kind, name=name, defaults=values)
    if made:
        record(actor, "organisations.added", unit, kind=kind)
    return unit


@transaction.atomic
def load_divisions(rows: Iterable[Mapping[str, Any]]) -> int:
    """Load dated places (行政区划). Returns how many are new."""
    made = 0
    for row in rows:
        start = date.fromisoformat(row["valid_from"])
        end = date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None
        defaults = {"name": row["name"], "parent_code": row["parent_code"], "valid_to": end, "source": row["source"]}
        made += Division.objects.update_or_create(code=row["code"], valid_from=start, defaults=defaults)[1]
    return made
