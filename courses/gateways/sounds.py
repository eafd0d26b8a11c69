"""The door to ffmpeg for sounds of questions: the same guards as for films, other formats."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from courses.gateways.media import GUARDED_INPUT, ask, guarded_path
from courses.gateways.process import MediaRefusedError

DEMUXERS = {
    "mp3": "mp3",
    "wav": "wav",
    "mov,mp4,m4a,3gp,3g2,mj2": "mov",
    "ogg": "ogg",
    "flac": "flac",
    "aac": "aac",
}
ALLOWED = ",".join(sorted({name for names in DEMUXERS for name in names.split(",")}))
MADE = ("mov", [("aac", 1, "44100")])
LONGEST_SECONDS = 300
NO_SOUND = "这不是可以识别的录音，或文件已损坏。请上传 MP3、M4A、WAV 或 OGG 文件。"


@dataclass(frozen=True, slots=True)
class Sound:
    """What a sound file really is. `duration`: seconds. `is_made`: it is of the kind that we convert sounds to."""

    demuxer: str
    duration: float
    is_made: bool = False


def probe_sound(path: Path) -> Sound:
    """Return what a sound file is (探测录音). Raises MediaRefusedError with the reason for people."""
    found = ask(path, "-show_format", "-show_streams", allowed=ALLOWED, refusal=NO_SOUND)
    demuxer = DEMUXERS.get(found.get("format", {}).get("format_name", ""))
    if demuxer is None or not any(stream["codec_type"] == "audio" for stream in found.get("streams", [])):
        raise MediaRefusedError(NO_SOUND)
    duration = float(found["format"].get("duration") or 0)
    if not 0 < duration <= LONGEST_SECONDS:
        raise MediaRefusedError("录音应在5分钟以内，请截短后再上传。")
    kinds = [(one.get("codec_name"), one.get("channels"), one.get("sample_rate")) for one in found["streams"]]
    return Sound(demuxer, duration, is_made=(demuxer, kinds) == MADE)


def sound_source(path: Path, found: Sound) -> Any:
    """Return ffmpeg-python's input of a sound, its format forced by the probe's verdict."""
    guarded = GUARDED_INPUT | {"format_whitelist": ALLOWED}
    return ffmpeg.input(guarded_path(path), f=found.demuxer, t=LONGEST_SECONDS, **guarded)
