"""Programs of others that run under us: what each may use, what it sees of our environment, how its whole group ends."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

GIGABYTE = 1 << 30
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


class OverBudgetError(Exception):
    """A program used up what it may."""


class ProcessKilledError(Exception):
    """Somebody else killed the process, the kernel for want of memory say: no fault of the file, try again."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a process may use: memory and largest file in GB, CPU and wall clock in seconds."""

    memory: int
    cpu: int
    wall: int
    file: int


def limits(budget: Budget, *, ends_with_us: bool = True, niceness: int = 10) -> Callable[[], None]:
    """Return what a child does before it becomes the program.

    `ends_with_us`: it is killed when the thread that started it ends, for nobody else would stop it.
    """

    def apply() -> None:
        if ends_with_us:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_AS, (budget.memory * GIGABYTE,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (budget.cpu, budget.cpu + 10))
        resource.setrlimit(resource.RLIMIT_FSIZE, (budget.file * GIGABYTE,) * 2)
        os.nice(niceness)

    return apply


def kill_group(pid: int) -> None:
    """End a program and whatever it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def run_guarded(
    command: Sequence[str], budget: Budget, listen: Callable[[Iterator[str]], None], said: deque[str] | None = None
) -> int:
    """Run a program, give what it prints to `listen`, and return how it ended. It never outlives this call.

    Raises OverBudgetError, ProcessKilledError.
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
        raise OverBudgetError(command[0])
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
