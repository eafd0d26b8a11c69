"""Recordings as browsers make them: a tone by ffmpeg, in what MediaRecorder writes."""

from __future__ import annotations

import subprocess
from pathlib import Path

KINDS = {
    "webm": ["-c:a", "libopus", "-b:a", "48k", "-live", "1", "-f", "webm"],  # as Chromium: the header knows no length
    "mp4": ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"],  # as Safari
    "ogg": ["-c:a", "libopus", "-f", "ogg"],
    "flac": ["-c:a", "flac", "-f", "flac"],
    "film": [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=64x64:rate=5",
        "-t",
        "1",
        "-c:v",
        "libvpx",
        "-c:a",
        "libopus",
        "-f",
        "webm",
    ],
}


def recording(folder: Path, kind: str = "webm", seconds: float = 2.0) -> bytes:
    """Return a tone of a length as a file of a kind."""
    made = folder / f"{kind}-{seconds}"
    if not made.exists():
        tone = ["-f", "lavfi", "-t", str(seconds), "-i", "sine=frequency=440:sample_rate=48000"]
        subprocess.run(["ffmpeg", "-v", "error", "-y", *tone, *KINDS[kind], str(made)], check=True)
    return made.read_bytes()
