"""From an uploaded file to what every screen plays: one guarded ffmpeg run for the MP4, cheap cuts for the rest."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import ffmpeg
from django.core.files.storage import storages

from courses.gateways.media import MediaRefusedError, Probe, key_frames, probe, run, source
from courses.models import Video
from courses.rules.authoring import LONGEST_GAP_SECONDS, longest_gap
from courses.services import videos
from lms.kernel.jobs import MOST_ATTEMPTS, JobLostError, RunningJob

TOP = 720
SEGMENT_SECONDS, GOP_SECONDS = 4, 2
BANDWIDTH = 2_600_000


def transcode_video(job: RunningJob, video: Video) -> dict[str, Any]:
    """Make HLS, MP4 and poster of a video (转码). Doing it again makes the same files again."""
    if video.state == Video.State.READY:
        return {}
    videos.mark_processing(video)
    with tempfile.TemporaryDirectory(prefix="video-") as folder:
        work = Path(folder)
        try:
            made = make(job, video, work)
            keep(video, work / "out")
            job.progress(99)  # raises when another worker took over: its result counts
        except MediaRefusedError as refusal:
            videos.mark_refused(video, refusal.message)
            raise
        except JobLostError:
            raise
        except Exception:
            if job.attempt >= MOST_ATTEMPTS:
                videos.mark_failed(video)
            raise
    videos.mark_ready(video, made)
    return {"duration_ms": made["duration_ms"]}


def make(job: RunningJob, video: Video, work: Path) -> dict[str, Any]:
    """Do the work in a folder of its own; return what is now known of the video."""
    original = work / "source"
    with storages["private"].open(video.source_path) as uploaded, original.open("wb") as copy:
        shutil.copyfileobj(uploaded, copy, 1 << 20)
    found = probe(original)
    if not found.duration:
        original, found = remuxed(original, found, work)
    (work / "out").mkdir()
    encode_mp4(job, original, found, work / "out" / "video.mp4")
    playable = probe(work / "out" / "video.mp4")
    refuse_cut(found, playable)
    package_hls(playable, work / "out")
    make_poster(playable, work / "out")
    return {"duration_ms": round(playable.duration * 1000), "width": playable.width, "height": playable.height}


def remuxed(original: Path, found: Probe, work: Path) -> tuple[Path, Probe]:
    """Write a file that says how long it is: recorders of browsers leave it out."""
    copy = work / "remuxed.mkv"
    run(
        ffmpeg.output(source(original, found), str(copy), c="copy", f="matroska"),
        seconds=0,
        progress=lambda percent: None,
    )
    again = probe(copy)
    if not again.duration:
        raise MediaRefusedError("读不出视频时长，文件可能不完整。请重新导出后上传。")
    return copy, again


def refuse_cut(found: Probe, playable: Probe) -> None:
    """Refuse a file of which less plays than it says: nobody would notice that the lesson's end is missing."""
    if playable.duration < found.duration * 0.9 - 1:
        raise MediaRefusedError("文件不完整：能播放的部分比标明的时长短。请重新导出或重新上传。")


def copies(path: Path, found: Probe) -> bool:
    """Return whether the picture can stay as it is. Rare key frames cannot be cut into segments."""
    upright = not found.rotation and min(found.width, found.height) <= TOP
    if not (upright and found.codec == "h264" and found.pixel_format == "yuv420p" and found.demuxer == "mov"):
        return False
    marks = key_frames(path, found)
    return bool(marks) and longest_gap(marks, found.duration) <= LONGEST_GAP_SECONDS


def encode_mp4(job: RunningJob, original: Path, found: Probe, target: Path) -> None:
    """Write the MP4 with its index in front: H.264/AAC, at most 720 on the short side, never larger than the source."""
    stream = source(original, found)
    picture = stream["v:0"]
    options: dict[str, Any] = {"map_metadata": -1, "movflags": "+faststart", "f": "mp4"}
    if copies(original, found):
        options["c:v"] = "copy"
    else:
        if min(found.width, found.height) > TOP:
            picture = picture.filter("scale", *((-2, TOP) if found.width >= found.height else (TOP, -2)))
        else:
            picture = picture.filter("scale", "trunc(iw/2)*2", "trunc(ih/2)*2")
        options |= {
            "c:v": "libx264", "preset": "veryfast", "profile:v": "main", "pix_fmt": "yuv420p", "crf": 23,
            "maxrate": "2400k", "bufsize": "4800k", "fpsmax": 60, "sc_threshold": 0,
            "force_key_frames": f"expr:gte(t,n_forced*{GOP_SECONDS})",
        }  # fmt: skip
    streams = [picture]
    if found.has_audio:
        streams.append(stream["a:0"])
        options |= (
            {"c:a": "copy"} if found.audio_codec == "aac" else {"c:a": "aac", "b:a": "128k", "ac": 2, "ar": 48000}
        )
    graph = ffmpeg.output(*streams, f"file:{target}", **options)
    run(graph, seconds=found.duration, progress=lambda percent: job.progress(percent * 9 // 10))


def package_hls(found: Probe, folder: Path) -> None:
    """Cut the MP4 into fMP4 segments without touching the pictures, and write the master list with its codecs."""
    graph = ffmpeg.output(
        source(folder / "video.mp4", found), str(folder / "index.m3u8"), c="copy", f="hls", hls_time=SEGMENT_SECONDS,
        hls_playlist_type="vod", hls_segment_type="fmp4", hls_flags="independent_segments",
        hls_fmp4_init_filename="init.mp4", hls_segment_filename=str(folder / "part_%05d.m4s"),
    )  # fmt: skip
    run(graph, seconds=0, progress=lambda percent: None)
    codecs = avc_codec((folder / "init.mp4").read_bytes()) + (",mp4a.40.2" if found.has_audio else "")
    master = (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f'#EXT-X-STREAM-INF:BANDWIDTH={BANDWIDTH},RESOLUTION={found.width}x{found.height},CODECS="{codecs}"\nindex.m3u8\n'
    )
    (folder / "master.m3u8").write_text(master, "utf-8")


def avc_codec(init: bytes) -> str:
    """Return the codec's name from the avcC box: without CODECS hls.js never plays a copied stream."""
    found = re.search(rb"avcC(.{4})", init, re.DOTALL)
    if not found:
        raise MediaRefusedError("视频编码信息不完整，请重新导出为 H.264 编码的 MP4 后上传。")
    return "avc1." + found[1][1:4].hex()


def make_poster(found: Probe, folder: Path) -> None:
    """Write a picture of a tenth of the way in."""
    stream = source(folder / "video.mp4", found)
    moment = min(found.duration / 10, 10)
    picture = stream["v:0"].filter("select", f"gte(t,{moment:.2f})").filter("scale", 640, -2)
    graph = ffmpeg.output(picture, f"file:{folder / 'poster.jpg'}", f="image2", update=1, **{"frames:v": 1, "q:v": 4})
    run(graph, seconds=0, progress=lambda percent: None)


def keep(video: Video, folder: Path) -> None:
    """Move the finished files into the storage; a first try's leftovers are replaced."""
    storage = storages["default"]
    for path in sorted(folder.iterdir()):
        name = f"videos/{video.uid.hex}/{path.name}"
        if storage.exists(name):
            storage.delete(name)
        with path.open("rb") as handle:
            storage.save(name, handle)
