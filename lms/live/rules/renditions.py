"""What else is made of a live lesson's picture: a smaller one and the sound alone, as far as the machine carries it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from lms.live.rules.playlists import LIVE_NAME

AUTO, SOUND_ONLY, NONE = "auto", "sound", "none"
LOW_BITS = 480_000  # what the encoder is held to, sound included


class Way(StrEnum):
    """A rendition, by the letter in its files' names (清晰度)."""

    FULL = ""
    LOW = "l"  # 省流量
    SOUND = "a"  # 仅声音


MASTER_NAME, LOW_NAME, SOUND_NAME = "master.m3u8", "low.m3u8", "sound.m3u8"
PLAYLISTS = {LIVE_NAME: Way.FULL, LOW_NAME: Way.LOW, SOUND_NAME: Way.SOUND}
WORDS = {Way.LOW: "low", Way.SOUND: "sound"}


def made(setting: str, *, has_picture: bool, lower: int, load: float, cores: int) -> tuple[Way, ...]:
    """Return what is made besides the picture as it came (转码档).

    `lower`: smaller pictures being made here now, one for each core at most; none while the machine has more to do than cores.
    """
    if setting == NONE or not has_picture:
        return ()
    affords = setting == AUTO and lower < cores and load <= cores
    return (Way.LOW, Way.SOUND) if affords else (Way.SOUND,)


def master(bits: Mapping[Way, int]) -> str:
    """Return the playlist of pictures from which a player chooses by its line: the best first (主播放列表). Bits a second."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for name, way in PLAYLISTS.items():
        if way in bits and way != Way.SOUND:
            lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={bits[way]}", name]
    return "\n".join(lines) + "\n"
