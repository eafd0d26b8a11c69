"""Periodic work: apps name theirs in `apps.ready()`, `manage.py tick` runs what is due. Every piece is idempotent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.module_loading import import_string

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tick:
    """One piece of periodic work: a function of the present moment, by its dotted name."""

    every: timedelta
    function: str
    due_at: datetime | None = field(default=None)


TICKS: dict[str, Tick] = {}


def register(function: str, *, every: timedelta) -> None:
    """Have `function(moment)` called about `every` so often."""
    TICKS[function] = Tick(every, function)


def run_due(moment: datetime) -> list[str]:
    """Run what is due; one that fails does not keep the others from running. Returns the names that ran."""
    ran = []
    for name, tick in TICKS.items():
        if tick.due_at is not None and moment < tick.due_at:
            continue
        tick.due_at = moment + tick.every
        try:
            function: Callable[[datetime], object] = import_string(tick.function)
            function(moment)
        except Exception:
            log.exception("tick %s failed", name)
        ran.append(name)
    return ran
