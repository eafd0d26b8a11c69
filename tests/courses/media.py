"""Real media files made by ffmpeg for the tests."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make_video(path: Path, *, seconds: float = 2, size: str = "320x180", extra: tuple[str, ...] = ()) -> Path:
    """Write a small H.264/AAC MP4 with a moving picture and a tone."""
    command = [
        "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}",
        "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", "-shortest", *extra, str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return path


def lengthened(film: bytes, length: int) -> bytes:
    """Return an MP4 that plays the same, made so long by a box that players skip."""
    rest = length - len(film)
    return film + rest.to_bytes(4, "big") + b"free" + bytes(rest - 8)
