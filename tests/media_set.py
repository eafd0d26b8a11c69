"""The set of malicious and broken media (恶意与损坏视频样本), each with the reason it must be refused for.

`python -m tests.media_set FOLDER [VICTIM] [PORT]` writes all of them. Every file exercises another rule of the door to ffmpeg.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.courses.media import make_video

UNREADABLE = "这不是可以识别的视频文件，或文件已损坏。请上传 MP4、MOV、MKV 等常见视频。"
NO_PICTURE = "文件里没有画面。请上传带画面的视频；纯音频请放到图文课时。"
CUT_OFF = "文件不完整：能播放的部分比标明的时长短。请重新导出或重新上传。"
MEBIBYTE = 1 << 20
SMALL = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@dataclass(frozen=True)
class Targets:
    """What the attackers are after: somebody else's upload, a service inside the house."""

    victim: Path
    port: int


@dataclass(frozen=True)
class Case:
    """A file, how it is made and the sentence that its uploader must read."""

    file_name: str
    reason: str
    make: Callable[[Path, Targets], object]


def ffmpeg(*arguments: object) -> None:
    command = ["ffmpeg", "-v", "error", "-y", "-fflags", "+bitexact", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def playlist(path: Path, entry: str) -> None:
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n{entry}\n#EXT-X-ENDLIST\n", "utf-8")


def concat_list(path: Path, targets: Targets) -> None:
    path.write_text(f"ffconcat version 1.0\nfile {targets.victim}\n", "utf-8")


def session_description(path: Path, targets: Targets) -> None:
    lines = ("v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=x", "c=IN IP4 127.0.0.1", "t=0 0")
    path.write_text("\n".join([*lines, f"m=video {targets.port} RTP/AVP 96", ""]), "utf-8")


def zip_of_zeros(path: Path, *, mebibytes: int = 1024, name: str = "film.mp4") -> None:
    """Write a zip that unpacks to a thousand times its size, without ever holding what it unpacks to."""
    zeros, packer, crc = bytes(MEBIBYTE), zlib.compressobj(9, zlib.DEFLATED, -15), 0
    packed = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    data = packed + again * (mebibytes - 1) + packer.flush()
    for _ in range(mebibytes):
        crc = zlib.crc32(zeros, crc)
    facts = (20, 0, 8, 0, 0x21, crc, len(data), mebibytes * MEBIBYTE, len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<5H3L2H", *facts) + name.encode()
    entry = b"PK\x01\x02\x14\x00" + struct.pack("<5H3L2H", *facts) + bytes(14) + name.encode()
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(local) + len(data), 0)
    path.write_bytes(local + data + entry + end)


def lying_zip(path: Path, *, method: int, mebibytes: int = 64, claimed: int = 1000, name: str = "film.mp4") -> None:
    """Write a zip whose member says that it holds `claimed` bytes, and unpacks to far more; its checksum agrees."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed, packed.open(name, "w") as member:
        for _ in range(mebibytes):
            member.write(bytes(MEBIBYTE))
    content = bytearray(out.getvalue())
    entry = content.index(b"PK\x01\x02")
    struct.pack_into("<L", content, entry + 16, zlib.crc32(bytes(claimed)))
    struct.pack_into("<L", content, entry + 24, claimed)
    path.write_bytes(content)


def picture(path: Path, targets: Targets) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", 1, "-c:v", "png", "-f", "image2", path)


def without_index(path: Path, targets: Targets) -> None:
    path.write_bytes(make_video(path.with_suffix(".whole.mp4"), seconds=1).read_bytes()[:500])


def first_half(path: Path, targets: Targets) -> None:
    whole = make_video(path.with_suffix(".whole.mp4"), seconds=10, extra=("-movflags", "+faststart")).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def sound_only(path: Path, targets: Targets) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", path)


def sound_with_cover(path: Path, targets: Targets) -> None:
    cover = ("-map", 0, "-map", 1, "-frames:v", 1, "-c:v", "mjpeg", "-disposition:v", "attached_pic")
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "sine=duration=1",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=64x64:duration=0.04",
        *cover,
        "-f",
        "mp4",
        path,
    )


def enormous_picture(path: Path, targets: Targets) -> None:
    ffmpeg("-f", "lavfi", "-i", "color=size=12000x1200:rate=1", "-frames:v", 1, "-c:v", "mjpeg", "-f", "mov", path)


def film_of(*options: object, source: str = "testsrc2=size=64x64:rate=10:duration=0.5") -> Callable[..., None]:
    return lambda path, targets: ffmpeg("-f", "lavfi", "-i", source, *options, path)


def endless(path: Path, targets: Targets) -> None:
    """Write a film whose header claims ten hours: mvhd and mdhd count in their own time scales."""
    whole = bytearray(make_video(path.with_suffix(".whole.mp4"), seconds=1).read_bytes())
    for box in (b"mvhd", b"tkhd", b"elst", b"mdhd"):
        place = whole.find(box)
        while place != -1:
            offset = {b"mvhd": 20, b"mdhd": 20, b"tkhd": 24, b"elst": 12}[box]
            (length,) = struct.unpack_from(">L", whole, place + offset)
            struct.pack_into(">L", whole, place + offset, length * 36_000)
            place = whole.find(box, place + 4)
    path.write_bytes(whole)


CASES: dict[str, Case] = {
    "playlist of another upload": Case(
        "playlist.mp4", UNREADABLE, lambda path, targets: playlist(path, str(targets.victim))
    ),
    "concat list of another upload": Case("concat.mp4", UNREADABLE, concat_list),
    "playlist of an inside address": Case(
        "ssrf.mp4", UNREADABLE, lambda path, targets: playlist(path, f"http://127.0.0.1:{targets.port}/secret.ts")
    ),
    "session description": Case("stream.mp4", UNREADABLE, session_description),
    "zip bomb": Case("bomb.mp4", UNREADABLE, lambda path, targets: zip_of_zeros(path)),
    "zip bomb of bzip2": Case(
        "bomb-bzip2.mp4", UNREADABLE, lambda path, targets: lying_zip(path, method=zipfile.ZIP_BZIP2)
    ),
    "picture with a film's name": Case("picture.mp4", UNREADABLE, picture),
    "text with a film's name": Case(
        "text.mp4", UNREADABLE, lambda path, targets: path.write_text("这不是视频" * 100, "utf-8")
    ),
    "header only": Case("header.mp4", UNREADABLE, without_index),
    "first half": Case("half.mp4", CUT_OFF, first_half),
    "empty": Case(
        "empty.mp4", "文件是空的，请重新导出后再选择。", lambda path, targets: path.write_bytes(b"")
    ),
    "12,000 pixels": Case(
        "huge.mp4", "画面尺寸 12000×1200 过大，请导出为 1080p 或 720p 后上传。", enormous_picture
    ),
    "sound only": Case("sound.mp4", NO_PICTURE, sound_only),
    "sound with a cover picture": Case("cover.mp4", NO_PICTURE, sound_with_cover),
    "codec that few can play": Case(
        "codec.mkv", "不支持这种视频编码，请导出为 H.264 编码的 MP4 后上传。", film_of("-c:v", "ffv1")
    ),
    "240 pictures a second": Case(
        "fast.mp4",
        "画面帧率过高，请导出为 60 帧以内后上传。",
        film_of(*SMALL, source="testsrc2=size=64x64:rate=240:duration=0.2"),
    ),
    "ten hours by its own account": Case("endless.mp4", "视频超过6小时，请分成几段上传。", endless),
    "twenty tracks": Case("tracks.mkv", UNREADABLE, film_of(*("-map", 0) * 20, *SMALL)),
}  # fmt: skip


def make_set(folder: Path, targets: Targets) -> dict[str, Path]:
    """Write every file of the set; return their paths by name."""
    made = {}
    for name, case in CASES.items():
        made[name] = folder / case.file_name
        case.make(made[name], targets)
    return made


def main(folder: str, victim: str = "", port: str = "9") -> None:
    """Write the set and say what each file is and must be refused for."""
    place = Path(folder).resolve()
    place.mkdir(parents=True, exist_ok=True)
    prey = Path(victim) if victim else make_video(place / "victim.mp4", seconds=1)
    for name, path in make_set(place, Targets(prey, int(port))).items():
        sys.stdout.write(f"{path}\t{name}\t{CASES[name].reason}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
