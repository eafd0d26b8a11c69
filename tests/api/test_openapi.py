"""The published document: complete, guarded, and changed only on purpose."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from ninja import Schema

from tests.api.contract import document

pytestmark = pytest.mark.sqlite

SNAPSHOT = Path(__file__).parent / "snapshots" / "openapi_v1.json"
OPEN_TO_ALL = {
    ("get", "/api/v1/occupations"),
    ("get", "/api/v1/courses"),
    ("get", "/api/v1/courses/{uid}"),
    ("get", "/api/v1/classes"),
    ("get", "/api/v1/classes/{uid}"),
    ("get", "/api/v1/wechat/jssdk"),
}


def operations():
    return [
        pytest.param(method, path, operation, id=f"{method} {path}")
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


def guarded():
    """Return the operations that ask who it is."""
    every = [(method, path) for path, methods in document()["paths"].items() for method in methods]
    return [pytest.param(*one, id=" ".join(one)) for one in every if one not in OPEN_TO_ALL]


def test_the_document_is_the_one_that_was_published():
    text = json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(text, "utf-8")

    assert SNAPSHOT.read_text("utf-8") == text, (
        "changed on purpose? UPDATE_SNAPSHOTS=1 pytest tests/api/test_openapi.py"
    )


def test_no_two_shapes_have_one_name():
    """The document holds a shape by its name: of two, one would describe what the other's operations answer."""
    names = Counter(shape.__name__ for shape in shapes(Schema) if shape.__module__.startswith("api."))

    assert len(names) > 100
    assert [name for name, count in names.items() if count > 1] == []


def shapes(above: type) -> set[type]:
    return {one for below in above.__subclasses__() for one in {below} | shapes(below)}


def test_the_document_is_served(client, db):
    answer = client.get("/api/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "职业技能培训平台"


@pytest.mark.parametrize(("method", "path", "operation"), operations())
def test_every_operation_states_who_may_use_it(method, path, operation):
    assert bool(operation.get("security")) != ((method, path) in OPEN_TO_ALL)
    assert "Open to" in operation["description"]


@pytest.mark.parametrize(("method", "path", "operation"), operations())
def test_every_operation_says_how_it_refuses(method, path, operation):
    refusals = {status for status in operation["responses"] if int(status) >= 400}

    assert refusals
    for status in refusals:
        assert "application/problem+json" in operation["responses"][status]["content"]


@pytest.mark.parametrize(("method", "path"), guarded())
def test_a_visitor_gets_no_further(client, db, method, path):
    address = path.replace("{check}", "1").replace("{device_id}", "1")
    for name in (
        "uid",
        "lesson",
        "session",
        "message",
        "member",
        "question",
        "poll",
        "roll_call",
        "deck",
        "quiz",
        "file",
        "row",
        "caption",
    ):
        address = address.replace("{" + name + "}", "00000000-0000-4000-8000-000000000000")

    answer = getattr(client, method)(address, data="{}" if method != "get" else None, content_type="application/json")

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
