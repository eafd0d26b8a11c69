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
