"""The folder of a live lesson: what ffmpeg writes, what players get and what a replay is made of."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from courses.stores.files import local_pieces
from lms.live.rules.amounts import LEAST_FREE_BYTES, LEAST_LEFT_BYTES
from lms.live.rules.playlists import FILE, LIVE_NAME, RUN, WINDOW, Segment, joined, segments_of
from lms.live.rules.renditions import LOW_BITS, PLAYLISTS, Way, master

MOST_KEPT = 64
Stamp = tuple[tuple[int, int], ...]
KEPT: dict[tuple[UUID, Way], tuple[Stamp, list[Segment]]] = {}


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A file of a broadcast. `size` is in bytes."""

    path: Path
    size: int

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """Return a part in pieces."""
        return local_pieces(self.path.open("rb"), start, length)


def folder_of(session: UUID) -> Path:
    """Return where a live lesson's files lie (直播文件夹)."""
    return Path(settings.LIVE_ROOT) / str(session)


def make_folder(session: UUID) -> Path:
    """Return the folder of a live lesson, made when it is missing."""
    folder = folder_of(session)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_bytes() -> int:
    """Return how much is free where recordings lie (磁盘余量)."""
    root = Path(settings.LIVE_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free


def has_room() -> bool:
    """Return whether there is room for a recording."""
    return free_bytes() >= LEAST_FREE_BYTES


def is_full() -> bool:
    """Return whether there is room for none that goes on."""
    return free_bytes() < LEAST_LEFT_BYTES


def runs_of(session: UUID, way: Way = Way.FULL) -> list[tuple[int, Path]]:
    """Return the playlists of all runs, in order: of a rendition, where a run has it, else of the picture as it came."""
    named = [(name, path) for path in folder_of(session).glob("e*.m3u8") if (name := RUN.fullmatch(path.name))]
    full, chosen = ({int(name[1]): path for name, path in named if name[2] == one} for one in (Way.FULL, way))
    return sorted({run: chosen.get(run, path) for run, path in full.items()}.items())


def ways_of(session: UUID) -> set[Way]:
    """Return which renditions any run of a lesson has (可选清晰度)."""
    return {Way(name[2]) for path in folder_of(session).glob("e*.m3u8") if (name := RUN.fullmatch(path.name))}


def written_at(session: UUID, run: int) -> int | None:
    """Return when a run wrote last (ns), or nothing while it has no piece yet."""
    try:
        return (folder_of(session) / f"e{run}.m3u8").stat().st_mtime_ns
    except FileNotFoundError:
        return None


@contextmanager
def only_puller() -> Iterator[None]:
    """Wait until nobody else pulls into these folders, and keep others from it: two would write the same names (拉流独占)."""
    root = Path(settings.LIVE_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with (root / "puller.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def segments(session: UUID, way: Way = Way.FULL) -> list[Segment]:
    """Return all pieces of a live lesson in order. Read anew only when a run has written since (分片列表)."""
    runs = runs_of(session, way)
    stamp = tuple((run, path.stat().st_mtime_ns) for run, path in runs)
    kept = KEPT.get((session, way))
    if kept is not None and kept[0] == stamp:
        return kept[1]
    found = [one for run, path in runs for one in segments_of(run, path.read_text("utf-8"))]
    if len(KEPT) >= MOST_KEPT:
        KEPT.clear()
    KEPT[session, way] = (stamp, found)
    return found


def sizes_of(session: UUID, run: int, first: int) -> list[int]:
    """Return the sizes of the pieces of a run in bytes, from one on (分片大小). What was cleared away has none."""
    names = [one.name for one in segments(session) if one.run == run][first:]
    return [file.size if (file := live_file(session, name)) else 0 for name in names]


def playlist(session: UUID, name: str = LIVE_NAME, *, is_over: bool) -> str:
    """Return what players read; nothing while there is no picture yet (播放列表)."""
    if name in PLAYLISTS:
        return joined(segments(session, PLAYLISTS[name]), is_over=is_over)
    ways = ways_of(session)
    return master({way: bits_of(session, way) for way in Way if way in ways}) if ways else ""


def bits_of(session: UUID, way: Way) -> int:
    """Return how many bits a second a rendition takes, by the largest of its newest pieces."""
    newest = [one for one in segments(session, way)[-WINDOW:] if one.seconds]
    sizes = [file.size * 8 / one.seconds for one in newest if (file := live_file(session, one.name))]
    return round(max(sizes, default=LOW_BITS))


def live_file(session: UUID, name: str) -> LiveFile | None:
    """Return a file of a live lesson, or nothing: only names that ffmpeg was given are looked for."""
    path = folder_of(session) / name
    if not FILE.fullmatch(name) or not path.is_file():
        return None
    return LiveFile(path, path.stat().st_size)
