"""Who calls the API: apps by token, pages by cookie; and how refusals look."""

import time

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.accounts import Http, signed_in

ME = "/api/v1/me"


@pytest.mark.parametrize("kind", ["app", "browser"])
@pytest.mark.parametrize("path", [ME, "/api/v1/me/devices"])
def test_both_kinds_are_known(learner, kind, path):
    assert signed_in(kind, "ulearner")("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ME), ("PUT", "/api/v1/me/identity"), ("POST", "/api/v1/me/password")]
)
def test_nobody_is_401_whatever_the_method(db, method, path):
    answer = Http()(method, path)

    assert (answer.status_code, answer.d["code"]) == (401, "not_signed_in")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_page_needs_its_csrf_token(learner):
    browser = signed_in("browser", "ulearner")

    answer = browser("POST", "/api/v1/me/password", {"password": "another-horse-9"}, csrf=False)

    assert (answer.status_code, answer.d["code"]) == (403, "csrf_failed")
    learner.refresh_from_db()
    assert not learner.check_password("another-horse-9")


def test_wrong_token_does_not_fall_through_to_the_cookie(learner):
    browser = signed_in("browser", "ulearner")

    assert browser("GET", ME, headers={"X-Session-Token": "nonsense"}).status_code == 401


def test_a_token_s_session_is_read_once(learner):
    app = signed_in("app", "ulearner")

    with CaptureQueriesContext(connection) as asked:
        assert app("GET", ME).status_code == 200

    reads = [query for query in asked if query["sql"].startswith("SELECT") and "django_session" in query["sql"]]
    assert len(reads) == 1


def test_an_app_may_sign_itself_out_when_its_session_is_due_for_renewal(learner, at):
    at(2026, 5, 6, 9, 0)
    app = signed_in("app", "ulearner")
    own = next(one["id"] for one in app("GET", f"{ME}/devices").d if one["is_current"])
    at(2026, 5, 8, 9, 0)

    assert app("DELETE", f"{ME}/devices/{own}").status_code == 204
    assert app("GET", ME).status_code == 401


def test_token_never_becomes_a_cookie(learner):
    app = signed_in("app", "ulearner")

    answer = app("GET", ME)
    ended = app("DELETE", "/api/v1/me/devices/999999")

    assert "sessionid" not in answer.cookies
    assert "sessionid" not in ended.cookies
    assert "sessionid" not in app.c.cookies


def test_daily_use_renews_the_session_of_an_app(learner):
    app = signed_in("app", "ulearner")
    app("GET", ME)
    session = SessionStore(app.token)
    session["seen"] = time.time() - 86_401
    session.save()
    Session.objects.update(expire_date="2026-12-01T00:00:00Z")
    soon = Session.objects.get(session_key=app.token).expire_date
    Session.objects.update(expire_date="2099-01-01T00:00:00Z")

    app("GET", ME)

    renewed = Session.objects.get(session_key=app.token).expire_date
    assert soon < renewed
    assert renewed.year < 2099


def test_me_shows_nothing_in_clear(learner):
    answer = signed_in("app", "ulearner")("GET", ME)

    assert answer.d["phone"] == "138****8000"
    assert "13800138000" not in answer.content.decode()
    assert answer.d["person"] is None


def test_devices_are_listed_and_ended(learner):
    mine, other = signed_in("app", "ulearner"), signed_in("browser", "ulearner")
    devices = mine("GET", "/api/v1/me/devices").d
    theirs = next(device for device in devices if not device["is_current"])

    answer = mine("DELETE", f"/api/v1/me/devices/{theirs['id']}")

    assert (len(devices), answer.status_code) == (2, 204)
    assert other("GET", ME).status_code == 401
    assert mine("GET", ME).status_code == 200


def test_another_ones_device_is_not_found(learner, staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    mine, stranger = signed_in("app", "ulearner"), signed_in("app", "office")
    device = mine("GET", "/api/v1/me/devices").d[0]["id"]

    assert stranger("DELETE", f"/api/v1/me/devices/{device}").status_code == 404
    assert mine("GET", ME).status_code == 200


def test_wrong_fields_are_named_in_chinese(learner):
    answer = signed_in("app", "ulearner")("PUT", "/api/v1/me/identity", {"name": 5})

    assert (answer.status_code, answer.d["code"]) == (422, "invalid")
    assert answer.d["fields"]["document_number"] == "请填写这一项。"
    assert answer.d["fields"]["name"] == "这一项填写有误，请检查格式。"


def test_broken_json_is_a_problem(learner):
    app = signed_in("app", "ulearner")

    answer = Client().put(
        "/api/v1/me/identity", "{", content_type="application/json", headers={"X-Session-Token": app.token}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer["Content-Type"] == "application/problem+json"


def test_document_names_both_keys(db):
    document = Client().get("/api/v1/openapi.json").json()

    schemes = document["components"]["securitySchemes"]
    assert schemes["TokenAuth"] == {"type": "apiKey", "in": "header", "name": "X-Session-Token"}
    assert schemes["CookieAuth"] == {"type": "apiKey", "in": "cookie", "name": "sessionid"}
    assert document["info"]["title"] == "职业技能培训平台"
    refused = document["paths"][ME]["get"]["responses"]["401"]["content"]
    assert list(refused) == ["application/problem+json"]
