"""From a lesson that ended to a film of its institution: joined by a task, then through the same pipeline as uploads (回放制作)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.storage import storages
from django.db import transaction

from courses.gateways.joining import is_whole, joined_graph, take_of
from courses.gateways.process import COPYING, MediaRefusedError, film_budget, run
from courses.models import Video
from courses.services.pipeline import WORK, Watched, clear_strays
from courses.services.quotas import NoRoomError
from courses.services.subtitles import put_subtitle
from courses.services.videos import keep_video, retry_video
from lms.access.rules import SYSTEM, Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.kernel.ids import new_uid
from lms.kernel.jobs import MOST_ATTEMPTS, JobLostError, Lane, RunningJob, enqueue_on_commit, settle_stopped
from lms.live import stores
from lms.live.models import LiveSession, Replay
from lms.live.queries.captions import subtitles_again, subtitles_kept
from lms.live.queries.replays import air_now, making_of, marks_of, run_begins
from lms.live.rules.captions import TYPED
from lms.live.rules.replays import Kept, chapters_of, laid_out, length_of, parts_of, within
from lms.live.services.timetable import lock_live, require_hand

WRITTEN = timedelta(seconds=30)  # an encoder that is told to end has written all by then
MOST_AT_ONCE = 50
STOPPED = "平台合成录像时出错，已多次重试。请点击重新制作；如仍失败，请联系平台客服。"
BROKEN = "录像有一段读不出来，没有做成回放。请点击重新制作；如仍失败，请联系平台客服，并上传自己的录屏代替。"
State = Replay.State


def begin_due_replays(moment: datetime) -> int:
    """Begin the replays of lessons that ended with a picture (自动制作回放). Returns how many."""
    ended = LiveSession.objects.filter(state=LiveSession.State.ENDED, began_at__isnull=False, replay__isnull=True)
    due = ended.filter(ended_at__lte=moment - WRITTEN).order_by("ended_at", "pk")[:MOST_AT_ONCE]
    return sum(begin_replay(session) for session in due)


@transaction.atomic
def begin_replay(session: LiveSession) -> bool:
    """Begin a lesson's replay, once, however often it is asked."""
    held = lock_live(session)
    if Replay.objects.filter(session=held).exists():
        return False
    start(Replay(session=held), SYSTEM)
    record(SYSTEM, "live.replay_begun", held)
    return True


def start(replay: Replay, actor: Actor) -> None:
    """Have a worker join the recording."""
    replay.state, replay.error = State.JOINING, ""
    replay.job = enqueue_on_commit(
        "lms.live.tasks.make_replay",
        owner_id=actor.user_id,
        lane=Lane(queue="films"),
        session_uid=str(replay.session.uid),
        film_uid=str(replay.film_uid),
    )
    replay.save()


@transaction.atomic
def retry_replay(*, session: LiveSession, actor: Actor) -> Replay:
    """Try a replay again that failed (重新制作). Raises ConflictError while there is nothing to try again."""
    held = lock_live(session)
    require_hand(actor, held.training_class, held)
    replay = lock_replay(held)
    if not making_of(replay).may_retry:
        raise ConflictError("回放正在制作或已经完成，不需要重新制作。请刷新页面查看。", code="replay_not_failed")
    if replay.state == State.MADE and replay.video is not None:
        if replay.video.state != Video.State.REFUSED:
            retry_video(video=replay.video, actor=actor)
            return replay
        replay.subtitles, replay.video = subtitles_kept(replay), None
    replay.film_uid = new_uid()
    start(replay, actor)
    record(actor, "live.replay_retried", held)
    return replay


def lock_replay(session: LiveSession) -> Replay:
    """Return a locked lesson's replay, locked too. Raises ConflictError while there is none."""
    found = Replay.objects.select_for_update(of=("self",)).select_related("video__job", "job").filter(session=session)
    replay = found.first()
    if replay is None:
        raise ConflictError("这次直播课还没有回放。下课后几分钟内会自动开始制作，请稍后再试。", code="replay_not_found")
    replay.session = session
    return replay


def join_recording(job: RunningJob, replay: Replay, film_uid: UUID) -> dict[str, Any]:
    """Join a lesson's recording and hand it to the pipeline of films (合成录像). Doing it again makes the same film again."""
    if replay.film_uid != film_uid or replay.state != State.JOINING:
        return {}
    clear_strays()
    try:
        with tempfile.TemporaryDirectory(prefix=f"{WORK}{os.getpid()}-") as folder:
            return joined(job, replay, Path(folder))
    except (NoRoomError, MediaRefusedError) as refusal:
        mark_failed(replay, refusal.message if isinstance(refusal, NoRoomError) else BROKEN)
        raise
    except JobLostError:
        raise
    except Exception:
        if job.attempt >= MOST_ATTEMPTS:
            mark_failed(replay, STOPPED)
        raise


def joined(job: RunningJob, replay: Replay, work: Path) -> dict[str, Any]:
    """Do the work in a folder of its own."""
    whole = laid_out(stores.segments(replay.session.uid))
    pieces = within(whole, replay.cut_from_ms, replay.cut_to_ms)
    if not pieces:
        Replay.objects.filter(pk=replay.pk, film_uid=replay.film_uid).update(state=State.EMPTY)
        return {}
    takes = [take_of(path, seconds) for path, seconds in copied(job, replay.session.uid, pieces, work)]
    target, seconds = work / "film.mkv", length_of(pieces) / 1000
    budget = COPYING if is_whole(takes) else film_budget(seconds, 1)
    run(
        joined_graph(takes, target),
        budget=budget,
        seconds=seconds,
        progress=lambda done: job.progress(done * 80 // 100),
    )
    path = kept(job, replay.film_uid, target)
    try:
        job.progress(98)  # raises when another worker took over: its film counts
        take_in(replay, pieces, whole, path, target.stat().st_size)
    except (JobLostError, NoRoomError):
        storages["private"].delete(path)
        raise
    return {"seconds": int(seconds)}


def copied(job: RunningJob, session: UUID, pieces: Sequence[Kept], work: Path) -> list[tuple[Path, float]]:
    """Return a file for each run, of its head and its pieces one after another, and how long it plays."""
    found: list[tuple[Path, float]] = []
    for run_number in dict.fromkeys(one.segment.run for one in pieces):
        own = [one for one in pieces if one.segment.run == run_number]
        target = work / f"run{run_number}.mp4"
        with target.open("wb") as film:
            for name in [f"e{run_number}_init.mp4", *(one.segment.name for one in own)]:
                file = stores.live_file(session, name)
                if file is None:
                    raise MediaRefusedError(BROKEN)
                with file.path.open("rb") as piece:
                    shutil.copyfileobj(piece, film)
                job.progress(0)
        found.append((target, length_of(own) / 1000))
    return found


def kept(job: RunningJob, film_uid: UUID, film: Path) -> str:
    """Put the joined film where uploads lie, in place of what a worker that died left there; return its path."""
    storage, path = storages["private"], f"videos/{film_uid.hex}/source"
    storage.delete(path)
    with film.open("rb") as handle:
        return storage.save(path, Watched(handle, lambda: job.progress(90)))


@transaction.atomic
def take_in(replay: Replay, pieces: Sequence[Kept], whole: Sequence[Kept], path: str, size: int) -> None:
    """Make the joined recording a film of the institution, and start its transcoding (入库). Raises NoRoomError, JobLostError."""
    session = lock_live(replay.session)
    held = lock_replay(session)
    if held.film_uid != replay.film_uid or held.state != State.JOINING:
        raise JobLostError
    begun = clock.local(session.began_at or session.starts_at)
    video = Video(
        uid=held.film_uid,
        institution=session.training_class.institution,
        title=f"{session.title}（{begun:%-m月%-d日}直播）",
        source_name=f"直播录像{begun:%Y%m%d}.mkv",
        source_path=path,
        size_bytes=size,
        uploaded_by_id=session.teacher_id,
    )
    parts = parts_of(pieces, whole, run_begins(session), air_now(session))
    subtitles = subtitles_again(held, parts)
    keep_video(video, subtitles.pop(TYPED, ""), SYSTEM)
    for language, text in subtitles.items():
        put_subtitle(video=video, webvtt=text, language=language, actor=SYSTEM)
    held.state, held.video, held.recording_ms = State.MADE, video, length_of(whole)
    held.parts, held.chapters = parts, chapters_of(marks_of(session), parts)
    held.save(update_fields=["state", "video", "recording_ms", "parts", "chapters"])
    record(SYSTEM, "live.replay_joined", session, video=str(video.uid), seconds=length_of(pieces) // 1000)


def mark_failed(replay: Replay, sentence: str) -> None:
    """Note why there is no film."""
    found = Replay.objects.filter(pk=replay.pk, film_uid=replay.film_uid, state=State.JOINING)
    found.update(state=State.FAILED, error=sentence[:300])


def settle_stopped_replays(moment: datetime) -> int:
    """Note which replays nobody makes any more: their workers died too often. Returns how many."""
    return settle_stopped(
        Replay.objects.filter(state=State.JOINING), moment, state=State.FAILED, error=STOPPED
    )  # fmt: skip
