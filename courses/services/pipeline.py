"""From an uploaded file to what every screen plays: one guarded ffmpeg run for all renditions, cheap cuts for the rest."""

from __future__ import annotations

import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import ffmpeg
from django.core.files.base import File
from django.core.files.storage import storages

from courses.gateways.ladder import Plan, fallback_graph, ladder_graph, pictures_graph, tile_height
from courses.gateways.media import Probe, Timing, loudness, probe, source, timing
from courses.gateways.process import COPYING, MediaRefusedError, film_budget, run
from courses.models import Video
from courses.queries.uploads import part_digests
from courses.rules import ladder as rules
from courses.rules.ladder import Piece, Rung, Variant
from courses.rules.uploads import DamagedPartError, PartCheck
from courses.services import videos
from lms.kernel.jobs import MOST_ATTEMPTS, JobLostError, RunningJob

WORK = "film-work-"
SOUND_CODEC = "mp4a.40.2"
COPIED_FROM = {"mov", "matroska"}
PIECE = re.compile(r"#EXTINF:([\d.]+),\s*\n(\S+)")
AVC_BOX = re.compile(rb"avcC(.{4})", re.DOTALL)


def transcode_video(job: RunningJob, video: Video) -> dict[str, Any]:
    """Make HLS, MP4, storyboard and poster of a video (转码). Doing it again makes the same files again."""
    if video.state == Video.State.READY:
        return {}
    videos.mark_processing(video)
    clear_strays()
    place = f"videos/{video.uid.hex}/{job.uid.hex[:8]}-{job.attempt}"  # no other attempt writes to it
    with tempfile.TemporaryDirectory(prefix=f"{WORK}{os.getpid()}-") as folder:
        work = Path(folder)
        try:
            made = make(job, video, work)
            keep(job, place, work / "out")
            job.progress(99)  # raises when another worker took over: its result counts
        except MediaRefusedError as refusal:
            videos.mark_refused(video, refusal.message)
            raise
        except JobLostError:
            videos.remove_place(place)
            raise
        except Exception:
            if job.attempt >= MOST_ATTEMPTS:
                videos.mark_failed(video)
            raise
    videos.mark_ready(video, place, made)
    return {"duration_ms": made["duration_ms"]}


def clear_strays() -> None:
    """Remove the folders of workers that were killed: nobody else would, and a film is large."""
    for folder in Path(tempfile.gettempdir()).glob(f"{WORK}*"):
        pid = folder.name.removeprefix(WORK).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def make(job: RunningJob, video: Video, work: Path) -> dict[str, Any]:
    """Do the work in a folder of its own; return what is now known of the video."""
    out = work / "out"
    out.mkdir()
    plan = plan_for(job, fetched(job, video, work / "source"), work)
    budget = film_budget(plan.found.duration, len(plan.rungs))
    run(ladder_graph(plan, out), budget=budget, seconds=plan.found.duration, progress=share(job, 2, 94))
    pieces = {name: pieces_of(out, name) for name in plan.names}
    seconds = max(length_of(one) for one in pieces.values())
    refuse_cut(plan.found, seconds)
    write_playlists(plan, out, pieces)
    run(fallback_graph(plan, out), budget=COPYING, progress=share(job, 95, 95))
    draw(job, plan, out, length_of(pieces[plan.rungs[0].name]))
    return {
        # An encoder fills its last packet of sound: no film is longer than it was.
        "duration_ms": round(min(seconds, plan.found.duration) * 1000),
        "width": plan.rungs[-1].width,
        "height": plan.rungs[-1].height,
        "renditions": [rung.side for rung in plan.rungs],
        "has_audio": plan.found.has_audio,
    }


def share(job: RunningJob, begin: int, end: int) -> Callable[[int], None]:
    """Return a function that says the percents of one step as those of the whole job."""
    return lambda percent: job.progress(begin + (end - begin) * percent // 100)


def fetched(job: RunningJob, video: Video, target: Path) -> Path:
    """Copy the upload out of the storage: ffmpeg never gets an address. Refuse one that changed on its way there."""
    arrived = PartCheck(part_digests(video))
    with storages["private"].open(video.source_path) as uploaded, target.open("wb") as copy:
        while data := uploaded.read(1 << 20):
            copy.write(data)
            try:
                arrived.take(data)
            except DamagedPartError as damage:
                raise MediaRefusedError(f"文件的第{damage.number}段在上传途中损坏了。请删除后重新上传。") from damage
            job.progress(0)
    return target


def plan_for(job: RunningJob, original: Path, work: Path) -> Plan:
    """Return how a film is to be made, or refuse it."""
    found = probe(original)
    if not found.duration:
        original, found = remuxed(job, original, found, work)
    pace = timing(original, found, alive=lambda: job.progress(1))
    rungs = rules.rungs_for(found.width, found.height)
    gain = rules.gain_db(*loudness(original, found, alive=lambda: job.progress(2))) if found.has_audio else 0.0
    return Plan(original, found, pace, rungs, keeps_picture(found, pace, rungs[-1]), gain)


def remuxed(job: RunningJob, original: Path, found: Probe, work: Path) -> tuple[Path, Probe]:
    """Write a file that says how long it is: recorders of browsers leave it out."""
    copy = work / "remuxed.mkv"
    graph = ffmpeg.output(source(original, found), f"file:{copy}", c="copy", f="matroska")
    run(graph, budget=COPYING, progress=share(job, 0, 0))
    again = probe(copy)
    if not again.duration:
        raise MediaRefusedError("读不出视频时长，文件可能不完整。请重新导出后上传。")
    return copy, again


def keeps_picture(found: Probe, pace: Timing, top: Rung) -> bool:
    """Return whether the source's picture can be the top rung as it is."""
    if not (found.is_plain and found.codec == "h264" and found.pixel_format == "yuv420p"):
        return False
    if found.demuxer not in COPIED_FROM or (found.width, found.height) != (top.width, top.height):
        return False
    return rules.may_keep_picture(
        gap=rules.longest_gap(list(pace.marks), pace.end),
        bits_per_second=found.bits_per_second,
        frames_per_second=pace.frames_per_second,
        top=top,
    )


def refuse_cut(found: Probe, seconds: float) -> None:
    """Refuse a file of which less plays than it says: nobody would notice that the lesson's end is missing."""
    if seconds < found.duration * 0.9 - 1:
        raise MediaRefusedError("文件不完整：能播放的部分比标明的时长短。请重新导出或重新上传。")


def pieces_of(folder: Path, name: str) -> list[Piece]:
    """Return the segments of a rendition."""
    playlist = (folder / f"{name}.m3u8").read_text("utf-8")
    return [Piece(float(length), (folder / file).stat().st_size) for length, file in PIECE.findall(playlist)]


def length_of(pieces: list[Piece]) -> float:
    """Return how long a rendition plays, in seconds."""
    return sum(piece.seconds for piece in pieces)


def write_playlists(plan: Plan, folder: Path, pieces: dict[str, list[Piece]]) -> None:
    """Write the playlist of all renditions, and one for each alone: a player without a choice of its own takes that."""
    sound = rules.rates(pieces["audio"]) if plan.found.has_audio else (0, 0)
    variants = []
    for rung in plan.rungs:
        peak, average = rules.rates(pieces[rung.name])
        codecs = avc_codec((folder / f"{rung.name}_init.mp4").read_bytes()) + (f",{SOUND_CODEC}" if sound[0] else "")
        variants.append(Variant(rung.name, rung.width, rung.height, peak + sound[0], average + sound[1], codecs))
    lists = {"master": variants} | {f"only_{one.name}": [one] for one in variants}
    for name, chosen in lists.items():
        text = rules.master_playlist(chosen, sound=plan.found.has_audio, frames_per_second=plan.pace.frames_per_second)
        (folder / f"{name}.m3u8").write_text(text, "utf-8")


def avc_codec(init: bytes) -> str:
    """Return the codec's name from the avcC box."""
    found = AVC_BOX.search(init)
    if not found:
        raise MediaRefusedError("视频编码信息不完整，请重新导出为 H.264 编码的 MP4 后上传。")
    return "avc1." + found[1][1:4].hex()


def draw(job: RunningJob, plan: Plan, folder: Path, seconds: float) -> None:
    """Draw storyboard and poster; the poster is a key frame a tenth of the way in, where the title is over."""
    lowest, wanted = plan.rungs[0], min(seconds / 10, 10)
    marks = plan.pace.marks if plan.keeps_picture else range(0, math.ceil(seconds), rules.GOP_SECONDS)
    poster_at = max((mark for mark in marks if mark <= wanted), default=0) - 0.01
    run(pictures_graph(folder, lowest, seconds, poster_at), budget=COPYING, progress=share(job, 96, 96))
    index = rules.storyboard(seconds, tile_height(lowest), "storyboard.jpg")
    (folder / "storyboard.vtt").write_text(index, "utf-8")


class Watched(File):  # type: ignore[type-arg] # the class takes none at run time
    """A file whose reading renews the lease: one alone may take longer than that to reach the storage."""

    def __init__(self, handle: IO[bytes], alive: Callable[[], None]) -> None:
        super().__init__(handle)
        self.handle, self.alive = handle, alive

    def read(self, size: int = -1) -> bytes:
        """Read on, unless the job was lost (JobLostError)."""
        self.alive()
        return self.handle.read(size)


def keep(job: RunningJob, place: str, folder: Path) -> None:
    """Move the finished files into the storage."""
    storage = storages["default"]
    for path in sorted(folder.iterdir()):
        name = f"{place}/{path.name}"
        if storage.exists(name):
            storage.delete(name)
        with path.open("rb") as handle:
            storage.save(name, Watched(handle, lambda: job.progress(97)))
