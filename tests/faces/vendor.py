"""A provider of 实人认证 of the tests: a server that answers as a test says, and the fixtures that let it be asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lms.faces.gateways import real_person

KEY = {"key_id": "AKIDEXAMPLE", "secret": "示例secret/+=~"}


def tencent(result, sim=None):
    return {"Response": {"Result": result, "Sim": sim, "RequestId": "r-1"}}


def refusal(code):
    return {"Response": {"Error": {"Code": code, "Message": "示例"}, "RequestId": "r-1"}}


def aliyun(passed, sub, score=None, code="200"):
    material = "" if score is None else json.dumps({"verifyScore": score})
    judged = {"Passed": passed, "SubCode": sub, "MaterialInfo": material}
    return {"Code": code, "RequestId": "r-1", "ResultObject": judged}


class Provider(BaseHTTPRequestHandler):
    """Answers from a list: (status, body). Keeps what it was sent."""

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


@pytest.fixture
def provider(server, settings, monkeypatch):
    Provider.answers, Provider.received = [], []
    Provider.release.clear()
    monkeypatch.setattr(real_person, "PAUSES", (0, 0))
    access = KEY | {"endpoint": f"http://127.0.0.1:{server.server_port}", "scene": "1000000006"}
    settings.TENCENT = settings.ALIYUN = access
    yield Provider
    Provider.release.set()
