"""Under /api/v1/ every refusal is a problem, also one that no operation made."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("get", "/api/v1/nothing", 404, "no_such_address", id="an address that is none"),
        pytest.param("get", "/api/v1/live/x/room", 404, "no_such_address", id="a place that is no uid"),
        pytest.param("post", "/api/v1/me/enrolments/", 404, "no_such_address", id="another spelling is not redirected"),
        pytest.param("delete", "/api/v1/courses", 405, "method_not_allowed", id="a method that it has not"),
    ],
)
def test_what_django_refuses_is_a_problem_too(client, db, method, path, status, code):
    answer = getattr(client, method)(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code
    assert answer.headers.get("Allow") == ("GET" if status == 405 else None)


def test_a_body_beyond_the_limit_is_a_problem(client, db, settings, cast):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    client.force_login(cast.wang)

    answer = client.post("/api/v1/me/password", {"password": "correct-horse-10"}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_fault_of_our_own_is_a_problem_without_its_text(client, db, monkeypatch):
    monkeypatch.setattr("api.v1.routers.catalogue.course_catalogue", lambda filters: 1 / 0)
    client.raise_request_exception = False

    answer = client.get("/api/v1/occupations")

    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "division" not in answer.content.decode()


def test_pages_keep_their_own_answers(client, db):
    assert client.get("/nothing/").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/v2/pages/", "/api/v3/pages/", "/api/v3/images/", "/cms/api/v3/"])
def test_wagtail_s_own_api_is_not_routed(client, db, path):
    """Content leaves the house as released versions only: docs/adr/0039."""
    assert client.get(path).headers["Content-Type"].startswith("text/html")
    assert client.get(path).status_code in {302, 404}
