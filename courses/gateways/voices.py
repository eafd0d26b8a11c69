"""ffmpeg for voice messages: what a browser recorded becomes AAC, which every phone plays. The guards are those of films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ffmpeg

from courses.gateways.media import GUARDED_INPUT, ask, guarded_path
from courses.gateways.process import MediaRefusedError, run
from lms.kernel.processes import Budget

DEMUXERS = {"matroska,webm": "matroska", "mov,mp4,m4a,3gp,3g2,mj2": "mov", "ogg": "ogg"}
ALLOWED = ",".join(sorted({name for names in DEMUXERS for name in names.split(",")}))
CODECS = {"opus", "aac"}
CONVERTING = Budget(memory=2, cpu=60, wall=120, file=1)
SPOKEN = {"acodec": "aac", "ar": 44100, "ac": 1, "audio_bitrate": "64k", "map_metadata": -1, "movflags": "+faststart"}
NO_VOICE = "这段录音无法识别，可能已损坏。请用页面上的“开始录音”重新录一段。"


def probe_voice(path: Path) -> tuple[str, int]:
    """Return the demuxer of a recording and its length in ms, 0 where it does not say (探测语音). Raises MediaRefusedError."""
    found = ask(path, "-show_format", "-show_streams", allowed=ALLOWED, refusal=NO_VOICE)
    demuxer = DEMUXERS.get(found.get("format", {}).get("format_name", ""))
    kinds = [(one.get("codec_type"), one.get("codec_name") in CODECS) for one in found.get("streams", [])]
    if demuxer is None or kinds != [("audio", True)]:
        raise MediaRefusedError(NO_VOICE)
    return demuxer, milliseconds(found)


def convert_voice(source: Path, made: Path, *, most_seconds: float, alive: Callable[[int], None]) -> int:
    """Write a recording as AAC without tags, no more than `most_seconds` of it, and return its length in ms (转换语音).

    Raises MediaRefusedError.
    """
    demuxer, _ = probe_voice(source)
    guarded = GUARDED_INPUT | {"format_whitelist": ALLOWED}
    heard = ffmpeg.input(guarded_path(source), f=demuxer, t=most_seconds, **guarded)["a:0"]
    options: dict[str, Any] = SPOKEN | {"f": "mp4"}
    run(ffmpeg.output(heard, f"file:{made}", **options), budget=CONVERTING, progress=alive)
    return milliseconds(ask(made, "-show_format", allowed=ALLOWED, refusal=NO_VOICE))


def milliseconds(found: dict[str, Any]) -> int:
    """Return how long a file is by its own word."""
    return round(float(found["format"].get("duration") or 0) * 1000)
