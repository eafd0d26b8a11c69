"""What browsers' recorders send, by the type that they name: the demuxer comes from here, never from a guess. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_TYPE = 100
TYPE = re.compile(r"(video|audio)/(x-matroska|webm|mp4)(?:;\s*codecs=\"?([\w., -]*)\"?)?", re.ASCII)
DEMUXERS = {"x-matroska": "matroska", "webm": "matroska", "mp4": "mov"}
COPIED = re.compile(r"avc[13]|h264", re.ASCII)
CAMERA, SCREEN, SOUND = "camera", "screen", "sound"
SOURCES = {CAMERA: "摄像头", SCREEN: "屏幕", SOUND: "仅声音"}  # what a page may choose
SOFTWARE, SOFTWARE_NAME = "rtmp", "推流软件"


@dataclass(frozen=True, slots=True)
class Recorder:
    """A recorder's stream (录制格式). `is_copied`: the picture is H.264 and goes on as it is."""

    demuxer: str
    has_picture: bool
    is_copied: bool

    @property
    def is_encoded(self) -> bool:
        """Return whether the picture is encoded anew, which costs a good part of a core."""
        return self.has_picture and not self.is_copied


PUBLISHED = Recorder("flv", has_picture=True, is_copied=True)  # what RTMP brings: H.264 and AAC, by its own rules
FORWARDER = "sdp"  # what a WebRTC server forwards


def forwarded(*, has_picture: bool, is_encoded: bool) -> Recorder:
    """Return what WebRTC brings: Opus, and H.264 as it is or VP8 to be encoded anew."""
    return Recorder(FORWARDER, has_picture, has_picture and not is_encoded)


def recorder_of(named: str) -> Recorder | None:
    """Return what a type stands for, or nothing for a type that is not taken."""
    found = TYPE.fullmatch(named) if len(named) <= LONGEST_TYPE else None
    if found is None:
        return None
    has_picture = found[1] == "video"
    return Recorder(DEMUXERS[found[2]], has_picture, has_picture and bool(COPIED.search(found[3] or "")))
