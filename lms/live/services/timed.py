"""What runs in a room for a time and ends by itself when nobody ends it: roll-calls and quizzes (限时活动)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from lms.access.rules import SYSTEM, Actor
from lms.live.models import RollCall, Room, RoomQuiz
from lms.live.rules.activities import is_in_time
from lms.live.services.rooms import lock_room

Timed = TypeVar("Timed", RollCall, RoomQuiz)


def close_due(running: QuerySet[Timed], end: Callable[[Room, Timed, Actor], None], moment: datetime) -> int:
    """End those whose time is over, and those of lessons that ended. Returns how many."""
    found = running.filter(closed_at=None).select_related("session")
    late = [one for one in found if one.session.is_over or not is_in_time(moment, one.closes_at)]
    return sum(close_one(one, end) for one in late)


@transaction.atomic
def close_one(one: Timed, end: Callable[[Room, Timed, Actor], None]) -> bool:
    """End one with its room and itself locked, unless somebody did meanwhile."""
    room = lock_room(one.session)
    held = type(one).objects.select_for_update().get(pk=one.pk)
    if held.closed_at is not None:
        return False
    end(room, held, SYSTEM)
    return True
