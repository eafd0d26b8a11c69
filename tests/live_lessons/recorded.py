"""A live lesson that ended, with its recording as ffmpeg wrote it."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.core.files.storage import storages

from courses.gateways.media import probe
from courses.models import Video
from courses.services.videos import mark_ready
from lms.kernel import clock
from lms.kernel.jobs import RunningJob
from lms.live import stores
from lms.live.gateways.encoder import Encoder
from lms.live.models import Broadcast, LiveSession, Poll, Replay, RoomMember, RoomMessage, RoomQuestion
from lms.live.queries.air import ms_of
from lms.live.rules.recorders import recorder_of
from lms.live.services import begin_due_replays
from tests.live_lessons.recordings import MIMES, recording


@lru_cache(maxsize=8)
def pieces(kind: str, number: int, seconds: int) -> Path:
    """Return a folder with what ffmpeg makes of a recording, made once."""
    folder = Path(mkdtemp(prefix="recorded-"))
    encoder = Encoder(recorder_of(MIMES[kind]), folder, number)  # type: ignore[arg-type]
    encoder.write(recording(kind, seconds))
    encoder.finish()
    return folder


def record_lesson(session: LiveSession, *kinds: str, seconds: int = 3) -> LiveSession:
    """Have a lesson be taught now in runs of these kinds, one after another, and end."""
    folder = stores.make_folder(session.uid)
    begun = now = clock.now()
    for number, kind in enumerate(kinds, 1):
        for file in pieces(kind, number, seconds).iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        end = now + timedelta(seconds=seconds)
        Broadcast.objects.create(
            session=session, number=number, source="camera", is_encoded=False, started_at=now, heard_at=end,
            ended_at=end, end="finished",
        )  # fmt: skip
        now = end
    LiveSession.objects.filter(pk=session.pk).update(state="ended", began_at=begun, ended_at=now)
    return LiveSession.objects.get(pk=session.pk)


def replayed(session: LiveSession, traveller: Any, capture: Any) -> LiveSession:
    """Let the ticker begin the lesson's replay, and the workers make it."""
    traveller.advance(seconds=60)
    with capture(execute=True):
        begin_due_replays(clock.now())
    return LiveSession.objects.get(pk=session.pk)


def ready_at_once(job: RunningJob, video: Video) -> dict[str, Any]:
    """Have a film be ready without any pipeline, as long as its recording."""
    length = round(probe(Path(storages["private"].path(video.source_path))).duration * 1000)
    made = {"duration_ms": length, "width": 320, "height": 180, "renditions": [180], "has_audio": True}
    mark_ready(video, f"videos/{video.uid.hex}/made", made)
    return {}


def lay_replay(session: LiveSession, *, seconds: int) -> Replay:
    """Lay the film of a lesson's one run as its task leaves it, without any worker."""
    institution = session.training_class.institution
    video = Video.objects.create(institution=institution, title="回放", state=Video.State.READY)
    begun = ms_of(session.broadcasts.get().started_at)
    return Replay.objects.create(
        session=session, state="made", video=video, film_uid=video.uid, recording_ms=seconds * 1000,
        parts=[[0, seconds * 1000, 0, begun]], chapters=[[0, "开始"]],
    )  # fmt: skip


def talk(school: Any, session: LiveSession) -> None:
    """Have three lines, a question and a poll be in a recorded lesson's room."""
    begun = session.broadcasts.get().started_at
    wang = RoomMember.objects.create(session=session, user=school.cast.wang, place="learner", called="王芳")
    li = RoomMember.objects.create(session=session, user=school.cast.li, place="teacher", called="李老师")
    lines = [(wang, "听得清楚", 1), (li, "先看安全规程", 2), (wang, "下课了", 3600)]
    for number, (member, text, second) in enumerate(lines):
        at = begun.fromtimestamp(begun.timestamp() + second, begun.tzinfo)
        RoomMessage.objects.create(
            session=session, member=member, text=text, sent_at=at, request_key=str(number), version=number
        )
    RoomQuestion.objects.create(
        session=session, member=wang, text="受潮的焊条还能用吗", asked_at=begun, request_key="q", version=9
    )
    Poll.objects.create(
        session=session, text="懂了吗", options=["懂", "不懂"], tallies=[3, 1], opened_at=begun, closed_at=begun, version=10
    )  # fmt: skip
