"""Whatever breaks while learners study, nothing acknowledged is lost (A4): two servers on one database, beats over socket and HTTP.

Servers are killed (SIGKILL), Redis is flushed, PostgreSQL is ended without a checkpoint and recovers, one of its
processes is killed. A server that acknowledges first must be caught losing, or the drill shows nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.drills import Outcome
from tests.live.clusters import Postgres, own_services
from tests.live.servers import Servers

KILLS = 24
LEARNERS, MANY = 6, 16
STEP_MS = 150
BROKEN = (OSError, http.client.HTTPException, TimeoutError, ValueError, WebSocketException)


class Learner(threading.Thread):
    """A player that never gives up: sends, resends the same words elsewhere, and writes down every acknowledgement."""

    def __init__(self, servers: Servers, stage: dict, place: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.servers, self.lesson, self.over = servers, stage["lesson"], over
        self.me = stage["learners"][place]
        self.dice = random.Random(place)
        self.acked, self.earned, self.position, self.turn = 0, 0, 0, place
        self.by_socket = 0
        self.line: ClientConnection | None = None
        self.door = contextlib.ExitStack()
        self.faults: list[str] = []
        self.session = self.token = ""

    def post(self, path: str, body: dict, **headers: str) -> dict:
        line = http.client.HTTPConnection("127.0.0.1", self.servers.ports[self.turn % 2], timeout=20)
        try:
            every = {"Content-Type": "application/json", "X-Session-Token": self.me["token"], **headers}
            line.request("POST", f"/api/v1{path}", json.dumps(body), every)
            answer = line.getresponse()
            if answer.status >= 500:
                raise OSError("the server is dying")
            return json.loads(answer.read())
        finally:
            line.close()

    def over_socket(self, body: dict) -> dict:
        """Send over the line that is open, or over a new one to the other server."""
        try:
            self.line = self.line or self.new_line()
            self.line.send(json.dumps({"type": "beats", **body}))
            answer = json.loads(self.line.recv(timeout=20))
            if answer.get("code") == "not_saved":
                raise OSError("nothing was acknowledged")
            return answer
        except BaseException:
            self.hang_up()
            raise

    def new_line(self) -> ClientConnection:
        port = self.servers.ports[self.turn % 2]
        address = f"ws://127.0.0.1:{port}/ws/v1/study-sessions/{self.session}"
        line = self.door.enter_context(connect(address, open_timeout=20, close_timeout=1))
        line.send(json.dumps({"type": "auth", "token": self.me["token"]}))
        if json.loads(line.recv(timeout=20))["type"] != "ready":
            raise OSError("not let in")
        return line

    def hang_up(self) -> None:
        self.line = None
        self.door.close()

    def insistently(self, call, *arguments) -> dict | None:
        while not self.over.is_set():
            self.turn += 1
            with contextlib.suppress(*BROKEN):
                return call(*arguments)
            time.sleep(0.05)
        return None

    def run(self) -> None:
        opening = {"enrolment": self.me["enrolment"], "lesson": self.lesson, "client": "app"}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        opened = self.insistently(lambda: self.post("/study-sessions", opening, **key))
        if not opened or "id" not in opened:
            self.faults.append(f"not opened: {opened}")
            return
        self.session, self.token = opened["id"], opened["token"]
        while not self.over.is_set():
            time.sleep(STEP_MS / 1000)
            beat = {"seq": self.acked + 1, "from": self.position, "to": self.position + STEP_MS}
            body = {"token": self.token, "beats": [{**beat, "rate": 100, "playing": True, "visible": True}]}
            ack = self.insistently(self.send, body)
            if ack is not None:
                self.note(ack)

    def send(self, body: dict) -> dict:
        if self.dice.random() < 0.7:
            answer = self.over_socket(body)
            self.by_socket += 1
            return answer
        return self.post(f"/study-sessions/{self.session}/beats", body)

    def note(self, ack: dict) -> None:
        if "acked_seq" not in ack:
            self.faults.append(str(ack))
            self.over.wait(0.2)
            return
        if ack["acked_seq"] < self.acked + 1:
            self.faults.append(f"acknowledged {self.acked + 1}, now only {ack['acked_seq']}")
            self.over.wait(0.2)
        self.acked, self.token = ack["acked_seq"], ack["token"]
        self.earned = ack["credited_seconds"] + ack["pending_seconds"]
        self.position += STEP_MS


def wait_for_acknowledgements(learners: list[Learner]) -> None:
    """Return when as many beats as there are learners were acknowledged anew: every break meets study under way."""
    wanted, deadline = sum(one.acked for one in learners) + len(learners), time.monotonic() + 120
    while sum(one.acked for one in learners) < wanted and time.monotonic() < deadline:
        time.sleep(0.01)


Break = Callable[[Servers], None]
dice = random.Random(4)


def kill(servers: Servers) -> None:
    """Kill one of the two servers; it is forked anew at once."""
    servers.kill_one(dice.choice(servers.ports))


def kill_a_backend(postgres: Postgres) -> None:
    """Kill one of PostgreSQL's processes: it ends all of them and recovers."""
    children = Path(f"/proc/{postgres.pid}/task/{postgres.pid}/children").read_text().split()
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(dice.choice(children)), signal.SIGKILL)


def studied(
    environment: dict[str, str], breaks: Sequence[Break], *, count: int, wait: float = 0.5
) -> tuple[list[Learner], list[str]]:
    """Let learners study while things break at random moments; return them and what the database does not know.

    `wait`: until how many seconds after an acknowledgement something breaks. The first fault ends it.
    """
    servers = Servers(environment)
    try:
        stage = json.loads(servers.run("tests.live.stage", str(count)))
        servers.start()
        over = threading.Event()
        learners = [Learner(servers, stage, place, over) for place in range(count)]
        for learner in learners:
            learner.start()
        for do_break in breaks:
            wait_for_acknowledgements(learners)
            if any(one.faults for one in learners):
                break
            time.sleep(dice.uniform(0, wait))
            do_break(servers)
        wait_for_acknowledgements(learners)
        over.set()
        for learner in learners:
            learner.join(60)
            learner.hang_up()
        wanted = [[one.session, one.me["person"], one.acked, one.earned] for one in learners]
        lost = json.loads(servers.run("tests.live.audit", json.dumps(wanted)))
        return learners, [*lost, *(fault for one in learners for fault in one.faults)]
    finally:
        servers.stop()


def sqlite_in(folder: Path) -> dict[str, str]:
    return {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'kill.sqlite3'}", "REDIS_URL": ""}


def drill(size: str) -> Outcome:
    """Break one thing after another, on databases of our own; in the small size all of them on one."""
    with own_services() as (postgres, redis), tempfile.TemporaryDirectory(prefix="drill-") as folder:
        numbers = iter(range(100))

        def on_postgres(**more: str) -> dict[str, str]:
            address = postgres.database(f"drill{next(numbers)}")
            return {"VAR_DIR": folder, "REDIS_URL": redis.url, "DATABASE_POOL": "4", "DATABASE_URL": address, **more}

        def flush(_: Servers) -> None:
            redis.flush()

        def crash(_: Servers) -> None:
            postgres.crash_and_start()

        def kill_backend(_: Servers) -> None:
            kill_a_backend(postgres)

        if size == "small":
            return told(
                [held("all of it", on_postgres(), [kill, flush, crash, kill, kill_backend, kill, flush, crash])]
            )
        return told(
            [
                held("servers killed on SQLite", sqlite_in(Path(folder)), [kill] * KILLS),
                held("servers killed", on_postgres(), [kill] * KILLS),
                held("Redis flushed", on_postgres(), [flush] * 8),
                held("PostgreSQL ended without a checkpoint", on_postgres(), [crash] * 8),
                held("a process of PostgreSQL killed", on_postgres(), [kill_backend] * 8),
                caught("control: acknowledging first", on_postgres(WEAK="1"), [kill] * KILLS),
            ]
        )


def held(name: str, environment: dict[str, str], breaks: list[Break]) -> Outcome:
    """Study while things break: nothing that was acknowledged may be missing."""
    learners, lost = studied(environment, breaks, count=MANY)
    acknowledged = sum(one.acked for one in learners)
    return Outcome(f"{name}, {len(breaks)} times, {acknowledged} acknowledged, {len(lost)} lost", lost)


def caught(name: str, environment: dict[str, str], breaks: list[Break]) -> Outcome:
    """Study on a server that acknowledges first: the drill must find what it lost."""
    _, lost = studied(environment, breaks, count=MANY, wait=0)
    return Outcome(f"{name}, {len(lost)} found", [] if lost else [f"{name}: the loss was not found"])


def told(outcomes: list[Outcome]) -> Outcome:
    """Return one outcome of many."""
    return Outcome("; ".join(one.said for one in outcomes), [fault for one in outcomes for fault in one.faults])
