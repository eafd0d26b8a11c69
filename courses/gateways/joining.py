"""Takes of one recording joined to a film: a single one as it is, several drawn anew to one size (拼接录像)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from courses.gateways.media import GUARDED_INPUT, ask, guarded_path

DARK = (640, 360)  # of a recording without any picture
DRAWN = {"c:v": "libx264", "preset": "ultrafast", "crf": 20, "g": 50, "pix_fmt": "yuv420p", "fps_mode": "vfr"}
HEARD = {"c:a": "aac", "b:a": "128k", "ac": 2, "ar": 48000}


@dataclass(frozen=True, slots=True)
class Take:
    """A file that was recorded in one go (录像段). `width` is 0 where there is no picture."""

    path: Path
    seconds: float
    width: int
    height: int
    has_sound: bool


def take_of(path: Path, seconds: float) -> Take:
    """Return what a file holds that should play for so long. Raises MediaRefusedError."""
    streams = ask(path, "-show_streams", refusal="录像的一段读不出来，文件可能已损坏。").get("streams", [])
    pictures = [one for one in streams if one["codec_type"] == "video"]
    width, height = (int(pictures[0]["width"]), int(pictures[0]["height"])) if pictures else (0, 0)
    return Take(path, seconds, width, height, any(one["codec_type"] == "audio" for one in streams))


def is_whole(takes: list[Take]) -> bool:
    """Return whether the film can be the recording as it is."""
    return len(takes) == 1 and takes[0].width > 0


def joined_graph(takes: list[Take], target: Path) -> Any:
    """Return the run that writes one file of all takes, in order: dark where there is no picture, silent without sound."""
    if is_whole(takes):
        return ffmpeg.output(opened(takes[0]), f"file:{target}", c="copy", f="matroska")
    width, height = max(((one.width, one.height) for one in takes if one.width), default=DARK)
    streams = [stream for one in takes for stream in (picture_of(one, width, height), sound_of(one))]
    film = ffmpeg.concat(*streams, v=1, a=1).node
    return ffmpeg.output(film[0], film[1], f"file:{target}", f="matroska", **DRAWN, **HEARD)


def opened(take: Take) -> Any:
    """Return ffmpeg-python's input of a take."""
    return ffmpeg.input(guarded_path(take.path), f="mov", **GUARDED_INPUT)


def picture_of(take: Take, width: int, height: int) -> Any:
    """Return a take's picture in the film's size, its own shape kept."""
    width, height = width // 2 * 2, height // 2 * 2
    if not take.width:
        dark = f"color=c=black:s={width}x{height}:r=5:d={take.seconds:.3f}"
        return ffmpeg.input(dark, f="lavfi").filter("setsar", 1)
    fitted = opened(take)["v:0"].filter(
        "scale", width, height, force_original_aspect_ratio="decrease", force_divisible_by=2
    )
    return fitted.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2").filter("setsar", 1)


def sound_of(take: Take) -> Any:
    """Return a take's sound."""
    if not take.has_sound:
        return ffmpeg.input(f"anullsrc=r=48000:cl=stereo:d={take.seconds:.3f}", f="lavfi")
    return opened(take)["a:0"].filter("aresample", 48000).filter("aformat", channel_layouts="stereo")
