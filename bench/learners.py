"""Learners at their players, as clients of a server: each sends a beat, waits for the answer, and sends the next in time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.wire import Post, Socket

PATIENCE = 60.0  # seconds until a server that says nothing to one learner is given up
PACE = 0.22  # seconds between the beats of a learner at the quickest: faster ones are closed as a flood


@dataclass(slots=True)
class Count:
    """What all learners of a run did. `waits`: seconds from a beat to its answer."""

    answered: int = 0
    waits: list[float] = field(default_factory=list)
    is_over: bool = False


class Learner:
    """One of them. `wire` is a Socket or a Post once it is connected."""

    def __init__(self, person: dict[str, str], count: Count, pace: float, *, echo: bool) -> None:
        self.person, self.count, self.pace, self.echo = person, count, pace, echo
        self.wire: Socket | Post | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent_at = 0.0
        self.is_waiting = False

    def beat(self) -> None:
        """Send the next beat: so much media as wall time passed."""
        if self.count.is_over:
            return
        one, now = self.person, time.perf_counter()
        gone = min(int((now - self.sent_at) * 1000), 10_000) if self.sent_at else 100
        beat = {"seq": one["acked"] + 1, "from": one["at"], "to": one["at"] + gone}
        claim = {**beat, "rate": 100, "playing": True, "visible": True}
        if self.echo:
            claim |= {"from_ms": one["at"], "to_ms": one["at"] + gone}
        self.sent_at, one["at"], self.is_waiting = now, one["at"] + gone, True
        body = {"type": "beats", "token": one["beat_token"], "beats": [claim]}
        self.wire.send(json.dumps(body).encode())

    def heard(self, text: bytes) -> None:
        """Take the answer; the next beat follows when it is time."""
        message = json.loads(text)
        if not self.ready.done():
            if message.get("type") != "ready":
                self.ready.set_exception(SystemExit(f"not let in: {message}"))
            else:
                self.ready.set_result(None)
            return
        one, now = self.person, time.perf_counter()
        self.is_waiting = False
        self.count.answered += 1
        self.count.waits.append(now - self.sent_at)
        if self.echo:
            one["acked"] += 1
        elif message.get("acked_seq") != one["acked"] + 1 or message.get("stop"):
            raise SystemExit(f"a beat was not taken: {message}")
        else:
            one["acked"], one["beat_token"] = message["acked_seq"], message["token"]
        asyncio.get_running_loop().call_later(max(0.0, self.pace - (now - self.sent_at)), self.beat)


async def by_socket(port: int, people: list[dict], count: Count, pace: float, *, echo: bool) -> list[Learner]:
    """Return learners whose sockets are open and let in."""
    learners = []
    for person in people:
        learner = Learner(person, count, pace, echo=echo)
        path = "/ws/" if echo else f"/ws/v1/study-sessions/{person['session']}"
        make: Callable[[], Socket] = lambda path=path, learner=learner: Socket(path, learner.heard)  # noqa: E731
        _, learner.wire = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", port)
        await asyncio.wait_for(learner.wire.opened, PATIENCE)
        if echo:
            learner.ready.set_result(None)
        else:
            learner.wire.send(json.dumps({"type": "auth", "token": person["token"]}).encode())
        await asyncio.wait_for(learner.ready, PATIENCE)
        learners.append(learner)
    return learners


async def by_http(port: int, people: list[dict], count: Count, pace: float, *, echo: bool) -> list[Learner]:
    """Return learners with a keep-alive connection each."""
    learners = []
    for person in people:
        learner = Learner(person, count, pace, echo=echo)
        path = "/api/beats" if echo else f"/api/v1/study-sessions/{person['session']}/beats"
        headers = {} if echo else {"X-Session-Token": person["token"]}
        make: Callable[[], Post] = lambda p=path, h=headers, one=learner: Post(p, h, one.heard)  # noqa: E731
        _, learner.wire = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", port)
        learner.ready.set_result(None)
        learners.append(learner)
    return learners


async def study(learners: list[Learner], seconds: float, cpu: Callable[[], float], count: Count) -> float:
    """Let them study, after a second to warm up; return the beats per CPU-second of what `cpu` measures."""
    for number, learner in enumerate(learners):
        asyncio.get_running_loop().call_later(learner.pace * number / len(learners), learner.beat)
    await asyncio.sleep(1)
    began, spent = count.answered, cpu()
    count.waits.clear()
    await asyncio.sleep(seconds)
    rate = (count.answered - began) / max(0.01, cpu() - spent)
    count.is_over = True
    for _ in range(100):
        if not any(learner.is_waiting for learner in learners):
            break
        await asyncio.sleep(0.1)
    for learner in learners:
        learner.wire.transport.close()
    await asyncio.sleep(0.3)
    return rate
