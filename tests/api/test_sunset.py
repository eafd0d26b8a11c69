"""What will go says so a year before, in the document and in its answers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from api.v1 import api, sunset
from tests.accounts import signed_in
from tests.api.contract import document

pytestmark = pytest.mark.sqlite

PLACE = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/api/v1/me/devices", "/api/v1/me/devices"),
        ("/api/v1/me/enrolments/{uid}/progress", f"/api/v1/me/enrolments/{PLACE}/progress"),
        ("/api/v1/study-sessions/{session}/checks/{check}", f"/api/v1/study-sessions/{PLACE}/checks/1"),
    ],
)
def test_an_operation_that_will_go_says_since_when_and_until_when(learner, monkeypatch, path, address):
    app = signed_in("app", "ulearner")
    monkeypatch.setitem(sunset.SUNSETS, ("get", path), sunset.Sunset(date(2026, 12, 1), date(2027, 12, 31)))

    answer = app("GET", address)

    assert answer.headers["Deprecation"] == "@1796083200"
    assert answer.headers["Sunset"] == "Fri, 31 Dec 2027 00:00:00 GMT"
    assert "Sunset" not in app("GET", "/api/v1/me").headers
    assert api.get_openapi_schema()["paths"][path]["get"]["deprecated"] is True


def test_what_is_listed_exists_and_has_a_year():
    for (method, path), one in sunset.SUNSETS.items():
        assert method in document()["paths"][path]
        assert one.gone - one.since >= timedelta(days=sunset.LEAST_DAYS)
