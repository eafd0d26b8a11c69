"""Recording software as OBS is: ffmpeg that publishes a moving picture and a tone by RTMP."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any

PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"]
TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
CODECS = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25", "-pix_fmt", "yuv420p"]


class Software:
    """A program that publishes until it is stopped or turned away."""

    def __init__(self, address: str) -> None:
        command = ["ffmpeg", "-v", "error", "-re", *PICTURE, *TONE, *CODECS, "-c:a", "aac", "-f", "flv", address]
        quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.child = subprocess.Popen(command, start_new_session=True, **quiet)

    @property
    def is_running(self) -> bool:
        return self.child.poll() is None

    def kill(self) -> None:
        """Cut its line without a word."""
        if self.is_running:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
