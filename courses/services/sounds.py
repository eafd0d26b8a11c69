"""Sounds of questions: a small file is checked and kept, and a worker converts it (题目录音)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import ffmpeg
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from courses.gateways.process import MediaRefusedError, film_budget, run
from courses.gateways.sounds import Sound, probe_sound, sound_source
from courses.models import QuestionAudio
from courses.rules.questions import key_of
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.jobs import MOST_ATTEMPTS, JobLostError, RunningJob, enqueue_on_commit, settle_stopped
from lms.organisations.models import Organisation

LARGEST_BYTES = 20 * 1024**2
FOLDER = "question-audio"
STOPPED = "平台转换录音时出错。请点击重新转换；如仍失败，请联系平台客服。"
State = QuestionAudio.State


@dataclass(frozen=True, slots=True)
class NewSound:
    """A sound as it was uploaded (上传的录音)."""

    file: IO[bytes]
    name: str
    size_bytes: int


@contextmanager
def stored_sounds(
    uploads: Mapping[int, NewSound], institution: Organisation, actor: Actor
) -> Iterator[dict[int, QuestionAudio]]:
    """Store uploaded sounds, by their places in a question, for what is written inside; if that fails, none is left.

    The rows are not saved yet: see `keep_sound`. Raises InvalidError at the field of the place.
    """
    require(actor, "courses.edit", institution)
    stored: dict[int, QuestionAudio] = {}
    try:
        for place, upload in uploads.items():
            stored[place] = stored_sound(upload, institution, actor, key_of("sound", place))
        yield stored
    except BaseException:
        for sound in stored.values():
            storages["private"].delete(sound.source_path)
        raise


def stored_sound(upload: NewSound, institution: Organisation, actor: Actor, field: str) -> QuestionAudio:
    """Return an uploaded sound whose file is stored and whose row is not. Raises InvalidError at the field."""
    if not 0 < upload.size_bytes <= LARGEST_BYTES:
        sentence = "录音文件是空的，请重新选择。" if upload.size_bytes <= 0 else "录音超过20MB，请截短或压缩后再上传。"
        raise InvalidError(sentence, fields={field: sentence})
    sound = QuestionAudio(institution=institution, name=upload.name[-100:], uploaded_by_id=actor.user_id)
    with copied(upload.file) as original:
        try:
            sound.duration_ms = milliseconds(probe_sound(original))
        except MediaRefusedError as refusal:
            raise InvalidError(refusal.message, fields={field: refusal.message}) from refusal
        with original.open("rb") as handle:
            sound.source_path = storages["private"].save(f"{FOLDER}/{sound.uid.hex}", File(handle))
    return sound


def stored_conversion(upload: NewSound, institution: Organisation, actor: Actor) -> QuestionAudio | None:
    """Return a sound that was converted once already, stored as it is; nothing if it is of another kind.

    Its row is not saved. Raises MediaRefusedError for what is no sound.
    """
    sound = QuestionAudio(institution=institution, name=upload.name[-100:], uploaded_by_id=actor.user_id)
    with copied(upload.file) as made:
        found = probe_sound(made)
        if not found.is_made:
            return None
        with made.open("rb") as handle:
            sound.path = storages["default"].save(f"{FOLDER}/{sound.uid.hex}.m4a", File(handle))
    sound.state, sound.duration_ms = State.READY, milliseconds(found)
    return sound


@transaction.atomic
def keep_conversion(*, sound: QuestionAudio, size_bytes: int, actor: Actor) -> None:
    """Keep a stored sound that needs no converting."""
    require(actor, "courses.edit", sound)
    sound.save()
    record(actor, "courses.sound_uploaded", sound, size=size_bytes)


@transaction.atomic
def keep_sound(*, sound: QuestionAudio, size_bytes: int, actor: Actor) -> None:
    """Keep a stored sound and have it converted."""
    require(actor, "courses.edit", sound)
    start_converting(sound, actor)
    record(actor, "courses.sound_uploaded", sound, size=size_bytes)


def start_converting(sound: QuestionAudio, actor: Actor) -> None:
    """Put a sound into the queue."""
    sound.job = enqueue_on_commit("courses.tasks.convert_sound", owner_id=actor.user_id, sound_uid=str(sound.uid))
    sound.state, sound.error = State.UPLOADED, ""
    sound.save()


@transaction.atomic
def retry_sound(*, sound: QuestionAudio, actor: Actor) -> None:
    """Convert again what failed through no fault of its file (重新转换)."""
    require(actor, "courses.edit", sound)
    held = QuestionAudio.objects.select_for_update().get(pk=sound.pk)  # pressed twice, it is still one job
    if held.state != State.FAILED:
        raise ConflictError("只有处理失败的录音才能重新转换；不合格的，请改正后重新上传。", code="sound_not_failed")
    start_converting(held, actor)


def settle_stopped_sounds(moment: datetime) -> int:
    """Note which sounds nobody converts any more. Returns how many."""
    waiting = QuestionAudio.objects.filter(state__in=[State.UPLOADED, State.CONVERTING])
    return settle_stopped(waiting, moment, state=State.FAILED, error=STOPPED)


def run_conversion(job: RunningJob, sound: QuestionAudio) -> dict[str, Any]:
    """Convert a sound to what every browser plays (转换录音). Doing it again begins anew."""
    if sound.state == State.READY:  # its worker died before it had tidied up
        storages["private"].delete(sound.source_path)
        return {}
    mark(sound, state=State.CONVERTING, error="")
    try:
        path, duration_ms = kept_conversion(job, sound)
    except MediaRefusedError as refusal:
        mark(sound, state=State.REFUSED, error=refusal.message[:300])
        storages["private"].delete(sound.source_path)
        raise
    except JobLostError:
        raise
    except Exception:
        if job.attempt >= MOST_ATTEMPTS:
            mark(sound, state=State.FAILED, error=STOPPED)
        raise
    mark(sound, state=State.READY, error="", path=path, duration_ms=duration_ms)
    storages["private"].delete(sound.source_path)
    return {"duration_ms": duration_ms}


def kept_conversion(job: RunningJob, sound: QuestionAudio) -> tuple[str, int]:
    """Return where the converted sound is kept and how long it is, in milliseconds."""
    with storages["private"].open(sound.source_path) as uploaded, copied(uploaded) as original:
        made = original.with_name("sound.m4a")
        duration_ms = milliseconds(converted(job, original, made))
        job.progress(99)  # raises when another worker took over: its result counts
        name = f"{FOLDER}/{sound.uid.hex}.m4a"
        storages["default"].delete(name)  # of a worker that died before it had noted it
        with made.open("rb") as handle:
            return storages["default"].save(name, File(handle)), duration_ms


@contextmanager
def copied(file: IO[bytes]) -> Iterator[Path]:
    """Give a copy of a file in a folder of its own: ffmpeg never gets an address."""
    with tempfile.TemporaryDirectory(prefix="sound-") as folder:
        original = Path(folder) / "source"
        with original.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
        yield original


def milliseconds(sound: Sound) -> int:
    """Return how long a sound is."""
    return round(sound.duration * 1000)


def converted(job: RunningJob, original: Path, made: Path) -> Sound:
    """Write a sound as AAC, without pictures and tags; return what was made."""
    found = probe_sound(original)
    stream = ffmpeg.output(
        sound_source(original, found).audio, str(made), acodec="aac", ar=44100, ac=1, audio_bitrate="64k",
        map_metadata=-1, movflags="+faststart", f="mp4",
    )  # fmt: skip
    run(stream, budget=film_budget(found.duration, rungs=1), seconds=found.duration, progress=job.progress)
    return probe_sound(made)


def mark(sound: QuestionAudio, **facts: Any) -> None:
    """Note how far it is."""
    QuestionAudio.objects.filter(pk=sound.pk).update(**facts)
