"""A provider of 实人认证 of the tests: what it says, and the fixture that lets it be asked."""

from __future__ import annotations

import json

import pytest

from lms.faces.gateways import real_person
from tests.vendors import KEY, ready


def tencent(result, sim=None):
    return {"Response": {"Result": result, "Sim": sim, "RequestId": "r-1"}}


def aliyun(passed, sub, score=None, code="200"):
    material = "" if score is None else json.dumps({"verifyScore": score})
    judged = {"Passed": passed, "SubCode": sub, "MaterialInfo": material}
    return {"Code": code, "RequestId": "r-1", "ResultObject": judged}


@pytest.fixture
def provider(server, settings, monkeypatch):
    made = ready()
    monkeypatch.setattr(real_person, "PAUSES", (0, 0))
    access = KEY | {"endpoint": f"http://127.0.0.1:{server.server_port}", "scene": "1000000006"}
    settings.TENCENT = settings.ALIYUN = access
    yield made
    made.release.set()
