"""The encoders of this process: fed chunk by chunk, kept through short drops, never two for one lesson.

Rows say what is under way in the whole district (`broadcasts.py`), these objects hold what cannot leave a process: pipes.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from uuid import UUID

from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.live import stores
from lms.live.gateways.encoder import Encoder, EncoderGoneError
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.relaying import push_target
from lms.live.rules.amounts import CUTS, NO_SPACE
from lms.live.rules.chunks import Allowance, Chunk, Verdict, verdict
from lms.live.rules.recorders import SOURCES, Recorder, recorder_of
from lms.live.services.broadcasts import begin_broadcast, end_broadcast, hear, require_teaching
from lms.live.services.renditions import ways_for

HEAR_EVERY_MS = 5_000
MOST_COPIED, MOST_ENCODED = 40, max(2, 2 * (os.cpu_count() or 1))
End = Broadcast.End


class StreamGoneError(DomainError):
    """The stream cannot go on: the recorder must begin anew (需要重新开始录制)."""

    code = "restart"


class ReplacedError(DomainError):
    """Another page of the lesson is on the air now (已在别处开播)."""

    code = "taken_over"


class TooMuchError(DomainError):
    """More comes than a recorder makes (数据过快)."""

    code = "too_many"
    status = 429


@dataclass(slots=True)
class Ingest:
    """A broadcast's encoder in this process (推流会话). `owner`: the connection that feeds it, nobody while it is down."""

    session: UUID
    epoch: UUID
    encoder: Encoder
    is_encoded: bool
    owner: str
    drop_seconds: float  # so long it waits for its page to come back
    following: int = 0
    heard_ms: int = 0
    allowance: Allowance = field(default_factory=Allowance)
    lock: threading.Lock = field(default_factory=threading.Lock)


INGESTS: dict[UUID, Ingest] = {}
STARTING = threading.Lock()


def start_ingest(*, session: LiveSession, mime: str, source: str, owner: str, actor: Actor) -> Ingest:
    """Begin a broadcast with a new encoder (开始推流). One of the same lesson in this process ends first.

    Raises InvalidError for a recorder that is not taken, ConflictError when there is no room, and what begin_broadcast raises.
    """
    recorder = checked(mime, source)
    require_teaching(actor, session)
    with STARTING:
        check_room(recorder, session.uid)
        drop_ingest(INGESTS.get(session.uid), End.REPLACED)
        made = begin_broadcast(session=session, recorder=recorder, source=source, actor=actor)
        encoder = started(recorder, made)
        drop = session.terms.live_drop_seconds
        found = Ingest(session.uid, made.uid, encoder, recorder.is_encoded, owner, drop, heard_ms=clock.now_ms())
        INGESTS[session.uid] = found
    return found


def started(recorder: Recorder, broadcast: Broadcast) -> Encoder:
    """Return the encoder of a broadcast. Raises ConflictError where ffmpeg does not start."""
    try:
        folder = stores.make_folder(broadcast.session.uid)
        ways = ways_for(recorder, [one.encoder for one in INGESTS.values()])
        return Encoder(recorder, folder, broadcast.number, push_target(broadcast.session), ways=ways)
    except (EncoderGoneError, OSError) as error:
        end_broadcast(broadcast.uid, End.BROKEN, is_lost=True)
        raise ConflictError(
            "服务器上的视频程序没有启动，请稍后再试；仍不行的，请联系平台管理员。", code="encoder_down"
        ) from error


def checked(mime: str, source: str) -> Recorder:
    """Return what a recorder sends. Raises InvalidError."""
    recorder = recorder_of(mime)
    if recorder is None or source not in SOURCES:
        raise InvalidError(
            "这个浏览器的录制格式不支持直播。请改用新版 Chrome、Edge 或 Safari。", code="recorder_unknown"
        )
    return recorder


def check_room(recorder: Recorder, session: UUID) -> None:
    """Raise ConflictError when this machine can take no other broadcast."""
    running = [one for one in INGESTS.values() if one.encoder.is_running and one.session != session]
    encoded = sum(one.is_encoded for one in running)
    if len(running) >= MOST_COPIED or (recorder.is_encoded and encoded >= MOST_ENCODED):
        raise ConflictError(
            "同时直播的课堂已达到服务器上限。请稍后再试，或改用新版 Chrome、Edge 以减少服务器负担。", code="live_full"
        )
    if not stores.has_room():
        raise ConflictError("服务器磁盘空间不足，暂时不能开播。请联系平台管理员清理后再试。", code="disk_full")


def resume_ingest(*, session: UUID, epoch: str, owner: str) -> Ingest | None:
    """Return the broadcast that goes on after a drop, now fed by `owner`; nothing when it is over (断线续传)."""
    found = INGESTS.get(session)
    if found is None or found.epoch.hex != epoch or not found.encoder.is_running or not hear(found.epoch):
        return None
    with found.lock:
        found.owner = owner
    return found


def feed(ingest: Ingest, chunk: Chunk, owner: str) -> Verdict:
    """Take a chunk (接收数据块): when this returns TAKE it is in the encoder's pipe. Raises StreamGoneError and others."""
    with ingest.lock:
        if ingest.owner != owner or INGESTS.get(ingest.session) is not ingest:
            raise ReplacedError("这次直播课已经在另一个页面或设备上开播，本页已停止。")
        now = clock.now_ms()
        ingest.allowance = ingest.allowance.after(len(chunk.content), now)
        if ingest.allowance.left < 0:
            raise TooMuchError("发送的数据太快，直播已停止。请刷新页面重新开播。")
        found = verdict(ingest.following, chunk.seq)
        if found == Verdict.TAKE:
            keep_known(ingest, now)
            write(ingest, chunk)
        return found


def keep_known(ingest: Ingest, now: int) -> None:
    """Say now and then that the broadcast is alive; end it here when the rows say that it is over."""
    if now - ingest.heard_ms < HEAR_EVERY_MS:
        return
    if not hear(ingest.epoch):
        discard(ingest)
        raise ReplacedError("这次直播课已经结束，或已在另一个页面或设备上开播，本页已停止。")
    ingest.heard_ms = now
    if stores.is_full():
        discard(ingest)
        end_broadcast(ingest.epoch, End.NO_SPACE, is_lost=True)
        raise ConflictError(CUTS[NO_SPACE], code="disk_full")


def write(ingest: Ingest, chunk: Chunk) -> None:
    """Write a chunk to the encoder."""
    try:
        ingest.encoder.write(chunk.content)
    except EncoderGoneError as error:
        discard(ingest)
        end_broadcast(ingest.epoch, End.BROKEN)
        raise StreamGoneError("服务器端的视频程序中断，正在自动重新开始。") from error
    ingest.following += 1


def drop_ingest(ingest: Ingest | None, end: str, *, owner: str | None = None) -> None:
    """End a broadcast of this process, if it is still fed by `owner` (结束推流). Lost ones interrupt the lesson."""
    if ingest is None or INGESTS.get(ingest.session) is not ingest or owner not in (None, ingest.owner):
        return
    discard(ingest)
    end_broadcast(ingest.epoch, end, is_lost=end in {End.LOST, End.FINISHED})


def discard(ingest: Ingest) -> None:
    """End an encoder and forget it."""
    if INGESTS.get(ingest.session) is ingest:
        del INGESTS[ingest.session]
    ingest.encoder.finish()
