"""The only two doors to ffmpeg: probe() and encode(). Nothing that a user sent becomes an option, a format guess or a URL.

ffmpeg-python builds the command line; the process is ours: resource limits, its own process group, a wall clock limit.
"""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from lms.kernel.errors import DomainError

DEMUXERS = {
    "mov,mp4,m4a,3gp,3g2,mj2": "mov",
    "matroska,webm": "matroska",
    "avi": "avi",
    "mpegts": "mpegts",
    "flv": "flv",
    "asf": "asf",
    "mpeg": "mpeg",
}
VIDEO_CODECS = {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mjpeg", "prores", "wmv3", "vc1", "theora"}
MOST_PIXELS, LONGEST_SIDE, LONGEST_SECONDS, MOST_FPS, MOST_STREAMS = 4096 * 2304, 8192, 6 * 3600, 120, 16
PROBE_SECONDS, PACKETS_SECONDS, ENCODE_SECONDS = 30, 300, 3 * 3600
GIGABYTE = 1 << 30
ALLOWED = ",".join(sorted({name for names in DEMUXERS for name in names.split(",")}))
GUARDED_INPUT = {
    "protocol_whitelist": "file",
    "format_whitelist": ALLOWED,
    "max_pixels": MOST_PIXELS,
    "max_streams": MOST_STREAMS,
}
NO_VIDEO = "这不是可以识别的视频文件，或文件已损坏。请上传 MP4、MOV、MKV 等常见视频。"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


class MediaRefusedError(DomainError):
    """The file is broken, dangerous or no video (视频文件不合格)."""

    code = "media_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file really is. `duration`: seconds, 0 where the file does not say."""

    demuxer: str
    duration: float
    width: int
    height: int
    codec: str
    pixel_format: str
    rotation: int
    has_audio: bool
    audio_codec: str


def limits(memory_gb: int, cpu_seconds: int, file_gb: int) -> Callable[[], None]:
    """Return what a child does before it becomes ffmpeg."""

    def apply() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory_gb * GIGABYTE,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 10))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_gb * GIGABYTE,) * 2)
        os.nice(10)

    return apply


def guarded_path(path: Path) -> str:
    """Return an address that can be neither an option nor a protocol of ffmpeg."""
    if not path.is_absolute() or path.is_symlink() or not path.is_file():
        raise MediaRefusedError("文件不存在或无法读取，请重新上传。")
    return f"file:{path}"


def probe(path: Path) -> Probe:
    """Return what a file is (探测). Raises MediaRefusedError with the reason for people."""
    return verdict(ask(path, "-show_format", "-show_streams"))


def key_frames(path: Path, found: Probe) -> list[float]:
    """Return the seconds at which key frames stand (关键帧)."""
    wanted = ("-f", found.demuxer, "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags")
    packets = ask(path, *wanted, seconds=PACKETS_SECONDS).get("packets", [])
    return [float(packet["pts_time"]) for packet in packets if "K" in packet.get("flags", "") and "pts_time" in packet]


def ask(
    path: Path, *wanted: str, seconds: int = PROBE_SECONDS, allowed: str = ALLOWED, refusal: str = NO_VIDEO
) -> dict[str, Any]:
    """Return ffprobe's answer. Raises MediaRefusedError."""
    command = [
        "ffprobe", "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", allowed,
        "-max_streams", str(MOST_STREAMS), "-probesize", "20M", "-analyzeduration", "20M",
        *wanted, "-of", "json", "-i", guarded_path(path),
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, guarded arguments
            command,
            capture_output=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            preexec_fn=limits(1, seconds, 0),
            env=ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MediaRefusedError("读取文件超时，文件可能已损坏。请在电脑上播放确认后重新导出再上传。") from error
    if done.returncode:
        raise MediaRefusedError(refusal)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def verdict(found: dict[str, Any]) -> Probe:
    """Return the facts of ffprobe's answer, or refuse."""
    demuxer = DEMUXERS.get(found.get("format", {}).get("format_name", ""))
    if demuxer is None:
        raise MediaRefusedError("不支持这种文件格式。请上传 MP4、MOV、MKV 等常见视频。")
    streams = found.get("streams", [])
    pictures = [s for s in streams if s["codec_type"] == "video" and not s.get("disposition", {}).get("attached_pic")]
    sounds = [s for s in streams if s["codec_type"] == "audio"]
    if not pictures:
        raise MediaRefusedError("文件里没有画面。请上传带画面的视频；纯音频请放到图文课时。")
    return facts(demuxer, found, pictures[0], sounds)


def facts(demuxer: str, found: dict[str, Any], picture: dict[str, Any], sounds: list[dict[str, Any]]) -> Probe:
    """Return the facts of a file with a picture, or refuse."""
    duration = float(found["format"].get("duration") or 0)
    width, height = int(picture["width"]), int(picture["height"])
    if not math.isfinite(duration) or duration > LONGEST_SECONDS:
        raise MediaRefusedError("视频超过6小时，请分成几段上传。")
    if picture["codec_name"] not in VIDEO_CODECS:
        raise MediaRefusedError("不支持这种视频编码，请导出为 H.264 编码的 MP4 后上传。")
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise MediaRefusedError(f"画面尺寸 {width}×{height} 过大，请导出为 1080p 或 720p 后上传。")
    top, _, bottom = str(picture.get("avg_frame_rate", "0/1")).partition("/")
    if int(bottom or 1) and int(top) / int(bottom or 1) > MOST_FPS:
        raise MediaRefusedError("画面帧率过高，请导出为 60 帧以内后上传。")
    rotations = [int(side.get("rotation", 0)) for side in picture.get("side_data_list", [])]
    return Probe(
        demuxer=demuxer,
        duration=duration,
        width=width,
        height=height,
        codec=picture["codec_name"],
        pixel_format=picture.get("pix_fmt", ""),
        rotation=next((turn for turn in rotations if turn), 0),
        has_audio=bool(sounds),
        audio_codec=sounds[0]["codec_name"] if sounds else "",
    )


def source(path: Path, found: Probe) -> Any:
    """Return ffmpeg-python's input, its format forced by the probe's verdict."""
    return ffmpeg.input(guarded_path(path), f=found.demuxer, t=LONGEST_SECONDS, **GUARDED_INPUT)


def run(stream: Any, *, seconds: float, progress: Callable[[int], None]) -> None:
    """Run a built graph (转码) and report percents. Raises MediaRefusedError when ffmpeg gives up."""
    command = ffmpeg.compile(
        stream.global_args("-progress", "pipe:1", "-nostats", "-nostdin", "-hide_banner", "-loglevel", "error", "-y")
    )
    child = subprocess.Popen(  # noqa: S603 - built by us, inputs guarded
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=limits(3, 7200, 20),
        env=ENVIRONMENT,
        text=True,
    )
    tail: deque[str] = deque(maxlen=20)
    timer = threading.Timer(ENCODE_SECONDS, kill_group, [child.pid])
    reader = threading.Thread(target=lambda: tail.extend(child.stderr or ()), daemon=True)
    reader.start()
    timer.start()
    try:
        for line in child.stdout or ():
            name, _, value = line.strip().partition("=")
            if name == "out_time_us" and value.isdigit() and seconds:
                progress(min(99, int(int(value) / 10_000 / seconds)))
    except BaseException:
        kill_group(child.pid)
        raise
    finally:
        child.wait()
        timer.cancel()
        reader.join(1)
    if child.returncode:
        raise MediaRefusedError("视频转码失败，文件可能中途损坏。请在电脑上完整播放一遍，重新导出后再上传。")


def kill_group(pid: int) -> None:
    """End ffmpeg and whatever it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
