"""The graphs that make a film's files: one run for all renditions, then cheap cuts of what it made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from courses.gateways.media import Probe, Timing, guarded_path, source
from courses.rules.ladder import (
    FALLBACK_SIDE,
    FASTEST,
    GOP_SECONDS,
    HIGHEST,
    SEGMENT_SECONDS,
    SPRITE_COLUMNS,
    SPRITE_WIDTH,
    Rung,
    tile_count,
    tile_seconds,
)

OWN_FILES = {"f": "hls", "protocol_whitelist": "file", "allowed_extensions": "ALL"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a film is made (转码方案). With `keeps_picture` the top rung is the source's own picture."""

    path: Path
    found: Probe
    pace: Timing
    rungs: list[Rung]
    keeps_picture: bool
    gain_db: float

    @property
    def encoded(self) -> list[Rung]:
        """Return the rungs that are encoded anew."""
        return self.rungs[:-1] if self.keeps_picture else self.rungs

    @property
    def names(self) -> list[str]:
        """Return the names of all renditions, that of the sound alone last."""
        return [rung.name for rung in self.rungs] + (["audio"] if self.found.has_audio else [])


def ladder_graph(plan: Plan, folder: Path) -> Any:
    """Return the one run that makes all renditions (转码): every picture is decoded once and scaled step by step."""
    small = min(plan.found.width, plan.found.height) <= HIGHEST[0]
    stream = source(plan.path, plan.found, **({"threads": 1} if small else {}))
    streams: list[Any] = scaled(straight(stream["v:0"], plan), plan)
    options = encoder_options(plan)
    if plan.keeps_picture:
        streams.append(stream["v:0"])
    group = ",agroup:sound" if plan.found.has_audio else ""
    names = [f"v:{place},name:{rung.name}{group}" for place, rung in enumerate(plan.rungs)]
    if plan.found.has_audio:
        gain = f"{plan.gain_db}dB"
        streams.append(stream["a:0"].filter("aresample", 48000, **{"async": 1}).filter("volume", gain))
        options |= {"c:a": "aac", "b:a": "96k", "ac": 2}
        names.append("a:0,agroup:sound,name:audio,default:yes")
    each = "%v" if len(names) > 1 else plan.names[0]  # of a single rendition ffmpeg does not fill in the name
    return ffmpeg.output(
        *streams, f"{folder}/{each}.m3u8", f="hls", hls_time=SEGMENT_SECONDS, hls_playlist_type="vod",
        hls_segment_type="fmp4", hls_flags="independent_segments", hls_fmp4_init_filename=f"{each}_init.mp4",
        hls_segment_filename=f"{folder}/{each}_%05d.m4s", var_stream_map=" ".join(names), map_metadata=-1, **options,
    )  # fmt: skip


def straight(picture: Any, plan: Plan) -> Any:
    """Return the picture with square pixels, whole frames and, unless it is kept, frames at equal times."""
    if plan.found.is_interlaced:
        picture = picture.filter("yadif")
    if plan.found.is_stretched:
        picture = picture.filter("scale", plan.found.width, plan.found.height).filter("setsar", 1)
    if not plan.keeps_picture and not (plan.pace.is_steady and plan.pace.frames_per_second <= FASTEST):
        picture = picture.filter("fps", fps=min(FASTEST, plan.pace.frames_per_second))
    return picture


def scaled(picture: Any, plan: Plan) -> list[Any]:
    """Return the picture in the sizes that are encoded, the lowest first, each made from the next larger one."""
    made: list[Any] = []
    for rung in reversed(plan.encoded):
        if (rung.width, rung.height) != (plan.found.width, plan.found.height):
            picture = picture.filter("scale", rung.width, rung.height, flags="bilinear").filter("setsar", 1)
        if rung is plan.rungs[0]:
            made.append(picture)
        else:
            both = picture.filter_multi_output("split")
            made.append(both[0])
            picture = both[1]
    return made[::-1]


def encoder_options(plan: Plan) -> dict[str, Any]:
    """Return x264's options, those of each rung by its number; none when there is nothing to encode."""
    if not plan.encoded:
        return {"c:v": "copy"}
    options: dict[str, Any] = {
        "c:v": "libx264", "preset": "veryfast", "pix_fmt": "yuv420p", "sc_threshold": 0,
        "g": math.ceil(max(plan.pace.frames_per_second, 1)) * GOP_SECONDS * 4,
        "force_key_frames": f"expr:gte(t,n_forced*{GOP_SECONDS})",
    }  # fmt: skip
    if plan.keeps_picture:
        # The others cut where the kept picture can be cut, and drop or double no frame of it.
        options |= {f"c:v:{len(plan.encoded)}": "copy", "force_key_frames": "source", "fps_mode": "vfr"}
    # Threads of encoders that wait for one another cost a twentieth of the work: the lower rungs go without.
    options |= {f"threads:v:{place}": 1 for place in range(len(plan.encoded[:-1]))}
    for place, rung in enumerate(plan.encoded):
        options |= {
            f"profile:v:{place}": "main",  # a copied picture would take it for a number
            f"crf:v:{place}": rung.crf,
            f"maxrate:v:{place}": f"{rung.kbps}k",
            f"bufsize:v:{place}": f"{2 * rung.kbps}k",
        }
    return options


def own(folder: Path, name: str, **options: Any) -> Any:
    """Return a playlist that we made, as an input."""
    return ffmpeg.input(guarded_path(folder / f"{name}.m3u8"), **OWN_FILES, **options)


def fallback_graph(plan: Plan, folder: Path) -> Any:
    """Return how one MP4 is put together from the renditions, its index in front (备用文件)."""
    rung = max(
        (one for one in plan.rungs if one.side <= FALLBACK_SIDE), key=lambda one: one.side, default=plan.rungs[0]
    )
    streams = [own(folder, rung.name)["v:0"]]
    if plan.found.has_audio:
        streams.append(own(folder, "audio")["a:0"])
    return ffmpeg.output(*streams, f"file:{folder / 'video.mp4'}", f="mp4", c="copy", movflags="+faststart")


def pictures_graph(folder: Path, rung: Rung, duration: float, poster_at: float) -> Any:
    """Return how storyboard and poster are made from the key frames of the lowest rung (缩略图、封面).

    Nothing else is decoded: a hundredth of the work of looking at every frame.
    """
    both = own(folder, rung.name, skip_frame="nokey")["v:0"].filter_multi_output("split")
    rows = math.ceil(tile_count(duration) / SPRITE_COLUMNS)
    sprite = (
        both[0]
        .filter("fps", fps=f"1/{tile_seconds(duration):g}", eof_action="pass")
        .filter("scale", SPRITE_WIDTH, tile_height(rung))
        .filter("tpad", stop=SPRITE_COLUMNS * rows, stop_mode="clone")  # a sheet that is not full is never written
        .filter("tile", f"{SPRITE_COLUMNS}x{rows}")
    )
    poster = both[1].filter("select", f"gte(t,{poster_at:.3f})").filter("scale", -2, 360)
    one = {"f": "image2", "update": 1, "frames:v": 1, "pix_fmt": "yuvj420p"}
    return ffmpeg.merge_outputs(
        ffmpeg.output(sprite, f"file:{folder / 'storyboard.jpg'}", **one, **{"q:v": 5}),
        ffmpeg.output(poster, f"file:{folder / 'poster.jpg'}", **one, **{"q:v": 3}),
    )


def tile_height(rung: Rung) -> int:
    """Return the height of one picture of the storyboard."""
    return max(2, round(SPRITE_WIDTH * rung.height / rung.width / 2) * 2)
