"""ffmpeg for live lessons: every option chosen here, limited like every program of others.

Fed by a pipe it outlives the socket that feeds it, and ends by itself when the process that feeds it is gone: its input is
at an end then. Or it pulls what software publishes at a media server, and is killed with the process that started it.
"""

from __future__ import annotations

import logging
import os
import re
import select
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import ffmpeg

from lms.kernel.processes import ENVIRONMENT, Budget, kill_group, limits
from lms.live.rules.playlists import SEGMENT_SECONDS
from lms.live.rules.recorders import FORWARDER, Recorder
from lms.live.rules.renditions import Way

log = logging.getLogger(__name__)
BUDGET = Budget(memory=3, cpu=30_000, wall=12 * 3600, file=1)
STALLED_SECONDS = 5.0  # a pipe that takes nothing for so long belongs to a program that hangs
ENDING_SECONDS = 10.0
SECRET = re.compile(r"\?\S+")  # addresses are named with their tokens
ASKED_TO_END = 255  # what ffmpeg says then
EMPTYING_SECONDS = 3.0  # what was published last still comes, when its publisher is gone
SILENT_MICROSECONDS = 20_000_000
REORDERED_MICROSECONDS = 500_000  # packets that were lost on the way to us are sent again by their publisher
QUIET = ("-hide_banner", "-nostats", "-loglevel", "warning", "-y")
SOUND = {"c:a": "aac", "b:a": "96k", "ac": 1, "ar": 48000, "af": "aresample=async=1"}
ENCODED = {
    "c:v": "libx264", "preset": "veryfast", "tune": "zerolatency", "pix_fmt": "yuv420p", "profile:v": "main", "crf": 25,
    "maxrate": "1500k", "bufsize": "1500k", "sc_threshold": 0, "g": 1000, "fps_mode": "vfr",
    "vf": "scale=w='min(1280,iw)':h='min(1280,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2",
    "force_key_frames": f"expr:gte(t,n_forced*{SEGMENT_SECONDS})",
}  # fmt: skip


class EncoderGoneError(Exception):
    """ffmpeg ended or hangs: what follows needs a new one."""


LOW = {
    "c:v": "libx264", "preset": "ultrafast", "tune": "zerolatency", "pix_fmt": "yuv420p", "profile:v": "baseline", "crf": 28,
    "maxrate": "350k", "bufsize": "350k", "sc_threshold": 0, "g": 1000, "threads:v": 1,
    "vf": "fps=15,scale=w='min(640,iw)':h='min(360,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2",
    "force_key_frames": f"expr:gte(t,n_forced*{SEGMENT_SECONDS})",
}  # fmt: skip


def source_of(recorder: Recorder, pull: str) -> Any:
    """Return the input: the pipe, an address of our own media server, or the description of what one forwards."""
    guarded = {"f": recorder.demuxer, "fflags": "+genpts", "max_streams": 8, "max_pixels": 4096 * 2304}
    if recorder.demuxer == FORWARDER:
        patience = {"analyzeduration": 2_000_000, "probesize": 5_000_000, "max_delay": REORDERED_MICROSECONDS}
        return ffmpeg.input(pull, protocol_whitelist="data,rtp,udp", buffer_size=1 << 20, **patience, **guarded)
    if pull:
        return ffmpeg.input(pull, protocol_whitelist="rtmp,tcp", rw_timeout=SILENT_MICROSECONDS, **guarded)
    # Not `nobuffer`: it throws away what was read while probing, that is, the first key frame.
    return ffmpeg.input("pipe:0", protocol_whitelist="pipe", analyzeduration=0, probesize=5_000_000, **guarded)


def command(
    recorder: Recorder, folder: Path, number: int, push: str = "", pull: str = "", ways: Sequence[Way] = ()
) -> list[str]:
    """Return how ffmpeg is called for a run: container and codec by our table, names by our number, addresses by settings."""
    source = source_of(recorder, pull)
    streams = [source["a:0?"]]
    options: dict[str, Any] = dict(SOUND)
    if recorder.has_picture:
        streams.insert(0, source["v:0"])
        options |= {"c:v": "copy"} if recorder.is_copied else ENCODED
    outputs = [written(streams, options, folder, f"e{number}")]
    if push:
        outputs.append(pushed(streams, options, push))
    if Way.LOW in ways:
        outputs.append(written(streams, options | LOW, folder, f"e{number}{Way.LOW}"))
    if Way.SOUND in ways:
        outputs.append(written([source["a:0?"]], dict(SOUND), folder, f"e{number}{Way.SOUND}"))
    compiled: list[str] = ffmpeg.compile(ffmpeg.merge_outputs(*outputs).global_args(*QUIET), cmd=["ffmpeg"])
    return compiled


def written(streams: list[Any], options: dict[str, Any], folder: Path, name: str) -> Any:
    """Return an output in pieces (分片输出). Each has its own init file: append_list would give old pieces the new."""
    return ffmpeg.output(
        *streams, f"{folder}/{name}.m3u8", f="hls", hls_time=SEGMENT_SECONDS, hls_list_size=0,
        hls_flags="independent_segments+program_date_time+temp_file+omit_endlist", hls_segment_type="fmp4",
        hls_segment_filename=f"{folder}/{name}_%06d.m4s", hls_fmp4_init_filename=f"{name}_init.mp4",
        flush_packets=1, map_metadata=-1, **options,
    )  # fmt: skip


def pushed(streams: list[Any], options: dict[str, Any], push: str) -> Any:
    """Return the second output: the same stream to a relay (转推).

    It has a thread of its own: a relay that is slow or away loses pieces there, and never one of ours.
    """
    return ffmpeg.output(
        *streams, push, f="fifo", fifo_format="flv", drop_pkts_on_overflow=1, attempt_recovery=1, recover_any_error=1,
        recovery_wait_time=1, restart_with_keyframe=1, queue_size=600, map_metadata=-1, **options,
    )  # fmt: skip


class Encoder:
    """A running ffmpeg (编码进程)."""

    def __init__(
        self, recorder: Recorder, folder: Path, number: int, push: str = "", *, pull: str = "", ways: Sequence[Way] = ()
    ) -> None:
        """Start it. Raises EncoderGoneError where there is none."""
        self.pulls, self.ways = bool(pull), tuple(ways)
        self.said: deque[str] = deque(maxlen=30)
        try:
            self.child = subprocess.Popen(  # noqa: S603 - built by us
                command(recorder, folder, number, push, pull, ways),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                preexec_fn=limits(BUDGET, ends_with_us=self.pulls, niceness=0),
                env=ENVIRONMENT,
            )
        except OSError as error:
            raise EncoderGoneError("ffmpeg does not start") from error
        self.pid = self.child.pid
        os.set_blocking(self.pipe.fileno(), False)
        threading.Thread(target=self.listen, args=(self.child.stderr,), daemon=True).start()

    @property
    def pipe(self) -> IO[bytes]:
        """Return its input."""
        assert self.child.stdin is not None
        return self.child.stdin

    @property
    def is_running(self) -> bool:
        """Return whether it runs."""
        return self.child.poll() is None

    def listen(self, stream: IO[bytes]) -> None:
        """Read what it complains of: with a full pipe it would stop."""
        for line in stream:
            self.said.append(line.decode("utf-8", "replace"))

    def write(self, content: bytes) -> None:
        """Hand content on; returns when all of it is in the pipe. Raises EncoderGoneError."""
        rest = memoryview(content)
        while rest:
            if not self.is_running or not select.select([], [self.pipe], [], STALLED_SECONDS)[1]:
                raise EncoderGoneError("ffmpeg takes nothing")
            try:
                rest = rest[os.write(self.pipe.fileno(), rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise EncoderGoneError("ffmpeg is gone") from error

    def is_empty(self) -> bool:
        """Return whether what it pulled came to its end, given a moment."""
        try:
            self.child.wait(EMPTYING_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    def finish(self) -> None:
        """Let it write what it has, then end it in any case."""
        try:
            self.pipe.close()
            if self.pulls and not self.is_empty():
                self.child.send_signal(signal.SIGINT)
            self.child.wait(ENDING_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            kill_group(self.pid)
            self.child.wait()
        if self.child.returncode not in (0, ASKED_TO_END):
            said = SECRET.sub("?…", "".join(self.said).strip())
            log.warning("live ffmpeg ended with %s: %s", self.child.returncode, said[-1500:])
