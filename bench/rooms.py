"""Rows `live.fanout` and `live.joins`: one room with many connected members, beside a bare group of Channels on the same Redis.

What counts is the CPU time of server, database and Redis together.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bench.harness import Row, cpu_seconds
from bench.served import daphne, laid
from bench.wire import Socket

MEMBERS = {"small": 300, "full": 2_000}
JOIN_PER_SECOND, STORM = 50, 500
MESSAGES = {"small": 10, "full": 20}
ROUNDS = 3
PATIENCE = 120.0
FANOUT_GOAL, JOINS_GOAL = 0.7, 1.1
APPS = {"ours": "lms.asgi:application", "bare": "bench.bare_room:application"}


@dataclass(slots=True)
class Member:
    """Somebody in the room. `heard` are the texts that came."""

    token: str
    heard: int = 0
    came_after: float = 0.0
    wire: Socket | None = None


class Crowd:
    """All who are connected to one server. With a lesson they sign in and come into its room; else they join a bare group."""

    def __init__(self, port: int, tokens: list[str], lesson: str = "") -> None:
        self.port, self.lesson = port, lesson
        self.members = [Member(token) for token in tokens]
        self.marker, self.arrived = b"", 0
        self.all_heard: asyncio.Event = asyncio.Event()

    async def join(self, per_second: float) -> None:
        """Have them come, so many a second, whether those before are in or not."""
        began = time.perf_counter()
        joining = []
        for number, member in enumerate(self.members):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            joining.append(asyncio.create_task(self.enter(member, began)))
        await asyncio.wait_for(asyncio.gather(*joining), PATIENCE)

    async def enter(self, member: Member, began: float) -> None:
        """Connect one; note when it was in."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def hear(text: bytes) -> None:
            if not ready.done():
                ready.set_result(None)
            elif self.marker and self.marker in text:
                self.arrived += 1
                if self.arrived == len(self.members):
                    self.all_heard.set()

        path = f"/ws/v1/live-sessions/{self.lesson}/room" if self.lesson else "/ws/"
        _, member.wire = await loop.create_connection(lambda: Socket(path, hear), "127.0.0.1", self.port)
        await member.wire.opened
        if self.lesson:
            member.wire.send(json.dumps({"type": "auth", "token": member.token}).encode())
            await ready
        else:
            ready.set_result(None)
        member.came_after = time.perf_counter() - began

    async def told(self, say: Callable[[str], None], count: int, cpu: Callable[[], float]) -> float:
        """Have so many messages said, each after all heard the one before; return deliveries per CPU-second."""
        spent = cpu()
        for _ in range(count):
            marker = uuid4().hex
            self.marker, self.arrived = marker.encode(), 0
            self.all_heard.clear()
            await asyncio.to_thread(say, marker)
            await asyncio.wait_for(self.all_heard.wait(), PATIENCE)
        return len(self.members) * count / max(0.01, cpu() - spent)

    def leave(self) -> None:
        """Close all lines."""
        for member in self.members:
            if member.wire is not None:
                member.wire.transport.close()


def by_api(port: int, lesson: str, token: str) -> Callable[[str], None]:
    """Return how who teaches says something: as apps do, over one connection."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def say(text: str) -> None:
        body = json.dumps({"text": text, "key": text})
        headers = {"X-Session-Token": token, "Content-Type": "application/json"}
        line.request("POST", f"/api/v1/live/{lesson}/room/messages", body, headers)
        answer = line.getresponse()
        words = answer.read()
        if answer.status != 200:
            raise SystemExit(f"a message was not taken: {answer.status} {words[:300].decode()}")

    return say


def measure(size: str, only: str, folder: Path) -> dict[str, Row]:
    """Return the rows that are asked for."""
    if not any(f"live.{row}".startswith(only) or only.startswith(f"live.{row}") for row in ("fanout", "joins")):
        return {}
    from tests.live.clusters import own_services

    site = folder / "room-site"
    (site / "static").mkdir(parents=True)
    with own_services() as (postgres, redis):
        environment = {"REDIS_URL": redis.url}
        stage = laid("bench.live_stage", MEMBERS[size], site, postgres.database("room"), environment)
        with daphne(APPS, stage.environment) as servers:
            return asyncio.run(crowded(servers, stage.said, size, postgres.pid, redis.process.pid))


async def crowded(
    servers: dict[str, tuple[int, int]], stage: dict[str, object], size: str, database: int, redis: int
) -> dict[str, Row]:
    """Fill both rooms and have things said in them, in turns."""
    lesson, teacher = str(stage["live"]), str(stage["teacher"])
    tokens = [str(one) for one in stage["learners"]]  # type: ignore[attr-defined]
    (ours_pid, ours_port), (bare_pid, bare_port) = servers["ours"], servers["bare"]
    ours, bare = Crowd(ours_port, tokens, lesson), Crowd(bare_port, tokens)
    leading = Crowd(ours_port, [teacher], lesson)
    await leading.join(JOIN_PER_SECOND)
    await ours.join(JOIN_PER_SECOND)
    await bare.join(JOIN_PER_SECOND)
    storm = min(STORM, len(tokens))
    in_after = sorted(member.came_after for member in ours.members[:storm])[-1]
    say = by_api(ours_port, lesson, teacher)
    first = bare.members[0].wire
    loop = asyncio.get_running_loop()

    def say_bare(text: str) -> None:
        if first is not None:
            loop.call_soon_threadsafe(first.send, json.dumps({"type": "news", "item": {"text": text}}).encode())

    rates = []
    for _ in range(ROUNDS):
        ours_rate = await ours.told(
            say, MESSAGES[size], lambda: cpu_seconds(ours_pid) + cpu_seconds(database) + cpu_seconds(redis)
        )
        bare_rate = await bare.told(say_bare, MESSAGES[size], lambda: cpu_seconds(bare_pid) + cpu_seconds(redis))
        rates.append((ours_rate, bare_rate))
    for crowd in (ours, bare, leading):
        crowd.leave()
    await asyncio.sleep(1)
    value, limit = (statistics.median(one[place] for one in rates) for place in (0, 1))
    unit = f"deliveries per CPU-second, {len(tokens)} members in one room, beside a bare group_send"
    return {
        "live.fanout": Row(value, unit, limit, FANOUT_GOAL),
        "live.joins": Row(
            in_after, f"s until {storm} were in who came {JOIN_PER_SECOND} a second", storm / JOIN_PER_SECOND,
            JOINS_GOAL, at_most=True,
        ),
    }  # fmt: skip
