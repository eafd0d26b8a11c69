"""Where films stand in a text: what a release freezes is a mark, and pages put a player in its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

MARK = re.compile(r'<div class="film" data-film="([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})">([^<]*)</div>')


@dataclass(frozen=True, slots=True)
class FilmMark:
    """A film in a text (正文视频). `title`: what readers see, not what the studio calls the file."""

    uid: str
    title: str


def film_ids(blocks: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the ids of the films in a stored text, each once, in order."""
    values = [block["value"] for block in blocks if block["type"] == "video"]
    return list(dict.fromkeys(value["film"] for value in values if value.get("film")))


def pieces_of(html: str) -> list[str | FilmMark]:
    """Return a rendered text cut at its films: markup and marks in order, no empty markup."""
    parts = MARK.split(html)
    pieces: list[str | FilmMark] = [parts[0]]
    for uid, title, markup in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pieces += [FilmMark(uid, unescape(title)), markup]
    return [piece for piece in pieces if piece]
