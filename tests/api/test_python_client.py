"""A client that openapi-python-client makes from the published document goes a learner's whole way."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler

from lms.people.services import store_phone
from lms.planning.rules import StudyTerms
from tests.accounts import PHONE, code
from tests.api.test_openapi import SNAPSHOT
from tests.api.test_promises import one_transaction
from tests.factories import QUESTION, make_class, make_course_version, make_enrolment

TERMS = StudyTerms(check_min_ms=20_000, check_max_ms=20_000)
SECONDS = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the folder of the client."""
    folder = tmp_path_factory.mktemp("made")
    command = ["--path", str(SNAPSHOT), "--output-path", str(folder / "platform_client"), "--meta", "none"]
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    left_out = [line for line in done.stdout.splitlines() if line.startswith("WARNING")]
    assert [line for line in left_out if "/me/identity/photo " not in line] == []  # it sends no plain pictures
    return folder


@pytest.fixture
def client(made, monkeypatch):
    """Return the client's parts: `ask(tag, operation, **arguments)` of whoever is signed in."""
    monkeypatch.syspath_prepend(str(made))
    parts = importlib.import_module("platform_client")
    models = importlib.import_module("platform_client.models")
    transport = {"transport": httpx.WSGITransport(app=WSGIHandler())}

    def ask(token, tag, operation, *places, **arguments):
        caller = parts.AuthenticatedClient(
            "http://testserver", token=token, prefix="", auth_header_name="X-Session-Token", httpx_args=transport
        )
        module = importlib.import_module(f"platform_client.api.{tag}.api_v1_routers_{operation}")
        answer = module.sync_detailed(*places, client=caller, **arguments)
        assert answer.status_code in {200, 201}, answer.content.decode()
        return answer.parsed

    def sign_in():
        with httpx.Client(base_url="http://testserver/_allauth/app/v1/", **transport) as app:
            pending = app.post("auth/phone", json={"phone": PHONE}).json()["meta"]["session_token"]
            confirmed = app.post("auth/code/confirm", json={"code": code()}, headers={"X-Session-Token": pending})
            return confirmed.json()["meta"]["session_token"]

    return SimpleNamespace(ask=ask, sign_in=sign_in, models=models)


def test_from_sign_in_to_the_hours(client, cast, site_root, at):
    traveller = at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", SECONDS * 1000), ("quiz", 0)))
    make_enrolment(make_class(version, cast.department, terms=TERMS), cast.wang.person)
    store_phone(cast.wang, PHONE, verified=True)
    with one_transaction():
        go(client, traveller)


def go(client, traveller):
    token, models = client.sign_in(), client.models
    (own,) = client.ask(token, "我的班级", "learning_enrolments")
    way = client.ask(token, "我的班级", "learning_progress", own.uid)
    film, quiz = way.lessons
    assert (film.kind, film.state, quiz.state) == ("video", "open", "locked")

    opening = models.SessionIn(enrolment=own.uid, lesson=film.uid, client="app", device="示例手机")
    opened = client.ask(token, "学习", "study_open_session", body=opening, idempotency_key=str(uuid4()))
    proof, checks = opened.token, 0
    for seq in range(1, SECONDS // 10 + 1):
        traveller.advance(seconds=10)
        beat = models.BeatIn(seq=seq, from_=(seq - 1) * 10_000, to=seq * 10_000)
        ack = client.ask(token, "学习", "study_beats", opened.id, body=models.BeatsIn(token=proof, beats=[beat]))
        proof = ack.token
        assert ack.acked_seq == seq
        if ack.check:
            told = client.ask(
                token, "学习", "study_answer_check", opened.id, ack.check.id, body=models.AnswerIn(answer="here")
            )
            checks += 1
            assert told.result == "passed"
    client.ask(token, "学习", "study_close", opened.id)
    assert checks >= 2

    view = client.ask(token, "我的班级", "learning_quiz", own.uid, quiz.uid)
    right = next(one["id"] for one in QUESTION["options"] if one["correct"])
    answers = models.AnswersInAnswers.from_dict({view.questions[0].id: [right]})
    key = str(uuid4())
    first, again = (
        client.ask(
            token, "我的班级", "learning_answer_quiz", own.uid, quiz.uid,
            body=models.AnswersIn(answers=answers), idempotency_key=key,
        )
        for _ in range(2)
    )  # fmt: skip
    assert (first.is_passed, first.attempt, again.uid) == (True, 1, first.uid)

    account = client.ask(token, "我的班级", "learning_hours", enrolment=own.uid)
    assert account.confirmed_seconds + account.pending_seconds == SECONDS
    told = client.ask(token, "我的班级", "sync_sync")
    assert (told.is_full, told.enrolments[0].uid, told.enrolments[0].is_completed) == (True, own.uid, True)
    nothing = client.ask(token, "我的班级", "sync_sync", since=told.cursor)
    assert (nothing.is_full, nothing.enrolments) == (False, [])
