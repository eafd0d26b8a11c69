"""The playlists of a live lesson: every run of ffmpeg writes its own, players see one. Pure.

A run that begins anew (a long drop, a reload, a killed process) is a discontinuity. Media and discontinuity sequence grow
and never go back, whatever is cut off in front.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 8  # segments that a player is shown while it is live
SEGMENT_SECONDS = 1
LIVE_NAME = "live.m3u8"
STATE_NAME = "state.json"
FILE = re.compile(r"e\d{1,4}[la]?(?:_init\.mp4|_\d{6}\.m4s)", re.ASCII)
RUN = re.compile(r"e(\d{1,4})([la]?)\.m3u8", re.ASCII)
KINDS = {"m3u8": "application/vnd.apple.mpegurl", "m4s": "video/iso.segment", "mp4": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a run: its init file, what is said of it, its name. Seconds."""

    run: int
    init: str
    tags: tuple[str, ...]
    name: str
    seconds: float


def segments_of(run: int, text: str) -> list[Segment]:
    """Return the pieces that a run's playlist names; what is no file of its own, or empty, is left out.

    A run to which nothing came ends with a piece of no length: its file cannot be read.
    """
    found: list[Segment] = []
    tags: list[str] = []
    init, seconds = "", 0.0
    for line in text.splitlines():
        if line.startswith("#EXT-X-MAP:"):
            init = line
        elif line.startswith("#EXTINF:"):
            seconds = length_of(line)
            tags.append(line)
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            tags.append(line)
        elif line and not line.startswith("#"):
            if FILE.fullmatch(line) and init and seconds:
                found.append(Segment(run, init, tuple(tags), line, seconds))
            tags = []
    return found


def length_of(line: str) -> float:
    """Return the seconds of `#EXTINF:1.000,`; 0 where it says nothing."""
    number = re.match(r"#EXTINF:(\d+(?:\.\d+)?)", line, re.ASCII)
    return float(number[1]) if number else 0.0


def joined(segments: Sequence[Segment], *, is_over: bool, window: int | None = WINDOW) -> str:
    """Return one playlist of all runs in order (合并播放列表). `is_over` is what the lesson's row says, nobody's guess."""
    cut = max(0, len(segments) - window) if window else 0
    shown = segments[cut:]
    if not shown:
        return ""
    longest = max(1, math.ceil(max(one.seconds for one in segments) - 0.5))
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{longest}", f"#EXT-X-MEDIA-SEQUENCE:{cut}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{run_place(segments, cut)}", "#EXT-X-INDEPENDENT-SEGMENTS",
    ]  # fmt: skip
    before: Segment | None = None
    for one in shown:
        if before is not None and one.run != before.run:
            lines.append("#EXT-X-DISCONTINUITY")
        if before is None or one.init != before.init:
            lines.append(one.init)
        lines += [*one.tags, one.name]
        before = one
    if is_over:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def run_place(segments: Sequence[Segment], place: int) -> int:
    """Return how many discontinuities lie before a place."""
    return sum(one.run != other.run for one, other in zip(segments[:place], segments[1 : place + 1], strict=True))


def kind_of(name: str) -> str:
    """Return the content type of a file of a broadcast, or nothing for a name that none has."""
    return KINDS[name.rpartition(".")[2]] if name == LIVE_NAME or FILE.fullmatch(name) else ""
