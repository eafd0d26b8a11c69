"""What a file's name, beginning and size tell before it is opened. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

SUFFIXES = (
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "mts", "m2ts", "flv", "wmv", "asf", "mpg", "mpeg", "vob", "3gp", "3g2",
)  # fmt: skip
HEAD_BYTES = 512  # enough of a file to know its kind by
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
SIGNATURES = (b"\x1aE\xdf\xa3", b"FLV", b"0&\xb2u\x8ef\xcf\x11", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")
TS_PACKETS = ((0, 188), (4, 192))  # first sync byte and the distance to the next: with and without time stamps
GIGABYTE = 1024**3


def is_video_name(name: str) -> bool:
    """Return whether a file's name ends as a video's does (文件扩展名)."""
    return name.rpartition(".")[2].lower() in SUFFIXES and "." in name


def begins_like_video(head: bytes) -> bool:
    """Return whether a file begins as one of the containers does that the pipeline reads (文件头). The probe decides."""
    if head.startswith(SIGNATURES) or head[4:8] in BOXES or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return True
    return any(head[at : at + 1] == b"G" == head[at + step : at + step + 1] for at, step in TS_PACKETS)


def title_of(name: str) -> str:
    """Return a file's name as a title: without folder and ending (文件名作标题)."""
    bare = re.split(r"[/\\]", name)[-1]
    return (bare.rpartition(".")[0] or bare).strip()[:100]


def size_text(size: int) -> str:
    """Return bytes as people read them (文件大小)."""
    if size >= GIGABYTE:
        return f"{size / GIGABYTE:.1f} GB"
    return f"{size / 1024**2:.1f} MB" if size >= 1024**2 else f"{-(-size // 1024)} KB"


def part_count(length: int, size: int) -> int:
    """Return in how many parts of a size a file goes (分片数)."""
    return -(-length // size)


def part_size(length: int, size: int, number: int) -> int:
    """Return how large the part of a number is, the first being 1; 0 when there is no such part (分片大小)."""
    return max(0, min(size, length - (number - 1) * size)) if number >= 1 else 0


class DamagedPartError(ValueError):
    """A part that is not what the browser sent (分片损坏). `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class PartCheck:
    """Holds the bytes of a file, as they come, to the digests of the parts they were sent in (分片校验).

    `parts`: size in bytes and SHA-256 in hex; a part without a digest passes.
    """

    def __init__(self, parts: Iterable[tuple[int, str]]) -> None:
        self.parts = iter(enumerate(parts, start=1))
        self.begin()

    def begin(self) -> None:
        """Turn to the next part; behind the last one anything passes."""
        self.number, (self.left, self.wanted) = next(self.parts, (0, (0, "")))
        self.seen = hashlib.sha256()

    def take(self, data: bytes) -> None:
        """Take the next bytes. Raises DamagedPartError at the end of a part that is another."""
        view = memoryview(data)
        while self.number and len(view) >= self.left:
            self.seen.update(view[: self.left])
            view = view[self.left :]
            if self.wanted and self.seen.hexdigest() != self.wanted:
                raise DamagedPartError(self.number)
            self.begin()
        if self.number:
            self.seen.update(view)
            self.left -= len(view)
