"""Recordings end before their replays: the pieces of a lesson go once its film is ready and their days are over (录制清理)."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from django.db import transaction

from courses.models import Video
from lms.access.rules import SYSTEM
from lms.audit.services import record
from lms.live import stores
from lms.live.models import LiveSession, Replay
from lms.live.services.timetable import lock_live


def clear_recordings(moment: datetime) -> int:
    """Delete the pieces of lessons whose replay is ready, after `live_recording_days` of the class's terms. Returns how many."""
    kept = Replay.objects.filter(
        state=Replay.State.MADE, video__state=Video.State.READY, pieces_deleted_at__isnull=True,
        session__ended_at__lt=moment - timedelta(days=1),
    )  # fmt: skip
    rows = kept.select_related("session__training_class").order_by("pk").iterator()
    return sum(clear_recording(row.session, moment) for row in rows if is_due(row.session, moment))


def is_due(session: LiveSession, moment: datetime) -> bool:
    """Return whether the days of a lesson's recording are over."""
    days = session.training_class.study_terms().live_recording_days
    return session.ended_at is not None and session.ended_at + timedelta(days=days) <= moment


@transaction.atomic
def clear_recording(session: LiveSession, moment: datetime) -> bool:
    """Delete a lesson's pieces unless its film is being made anew. A death in between leaves it to the next tick."""
    lock_live(session)
    replay = Replay.objects.select_for_update().get(session=session)
    if replay.state != Replay.State.MADE or replay.pieces_deleted_at is not None:
        return False
    shutil.rmtree(stores.folder_of(session.uid), ignore_errors=True)
    replay.pieces_deleted_at = moment
    replay.save(update_fields=["pieces_deleted_at"])
    record(SYSTEM, "live.recording_cleared", session)
    return True
