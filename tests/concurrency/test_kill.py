"""SIGKILL loses nothing that was acknowledged (A4): two server processes on one database, beats over socket and HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import threading
import time
import uuid

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.live.servers import Servers

KILLS = 24
LEARNERS = 6
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
        self.faults: list[str] = []
        self.session = self.token = ""

    def post(self, path: str, body: dict, **headers: str) -> dict:
        line = http.client.HTTPConnection("127.0.0.1", self.servers.ports[self.turn % 2], timeout=5)
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
        port = self.servers.ports[self.turn % 2]
        with connect(f"ws://127.0.0.1:{port}/ws/v1/study-sessions/{self.session}", open_timeout=5) as line:
            line.send(json.dumps({"type": "auth", "token": self.me["token"]}))
            if json.loads(line.recv(timeout=5))["type"] != "ready":
                raise OSError("not let in")
            line.send(json.dumps({"type": "beats", **body}))
            return json.loads(line.recv(timeout=5))

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
        if self.dice.random() < 0.3:
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


def wait_for_an_acknowledgement(learners: list[Learner]) -> None:
    """Return when somebody was acknowledged anew: on a busy machine too every kill meets study under way."""
    before, deadline = sum(one.acked for one in learners), time.monotonic() + 20
    while sum(one.acked for one in learners) == before and time.monotonic() < deadline:
        time.sleep(0.01)


def killed(environment: dict[str, str], *, kills: int = KILLS) -> tuple[list[Learner], list[str]]:
    """Let learners study while servers are killed at random moments; return them and what the database does not know."""
    servers = Servers(environment)
    try:
        stage = json.loads(servers.run("tests.live.stage", str(LEARNERS)))
        servers.start()
        over, dice = threading.Event(), random.Random(4)
        learners = [Learner(servers, stage, place, over) for place in range(LEARNERS)]
        for learner in learners:
            learner.start()
        for _ in range(kills):
            wait_for_an_acknowledgement(learners)
            time.sleep(dice.uniform(0, 0.5))
            servers.kill_one(dice.choice(servers.ports))
        wait_for_an_acknowledgement(learners)
        over.set()
        for learner in learners:
            learner.join(15)
        wanted = [[one.session, one.me["person"], one.acked, one.earned] for one in learners]
        lost = json.loads(servers.run("tests.live.audit", json.dumps(wanted)))
        return learners, [*lost, *(fault for one in learners for fault in one.faults)]
    finally:
        servers.stop()


@pytest.fixture
def on_sqlite(tmp_path):
    return {"VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'kill.sqlite3'}", "REDIS_URL": ""}


@pytest.fixture
def on_postgresql(tmp_path):
    import psycopg

    server, name = os.environ["DATABASE_URL"].rsplit("/", 1)[0], f"kill_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
        line.execute(f'CREATE DATABASE "{name}"')
    yield {"VAR_DIR": str(tmp_path), "DATABASE_URL": f"{server}/{name}", "DATABASE_POOL": "4"}
    with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
        line.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.sqlite
def test_kills_lose_nothing_on_sqlite(on_sqlite):
    learners, lost = killed(on_sqlite)

    assert lost == []
    assert sum(learner.acked for learner in learners) > KILLS
    assert sum(learner.by_socket for learner in learners) > 0


@pytest.mark.postgres
def test_kills_lose_nothing_on_postgresql(on_postgresql):
    learners, lost = killed(on_postgresql)

    assert lost == []
    assert sum(learner.acked for learner in learners) > KILLS
    assert sum(learner.by_socket for learner in learners) > 0


@pytest.mark.sqlite
def test_a_server_that_acknowledges_first_is_caught(on_sqlite):
    """The control: the same drill finds the loss where there is one."""
    _, lost = killed({**on_sqlite, "WEAK": "1"}, kills=10)

    assert lost != []
