"""Typed captions: lines with their times, and the subtitles of the replay that they become (字幕). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from courses.rules.subtitles import LONGEST_TEXT, MOST_CUES, Cue
from lms.live.rules.replays import Part, film_length, film_moment

LONGEST_LINE = 80
SHORTEST_MS, LONGEST_MS = 1_000, 8_000  # how long a line stands in the replay
NEWEST = 2  # lines that stand under the picture


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
