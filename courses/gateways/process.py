"""The only door to ffmpeg's programs: a process of ours with limits, a group of its own and a clock.

ffmpeg-python builds the command line. Nothing that a user sent becomes an option, a format guess or a URL.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ffmpeg

from lms.kernel.errors import DomainError
from lms.kernel.processes import Budget, OverBudgetError, run_guarded

log = logging.getLogger(__name__)
QUIET = ("-progress", "pipe:1", "-nostats", "-nostdin", "-hide_banner", "-y")
TOO_MUCH = "处理这个文件用时过长，已停止。请导出为 H.264 编码的 1080p 或 720p MP4 后重新上传。"
BROKEN = "视频转码失败，文件可能中途损坏。请在电脑上完整播放一遍，重新导出后再上传。"


class MediaRefusedError(DomainError):
    """The file is broken, dangerous or no video (视频文件不合格)."""

    code = "media_refused"
    status = 422


COPYING = Budget(memory=2, cpu=3600, wall=7200, file=20)


def film_budget(seconds: float, rungs: int) -> Budget:
    """Return what a film of this length may use: a slow machine needs some eight times its length for every rung."""
    work = 600 + int(seconds * rungs * 12)
    return Budget(memory=6, cpu=work, wall=work, file=20)


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
    try:
        return run_guarded(command, budget, listen, said)
    except OverBudgetError as error:
        raise MediaRefusedError(TOO_MUCH) from error
