"""Two real servers on one database, each forked anew as soon as it is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


held: list[socket.socket] = []


def free_port() -> int:
    """Return a port that nobody else is given as long as this process lives: one server may listen on it, again and again.

    A port that was let go might be taken before a slow server comes to it, by another test or by any connection out.
    """
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # only now: nobody may bind it unless he says the same
    held.append(probe)
    return probe.getsockname()[1]


def wait_for(port: int, seconds: float = 300) -> None:
    """Return when something listens: a busy machine is slow to start."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


class Servers:
    """Started, killed and stopped by a test."""

    def __init__(self, environment: dict[str, str], *, count: int = 2) -> None:
        self.ports = [free_port() for _ in range(count)]
        self.environment = {**os.environ, **environment, "LIVE_PORTS": ",".join(map(str, self.ports))}
        self.environment["DJANGO_SETTINGS_MODULE"] = "tests.live.settings"
        self.pids: dict[int, int] = {}
        self.parents: list[subprocess.Popen[str]] = []

    def run(self, module: str, *arguments: str) -> str:
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip().splitlines()[-1]

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.live.forked", *map(str, self.ports)]
        parent = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.parents.append(parent)
        threading.Thread(target=self.note_children, args=(parent,), daemon=True).start()
        for port in self.ports:
            wait_for(port)

    def start_worker(self) -> None:
        self.beside("db_worker", "--queue-name=*", "--interval", "0.3", "--no-startup-delay")

    def start_ticker(self) -> None:
        self.beside("tick", "--loop")

    def beside(self, *command: str) -> None:
        """Run one of the site's commands beside the servers until they stop."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        line = [sys.executable, "manage.py", *command]
        self.parents.append(subprocess.Popen(line, cwd=ROOT, env=self.environment, **quiet))

    def note_children(self, parent: subprocess.Popen[str]) -> None:
        for line in parent.stdout or ():
            port, pid = map(int, line.split())
            self.pids[port] = pid

    def kill_one(self, port: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pids[port], signal.SIGKILL)

    def stop(self) -> None:
        for parent in self.parents:
            parent.kill()
            parent.wait()
        for pid in self.pids.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
