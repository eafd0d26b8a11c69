"""What every row needs: CPU time of processes, a server of its own, interleaved rounds, a table."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TICK = os.sysconf("SC_CLK_TCK")
WARM_UP = 20
STOP_SECONDS = 10


@dataclass(slots=True)
class Row:
    """A row: work per CPU-second of ours and of the limit. `goal`: the share of the limit that we want to reach.

    With `at_most` the numbers are costs, and the goal is the most that the share may be.
    """

    value: float
    unit: str
    limit: float
    goal: float
    at_most: bool = False

    def as_json(self) -> dict[str, object]:
        """Return the row as it is written."""
        ratio = self.value / self.limit if self.limit else 0.0
        return {
            "value": round(self.value, 1),
            "unit": self.unit,
            "limit": round(self.limit, 1),
            "ratio": round(ratio, 3),
            "goal": self.goal,
            "met": ratio <= self.goal if self.at_most else ratio >= self.goal,
        }


def cpu_seconds(top: int) -> float:
    """Return the CPU time of a process and its children, those that ended included."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            spent[int(entry.name)] = sum(map(int, fields[11:15]))  # children that ended are in their parent's account
    tree = {top}
    while grown := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return sum(spent.get(pid, 0) for pid in tree) / TICK


def cpu_alone(pid: int) -> float:
    """Return the CPU time of a process without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(slots=True)
class Server:
    """A WSGI server on the loopback address, as production runs plain HTTP."""

    process: subprocess.Popen[bytes]
    port: int

    def get(self, path: str, headers: dict[str, str], count: int) -> tuple[float, bytes]:
        """Ask `count` times over one connection; return the server's CPU seconds and the last answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        before, body = cpu_seconds(self.process.pid), b""
        for _ in range(count):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}")
        connection.close()
        return cpu_seconds(self.process.pid) - before, body


@contextmanager
def serving(application: str, **environment: str) -> Iterator[Server]:
    """Run gunicorn with one worker and one thread until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "1", "--threads", "1"]
    command += ["-k", "gthread", "--keep-alive", "30", "--log-level", "error", application]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        wait_for(port)
        yield Server(process, port)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a server to end, and end it when it does not: a slow one must not cost the figures that are measured."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    """Wait until the server listens."""
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def interleave(ours: Callable[[], float], limit: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Run both in turns; return the medians of what they report (work per CPU-second)."""
    pairs = [(ours(), limit()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def table(rows: dict[str, Row]) -> str:
    """Return the rows as text."""
    lines = [f"{'row':<28}{'value':>10}{'limit':>10}{'ratio':>8}{'goal':>7}  met  unit"]
    for name, row in rows.items():
        one = row.as_json()
        met = "yes" if one["met"] else "no"
        numbers = f"{one['value']:>10}{one['limit']:>10}{one['ratio']:>8}{one['goal']:>7}"
        lines.append(f"{name:<28}{numbers}  {met:<4} {row.unit}")
    return "\n".join(lines)
