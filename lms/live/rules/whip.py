"""WebRTC publishing by WHIP: what is offered, what was agreed on, and how our encoder is told of it. Pure.

Sources: RFC 9725 (WHIP), RFC 8866 (SDP), RFC 4568 (keys in SDP).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import StrEnum

LARGEST_OFFER = 64 << 10
FEEDS = "whip-"
FEED = re.compile(FEEDS + r"(\d{1,19})-(\d{1,19})", re.ASCII)
MEDIA = re.compile(r"^m=(audio|video) ([1-9]\d*) ", re.ASCII | re.MULTILINE)
COPIED, ENCODED = "h264", "vp8"
PICTURES = {COPIED: "H264/90000", ENCODED: "VP8/90000"}
NAMES = {name.lower(): codec for codec, name in PICTURES.items()}
FORWARDED = {"video": 96, "audio": 111}
KEY_BYTES = 30  # AES_CM_128_HMAC_SHA1_80: a key of 16 bytes and a salt of 14


class Flaw(StrEnum):
    """Why an offer is not taken."""

    UNREADABLE = "unreadable"
    NO_SOUND = "no_sound"
    NO_PICTURE = "no_picture"


FLAWS = {
    Flaw.UNREADABLE: "推流软件发来的内容读不懂（应为WHIP的SDP）。请升级推流软件，或改用RTMP推流。",
    Flaw.NO_SOUND: "推流里没有声音。请打开麦克风后重新开播。",
    Flaw.NO_PICTURE: "推流里没有画面。请打开摄像头，或在推流软件里放一张图片，再重新开播。",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A publication at Janus (推流线路): its session and handle there."""

    session: int
    handle: int

    @property
    def feed(self) -> str:
        """Return its name in our rows."""
        return f"{FEEDS}{self.session}-{self.handle}"

    @property
    def room(self) -> str:
        """Return the name of its room."""
        return f"{self.session}-{self.handle}"


@dataclass(frozen=True, slots=True)
class Ports:
    """UDP ports of this machine at which an encoder hears; each has the next one beside it for RTCP (端口)."""

    picture: int
    sound: int


def line_of(feed: str) -> Line | None:
    """Return the line of a feed; nothing for one that came by RTMP."""
    found = FEED.fullmatch(feed)
    return Line(int(found[1]), int(found[2])) if found else None


def flaw_of(offer: str, *, needs_picture: bool) -> Flaw | None:
    """Return why an offer is not taken, or nothing."""
    if not offer.startswith("v=0") or "\0" in offer:
        return Flaw.UNREADABLE
    kinds = {found[1] for found in MEDIA.finditer(offer.replace("\r", ""))}
    if "audio" not in kinds:
        return Flaw.NO_SOUND
    return Flaw.NO_PICTURE if needs_picture and "video" not in kinds else None


def picture_codec(answer: str) -> str:
    """Return in which of our codecs the picture comes, by the answer to an offer; nothing where there is none (画面编码)."""
    lines = answer.replace("\r", "").split("\n")
    number = ""
    for line in lines:
        if line.startswith("m="):
            words = line.split(" ")
            number = words[3] if line.startswith("m=video ") and words[1] != "0" and len(words) > 3 else ""
        elif number and line.lower().startswith(f"a=rtpmap:{number} "):
            return NAMES.get(line.partition(" ")[2].strip().lower(), "")
    return ""


def description(ports: Ports, codec: str, key: str) -> str:
    """Return the address of what Janus forwards, as our encoder reads it: the description itself. `codec`: empty for sound."""
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
    heard = [("video", ports.picture, PICTURES[codec])] if codec else []
    for kind, port, name in [*heard, ("audio", ports.sound, "opus/48000/2")]:
        number = FORWARDED[kind]
        lines += [f"m={kind} {port} RTP/SAVP {number}", f"a=rtpmap:{number} {name}"]
        lines += [f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}", "a=source-filter: incl IN IP4 * 127.0.0.1"]
    if codec == COPIED:
        lines.insert(7, f"a=fmtp:{FORWARDED['video']} packetization-mode=1")
    text = "\r\n".join([*lines, ""])
    return f"data:application/sdp;base64,{base64.b64encode(text.encode()).decode()}"
