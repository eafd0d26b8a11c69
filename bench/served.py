"""Rows `beats.socket…`, `beats.http`, `beats.memory`, `beats.p…`: learners at real servers, beside the limit on the same daphne.

PostgreSQL is a cluster of its own in a temporary folder. What counts is the CPU time of server and database together.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness import ROOT, Row, cpu_seconds, free_port, stop, wait_for
from bench.learners import PACE, Count, by_http, by_socket, study

LEARNERS = {"small": 300, "full": 2_000}
CLOSED_LOOP = 800  # so many at most, or the client is the limit
SECONDS = {"small": 4, "full": 10}
ROUNDS = {"small": 3, "full": 5}
STORED = 10_000_000
HTTP_LEARNERS = 24
BEAT_SECONDS = 10
UNIT = "beats per CPU-second of server and database"
APPS = {
    "ours": "lms.asgi:application",
    "bare": "bench.bare_beats:application",
    "naive": "bench.naive_beats:application",
}
ROWS = ("socket", "socket_to_orm", "http", "memory", "p50", "p95", "p99", "socket_sqlite", "stored")


@dataclass(slots=True)
class Stage:
    """Servers on one database, and the learners who sit there. `database_pid`: the cluster's, none for SQLite."""

    environment: dict[str, str]
    people: list[dict]
    pids: dict[str, int]
    ports: dict[str, int]
    database_pid: int | None

    def cpu_of(self, name: str) -> float:
        """Return what a server and its database spent."""
        with_database = self.database_pid is not None and name != "bare"
        return cpu_seconds(self.pids[name]) + (cpu_seconds(self.database_pid) if with_database else 0.0)

    def people_of(self, name: str) -> list[dict]:
        """Return the learners; the bare server, which knows nobody, gets copies."""
        return [dict(one) for one in self.people] if name == "bare" else self.people

    def rate(self, name: str, seconds: float, *, http: bool = False) -> float:
        """Return beats per CPU-second of learners who send as fast as they may."""
        connect, most = (by_http, HTTP_LEARNERS) if http else (by_socket, CLOSED_LOOP)
        people = self.people_of(name)[:most]
        count = Count()

        async def run() -> float:
            learners = await connect(self.ports[name], people, count, 0.0 if http else PACE, echo=name == "bare")
            return await study(learners, seconds, lambda: self.cpu_of(name), count)

        return asyncio.run(run())

    def waits(self, name: str, seconds: float) -> tuple[list[float], float]:
        """Return how long learners waited who beat every ten seconds, sorted, in ms; and KB of memory for each of them."""
        count, before, memory = Count(), resident_kb(self.pids[name]), 0.0

        async def run() -> float:
            learners = await by_socket(self.ports[name], self.people_of(name), count, BEAT_SECONDS, echo=name == "bare")
            nonlocal memory
            memory = (resident_kb(self.pids[name]) - before) / len(learners)
            await study(learners, seconds, lambda: 0.0, count)
            return 0.0

        asyncio.run(run())
        return sorted(1000 * wait for wait in count.waits), memory


def resident_kb(pid: int) -> int:
    """Return a process's memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@dataclass(slots=True)
class Laid:
    """What a stage in a process of its own said, and the environment of the servers on it."""

    said: dict[str, Any]
    environment: dict[str, str]


def laid(module: str, count: int, folder: Path, database: str, more: dict[str, str] | None = None) -> Laid:
    """Lay a stage of so many people in a database."""
    environment = {**os.environ, "VAR_DIR": str(folder), "DATABASE_URL": database, "LOG_LEVEL": "ERROR", **(more or {})}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.live.settings"
    command = [sys.executable, "-m", module, str(count)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr[-2000:])
    return Laid(json.loads(ended.stdout.splitlines()[-1]), environment)


@contextmanager
def daphne(apps: dict[str, str], environment: dict[str, str]) -> Iterator[dict[str, tuple[int, int]]]:
    """Run a daphne for each application until the block ends; yield their processes and ports by name."""
    with ExitStack() as stack:
        servers = {}
        for name, application in apps.items():
            port = free_port()
            command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", application]
            process = subprocess.Popen(command, cwd=ROOT, env=environment)
            stack.callback(stop, process)
            servers[name] = (process.pid, port)
            wait_for(port)
        yield servers


@contextmanager
def staged(
    folder: Path, learners: int, database: str, database_pid: int | None, apps: tuple[str, ...]
) -> Iterator[Stage]:
    """Lay a stage and run servers on it until the block ends."""
    stage = laid("bench.stage", learners, folder, database)
    people = [{**one, "acked": 0, "at": 0} for one in stage.said["learners"]]
    with daphne({name: APPS[name] for name in apps}, stage.environment) as servers:
        pids, ports = ({name: one[place] for name, one in servers.items()} for place in (0, 1))
        yield Stage(stage.environment, people, pids, ports, database_pid)


def measure(size: str, only: str, folder: Path) -> dict[str, Row]:
    """Return the rows that are asked for."""
    wanted = {row for row in ROWS if f"beats.{row}".startswith(only) or only.startswith(f"beats.{row}")}
    if size == "small":
        wanted.discard("stored")
    if not wanted:
        return {}
    from tests.live.clusters import own_services

    rows: dict[str, Row] = {}
    if wanted - {"socket_sqlite"}:
        (folder / "postgres-site" / "static").mkdir(parents=True)
        with own_services() as (postgres, _):
            address = postgres.database("bench")
            with staged(
                folder / "postgres-site", LEARNERS[size], address, postgres.pid, ("ours", "bare", "naive")
            ) as stage:
                rows |= on_postgres(stage, size, wanted)
                if "stored" in wanted:
                    rows["beats.stored"] = stored(stage, size, address)
    if "socket_sqlite" in wanted:
        (folder / "sqlite-site" / "static").mkdir(parents=True)
        path = f"sqlite:///{folder / 'sqlite-site' / 'bench.sqlite3'}"
        with staged(folder / "sqlite-site", min(LEARNERS[size], CLOSED_LOOP), path, None, ("ours", "bare")) as stage:
            value, limit = medians(size, stage.rate, ("ours",), ("bare",))
            rows["beats.socket_sqlite"] = Row(value, UNIT, limit, 1.0)
    return rows


def on_postgres(stage: Stage, size: str, wanted: set[str]) -> dict[str, Row]:
    """Return the rows of a site on PostgreSQL."""
    rows: dict[str, Row] = {}
    if "socket" in wanted:
        value, limit = medians(size, stage.rate, ("ours",), ("bare",))
        rows["beats.socket"] = Row(value, UNIT, limit, 1.0)
    if "socket_to_orm" in wanted:
        value, limit = medians(size, stage.rate, ("ours",), ("naive",))
        rows["beats.socket_to_orm"] = Row(value, UNIT, limit, 15.0)
    if "http" in wanted:
        over_http: Callable[[str, float], float] = lambda name, seconds: stage.rate(name, seconds, http=True)  # noqa: E731
        value, limit = medians(size, over_http, ("ours",), ("bare",))
        rows["beats.http"] = Row(value, UNIT, limit, 0.5)
    if wanted & {"memory", "p50", "p95", "p99"}:
        seconds = 2 * BEAT_SECONDS
        (bare, bare_kb), (ours, ours_kb) = stage.waits("bare", seconds), stage.waits("ours", seconds)
        rows["beats.memory"] = Row(
            ours_kb, f"KB per connected learner, {len(stage.people)} of them", bare_kb, 3.0, at_most=True
        )
        for percent, goal in ((50, 3.0), (95, 3.0), (99, 3.0)):
            unit = f"ms to an acknowledgement, {len(stage.people)} learners beating every {BEAT_SECONDS} s"
            pair = (of_hundred(ours, percent), of_hundred(bare, percent))
            rows[f"beats.p{percent}"] = Row(pair[0], unit, pair[1], goal, at_most=True)
    return rows


def of_hundred(waits: list[float], percent: int) -> float:
    """Return a percentile of sorted waits."""
    return waits[min(len(waits) - 1, len(waits) * percent // 100)]


def medians(size: str, run: Callable[..., float], ours: tuple[str], limit: tuple[str]) -> tuple[float, float]:
    """Run both in turns, after a turn of ours that warms up."""
    run(*ours, 1)
    pairs = [(run(*ours, SECONDS[size]), run(*limit, SECONDS[size])) for _ in range(ROUNDS[size])]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def stored(stage: Stage, size: str, address: str) -> Row:
    """Measure before and after ten million beats of others lie in the tables."""
    before = statistics.median(stage.rate("ours", SECONDS[size]) for _ in range(ROUNDS[size]))
    import psycopg

    with psycopg.connect(address, autocommit=True) as line:
        line.execute(
            "INSERT INTO attendance_beat (person_id, n, session, seq, at, start, credit, lost, from_ms, to_ms, why) "
            "SELECT 1000000 + i / 1000, i %% 1000, 1, i, base.at - i / 10, 0, 10000, 0, 0, 10000, '' "
            "FROM generate_series(1, %s) AS i, (SELECT max(at) AS at FROM attendance_beat) AS base",
            [STORED],
        )
        line.execute("VACUUM (ANALYZE) attendance_beat")  # or the server would do so while beats are measured
        line.execute("CHECKPOINT")
    after = statistics.median(stage.rate("ours", SECONDS[size]) for _ in range(ROUNDS[size]))
    return Row(after, f"{UNIT}, with 10^7 stored, beside none", before, 0.9)
