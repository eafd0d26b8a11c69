"""Beats of apps over HTTP, in front of Django: the same words as the route's, written in one batch."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.contrib.sessions.backends.db import SessionStore
from django.core.asgi import get_asgi_application
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from api.v1.beats_door import BeatsDoor, addressed
from attendance import stores
from attendance.consumers import collector as collecting
from attendance.consumers.collector import NOT_PLAIN, Collector, Waiting
from attendance.models import Beat
from attendance.rules import Claim
from attendance.services import BeatsRequest
from lms.classes.models import TrainingClass
from lms.kernel import clock
from tests.cast import make_person, make_user
from tests.factories import make_enrolment
from tests.lines import PATIENCE
from tests.sockets.conftest import Seated

pytestmark = pytest.mark.django_db(transaction=True)
BEAT = {"seq": 1, "from": 0, "to": 10_000}


class Spied:
    """Django, and how often it was asked."""

    def __init__(self):
        self.inner, self.asked = get_asgi_application(), 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await self.inner(scope, receive, send)


class Line:
    """An app's way to the platform, through the door or past it."""

    def __init__(self):
        self.django = Spied()
        self.door = BeatsDoor(self.django)

    async def post(self, learner, body, *, past_the_door=False, headers=(), session=None):
        told = {"Host": "testserver", "Content-Type": "application/json", "X-Session-Token": learner.token}
        told |= dict(headers)
        path = f"/api/v1/study-sessions/{session or learner.opened.session}/beats"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = HttpCommunicator(
            self.django if past_the_door else self.door,
            "POST",
            path,
            body=content,
            headers=[(name.lower().encode(), value.encode()) for name, value in told.items()],
        )
        answer = await asked.get_response(timeout=PATIENCE)
        await asked.wait()  # Django gives its connection back after the last byte
        headers = {name.decode().lower(): value.decode() for name, value in answer["headers"]}
        return answer["status"], headers, json.loads(answer["body"])


@pytest.fixture
async def line():
    yield Line()
    await collecting.collector().stop()


def stamp(token, **changes):
    """Have a session seen just now, as an app's first request does."""
    session = SessionStore(token)
    session.update({"seen": clock.now().timestamp()} | changes)
    session.save()


@pytest.fixture
def wang(people):
    stamp(people[0].token)
    return people[0]


def beats(learner, *claims):
    return {"token": learner.opened.ack.token, "beats": list(claims)}


async def test_the_door_says_what_the_route_says(line, wang, traveller):
    traveller.advance(seconds=10)
    body = beats(wang, BEAT)

    through = await line.post(wang, body)
    past = await line.post(wang, body, past_the_door=True)

    assert through[0] == 200
    assert (through[2]["acked_seq"], through[2]["pending_seconds"]) == (1, 10)
    assert through[2] == past[2]  # the same beats again get the same answer, to the letter of its time
    assert through[1]["content-type"] == past[1]["content-type"]
    assert through[1]["x-content-type-options"] == "nosniff"
    assert line.django.asked == 1


async def test_many_apps_are_written_in_one_batch(line, people, traveller, monkeypatch):
    sizes, commit = [], stores.commit
    monkeypatch.setattr(stores, "commit", lambda moves: sizes.append(len(moves)) or commit(moves))
    for one in people:
        await sync_to_async(stamp)(one.token)
    traveller.advance(seconds=10)

    answers = await asyncio.gather(*(line.post(one, beats(one, BEAT)) for one in people))

    assert [answer[0] for answer in answers] == [200] * 3
    assert (sizes, line.django.asked) == ([3], 0)


def test_a_batch_reads_as_often_for_fifty_as_for_five(cast, people, site_root, traveller):
    """However many: their sessions, their accounts, what they opened, how classes stand, the seats."""
    [wang, *_] = people
    crowd = []
    for number in range(55):
        user = make_user(f"crowd{number}", make_person(f"学员{number}", 400 + 2 * number))
        crowd.append(Seated(user, make_enrolment(wang.enrolment.training_class, user.person), wang.lesson))
        stamp(crowd[-1].token)
    traveller.advance(seconds=3)
    counts = []
    for group in (crowd[:5], crowd[5:]):
        with CaptureQueriesContext(connection) as queries:
            answers = Collector().post_all([waiting(one, one.token) for one in group])
        assert [answer.acked_seq for answer in answers] == [1] * len(group)
        counts.append(sum(query["sql"].startswith("SELECT") for query in queries))
    assert counts == [4, 4]


def waiting(learner, token="", person_id=None):
    opened = learner.opened
    request = BeatsRequest(opened.session, opened.ack.token, [Claim(1, 0, 3_000)], person_id, clock.now_ms())
    return Waiting(request, token, None)


def must_change(wang):
    wang.user.must_change_password = True
    wang.user.save()


def sign_out(wang):
    SessionStore(wang.token).delete()


def outlive(wang):
    from django.contrib.sessions.models import Session

    Session.objects.filter(session_key=wang.token).update(expire_date=clock.now() - timedelta(seconds=1))


def change_password(wang):
    wang.user.set_password("another-good-one-7")
    wang.user.save()


def shut_out(wang):
    wang.user.is_active = False
    wang.user.save()


def become_staff(wang):
    wang.user.is_staff = True
    wang.user.save()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param(sign_out, 401, "not_signed_in", id="signed out"),
        pytest.param(outlive, 401, "not_signed_in", id="expired"),
        pytest.param(change_password, 401, "not_signed_in", id="password changed elsewhere"),
        pytest.param(shut_out, 401, "not_signed_in", id="account closed"),
        pytest.param(must_change, 403, "change_password", id="owes a password"),
        pytest.param(become_staff, 403, "enrol_mfa", id="staff, who owe a second factor"),
    ],
)
async def test_whoever_may_not_go_on_hears_it_from_django(line, wang, traveller, change, status, code):
    await sync_to_async(change)(wang)
    traveller.advance(seconds=10)

    answer = await line.post(wang, beats(wang, BEAT))

    assert (answer[0], answer[2]["code"]) == (status, code)
    assert line.django.asked == 1
    assert await sync_to_async(Beat.objects.count)() == 0


async def test_a_session_that_is_to_be_stamped_goes_the_long_way_once(line, wang, traveller):
    await sync_to_async(stamp)(wang.token, seen=clock.now().timestamp() - 90_000)
    traveller.advance(seconds=10)

    first = await line.post(wang, beats(wang, BEAT))
    second = await line.post(wang, beats(wang, BEAT))

    assert (first[0], first[2]["acked_seq"], second[2]["acked_seq"]) == (200, 1, 1)
    assert line.django.asked == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b"{", (), 400, id="half a body"),
        pytest.param({"token": "x", "beats": []}, (), 422, id="no beats"),
        pytest.param({"token": "x", "beats": [{"seq": 1.5, "from": 0, "to": 1}]}, (), 422, id="half a number"),
        pytest.param({"token": "x", "beats": [BEAT], "more": "x" * 9_000}, (), 422, id="longer than beats are"),
        pytest.param({"token": "x", "beats": [BEAT]}, [("X-Session-Token", "y" * 65)], 401, id="a token that is none"),
    ],
)
async def test_what_is_not_plain_is_answered_as_ever(line, wang, body, headers, status):
    through = await line.post(wang, body, headers=headers)
    past = await line.post(wang, body, headers=headers, past_the_door=True)

    assert through[0] == past[0] == status
    assert through[2] == past[2]


async def test_somebody_elses_session_does_not_exist(line, people, wang):
    answer = await line.post(wang, beats(people[1], BEAT), session=people[1].opened.session)

    assert (answer[0], answer[2]["code"]) == (404, "session_not_found")
    assert answer[1]["content-type"] == "application/problem+json"
    assert line.django.asked == 0


async def test_a_class_that_closed_stops_the_very_next_beats(line, wang, traveller):
    traveller.advance(seconds=10)
    _, _, ack = await line.post(wang, beats(wang, BEAT))
    await sync_to_async(TrainingClass.objects.update)(state=TrainingClass.State.CLOSED)
    traveller.advance(seconds=1)

    _, _, answer = await line.post(wang, {"token": ack["token"], "beats": [{"seq": 2, "from": 10_000, "to": 11_000}]})

    assert answer["stop"]["code"] == "class_over"
    assert (answer["acked_seq"], line.django.asked) == (1, 0)


async def test_what_was_not_written_is_not_acknowledged(line, wang, traveller, monkeypatch):
    def fail(moves):
        raise OperationalError("the server closed the connection")

    traveller.advance(seconds=10)
    with monkeypatch.context() as broken:
        broken.setattr(stores, "commit", fail)
        status, headers, refusal = await line.post(wang, beats(wang, BEAT))
    _, _, later = await line.post(wang, beats(wang, BEAT))

    assert (status, refusal["code"], headers["retry-after"]) == (503, "not_saved", "5")
    assert later["acked_seq"] == 1


def test_the_marker_of_the_long_way_is_never_a_refusal_of_a_socket(people, traveller):
    """Who came in by a socket is known: nothing asks for a token then."""
    [wang, *_] = people
    traveller.advance(seconds=3)

    [answer, unknown] = Collector().post_all(
        [waiting(wang, person_id=wang.actor.person_id), waiting(wang, "nobody's token")]
    )

    assert (answer.acked_seq, unknown) == (1, NOT_PLAIN)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        pytest.param("training.example", True, id="the platform"),
        pytest.param("training.example:8443", True, id="with a port"),
        pytest.param("packages.training.example", False, id="where course packages run"),
        pytest.param("elsewhere.example", False, id="a name that is not ours"),
        pytest.param("", False, id="no name"),
    ],
)
def test_only_the_platforms_own_host_has_the_door(settings, host, is_ours):
    settings.ALLOWED_HOSTS = ["training.example", "packages.training.example"]
    settings.SCORM_ORIGIN = "https://packages.training.example"
    path = "/api/v1/study-sessions/01890a5d-ac96-774b-bcce-b302099a8057/beats"
    headers = {"host": host, "x-session-token": "t", "content-type": "application/json"}
    scope = {"path": path, "method": "POST", "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}

    assert (addressed(scope)[0] is not None) is is_ours
