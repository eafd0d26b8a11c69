"""Uploads against a real server process: one that is killed loses nothing it acknowledged, and none grows with the file."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import time
from pathlib import Path

import pytest

from tests.live.servers import Servers

pytestmark = pytest.mark.sqlite

CHUNK = 8 * 1024**2
HEAD = b"\x00\x00\x00\x18ftypmp42"
CSRF = "a" * 32


class Sender:
    """A program that speaks tus over plain HTTP, as an instructor."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.every = {
            "Cookie": f"sessionid={token}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Tus-Resumable": "1.0.0",
        }

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(line):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, body, {**self.every, **named})
            answer = line.getresponse()
            answer.read()
            return answer

    def begin(self, length: int) -> str:
        name = base64.b64encode(b"film.mp4").decode()
        begun = self.ask("POST", "/uploads/", Upload_Length=str(length), Upload_Metadata=f"filename {name}")
        assert begun.status == 201
        return begun.headers["Location"]

    def send(self, address: str, offset: int, data: bytes) -> http.client.HTTPResponse:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        kind = "application/offset+octet-stream"
        return self.ask(
            "PATCH", address, data, Upload_Offset=str(offset), Content_Type=kind, Upload_Checksum=f"sha256 {digest}"
        )

    def offset(self, address: str) -> int:
        """Ask until a server answers: the one before was killed."""
        deadline = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return int(self.ask("HEAD", address).headers["Upload-Offset"])
            assert time.monotonic() < deadline


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    folder = tmp_path_factory.mktemp("upload")
    database = f"sqlite:///{folder / 'site.sqlite3'}"
    servers = Servers({"VAR_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": ""}, count=1)
    try:
        stage = json.loads(servers.run("tests.live.stage", "studio"))
        servers.start()
        yield servers, Sender(servers.ports[0], stage["token"]), folder / "private"
    finally:
        servers.stop()


def file_of(folder: Path, address: str) -> Path:
    return folder / "videos" / address.strip("/").rpartition("/")[2].replace("-", "") / "source"


def peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def test_a_restarted_server_goes_on_where_the_killed_one_stopped(live):
    servers, sender, folder = live
    film = HEAD + bytes(index % 251 for index in range(300_000)) * 4
    address, part = sender.begin(len(film)), len(film) // 5
    for number in range(3):
        assert sender.send(address, number * part, film[number * part : (number + 1) * part]).status == 204

    servers.kill_one(servers.ports[0])
    told = sender.offset(address)
    rest = sender.send(address, told, film[told:])

    assert told == 3 * part
    assert rest.headers["Upload-Offset"] == str(len(film))
    assert "/cms/studio/videos/" in rest.headers["Upload-Video"]
    assert hashlib.sha256(file_of(folder, address).read_bytes()).digest() == hashlib.sha256(film).digest()


def test_a_large_file_needs_no_large_memory(live):
    """200 MB in parts of 8 MiB: the server's peak grows by less than eight of them."""
    servers, sender, folder = live
    length, offset = 200 * 1024**2, 0
    warm = sender.begin(CHUNK)
    sender.send(warm, 0, HEAD + bytes(1024))
    pid = servers.pids[servers.ports[0]]
    before, address = peak_kb(pid), sender.begin(length)

    while offset < length:
        data = bytes(min(CHUNK, length - offset)) if offset else HEAD + bytes(CHUNK - len(HEAD))
        answer = sender.send(address, offset, data)
        offset = int(answer.headers["Upload-Offset"])

    assert servers.pids[servers.ports[0]] == pid
    assert file_of(folder, address).stat().st_size == length
    assert peak_kb(pid) - before < 64 * 1024
