"""The real nginx with deploy's configuration before a stand-in for the application: what it sends, keeps and refuses."""

from __future__ import annotations

import http.client
import http.server
import json
import threading

import pytest

from tests.live.front import NGINX, front
from tests.live.servers import free_port
from tests.needs import needs

pytestmark = [
    pytest.mark.sqlite,
    needs(NGINX.exists(), "nginx (package nginx-light)"),
]

MB = 1024**2
FILM = bytes(index % 251 for index in range(MB)) * 10
OWN = "media_key=own"
POLICY = "sandbox; default-src 'none'"


class Application(http.server.BaseHTTPRequestHandler):
    """Says of a film and of a document where it lies, refuses one without a session, counts a part's bytes.

    Every answer also says which headers came in, and at which of the two applications.
    """

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = {
            "/media/v/token/video.mp4": {"X-Accel-Redirect": "/protected-media/videos/x/video.mp4"},
            "/documents/1/a.pdf": {
                "X-Accel-Redirect": "/protected-media/documents/a.pdf",
                "Content-Disposition": 'attachment; filename="a.pdf"',
                "Content-Security-Policy": POLICY,
            },
        }.get(self.path)
        if self.path.endswith("/door"):
            self.server.asked.append(self.headers["Cookie"])
            if self.path == "/live/v/token/door" and self.headers["Cookie"] == OWN:
                said = {"X-Live-Folder": "x"}
        self.send_response(403 if said is None else 200)
        for name, value in {"Content-Length": "0", "Cache-Control": "private, no-store", **(said or {})}.items():
            self.send_header(name, value)
        self.tell()

    def tell(self) -> None:
        heard = {name.lower(): value for name, value in self.headers.items()} | {"at": self.server.name}
        self.send_header("X-Heard", json.dumps(heard))
        self.end_headers()

    def do_PATCH(self) -> None:
        count = len(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.send_header("Upload-Offset", str(count))
        self.tell()

    def do_POST(self) -> None:
        self.do_PATCH()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function that asks nginx for something of the site."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    files = {"media/videos/x/video.mp4": FILM, "media/documents/a.pdf": b"%PDF", "live/x/e1_000001.m4s": FILM}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(content)
    application, sockets = serving("http"), serving("sockets")

    def asked(path: str, method: str = "GET", body: bytes | None = None, **headers: str):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        line.request(method, path, body, {"Host": "px.example.cn", **headers})
        answer = line.getresponse()
        answer.whole = answer.read()
        line.close()
        return answer

    try:
        asked.doors = application.asked
        with front(folder, port, application.server_port, sockets.server_port):
            yield asked
    finally:
        application.shutdown()
        sockets.shutdown()


def serving(name: str) -> http.server.ThreadingHTTPServer:
    """Start a stand-in for an application."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    server.name, server.asked = name, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def test_a_film_comes_whole(ask):
    answer = ask("/media/v/token/video.mp4")

    assert (answer.status, answer.whole == FILM, answer.headers["X-Content-Type-Options"]) == (200, True, "nosniff")


def test_a_film_comes_in_parts(ask):
    part, beyond = (ask("/media/v/token/video.mp4", Range=asked) for asked in ("bytes=1000-1099", "bytes=99999999-"))

    assert (part.status, part.whole, beyond.status) == (206, FILM[1000:1100], 416)
    assert part.headers["Content-Range"] == f"bytes 1000-1099/{len(FILM)}"


def test_a_piece_of_a_live_lesson_comes_in_parts_and_may_be_kept(ask):
    part = ask("/live/v/token/e1_000001.m4s", Cookie=OWN, Range="bytes=1000-1099")

    assert (part.status, part.whole) == (206, FILM[1000:1100])
    assert part.headers["Cache-Control"] == "private, max-age=3600, immutable"
    assert (part.headers["Content-Type"], part.headers["X-Content-Type-Options"]) == ("video/iso.segment", "nosniff")


def test_the_application_is_asked_once_for_all_that_a_player_fetches_and_for_each_browser(ask):
    answers = [ask(f"/live/v/{token}/e1_000001.m4s", Cookie=OWN) for token in ["token"] * 20 + ["other"] * 20]
    stranger = ask("/live/v/token/e1_000001.m4s", Cookie="media_key=strange")

    assert [one.status for one in answers] == [200] * 20 + [403] * 20
    assert stranger.status == 403
    assert len(ask.doors) < 20  # three on a machine that does all this within five seconds
    assert set(ask.doors) == {OWN, "media_key=strange"}


@pytest.mark.parametrize("name", ["door", "live.m3u8", "e1_000001.m4s.bak", "%2e%2e/x.m4s"])
def test_nginx_itself_sends_pieces_and_nothing_else_of_a_lesson(ask, name):
    assert ask(f"/live/v/token/{name}", Cookie=OWN).headers["X-Heard"]  # the application answers


def test_a_document_keeps_what_the_application_said_of_it(ask):
    answer = ask("/documents/1/a.pdf")

    assert (answer.status, answer.whole) == (200, b"%PDF")
    assert answer.headers.get_all("Content-Security-Policy") == [POLICY]
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/media/v/without-a-session/video.mp4", 403),
        ("/protected-media/videos/x/video.mp4", 404),
        ("/media/videos/x/video.mp4", 404),
        ("/live/v/forged/e1_000001.m4s", 403),
    ],
    ids=[
        "whom the application refuses",
        "who knows the internal place",
        "who knows where it lies",
        "whom the application refuses a lesson",
    ],
)
def test_nobody_gets_a_film_past_the_application(ask, path, status):
    answer = ask(path)

    assert (answer.status, FILM[:100] in answer.whole) == (status, False)


def test_a_part_of_an_upload_passes_and_a_larger_one_does_not(ask):
    part, larger = (ask("/uploads/x/", "PATCH", FILM[: size * MB]) for size in (8, 10))

    assert (part.status, part.headers["Upload-Offset"], larger.status) == (204, str(8 * MB), 413)


BEATS = "/api/v1/study-sessions/01890a5d-ac96-774b-bcce-b302099a8057/beats"


@pytest.mark.parametrize(
    ("method", "path", "host", "at"),
    [
        pytest.param("GET", "/courses/", "px.example.cn", "http", id="a page"),
        pytest.param("PATCH", "/uploads/x/", "px.example.cn", "http", id="a part of an upload"),
        pytest.param("POST", BEATS, "px.example.cn", "sockets", id="beats of an app"),
        pytest.param("GET", "/ws/v1/study-sessions/x", "px.example.cn", "sockets", id="a socket"),
        pytest.param("GET", "/scorm/x/index.html", "kj.example.cn", "http", id="a course package"),
    ],
)
def test_every_way_says_who_was_asked_and_how(ask, method, path, host, at):
    """Without the host every request is refused, without the scheme every page is sent to itself for ever."""
    answer = ask(path, method, None if method == "GET" else b"x", Host=host, Cookie="sessionid=1", Upgrade="websocket")

    heard = json.loads(answer.headers["X-Heard"])
    assert (heard["at"], heard["host"], heard["x-forwarded-proto"]) == (at, host, "http")
    assert heard["x-forwarded-for"] == "127.0.0.1"
    assert heard.get("connection") == ("upgrade" if path.startswith("/ws/") else None)
    assert heard.get("cookie") == (None if host.startswith("kj") else "sessionid=1")
