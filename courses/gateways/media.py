"""What an uploaded file really is, and what ffmpeg may open of it: formats and protocols by a list, never by a guess."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from courses.gateways.process import MediaRefusedError, guarded, run
from courses.rules.ladder import usual_rate
from lms.kernel.processes import Budget

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
PROBE = Budget(memory=1, cpu=30, wall=30, file=0)
PACKETS = Budget(memory=1, cpu=600, wall=1200, file=0)
LISTEN = Budget(memory=2, cpu=1800, wall=3600, file=0)
ALLOWED = ",".join(sorted({name for names in DEMUXERS for name in names.split(",")}))
GUARDED_INPUT = {
    "protocol_whitelist": "file",
    "format_whitelist": ALLOWED,
    "max_pixels": MOST_PIXELS,
    "max_streams": MOST_STREAMS,
}
NO_VIDEO = "这不是可以识别的视频文件，或文件已损坏。请上传 MP4、MOV、MKV 等常见视频。"


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file really is. `duration`: seconds, 0 where the file does not say.

    `width` and `height` are those of the upright picture with square pixels.
    """

    demuxer: str
    duration: float
    width: int
    height: int
    codec: str
    pixel_format: str
    bits_per_second: float
    declared_rate: float  # frames per second as the file says, 0 where it does not
    is_plain: bool  # neither turned, stretched nor interlaced, and of even sides
    is_interlaced: bool
    is_stretched: bool
    has_audio: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """When the frames of a film come (帧时间), in seconds."""

    marks: tuple[float, ...]  # key frames
    frames_per_second: float
    end: float
    is_steady: bool


def guarded_path(path: Path) -> str:
    """Return an address that can be neither an option nor a protocol of ffmpeg."""
    if not path.is_absolute() or path.is_symlink() or not path.is_file():
        raise MediaRefusedError("文件不存在或无法读取，请重新上传。")
    return f"file:{path}"


def probe(path: Path) -> Probe:
    """Return what a file is (探测). Raises MediaRefusedError with the reason for people."""
    return verdict(ask(path, "-show_format", "-show_streams"))


def ask(path: Path, *wanted: str, allowed: str = ALLOWED, refusal: str = NO_VIDEO) -> dict[str, Any]:
    """Return ffprobe's answer. Raises MediaRefusedError."""
    answer: list[str] = []
    if guarded(command_of(path, *wanted, "-of", "json", allowed=allowed), PROBE, answer.extend):
        raise MediaRefusedError(refusal)
    found: dict[str, Any] = json.loads("".join(answer))
    return found


def command_of(path: Path, *wanted: str, allowed: str = ALLOWED) -> list[str]:
    """Return how ffprobe is called."""
    return [
        "ffprobe", "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", allowed,
        "-max_streams", str(MOST_STREAMS), "-probesize", "20M", "-analyzeduration", "20M",
        *wanted, "-i", guarded_path(path),
    ]  # fmt: skip


def timing(path: Path, found: Probe, alive: Callable[[], None]) -> Timing:
    """Return when the frames of a film come (帧时间); what the file says of it may be wrong. Calls `alive` on the way.

    Nothing is decoded, the whole file is read. Raises MediaRefusedError.
    """
    wanted = ("-f", found.demuxer, "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags")
    moments: list[float] = []
    marks: list[float] = []
    silent = 0  # packets without a time: MPEG streams have many

    def listen(lines: Iterator[str]) -> None:
        nonlocal silent
        for number, line in enumerate(lines):
            moment, _, flags = line.strip().partition(",")
            if re.fullmatch(r"-?\d+\.\d+", moment):
                moments.append(float(moment))
                if flags.startswith("K"):
                    marks.append(float(moment))
            else:
                silent += 1
            if number % 1000 == 0:
                alive()

    if guarded(command_of(path, *wanted, "-of", "csv=p=0"), PACKETS, listen) or not moments:
        raise MediaRefusedError("读不出画面的时间，文件可能已损坏。请在电脑上播放确认后重新导出再上传。")
    found_pace = timing_of(sorted(moments), sorted(marks))
    if silent and found.declared_rate:
        return replace(found_pace, frames_per_second=found.declared_rate, is_steady=True)
    return found_pace


def timing_of(moments: list[float], marks: list[float]) -> Timing:
    """Return what the moments of all frames say of a film, or refuse."""
    steps = sorted(later - earlier for earlier, later in zip(moments, moments[1:], strict=False))
    usual = steps[len(steps) // 2] if steps else 1.0
    if usual * MOST_FPS < 1:
        raise MediaRefusedError("画面帧率过高，请导出为 60 帧以内后上传。")
    # A rounded time stamp is off by a millisecond; one frame that was left out makes a step twice as long.
    is_steady = bool(steps) and steps[-1] - steps[0] < 0.004
    rate = len(steps) / (moments[-1] - moments[0]) if is_steady else usual_rate(1 / usual)
    return Timing(tuple(marks), rate, moments[-1] + usual, is_steady)


def loudness(path: Path, found: Probe, alive: Callable[[], None]) -> tuple[float, float]:
    """Return a film's loudness in LUFS and its highest sample in dBFS (响度). Only its sound is decoded."""
    measured = source(path, found)["a:0"].filter("ebur128", framelog="verbose", peak="sample")
    graph = ffmpeg.output(measured, "-", f="null")
    said = run(graph, budget=LISTEN, progress=lambda percent: alive(), level="info")
    levels = re.findall(r"(?:I|Peak):\s+(-?(?:\d+\.\d+|inf))\s", said.replace("nan", "-inf"))
    if len(levels) < 2:
        return -math.inf, -math.inf
    return float(levels[-2]), float(levels[-1])


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
    turned = any(int(side.get("rotation", 0)) for side in picture.get("side_data_list", []))
    sideways = any(int(side.get("rotation", 0)) % 180 for side in picture.get("side_data_list", []))
    interlaced = picture.get("field_order", "unknown") not in {"progressive", "unknown"}
    shape = ratio(picture.get("sample_aspect_ratio", ""), most=4, default=1)
    shown = (round(width * shape), height)
    return Probe(
        demuxer=demuxer,
        duration=duration,
        width=shown[1] if sideways else shown[0],
        height=shown[0] if sideways else shown[1],
        codec=picture["codec_name"],
        pixel_format=picture.get("pix_fmt", ""),
        bits_per_second=float(picture.get("bit_rate") or found["format"].get("bit_rate") or 0),
        declared_rate=float(ratio(picture.get("avg_frame_rate", "").replace("/", ":"), most=240, default=0)),
        is_plain=not (turned or interlaced or shape != 1 or width % 2 or height % 2),
        is_interlaced=interlaced,
        is_stretched=shape != 1,
        has_audio=bool(sounds),
    )


def ratio(text: str, *, most: int, default: int) -> Fraction:
    """Return what ffprobe writes as `16:15`; the default where it says nothing, or more than `most` or its inverse."""
    over, _, under = text.partition(":")
    if not (over.isdigit() and under.isdigit() and int(over) and int(under)):
        return Fraction(default)
    found = Fraction(int(over), int(under))
    return found if Fraction(1, most) <= found <= most else Fraction(default)


def source(path: Path, found: Probe, **options: Any) -> Any:
    """Return ffmpeg-python's input, its format forced by the probe's verdict."""
    return ffmpeg.input(guarded_path(path), f=found.demuxer, t=LONGEST_SECONDS, **GUARDED_INPUT, **options)
