"""Rows `live.hundred` and `live.nginx`: a hundred players at one daphne, and what a piece costs that nginx sends."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from bench.harness import Row, cpu_alone, cpu_seconds, free_port, serving
from bench.live_stage import MEDIA_COOKIE
from bench.lives import REQUESTS, ROUNDS, Broadcaster, Viewer, recorded
from bench.served import daphne, laid

VIEWERS = 100
SECONDS = {"small": 20, "full": 60}
WARM_UP_SECONDS = 8
LOOKS_EVERY = 1.0  # a player asks for the playlist as often as a piece is long
LATE_SECONDS = 2.0  # a piece that took so long after it was named: the player has run dry
HUNDRED_GOAL, NGINX_GOAL = 0.7, 0.7


@dataclass(slots=True)
class Seen:
    """What a crowd of players met."""

    waits: list[float] = field(default_factory=list)
    pieces: int = 0
    late: int = 0


class Player:
    """A player on one line: the playlist every second, and each piece once."""

    def __init__(self, port: int, playlist: str, seen: Seen) -> None:
        self.port, self.playlist, self.seen = port, playlist, seen
        self.known: set[str] = set()

    async def run(self, first: float, until: float) -> None:
        """Play from one moment to another of the clock that counts up."""
        await asyncio.sleep(max(0.0, first - time.perf_counter()))
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        turn = first
        while turn < until:
            await asyncio.sleep(max(0.0, turn - time.perf_counter()))
            await self.look()
            turn += LOOKS_EVERY
        self.writer.close()

    async def look(self) -> None:
        """Ask for the playlist, and for the pieces that are new."""
        named_at = time.perf_counter()
        text = (await self.get(self.playlist)).decode()
        names = re.findall(r"^[^#\s].*$", text, re.MULTILINE)
        new = [name for name in names if name not in self.known]
        for name in new if self.known else new[-2:]:
            await self.get(urljoin(self.playlist, name))
            self.seen.pieces += 1
            self.seen.late += time.perf_counter() - named_at > LATE_SECONDS
        self.known |= set(names)

    async def get(self, path: str) -> bytes:
        """Return what lies at a path."""
        began = time.perf_counter()
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: media_key={MEDIA_COOKIE}\r\n\r\n"
        self.writer.write(head.encode())
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        size = re.search(r"content-length: (\d+)", answer, re.IGNORECASE)
        if " 200 " not in answer[:20] or size is None:
            raise SystemExit(f"{path} answered {answer[:200]}")
        body = await self.reader.readexactly(int(size[1]))
        self.seen.waits.append(time.perf_counter() - began)
        return body


async def hundred(pid: int, port: int, stage: dict[str, str], size: str) -> Row:
    """Have a hundred players watch a lesson of 720p while it is on the air."""
    seconds, seen, page = SECONDS[size], Seen(), Broadcaster()
    whole = await asyncio.to_thread(recorded, seconds + WARM_UP_SECONDS + 4)
    wire = await page.begin(port, stage["live"], stage["teacher"])
    sending = asyncio.create_task(page.send(wire, whole, seconds + WARM_UP_SECONDS + 4))
    await asyncio.sleep(WARM_UP_SECONDS)
    began = time.perf_counter()
    players = [Player(port, stage["watched"], seen) for _ in range(VIEWERS)]
    before = cpu_alone(pid)
    turns = ((player, began + number * LOOKS_EVERY / VIEWERS) for number, player in enumerate(players))
    await asyncio.gather(*(player.run(first, began + seconds) for player, first in turns))
    spent, gone = cpu_alone(pid) - before, time.perf_counter() - began
    await sending
    wire.transport.close()
    waits = sorted(seen.waits)
    p95 = 1000 * waits[len(waits) * 95 // 100]
    unit = (
        f"% of a core of daphne, {VIEWERS} players of 720p, {len(waits) / gone:.0f} answers a second, 95 of 100 within "
        f"{p95:.0f} ms, {seen.late} of {seen.pieces} pieces late"
    )
    return Row(100 * spent / gone, unit, 100, HUNDRED_GOAL, at_most=True)


def behind_nginx(stage: dict[str, str], pieces: list[str], environment: dict[str, str], size: str, site: Path) -> Row:
    """Return what a piece costs that nginx sends when the application said yes, beside one that it sends unasked."""
    from tests.live.front import front

    (site / "static" / "piece.m4s").write_bytes(next((site / "live").rglob(pieces[-1].rpartition("/")[2])).read_bytes())
    port = free_port()
    with (
        serving("lms.wsgi:application", **environment) as application,
        front(site, port, application.port, application.port) as nginx,
    ):
        viewer, count = Viewer(nginx, port), 10 * REQUESTS[size]  # or a quick nginx spends less than the clock can show
        both = lambda: cpu_seconds(nginx) + cpu_seconds(application.process.pid)  # noqa: E731
        pairs = [
            (viewer.rate(pieces[-1:], count, both), viewer.rate(["/static/piece.m4s"], count, both))
            for _ in range(ROUNDS)
        ]
    value, limit = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
    unit = "requests for a piece per CPU-second of nginx and application, beside a file that nginx sends unasked"
    return Row(value, unit, limit, NGINX_GOAL)


def measure(size: str, only: str, folder: Path) -> dict[str, Row]:
    """Return the rows that are asked for."""
    wanted = [row for row in ("hundred", "nginx") if f"live.{row}".startswith(only) or only.startswith(f"live.{row}")]
    if not wanted:
        return {}
    site = folder / "viewers-site"
    (site / "static").mkdir(parents=True)
    stage = laid("bench.live_stage", 1, site, f"sqlite:///{site / 'bench.sqlite3'}", {"REDIS_URL": ""})
    rows = {}
    with daphne({"ours": "lms.asgi:application"}, stage.environment) as servers:
        pid, port = servers["ours"]
        row = asyncio.run(hundred(pid, port, stage.said, size))
        pieces = Viewer(pid, port).pieces(stage.said["watched"])
    if "hundred" in wanted:
        rows["live.hundred"] = row
    if "nginx" in wanted:
        rows["live.nginx"] = behind_nginx(stage.said, pieces, stage.environment, size, site)
    return rows
