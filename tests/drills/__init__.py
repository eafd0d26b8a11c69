"""Drills: what must hold when something breaks on purpose. A drill is a module here with `drill(size) -> Outcome`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """What a drill found: its figures in a line, and every promise that did not hold in a sentence of its own."""

    said: str
    faults: list[str] = field(default_factory=list)
