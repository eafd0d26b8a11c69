"""Voice messages of learners who were invited to speak: taken, converted by a worker, heard by the room (语音)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from courses.gateways.process import MediaRefusedError
from courses.gateways.voices import convert_voice, probe_voice
from courses.services.sounds import copied
from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.ids import new_uid
from lms.kernel.jobs import Lane, RunningJob, enqueue_on_commit
from lms.kernel.models import Job
from lms.live.models import LiveSession, RoomMessage, RoomVoice
from lms.live.queries.rooms import message_data, terms_on
from lms.live.queries.voices import FOLDER, STORE, voice_path
from lms.live.rules.rooms import Deed
from lms.live.rules.talking import RoomTerms
from lms.live.rules.voices import SLACK_MS, WINDOW_SECONDS, is_too_often, length_problem, size_problem, text_of
from lms.live.services.rooms import begin_deed, bump, check_deed, lock_room, tell
from lms.live.services.slides import keep
from lms.live.services.talking import TooFastError, changed, check_pace, checked_key, sent_before

WAITING_TEXT, REFUSED_TEXT = "语音（正在处理）", "语音（没有处理成功）"
STOPPED = "平台处理这段语音时出错，请重新录一段；仍不行的，请打字发言。"
SOON = Lane(priority=20)  # a class waits for it
State = RoomVoice.State


def speak(*, session: LiveSession, file: File[bytes], size: int, key: str, actor: Actor) -> RoomMessage:
    """Say something by voice (发语音), once invited to speak. The same key again is the same message.

    Raises InvalidError at `file`, TooFastError, ConflictError while the last one is converted, and what begin_deed raises.
    """
    member = check_deed(session, actor, Deed.SPEAK)
    if (sent := sent_before(member, checked_key(key))) is not None:
        return sent
    terms = terms_on(clock.today())
    count_upload(actor)
    refuse(size_problem(size, terms.voice_seconds))
    with copied(file) as source:
        try:
            refuse("" if (length := probe_voice(source)[1]) == 0 else length_problem(length, terms.voice_seconds))
        except MediaRefusedError as refusal:
            refuse(refusal.message)
        with source.open("rb") as handle:
            path = storages[STORE].save(f"{FOLDER}/{new_uid().hex}.source", File(handle))
    try:
        made = kept(session, path, key, terms, actor)
    except BaseException:
        storages[STORE].delete(path)
        raise
    if made.voice.source_path != path:  # two requests with one key at the same moment
        storages[STORE].delete(path)
    return made


def refuse(problem: str) -> None:
    """Raise InvalidError at the file where there is a problem."""
    if problem:
        raise InvalidError(problem, fields={"file": problem}, code="voice_refused")


def count_upload(actor: Actor) -> None:
    """Count a recording of an account, also one that is refused (语音计数). Raises TooFastError."""
    name = f"live.voice.{actor.user_id}"
    cache.add(name, 0, WINDOW_SECONDS)
    if is_too_often(cache.incr(name)):
        raise TooFastError("语音发得太多了，请10分钟后再发。现在可以打字发言。")


@transaction.atomic
def kept(session: LiveSession, path: str, key: str, terms: RoomTerms, actor: Actor) -> RoomMessage:
    """Keep a stored recording as a message of the room and have it converted."""
    room, member = begin_deed(session, actor, Deed.SPEAK)
    if (sent := sent_before(member, key)) is not None:
        return sent
    own = RoomMessage.objects.filter(member=member)
    check_pace(own, "sent_at", member, terms)
    if own.filter(voice__state=State.WAITING).exists():
        raise ConflictError("上一段语音还在处理，几秒后再发。录好的还在页面上。", code="voice_waiting")
    made = RoomMessage.objects.create(
        session=room.session, member=member, kind=RoomMessage.Kind.VOICE, text=WAITING_TEXT, request_key=key,
        version=bump(room),
    )  # fmt: skip
    voice = RoomVoice(message=made, source_path=path)
    voice.job = enqueue_on_commit(
        "lms.live.tasks.convert_voice", owner_id=actor.user_id, lane=SOON, voice_uid=str(voice.uid)
    )
    voice.save()
    tell(room, "message", message_data(made))
    record(actor, "live.voice_sent", session, message=str(made.uid))
    return made


def run_voice(job: RunningJob, uid: UUID) -> dict[str, Any]:
    """Make a recording playable, and tell its room (转换语音). Doing it again begins anew; a forgotten one is left."""
    voice = RoomVoice.objects.filter(uid=uid, state=State.WAITING).first()
    if voice is None:
        return {}
    try:
        length_ms = converted(job, voice)
    except MediaRefusedError as refusal:
        settle(voice, REFUSED_TEXT, state=State.REFUSED, error=refusal.message[:300])
        raise
    settle(voice, text_of(length_ms), state=State.READY, path=voice_path(voice), length_ms=length_ms)
    return {"length_ms": length_ms}


def converted(job: RunningJob, voice: RoomVoice) -> int:
    """Keep a recording as AAC, also when a worker that died kept it before; return its length in ms. Raises MediaRefusedError."""
    most = terms_on(clock.today()).voice_seconds
    with storages[STORE].open(voice.source_path) as held, copied(held) as source:
        made = source.with_name("voice.m4a")
        length_ms = convert_voice(source, made, most_seconds=most + 2 * SLACK_MS / 1000, alive=job.progress)
        if problem := length_problem(length_ms, most):
            raise MediaRefusedError(problem)
        job.progress(99)  # raises when another worker took over
        keep(made, voice_path(voice))
    return length_ms


@transaction.atomic
def settle(voice: RoomVoice, text: str, **facts: Any) -> None:
    """Note how the work on a recording ended, tell its room, and let the recording as it came go."""
    room = lock_room(voice.message.session)
    if RoomVoice.objects.filter(pk=voice.pk, state=State.WAITING).update(**facts):
        message = RoomMessage.objects.select_related("member", "voice").get(pk=voice.message_id)
        message.text = text
        changed(room, message, "text")
        transaction.on_commit(lambda: storages[STORE].delete(voice.source_path))
    elif not RoomVoice.objects.filter(pk=voice.pk).exists():  # forgotten on the way
        transaction.on_commit(lambda: storages[STORE].delete(voice_path(voice)))


def settle_stopped_voices(moment: datetime) -> int:
    """Note which recordings nobody converts any more, their workers having died too often. Returns how many."""
    stopped = RoomVoice.objects.filter(
        state=State.WAITING, job__state=Job.State.FAILED, job__finished_at__lte=moment
    ).select_related("message__session")  # fmt: skip
    rows = list(stopped)
    for one in rows:
        settle(one, REFUSED_TEXT, state=State.REFUSED, error=STOPPED)
    return len(rows)
