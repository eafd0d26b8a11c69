"""What is sent again under its Idempotency-Key is done once, whatever operation it is; how often one may ask is told."""

from __future__ import annotations

import json

import pytest
from django.core.cache import caches
from redis.exceptions import RedisError

from api.v1.routers import notices
from lms.notifications.models import Notice
from tests.accounts import signed_in
from tests.api.contract import document
from tests.api.places import lay_places
from tests.laid import all_rows

OWN_KEYS = {  # their services keep the key, with the evidence: tests/api/test_learning.py, test_packages.py, tests/appeals
    "/api/v1/me/enrolments/{uid}/quizzes/{lesson}",
    "/api/v1/me/hours/{uid}/appeal",
    "/api/v1/study-sessions",
    "/api/v1/study-sessions/{session}/package",
}
ROOM = "/api/v1/live/{uid}/room"
REASON = {"reason": "与课堂内容无关"}
SAYING = {"text": "请大家看课件", "key": "own"}
BODIES = {  # what is done by whom; a second time without a key would be done again, or refused
    f"{ROOM}/messages": ("wangfang", SAYING),
    f"{ROOM}/announcements": ("li", SAYING),
    f"{ROOM}/questions": ("wangfang", SAYING),
    f"{ROOM}/captions": ("li", SAYING),
    f"{ROOM}/messages/{{message}}/deletion": ("li", REASON),
    f"{ROOM}/members/{{member}}/removal": ("li", REASON),
    f"{ROOM}/polls/{{poll}}/answers": ("wangfang", {"choices": [0]}),
    f"{ROOM}/polls/{{poll}}/end": ("li", None),
    f"{ROOM}/roll-calls/{{roll_call}}/answer": ("wangfang", {}),
    f"{ROOM}/roll-calls/{{roll_call}}/end": ("li", None),
    f"{ROOM}/quizzes/{{quiz}}/end": ("li", None),
    "/api/v1/me/appeals/{uid}/withdraw": ("wangfang", None),
    "/api/v1/me/cases/{uid}/statement": ("wangfang", {"text": "那天是我本人在家学习的，家里人可以作证。"}),
    "/api/v1/me/notices/read": ("wangfang", None),
    "/api/v1/me/notices/{uid}/read": ("wangfang", None),
    "/api/v1/study-sessions/{session}/checks/{check}": ("wangfang", {"answer": "here"}),
    "/api/v1/study-sessions/{session}/close": ("wangfang", None),
}
WATCHED = ("django_session", "usersessions_usersession", "people_user")  # each request may stamp these


@pytest.fixture
def places(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    return lay_places(cast, site_root, at(2026, 5, 6, 19, 0))


def sent(app, path, body, key):
    return app("POST", path, body, headers={"Idempotency-Key": key})


def rows():
    return {table: found for table, found in all_rows().items() if table not in WATCHED}


@pytest.mark.parametrize("template", list(BODIES))
def test_the_same_again_is_done_once_and_answered_as_it_was(places, template):
    who, body = BODIES[template]
    app = signed_in("app", who)
    path = template.format(**places.of(template))

    first = sent(app, path, body, "k1")
    before = rows()
    again = sent(app, path, body, "k1")

    assert first.status_code in {200, 201}, first.content.decode()
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert rows() == before


def test_every_post_takes_a_key_and_those_that_need_one_keep_it_themselves():
    posts = {path: one["post"] for path, one in document()["paths"].items() if "post" in one}
    keyed = {
        path: parameter["required"]
        for path, operation in posts.items()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "Idempotency-Key"
    }

    assert posts.keys() - keyed.keys() == {"/api/v1/study-sessions/{session}/beats"}
    assert {path for path, is_required in keyed.items() if is_required} == OWN_KEYS


def test_a_key_belongs_to_one_request_and_one_account(places):
    wang, li = signed_in("app", "wangfang"), signed_in("app", "li")
    path = f"{ROOM}/messages".format(**places.of(ROOM))
    first = sent(wang, path, {"text": "甲", "key": "a"}, "k1")

    other = sent(wang, path, {"text": "乙", "key": "b"}, "k1")
    assert (other.status_code, other.d["code"]) == (422, "key_reused")
    assert sent(li, path, {"text": "乙", "key": "b"}, "k1").d["id"] != first.d["id"]
    assert sent(wang, path, {"text": "乙", "key": "b"}, "x" * 65).d["code"] == "key_wrong"


def test_a_refusal_is_not_kept_and_a_request_under_way_is_not_begun_twice(places, cast, monkeypatch):
    app, asked = signed_in("app", "wangfang"), []
    notice = Notice.objects.get(user=cast.wang)
    Notice.objects.filter(pk=notice.pk).update(user=cast.lu)
    path = f"/api/v1/me/notices/{notice.uid}/read"
    assert sent(app, path, None, "k1").status_code == 404
    Notice.objects.filter(pk=notice.pk).update(user=cast.wang)
    done = notices.mark_read
    monkeypatch.setattr(
        notices, "mark_read", lambda **asks: [asked.append(sent(app, path, None, "k1")), done(**asks)][1]
    )

    assert sent(app, path, None, "k1").status_code == 200
    assert [(one.status_code, one.d["code"]) for one in asked] == [(409, "key_in_use")]


def test_a_cache_that_is_away_refuses_nobody(places, monkeypatch):
    def away(*args, **kwargs):
        raise RedisError

    app = signed_in("app", "wangfang")
    for name in ("add", "incr"):
        monkeypatch.setattr(type(caches["default"]), name, away)

    assert sent(app, "/api/v1/me/notices/read", None, "k1").status_code == 200


def test_how_often_one_may_ask_is_told_and_held(learner, settings, at, client):
    at(2026, 5, 6, 9, 0)
    settings.API_REQUESTS_PER_MINUTE = {"account": 2, "visitor": 1}
    app = signed_in("app", "ulearner")

    answers = [app("GET", "/api/v1/me") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    told = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    assert [answers[0].headers[name] for name in told] == ["2", "1", "60"]
    assert (answers[2].d["code"], answers[2].headers["Retry-After"]) == ("too_often", "60")
    assert client.get("/api/v1/courses?q=1").status_code == 200
    assert client.get("/api/v1/courses?q=2").status_code == 429
    at(2026, 5, 6, 9, 1)
    assert app("GET", "/api/v1/me").status_code == 200


def test_what_is_kept_cannot_be_read_in_the_cache(places, monkeypatch):
    app = signed_in("app", "wangfang")
    path = f"{ROOM}/messages".format(**places.of(ROOM))
    kept = {}
    put = type(caches["default"]).set
    monkeypatch.setattr(
        type(caches["default"]), "set", lambda cache, *what: kept.update([what[:2]]) or put(cache, *what)
    )

    sent(app, path, {"text": "老师我没听懂", "key": "a"}, "k1")

    (value,) = [value for key, value in kept.items() if key.startswith("api-key:")]
    assert isinstance(value, bytes)
    for shown in ("老师".encode(), json.dumps("老师")[1:-1].encode()):
        assert shown not in value
