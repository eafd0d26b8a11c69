"""Sounds of questions: a small file is checked, converted and kept (题目录音)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

import ffmpeg
from django.core.files.base import File
from django.core.files.storage import default_storage

from courses.gateways.process import MediaRefusedError, film_budget, run
from courses.gateways.sounds import Sound, probe_sound, sound_source
from courses.models import QuestionAudio
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import InvalidError
from lms.organisations.models import Organisation

LARGEST_BYTES = 20 * 1024**2
FOLDER = "question-audio"


def keep_sound(*, institution: Organisation, file: BinaryIO, name: str, size: int, actor: Actor) -> QuestionAudio:
    """Keep an uploaded sound, converted to what every browser plays. Raises InvalidError at the field `sound`."""
    require(actor, "courses.edit", institution)
    if not 0 < size <= LARGEST_BYTES:
        sentence = "录音文件是空的，请重新选择。" if size <= 0 else "录音超过20MB，请截短或压缩后再上传。"
        raise InvalidError(sentence, fields={"sound": sentence})
    sound = QuestionAudio(institution=institution, name=name[-100:], uploaded_by_id=actor.user_id)
    with tempfile.TemporaryDirectory(prefix="sound-") as folder:
        original, made = Path(folder) / "source", Path(folder) / "sound.m4a"
        with original.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
        try:
            sound.duration_ms = round(converted(original, made).duration * 1000)
        except MediaRefusedError as refusal:
            raise InvalidError(refusal.message, fields={"sound": refusal.message}) from refusal
        with made.open("rb") as handle:
            sound.path = default_storage.save(f"{FOLDER}/{sound.uid.hex}.m4a", File(handle))
    sound.save()
    record(actor, "courses.sound_uploaded", sound, size=size)
    return sound


def converted(original: Path, made: Path) -> Sound:
    """Write a sound as AAC, without pictures and tags; return what was made."""
    found = probe_sound(original)
    stream = ffmpeg.output(
        sound_source(original, found).audio, str(made), acodec="aac", ar=44100, ac=1, audio_bitrate="64k",
        map_metadata=-1, movflags="+faststart", f="mp4",
    )  # fmt: skip
    run(stream, budget=film_budget(found.duration, rungs=1), progress=lambda percent: None)
    return probe_sound(made)
