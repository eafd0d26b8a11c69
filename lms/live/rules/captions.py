"""Typed captions: lines with their times, and the subtitles of the replay that they become (字幕). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from courses.rules.subtitles import LONGEST_TEXT, MOST_CUES, Cue
from lms.live.rules.air import FAR
from lms.live.rules.replays import Part, film_length, film_moment

LONGEST_LINE = 80
SHORTEST_MS, LONGEST_MS = 1_000, 8_000  # how long a line stands in the replay
NEWEST = 2  # lines that stand under the picture
MOST_AT_HAND = 10  # lines that who teaches may still correct
TYPED = "zh-Hans"  # the language of what is typed


class Said(NamedTuple):
    """A subtitle on the wall's clock (字幕内容), in ms: it stays where it belongs, however the film is cut."""

    wall_ms: int
    length_ms: int
    text: str


def line_problem(text: str) -> str:
    """Return what is wrong with a line, or nothing: who watches reads it at a glance."""
    return f"一行字幕最多{LONGEST_LINE}个字，请分几行发送。" if len(text) > LONGEST_LINE else ""


def cues_of(lines: Iterable[tuple[int, str]], parts: Sequence[Part]) -> list[Cue]:
    """Return the cues of lines with their moments (wall clock, ms), in order (回放字幕).

    A line stands until the next one comes, for eight seconds at most; lines that come within a second are one cue. What was
    cut off the film is left out.
    """
    found: list[tuple[int, str]] = []
    for wall_ms, text in lines:
        at = film_moment(parts, wall_ms)
        if at is None:
            continue
        if found and at - found[-1][0] < SHORTEST_MS and len(found[-1][1]) + len(text) < LONGEST_TEXT:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{text}")
        else:
            found.append((at, text))
    ends = [*(at for at, _ in found[1:]), film_length(parts)]
    cues = [Cue(at, min(end, at + LONGEST_MS), text) for (at, text), end in zip(found, ends, strict=False)]
    return [cue for cue in cues if cue.end_ms > cue.start_ms][:MOST_CUES]


def said_of_lines(lines: Sequence[tuple[int, str]]) -> list[Said]:
    """Return typed lines with how long each stands: until the next, for eight seconds at most."""
    ends = [*(at for at, _ in lines[1:]), FAR]
    return [Said(at, min(end - at, LONGEST_MS), text) for (at, text), end in zip(lines, ends, strict=True) if end > at]


def said_of(cues: Iterable[Cue], parts: Sequence[Part]) -> list[Said]:
    """Return the cues of a film on the wall's clock. Where a cue is placed on the picture is not kept."""
    found = []
    for cue in cues:
        part = next((one for one in reversed(parts) if one.film_ms <= cue.start_ms), None)
        if part is not None:
            wall = part.wall_ms + cue.start_ms - part.film_ms
            found.append(Said(wall, cue.end_ms - cue.start_ms, cue.text))
    return found


def edited(before: Iterable[Said], now: Iterable[Said], parts: Sequence[Part]) -> list[Said]:
    """Return what was said by an edited film, and around it what stood before in what that film does not have."""
    outside = [one for one in before if film_moment(parts, one.wall_ms) is None]
    return sorted([*outside, *now])


def cues_again(said: Iterable[Said], parts: Sequence[Part]) -> list[Cue]:
    """Return the cues of another cut of the same recording; what was cut off is left out (再次裁剪的字幕)."""
    length = film_length(parts)
    placed = [(film_moment(parts, one.wall_ms), one) for one in said]
    cues = [Cue(at, min(at + one.length_ms, length), one.text) for at, one in placed if at is not None and at < length]
    return sorted(cues, key=lambda cue: cue.start_ms)[:MOST_CUES]
