"""From one film to a ladder of renditions that a player may change between. Pure.

Lengths in pixels, rates in kbit/s, times in seconds. Figures and what was measured: docs/adr/0017-one-run-ladder.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LADDER = ((360, 25, 600), (540, 24, 1200), (720, 23, 2400), (1080, 23, 4500))  # short side, CRF, most kbit/s
LOWEST, HIGHEST = LADDER[0], LADDER[-1]
WORTH_A_RUNG = 1.15  # a source this much larger than the rung below it keeps its own size as the top
LONGEST_GAP_SECONDS = 6.0  # between key frames: they are where a copied picture can be cut
HEAVIEST_COPY = 1.5  # times the top rung's most: heavier pictures stop on a phone, though they need no encoding
FASTEST = 60.0  # frames per second
USUAL_RATES = (10.0, 12.0, 15.0, 20.0, 24.0, 25.0, 30.0, 50.0, 60.0)
GOP_SECONDS, SEGMENT_SECONDS = 2, 4
FALLBACK_SIDE = 720  # the one file for players without HLS
SPRITE_WIDTH, SPRITE_COLUMNS, MOST_TILES = 160, 5, 100
LOUDNESS_LUFS, HIGHEST_PEAK_DB, MOST_GAIN_DB, SILENCE_LUFS = -16.0, -1.5, 20.0, -60.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One rendition (清晰度). It is named by its short side."""

    width: int
    height: int
    crf: int
    kbps: int

    @property
    def side(self) -> int:
        """Return the short side."""
        return min(self.width, self.height)

    @property
    def name(self) -> str:
        """Return the name of its files."""
        return f"{self.side}p"


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment of a rendition (切片)."""

    seconds: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A rendition as the master playlist names it. Rates in bit/s."""

    name: str
    width: int
    height: int
    peak: int
    average: int
    codecs: str


def even(length: float) -> int:
    """Return the nearest even number not above: 4:2:0 pictures have no odd sides."""
    return max(2, int(length) // 2 * 2)


def longest_gap(key_frames: list[float], end: float) -> float:
    """Return the longest time between key frames in seconds, the last one to the end (关键帧间隔)."""
    marks = [*sorted(key_frames), end]
    return max((later - earlier for earlier, later in zip(marks, marks[1:], strict=False)), default=end)


def rungs_for(width: int, height: int) -> list[Rung]:
    """Return the ladder of a picture, the lowest first, never above the source (转码阶梯)."""
    short = min(width, height)
    wanted = [step for step in LADDER if step[0] <= short]
    top = wanted[-1] if wanted else (0, LOWEST[1], 0)
    if not wanted or (short < HIGHEST[0] and short >= top[0] * WORTH_A_RUNG):
        crf, kbps = (LOWEST[1], LOWEST[2]) if not wanted else (top[1], round(top[2] * (short / top[0]) ** 2))
        wanted.append((even(short), crf, kbps))
    return [sized(width, height, *step) for step in wanted]


def sized(width: int, height: int, side: int, crf: int, kbps: int) -> Rung:
    """Return a rung of this short side in the source's shape; the source's own size is kept to the pixel."""
    short = min(width, height)
    if side == even(short):
        return Rung(even(width), even(height), crf, kbps)
    other = even(max(width, height) * side / short + 1)
    return Rung(other, side, crf, kbps) if width >= height else Rung(side, other, crf, kbps)


def may_keep_picture(*, gap: float, bits_per_second: float, frames_per_second: float, top: Rung) -> bool:
    """Return whether an H.264 picture may be the top rung as it is (免转码): it can be cut, and is light enough."""
    light = bits_per_second <= HEAVIEST_COPY * top.kbps * 1000
    return gap <= LONGEST_GAP_SECONDS and frames_per_second <= FASTEST and light


def usual_rate(frames_per_second: float) -> float:
    """Return the rate nearest to this that films have: what a film of uneven frames is made even to (恒定帧率)."""
    return min(USUAL_RATES, key=lambda rate: abs(rate - frames_per_second))


def gain_db(loudness: float, peak: float) -> float:
    """Return by how much to raise or lower a sound (响度统一). Source: EBU R 128, at -16 LUFS as phones play it.

    Never so far that the peak clips, and silence stays silent.
    """
    if loudness <= SILENCE_LUFS:
        return 0.0
    return round(min(LOUDNESS_LUFS - loudness, HIGHEST_PEAK_DB - peak, MOST_GAIN_DB), 1)


def rates(pieces: Sequence[Piece]) -> tuple[int, int]:
    """Return the highest and the average rate of a rendition in bit/s."""
    seconds = sum(piece.seconds for piece in pieces) or 1.0
    peak = max((piece.size_bytes * 8 / piece.seconds for piece in pieces if piece.seconds), default=0.0)
    average = sum(piece.size_bytes for piece in pieces) * 8 / seconds
    return math.ceil(max(peak, average)), math.ceil(average)


def master_playlist(variants: Sequence[Variant], *, sound: bool, frames_per_second: float) -> str:
    """Return a master playlist of variants, the lowest first. CODECS: without it hls.js plays no copied stream."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound:
        group = 'TYPE=AUDIO,GROUP-ID="sound",NAME="声音",LANGUAGE="zh",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2"'
        lines.append(f'#EXT-X-MEDIA:{group},URI="audio.m3u8"')
    for one in variants:
        facts = f"BANDWIDTH={one.peak},AVERAGE-BANDWIDTH={one.average},RESOLUTION={one.width}x{one.height}"
        facts += f',FRAME-RATE={frames_per_second:.3f},CODECS="{one.codecs}"' + (',AUDIO="sound"' if sound else "")
        lines += [f"#EXT-X-STREAM-INF:{facts}", f"{one.name}.m3u8"]
    return "\n".join(lines) + "\n"


def tile_seconds(duration: float) -> float:
    """Return how many seconds of a film one picture of the storyboard stands for (缩略图间隔)."""
    return float(max(GOP_SECONDS, math.ceil(duration / MOST_TILES)))


def tile_count(duration: float) -> int:
    """Return how many pictures the storyboard holds."""
    return max(1, math.ceil(duration / tile_seconds(duration)))


def storyboard(duration: float, tile_height: int, picture: str) -> str:
    """Return WebVTT that says which part of the sprite shows which moment (缩略图索引)."""
    every, lines = tile_seconds(duration), ["WEBVTT", ""]
    for number in range(tile_count(duration)):
        x, y = number % SPRITE_COLUMNS * SPRITE_WIDTH, number // SPRITE_COLUMNS * tile_height
        begin, end = number * every, min(duration, (number + 1) * every)
        lines += [f"{vtt_time(begin)} --> {vtt_time(end)}", f"{picture}#xywh={x},{y},{SPRITE_WIDTH},{tile_height}", ""]
    return "\n".join(lines)


def vtt_time(seconds: float) -> str:
    """Return a moment as WebVTT writes it."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"
