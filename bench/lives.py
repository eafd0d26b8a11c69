"""Rows `live.daphne`, `live.ffmpeg`, `live.viewer`: one broadcaster in real time, and who watches, on one daphne and SQLite."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from bench.harness import Row, cpu_alone, cpu_seconds
from bench.live_stage import MEDIA_COOKIE
from bench.served import daphne, laid
from bench.wire import BINARY, Socket
from lms.live.rules.chunks import HEADER

SECONDS = {"small": 20, "full": 60}
REQUESTS = {"small": 200, "full": 1_000}
ROUNDS = 3
PIECE_SECONDS = 0.2  # as the page's recorder cuts
PATIENCE = 60.0
DAPHNE_GOAL, FFMPEG_GOAL, VIEWER_GOAL = 0.02, 0.03, 0.3
MIME = "video/x-matroska;codecs=avc1,opus"
OF_A_CORE = "% of a core per broadcaster of 720p in H.264"


def recorded(seconds: int) -> bytes:
    """Return a recording of 720p at 1.5 Mbit/s, as a browser's recorder makes one."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=25:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", "25", "-b:v", "1500k"]
    coded += ["-maxrate", "1500k", "-bufsize", "750k", "-pix_fmt", "yuv420p", "-c:a", "libopus", "-f", "matroska"]
    command = ["ffmpeg", "-v", "error", *picture, *sound, *coded, "-live", "1", "pipe:1"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@dataclass(slots=True)
class Spent:
    """What a broadcast cost, in CPU-seconds, and how long it took."""

    daphne: float
    ffmpeg: float
    seconds: float


class Broadcaster:
    """The page of who teaches: signs in, says what it records, and sends as time goes by."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.wire: Socket | None = None

    async def until(self, kind: str) -> dict[str, object]:
        """Return the next message of a kind."""
        while True:
            message = await asyncio.wait_for(self.heard.get(), PATIENCE)
            if message["type"] == kind:
                return message
            if message["type"] in {"refused", "bye"}:
                raise SystemExit(f"the broadcast was refused: {message}")

    async def begin(self, port: int, lesson: str, token: str) -> Socket:
        """Go on the air."""
        path = f"/ws/v1/live-sessions/{lesson}/broadcast"
        hear = lambda text: self.heard.put_nowait(json.loads(text))  # noqa: E731
        _, wire = await asyncio.get_running_loop().create_connection(lambda: Socket(path, hear), "127.0.0.1", port)
        await wire.opened
        wire.send(json.dumps({"type": "auth", "token": token}).encode())
        await self.until("ready")
        wire.send(json.dumps({"type": "hello", "mime": MIME, "source": "camera"}).encode())
        await self.until("start")
        return wire

    async def send(self, wire: Socket, whole: bytes, seconds: int) -> None:
        """Send a recording in as much time as it lasts."""
        count = int(seconds / PIECE_SECONDS)
        size = -(-len(whole) // count)
        began = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number * PIECE_SECONDS - time.perf_counter()))
            wire.send(HEADER.pack(number) + whole[number * size : (number + 1) * size], BINARY)
        await self.until("ack")


async def broadcast(pid: int, port: int, stage: dict[str, str], seconds: int) -> Spent:
    """Broadcast so long; the first seconds, in which ffmpeg starts, are not counted."""
    whole = await asyncio.to_thread(recorded, seconds)
    page = Broadcaster()
    wire = await page.begin(port, stage["live"], stage["teacher"])
    sending = asyncio.create_task(page.send(wire, whole, seconds))
    await asyncio.sleep(seconds / 4)
    own, all_of_it, began = cpu_alone(pid), cpu_seconds(pid), time.perf_counter()
    await asyncio.sleep(seconds / 2)
    own_after, all_after, gone = cpu_alone(pid), cpu_seconds(pid), time.perf_counter() - began
    await sending
    wire.transport.close()
    return Spent(own_after - own, (all_after - all_of_it) - (own_after - own), gone)


@dataclass(slots=True)
class Viewer:
    """One player with a line that stays open."""

    pid: int
    port: int

    def rate(self, paths: list[str], count: int, cpu: Callable[[], float] | None = None) -> float:
        """Return requests per CPU-second of the server, or of what is counted, asking for the paths in turn."""
        count_cpu = cpu or (lambda: cpu_alone(self.pid))
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        spent = count_cpu()
        for number in range(count):
            self.get(line, paths[number % len(paths)])
        line.close()
        return count / max(0.01, count_cpu() - spent)

    @staticmethod
    def get(line: http.client.HTTPConnection, path: str) -> bytes:
        """Return what lies at a path."""
        line.request("GET", path, headers={"Cookie": f"media_key={MEDIA_COOKIE}"})
        answer = line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {body[:200]!r}")
        return body

    def pieces(self, playlist: str) -> list[str]:
        """Return the paths of the pieces of the picture that a playlist names, through a master playlist or not."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        text = self.get(line, playlist).decode()
        if found := re.findall(r"^[^#].*\.m3u8.*$", text, re.MULTILINE):
            playlist = urljoin(playlist, found[0])
            text = self.get(line, playlist).decode()
        line.close()
        return [urljoin(playlist, one) for one in re.findall(r"^[^#].*$", text, re.MULTILINE)]


def measure(size: str, only: str, folder: Path) -> dict[str, Row]:
    """Return the rows that are asked for."""
    named = ("daphne", "ffmpeg", "viewer")
    if not any(f"live.{row}".startswith(only) or only.startswith(f"live.{row}") for row in named):
        return {}
    site = folder / "live-site"
    (site / "static").mkdir(parents=True)
    stage = laid("bench.live_stage", 1, site, f"sqlite:///{site / 'bench.sqlite3'}", {"REDIS_URL": ""})
    with daphne({"ours": "lms.asgi:application"}, stage.environment) as servers:
        pid, port = servers["ours"]
        spent = asyncio.run(broadcast(pid, port, stage.said, SECONDS[size]))
        rows = {
            "live.daphne": Row(100 * spent.daphne / spent.seconds, OF_A_CORE, 100, DAPHNE_GOAL, at_most=True),
            "live.ffmpeg": Row(100 * spent.ffmpeg / spent.seconds, OF_A_CORE, 100, FFMPEG_GOAL, at_most=True),
        }
        return rows | {"live.viewer": viewed(Viewer(pid, port), stage.said["watched"], size, site)}


def viewed(ours: Viewer, playlist: str, size: str, site: Path) -> Row:
    """Return what a request for a piece costs beside one that a bare view answers with as many bytes."""
    pieces = ours.pieces(playlist)
    line = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=PATIENCE)
    (site / "piece").write_bytes(ours.get(line, pieces[-1]))
    line.close()
    with daphne({"bare": "bench.bare_files:application"}, {**os.environ, "BARE_PIECE": str(site / "piece")}) as one:
        bare = Viewer(*one["bare"])
        pairs = [(ours.rate(pieces[-1:], REQUESTS[size]), bare.rate(["/piece"], REQUESTS[size])) for _ in range(ROUNDS)]
    value, limit = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
    return Row(value, "requests for a piece per CPU-second, beside a bare view on daphne", limit, VIEWER_GOAL)
