"""A learner's whole way over JSON: enrol, study, be checked, answer a quiz, read the hours."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import date

import pytest
from django.db import DataError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendance import stores
from attendance.models import Beat, SessionOrigin
from lms.classes.models import Enrolment, TrainingClass
from lms.planning.rules import StudyTerms
from tests.api.contract import check
from tests.asked import make_asking_course, release
from tests.factories import make_class, make_course_version, make_enrolment
from tests.questions import fill, make_question

TERMS = StudyTerms(check_min_ms=20_000, check_max_ms=20_000)


@pytest.fixture
def enrolment(cast, site_root, settings):
    settings.STAFF_MFA_REQUIRED = False
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 30_000), ("quiz", 0)))
    return make_enrolment(make_class(version, cast.department, terms=TERMS), cast.wang.person)


class Api:
    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user)

    def __call__(self, method, path, body=None, **headers):
        address = f"/api/v1{path}"
        call = getattr(self.client, method.lower())
        data = {} if method == "GET" else {"data": json.dumps(body or {}), "content_type": "application/json"}
        answer = call(address, headers={name.replace("_", "-"): value for name, value in headers.items()}, **data)
        return answer.status_code, check(method, address, answer)


def test_a_session_keeps_marks_of_browser_and_network_and_no_address(cast, enrolment, at):
    at(2026, 5, 6, 9, 0)
    video = enrolment.training_class.course_version.lessons.get(kind="video")
    opening = {"enrolment": str(enrolment.uid), "lesson": str(video.lesson_uid), "client": "phone"}
    api, other = Api(cast.wang), Api(cast.wang)
    for browser, address, key in ((api, "203.0.113.7", "a"), (api, "203.0.113.8", "b"), (other, "192.168.3.4", "c")):
        browser.client.defaults["REMOTE_ADDR"] = address
        browser("POST", "/study-sessions", opening, Idempotency_Key=key)

    first, second, third = SessionOrigin.objects.order_by("session")
    assert first.device == second.device != third.device
    assert len({first.address, second.address}) == 2
    assert [one.network for one in (first, second, third)] == ["203.0.113.*", "203.0.113.*", ""]
    assert third.address == ""
    assert all("203.0.113.7" not in text for text in (first.address, first.device))


def test_a_lesson_is_studied_checked_and_counted(cast, enrolment, at):
    traveller = at(2026, 5, 6, 9, 0)
    api = Api(cast.wang)
    video, quiz = enrolment.training_class.course_version.lessons.all()

    _, mine = api("GET", "/me/enrolments")
    assert [one["uid"] for one in mine] == [str(enrolment.uid)]
    opening = {"enrolment": str(enrolment.uid), "lesson": str(video.lesson_uid), "client": "phone"}
    status, session = api("POST", "/study-sessions", opening, Idempotency_Key="k1")
    assert status == 201
    assert api("POST", "/study-sessions", opening, Idempotency_Key="k1")[1]["id"] == session["id"]
    traveller.advance(seconds=30)
    beat = {"seq": 1, "from": 0, "to": 30_000, "rate": 100, "playing": True, "visible": True}
    _, ack = api("POST", f"/study-sessions/{session['id']}/beats", {"token": session["token"], "beats": [beat]})
    assert (ack["acked_seq"], ack["pending_seconds"], ack["check"]["kind"]) == (1, 30, "tap")
    status, answered = api("POST", f"/study-sessions/{session['id']}/checks/{ack['check']['id']}", {"answer": "here"})
    assert (status, answered["result"], answered["credited_seconds"]) == (200, "passed", 30)
    status, _ = api("POST", f"/study-sessions/{session['id']}/close")
    assert status == 200
    _, asked = api("GET", f"/me/enrolments/{enrolment.uid}/quizzes/{quiz.lesson_uid}")
    assert "correct" not in json.dumps(asked)
    answers = {question["id"]: ["a"] for question in asked["questions"]}
    path = f"/me/enrolments/{enrolment.uid}/quizzes/{quiz.lesson_uid}"
    status, sitting = api("POST", path, {"answers": answers}, Idempotency_Key="q1")
    assert (status, sitting["score_percent"], sitting["is_passed"]) == (201, 100, True)
    _, progress = api("GET", f"/me/enrolments/{enrolment.uid}/progress")
    assert progress["is_completed"] is True
    assert progress["missing"] == []
    _, hours = api("GET", f"/me/hours?enrolment={enrolment.uid}")
    assert hours["confirmed_seconds"] == 30


def test_a_check_that_nobody_answered_is_told_by_the_server_and_asking_is_no_answer(cast, enrolment, at):
    traveller = at(2026, 5, 6, 9, 0)
    training_class = enrolment.training_class
    training_class.frozen_terms = replace(TERMS, failed_check="continue").as_json()
    training_class.save(update_fields=["frozen_terms"])
    video = training_class.course_version.lessons.get(kind="video")
    api = Api(cast.wang)
    opening = {"enrolment": str(enrolment.uid), "lesson": str(video.lesson_uid), "client": "phone"}
    _, ack = api("POST", "/study-sessions", opening, Idempotency_Key="k1")
    session = f"/study-sessions/{ack['id']}"
    seen = []
    for seq in range(1, 7):
        traveller.advance(seconds=30)
        place = (seq - 1) * 30_000
        beat = {"seq": seq, "from": place, "to": place + 30_000, "rate": 100, "playing": True, "visible": True}
        _, ack = api("POST", f"{session}/beats", {"token": ack["token"], "beats": [beat]})
        seen.append(api("GET", f"{session}/checks/1"))

    assert [(status, one.get("code")) for status, one in seen[:2]] == [(409, "check_open")] * 2
    assert (seen[-1][0], seen[-1][1]["result"], seen[-1][1]["credited_seconds"]) == (200, "failed", 0)
    assert seen[-1][1]["detail"].startswith("在岗确认没有通过：没有在规定时间内应答。上次确认之后的")
    assert "可以接着学" in seen[-1][1]["detail"]
    assert api("POST", f"{session}/checks/1", {"answer": "here"})[1] == api("GET", f"{session}/checks/1")[1]
    assert api("GET", f"{session}/checks/9")[1]["code"] == "check_not_found"
    assert Api(cast.lu)("GET", f"{session}/checks/1")[1]["code"] == "session_not_found"


def test_a_locked_lesson_and_a_wrong_body_are_refused_in_words(cast, enrolment, at):
    at(2026, 5, 6, 9, 0)
    api = Api(cast.wang)
    quiz = enrolment.training_class.course_version.lessons.get(kind="quiz")

    path = f"/me/enrolments/{enrolment.uid}/quizzes/{quiz.lesson_uid}"
    status, problem = api("POST", path, {"answers": {"q1": ["a"]}}, Idempotency_Key="q1")
    assert (status, problem["code"]) == (409, "lesson_locked")
    status, problem = api("POST", "/study-sessions", {"enrolment": "x"}, Idempotency_Key="k")
    assert (status, problem["code"]) == (422, "invalid")
    assert set(problem["fields"]) >= {"enrolment", "lesson", "client"}


@pytest.mark.parametrize("beat", [{"seq": 1.5}, {"from": "0"}, {"to": None}, {"rate": 99.9}], ids=str)
def test_beats_hold_whole_numbers_or_nothing(cast, enrolment, at, beat):
    at(2026, 5, 6, 9, 0)
    api = Api(cast.wang)
    video = enrolment.training_class.course_version.lessons.first()
    opening = {"enrolment": str(enrolment.uid), "lesson": str(video.lesson_uid), "client": "pc"}
    _, session = api("POST", "/study-sessions", opening, Idempotency_Key="k1")
    body = {"seq": 1, "from": 0, "to": 10, **beat}

    status, _ = api("POST", f"/study-sessions/{session['id']}/beats", {"token": session["token"], "beats": [body]})

    assert status == 422
    assert Beat.objects.count() == 0


def studying(cast, enrolment):
    """Return who studies the film over HTTP: a call that reports so many seconds more and returns the answer."""
    api, played = Api(cast.wang), 0
    video = enrolment.training_class.course_version.lessons.first()
    opening = {"enrolment": str(enrolment.uid), "lesson": str(video.lesson_uid), "client": "pc"}
    _, last = api("POST", "/study-sessions", opening, Idempotency_Key="k1")
    path = f"/study-sessions/{last['id']}/beats"

    def watch(traveller, seconds):
        nonlocal last, played
        traveller.advance(seconds=seconds)
        beat = {"seq": last["acked_seq"] + 1, "from": played * 1000, "to": (played + seconds) * 1000}
        _, last = api("POST", path, {"token": last["token"], "beats": [beat]})
        played += seconds
        return last

    return watch


def test_beats_read_once_what_never_changes_of_a_session(cast, enrolment, at):
    traveller = at(2026, 5, 6, 9, 0)
    watch = studying(cast, enrolment)
    watch(traveller, 5)

    with CaptureQueriesContext(connection) as asked:
        ack = watch(traveller, 5)

    assert (ack["acked_seq"], ack["pending_seconds"]) == (2, 10)
    assert not [query for query in asked if "attendance_studysession" in query["sql"]]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda other: Enrolment.objects.update(state=Enrolment.State.WITHDRAWN), id="the learner has left it"
        ),
        pytest.param(lambda other: TrainingClass.objects.update(state=TrainingClass.State.CLOSED), id="it was closed"),
        pytest.param(lambda other: TrainingClass.objects.update(ends_on=date(2026, 5, 5)), id="its last day was moved"),
        pytest.param(lambda other: TrainingClass.objects.update(course_version=other), id="it has another version"),
    ],
)
def test_a_class_that_changed_stops_the_very_next_beats(cast, enrolment, at, site_root, change):
    traveller = at(2026, 5, 6, 9, 0)
    watch = studying(cast, enrolment)
    watch(traveller, 2)
    change(make_course_version(site_root, cast.institution_a))

    ack = watch(traveller, 2)

    assert (ack["acked_seq"], ack["stop"]["code"]) == (1, "class_over")
    assert Beat.objects.count() == 1


@pytest.mark.parametrize("who", ["lu", "li", "qian", "chen", "wu"])
def test_nobody_else_reads_or_studies_it(cast, enrolment, at, who):
    at(2026, 5, 6, 9, 0)
    api = Api(getattr(cast, who))
    video = enrolment.training_class.course_version.lessons.first()

    assert api("GET", f"/me/enrolments/{enrolment.uid}/progress")[0] == 404
    assert api("GET", f"/me/hours?enrolment={enrolment.uid}")[0] == 404
    opening = {"enrolment": str(enrolment.uid), "lesson": str(video.lesson_uid), "client": "pc"}
    assert api("POST", "/study-sessions", opening, Idempotency_Key="k1")[0] == 404
    assert api("POST", f"/study-sessions/{uuid.uuid4()}/close")[0] == 404
    assert Beat.objects.count() == 0


@pytest.mark.parametrize(
    ("error", "told", "code"),
    [
        pytest.param(OperationalError("server closed the connection"), 503, "busy", id="it is down: come back later"),
        pytest.param(DataError("cannot contain NUL"), 422, "data_unreadable", id="it takes no such text"),
    ],
)
def test_what_a_database_refuses_is_told_and_loses_nothing(cast, enrolment, at, monkeypatch, error, told, code):
    traveller = at(2026, 5, 6, 9, 0)
    api = Api(cast.wang)
    video = enrolment.training_class.course_version.lessons.first()
    opening = {"enrolment": str(enrolment.uid), "lesson": str(video.lesson_uid), "client": "pc"}
    _, session = api("POST", "/study-sessions", opening, Idempotency_Key="k1")
    traveller.advance(seconds=10)
    path = f"/study-sessions/{session['id']}/beats"
    body = {"token": session["token"], "beats": [{"seq": 1, "from": 0, "to": 10_000}]}

    with monkeypatch.context() as broken:
        broken.setattr(stores, "commit", lambda moves: raise_(error))
        status, problem = api("POST", path, body)
    _, ack = api("POST", path, body)

    assert (status, problem["code"]) == (told, code)
    assert (ack["acked_seq"], ack["pending_seconds"]) == (1, 10)


def raise_(error: Exception) -> None:
    raise error


def test_a_film_s_questions_are_asked_and_answered_once(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    at(2026, 5, 6, 9, 0)
    question = make_question(cast.institution_a, cast.actor("li"), fill())
    version = release(cast, make_asking_course(cast, popups=[("0:05", question)]))
    enrolment = make_enrolment(make_class(version, cast.department, terms=TERMS), cast.wang.person)
    api, film = Api(cast.wang), version.lessons.get()
    path = f"/me/enrolments/{enrolment.uid}/popups/{film.lesson_uid}"

    _, (asked,) = api("GET", path)
    refused, problem = api("POST", f"{path}/{asked['id']}", {"answer": ["36"]})
    status, answered = api("POST", f"{path}/{asked['id']}", {"answer": ["36", "1"]})
    _, again = api("POST", f"{path}/{asked['id']}", {"answer": ["36", "100"]})

    assert (asked["at"], asked["question"]["blanks"], asked["review"]) == (5_000, [1, 2], None)
    assert (refused, problem["fields"]) == (422, {"answer": "请填写答案。"})
    assert (status, answered["review"]["earned_percent"], answered["review"]["chosen"]) == (201, 50, ["36", "1"])
    assert answered["review"]["right_words"][0] == "第1空：36 或 三十六"
    assert again == answered
    for who in ("lu", "qian", "chen"):
        assert Api(getattr(cast, who))("GET", path)[0] == 404
        assert Api(getattr(cast, who))("POST", f"{path}/{asked['id']}", {"answer": ["36", "1"]})[0] == 404
