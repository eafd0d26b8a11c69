"""A vendor's door of the tests: a server on loopback that answers as a test says, for every gateway that asks a vendor."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

KEY = {"key_id": "AKIDEXAMPLE", "secret": "示例secret/+=~"}


class Provider(BaseHTTPRequestHandler):
    """Answers from a list: JSON, (status, JSON or bytes), or "slow". Keeps what it was sent."""

    answers: list = []
    received: list = []
    release = threading.Event()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        answer = self.answers.pop(0)
        if answer == "slow":
            self.release.wait(60)
            return
        status, told = answer if isinstance(answer, tuple) else (200, answer)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(told if isinstance(told, bytes) else json.dumps(told).encode())

    def log_message(self, *a):
        """Stay silent."""


@pytest.fixture(scope="module")
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def ready() -> type[Provider]:
    """Return the vendor with nothing asked of it and nothing to say yet."""
    Provider.answers, Provider.received = [], []
    Provider.release.clear()
    return Provider


def tencent_error(code):
    """Return how Tencent Cloud refuses."""
    return {"Response": {"Error": {"Code": code, "Message": "示例"}, "RequestId": "r-1"}}
