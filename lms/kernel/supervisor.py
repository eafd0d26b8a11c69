"""Keeps the processes of one machine running: starts them, starts again what died, stops all of them together."""

from __future__ import annotations

import ctypes
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.2
GRACE_SECONDS = 8.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SOUND_AFTER_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to end this process when its supervisor is killed: a port must not stay taken."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Child:
    """One process that is to run all the time."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    deaths_in_row: int = 0

    def start(self, moment: float) -> None:
        """Start it, in a session of its own: Ctrl-C reaches the supervisor only, which then stops all in order."""
        self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.started_at = moment

    def is_running(self) -> bool:
        """Return whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def look(self, moment: float) -> None:
        """Start it when it is due; note a death and how long to wait after it."""
        if self.process is not None and (code := self.process.poll()) is not None:
            self.deaths_in_row = 1 if moment - self.started_at > SOUND_AFTER_SECONDS else self.deaths_in_row + 1
            pause = pause_after(self.deaths_in_row)
            log.warning("%s ended (%s), starts again in %.1f s", self.name, code, pause)
            self.process, self.start_at = None, moment + pause
        if self.process is None and moment >= self.start_at:
            self.start(moment)


def pause_after(deaths_in_row: int) -> float:
    """Return how many seconds to wait before the next start: doubled with each death in a row."""
    return float(min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (deaths_in_row - 1)))


@dataclass(slots=True)
class Supervisor:
    """Runs children until it is told to stop."""

    children: list[Child]
    grace_seconds: float = GRACE_SECONDS
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, each_look: Callable[[], object] = lambda: None) -> None:
        """Keep all children running until SIGTERM, SIGINT or SIGHUP; then stop them, the last started first."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        try:
            while not self.stopping.is_set():
                for child in self.children:
                    child.look(time.monotonic())
                each_look()
                self.stopping.wait(LOOK_SECONDS)
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask all to end, wait a little, kill the rest. A killed worker's job is taken up again by its lease."""
        running = [child for child in reversed(self.children) if child.is_running() and child.process]
        for child in running:
            child.process.terminate()  # type: ignore[union-attr]
        deadline = time.monotonic() + self.grace_seconds
        for child in running:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))  # type: ignore[union-attr]
            except subprocess.TimeoutExpired:
                log.warning("%s did not end in time and is killed", child.name)
                child.process.kill()  # type: ignore[union-attr]
                child.process.wait()  # type: ignore[union-attr]
