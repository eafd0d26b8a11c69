"""Rows `video.…`: CPU-seconds of a whole transcoding job beside ffmpeg run bare, in other orders, and as MediaCMS calls it.

Here less is better: the ratio is ours to theirs, and the goal is the most that it may be.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from bench.harness import Row

SECONDS = {"small": 60, "full": 180}
ROUNDS = {"small": 2, "full": 3}
GOALS = {
    "video.job_to_graph": ("encode", "graph", 1.1),
    "video.encode_to_raw": ("encode", "raw", 1.8),
    "video.copy_to_raw": ("copy", "raw", 1.1),
    "video.job_to_separate": ("encode", "separate", 0.75),
    "video.job_to_mediacms": ("encode", "mediacms", 0.45),
}
FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
LADDER = ((360, 25, 600), (540, 24, 1200), (720, 23, 2400))


class Unobserved:
    """A job that nobody watches."""

    attempt = 1

    def __init__(self) -> None:
        self.uid = uuid.uuid4()

    def progress(self, percent: int) -> None:
        """Say nothing."""


def measure(size: str, only: str, folder: Path) -> dict[str, Row]:
    """Return the rows that are asked for."""
    wanted = {name: row for name, row in GOALS.items() if name.startswith(only) or only == "video"}
    if not wanted:
        return {}
    films = lay_films(folder, SECONDS[size])
    runs: dict[str, Callable[[Path], None]] = {
        "encode": lambda work: whole_job(films["rare"], work),
        "copy": lambda work: whole_job(films["often"], work),
        "graph": lambda work: bare_graph(films["rare"], work),
        "raw": lambda work: raw(films["rare"], work),
        "separate": lambda work: separate(films["rare"], work),
        "mediacms": lambda work: mediacms(films["rare"], work),
    }
    needed = sorted({name for ours, theirs, _ in wanted.values() for name in (ours, theirs)})
    spent: dict[str, list[float]] = {name: [] for name in needed}
    for _ in range(ROUNDS[size]):
        for name in needed:
            spent[name].append(cpu_of(runs[name], folder / "work"))
    cost = {name: statistics.median(found) for name, found in spent.items()}
    return {
        name: Row(cost[ours], f"CPU-seconds for {SECONDS[size]} s of 720p", cost[theirs], goal, at_most=True)
        for name, (ours, theirs, goal) in wanted.items()
    }


def lay_films(folder: Path, seconds: int) -> dict[str, Path]:
    """Write two films of the same pictures: one with a key frame every two seconds, one with hardly any."""
    made = {}
    for name, gop in (("often", "60"), ("rare", "9999")):
        made[name] = folder / f"{name}.mp4"
        picture = f"testsrc2=size=1280x720:rate=30:duration={seconds}"
        sound = f"sine=frequency=440:duration={seconds}"
        source = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
        encoder = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "2000k", "-g", gop, "-pix_fmt", "yuv420p"]
        call(*source, *encoder, "-c:a", "aac", str(made[name]))
    return made


def call(*arguments: str) -> None:
    """Run ffmpeg."""
    subprocess.run([*FFMPEG, *arguments], check=True)


def cpu_of(run: Callable[[Path], None], work: Path) -> float:
    """Return the CPU-seconds of a run in an empty folder, our own process and its children together."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, children = time.process_time(), used.ru_utime + used.ru_stime
    run(work)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() - began + used.ru_utime + used.ru_stime - children


def whole_job(film: Path, work: Path) -> None:
    """Do what the worker does, from the upload in the storage to the finished files in the storage."""
    from django.core.files.base import File
    from django.core.files.storage import storages

    from courses.models import Video
    from courses.services.pipeline import keep, make

    job, video = Unobserved(), Video()
    with film.open("rb") as handle:
        video.source_path = storages["private"].save(f"videos/{video.uid.hex}/source", File(handle))
    made = make(job, video, work)
    keep(job, f"videos/{video.uid.hex}/{job.uid.hex[:8]}", work / "out")
    if made["renditions"] != [side for side, _, _ in LADDER]:
        raise SystemExit(f"another ladder was made: {made}")


def bare_graph(film: Path, work: Path) -> None:
    """Run the job's own graph with nothing around it."""
    import ffmpeg

    from courses.gateways.ladder import ladder_graph
    from courses.services.pipeline import plan_for

    plan = plan_for(Unobserved(), film, work)
    call(*ffmpeg.compile(ladder_graph(plan, work))[1:])


def hls(work: Path, side: int, crf: int, kbps: int) -> list[str]:
    """Return how one rendition is encoded and cut, as the job does it."""
    rate = ["-crf", str(crf), "-maxrate", f"{kbps}k", "-bufsize", f"{2 * kbps}k"]
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-pix_fmt", "yuv420p", *rate]
    cut = ["-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0", "-g", "240", "-f", "hls"]
    parts = ["-hls_segment_type", "fmp4", "-hls_segment_filename", str(work / f"{side}_%05d.m4s")]
    scale = [] if side == 720 else ["-vf", f"scale=-2:{side}:flags=bilinear"]
    return [*scale, *encoder, *cut, "-hls_time", "4", "-hls_playlist_type", "vod", *parts, str(work / f"{side}.m3u8")]


def raw(film: Path, work: Path) -> None:
    """Encode the top rendition with its sound, and nothing else."""
    call("-i", str(film), "-c:a", "aac", "-b:a", "96k", *hls(work, *LADDER[-1]))


def separate(film: Path, work: Path) -> None:
    """Encode each rendition in a run of its own, then pictures by looking at every frame."""
    for number, rung in enumerate(LADDER):
        sound = ["-c:a", "aac", "-b:a", "96k"] if number == 0 else ["-an"]
        call("-i", str(film), *sound, *hls(work, *rung))
    pictures(film, work, every=2)


def mediacms(film: Path, work: Path) -> None:
    """Do what MediaCMS's commands do: an MP4 of each size by x264 medium, cut afterwards, pictures from every frame."""
    for side, _, _ in LADDER:
        made = str(work / f"{side}.mp4")
        encoder = ["-c:v", "libx264", "-preset", "medium", "-crf", "23", "-pix_fmt", "yuv420p"]
        sound = ["-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", "-movflags", "+faststart"]
        call("-i", str(film), "-vf", f"scale=-2:{side}:flags=lanczos", *encoder, *sound, made)
        parts = str(work / f"{side}_%05d.m4s")
        cut = ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod", "-hls_segment_filename", parts]
        call("-i", made, "-c", "copy", *cut, str(work / f"{side}.m3u8"))
    pictures(film, work, every=10)


def pictures(film: Path, work: Path, *, every: int) -> None:
    """Write a poster, and a picture of every so many seconds."""
    call("-i", str(film), "-vf", f"fps=1/{every},scale=160:90", str(work / "tile_%04d.jpg"))
    call("-ss", "2", "-i", str(film), "-frames:v", "1", str(work / "poster.jpg"))
