"""Slides of a room in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class DeckOut(Schema):
    """Slides. `error`: why they cannot be shown; `percent`: how far their pages are drawn."""

    id: UUID
    name: str
    state: Literal["waiting", "ready", "refused"]
    error: str
    page_count: int
    percent: int


class OrderIn(Schema):
    """The slides in their order; what is not named comes after."""

    decks: list[UUID] = Field(max_length=100)


class SlideOut(Schema):
    """The page that is shown. `text`: its words; `spot`: where the teacher points, in thousandths, from the upper left."""

    deck: UUID
    name: str
    page: int
    page_count: int
    text: str
    spot: tuple[int, int] | None


class TurnIn(Schema):
    """Which page is shown; without a deck none any more."""

    deck: UUID | None
    page: int = Field(0, ge=0, le=10_000)


class TurnOut(Schema):
    """The page that is shown now, or nothing."""

    version: int
    slide: SlideOut | None


class SpotIn(Schema):
    """Where one points, in thousandths of the page; nothing to stop."""

    spot: tuple[int, int] | None


class PageTurnOut(Schema):
    """From `at` on this page was shown, or none any more."""

    deck: UUID | None
    page: int | None
    at: datetime
