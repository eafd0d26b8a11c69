"""When live lessons were on the air, from the rows that the server keeps (在播时段)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from lms.live.models import Broadcast, LiveSession
from lms.live.queries.sessions import GIVEN
from lms.live.rules.air import Air, Run, air_of
from lms.live.rules.lifecycle import OVER


def ms_of(moment: datetime) -> int:
    """Return a moment in ms."""
    return int(moment.timestamp() * 1000)


def airs_of(sessions: Iterable[LiveSession], now: int) -> dict[int, Air]:
    """Return when live lessons were on the air up to now, by their keys. Classes must be loaded. One query."""
    found = list(sessions)
    runs: dict[int, list[Run]] = defaultdict(list)
    for one in Broadcast.objects.filter(session__in=[session.pk for session in found]):
        ended = ms_of(one.ended_at) if one.ended_at else None
        runs[one.session_id].append(Run(ms_of(one.started_at), ms_of(one.heard_at), ended))
    return {
        session.pk: air_of(
            runs[session.pk], now, drop_ms=session.terms.live_drop_seconds * 1000, is_over=session.state in OVER
        )
        for session in found
    }


def airs_now(keys: Collection[int], now: int) -> dict[int, Air]:
    """Return when live lessons were on the air up to now, by their keys. Two queries; none where there are no keys."""
    if not keys:
        return {}
    return airs_of(LiveSession.objects.filter(pk__in=keys).select_related("training_class"), now)


def lives_taught(lessons: Collection[tuple[int, UUID]]) -> dict[tuple[int, UUID], LiveSession]:
    """Return the live lesson of each pair of a class's key and a lesson's uid, where it is or was given. One query."""
    wanted = Q(training_class__in={one for one, _ in lessons}, lesson_uid__in={uid for _, uid in lessons})
    found = LiveSession.objects.filter(GIVEN, wanted).select_related("training_class")
    return {(one.training_class_id, one.lesson_uid): one for one in found if one.lesson_uid}
