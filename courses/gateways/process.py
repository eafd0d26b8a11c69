"""The only door to ffmpeg's programs: a process of ours with limits, a group of its own and a clock.

ffmpeg-python builds the command line. Nothing that a user sent becomes an option, a format guess or a URL.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import ffmpeg

from lms.kernel.errors import DomainError

log = logging.getLogger(__name__)
GIGABYTE = 1 << 30
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
QUIET = ("-progress", "pipe:1", "-nostats", "-nostdin", "-hide_banner", "-y")
TOO_MUCH = "处理这个文件用时过长，已停止。请导出为 H.264 编码的 1080p 或 720p MP4 后重新上传。"
BROKEN = "视频转码失败，文件可能中途损坏。请在电脑上完整播放一遍，重新导出后再上传。"


class MediaRefusedError(DomainError):
    """The file is broken, dangerous or no video (视频文件不合格)."""

    code = "media_refused"
    status = 422


class ProcessKilledError(Exception):
    """Somebody else killed the process, the kernel for want of memory say: no fault of the file, try again."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a process may use: memory and largest file in GB, CPU and wall clock in seconds."""

    memory: int
    cpu: int
    wall: int
    file: int


COPYING = Budget(memory=2, cpu=3600, wall=7200, file=20)


def film_budget(seconds: float, rungs: int) -> Budget:
    """Return what a film of this length may use: a slow machine needs some eight times its length for every rung."""
    work = 600 + int(seconds * rungs * 12)
    return Budget(memory=6, cpu=work, wall=work, file=20)


def limits(budget: Budget) -> Callable[[], None]:
    """Return what a child does before it becomes ffmpeg. It ends with the worker: nobody else would stop it."""

    def apply() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_AS, (budget.memory * GIGABYTE,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (budget.cpu, budget.cpu + 10))
        resource.setrlimit(resource.RLIMIT_FSIZE, (budget.file * GIGABYTE,) * 2)
        os.nice(10)

    return apply


def run(
    graph: Any, *, budget: Budget, seconds: float = 0, progress: Callable[[int], None], level: str = "error"
) -> str:
    """Run a built graph (转码) and report percents of `seconds`. Return the end of what it said.

    Raises MediaRefusedError when ffmpeg gives up; whatever `progress` raises ends it at once.
    """
    command = ffmpeg.compile(graph.global_args(*QUIET, "-loglevel", level))
    said: deque[str] = deque(maxlen=30)

    def listen(lines: Iterator[str]) -> None:
        for line in lines:
            name, _, value = line.strip().partition("=")
            if name == "out_time_us":
                done = int(value) / 10_000 / seconds if seconds and value.isdigit() else 0
                progress(max(0, min(99, int(done))))

    if guarded(command, budget, listen, said):
        log.warning("ffmpeg gave up: %s", "".join(said).strip()[-1500:])
        raise MediaRefusedError(BROKEN)
    return "".join(said)


def guarded(
    command: Sequence[str], budget: Budget, listen: Callable[[Iterator[str]], None], said: deque[str] | None = None
) -> int:
    """Run a program, give what it prints to `listen`, and return how it ended. It never outlives this call.

    Raises MediaRefusedError when the budget is used up, ProcessKilledError.
    """
    child = subprocess.Popen(  # noqa: S603 - built by us, inputs guarded
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=limits(budget),
        env=ENVIRONMENT,
        text=True,
        errors="replace",
    )
    expired = threading.Event()
    timer = threading.Timer(budget.wall, end_late, [child.pid, expired])
    reader = threading.Thread(target=drain, args=(child.stderr, said), daemon=True)
    reader.start()
    timer.start()
    try:
        listen(iter(child.stdout or ()))
    except BaseException:
        kill_group(child.pid)
        raise
    finally:
        child.wait()
        timer.cancel()
        reader.join(1)
    if expired.is_set() or child.returncode == -signal.SIGXCPU:
        raise MediaRefusedError(TOO_MUCH)
    if child.returncode == -signal.SIGKILL:
        raise ProcessKilledError(command[0])
    return child.returncode


def drain(stream: IO[str] | None, said: deque[str] | None) -> None:
    """Read what a program complains of: with a full pipe it would stop."""
    for line in stream or ():
        if said is not None:
            said.append(line)


def end_late(pid: int, expired: threading.Event) -> None:
    """End what ran too long, and say why it ended."""
    expired.set()
    kill_group(pid)


def kill_group(pid: int) -> None:
    """End ffmpeg and whatever it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
