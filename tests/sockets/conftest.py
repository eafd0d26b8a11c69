"""Learners with an open session, over the socket or over HTTP; the accounts' stage is shared with the API's tests."""

from __future__ import annotations

import pytest
from channels.layers import channel_layers
from channels.routing import URLRouter

from attendance.routing import websocket_urlpatterns
from attendance.services import open_session
from lms.access.queries import actor_for
from lms.planning.rules import StudyTerms
from tests.cast import make_person, make_user
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.lines import Line
from tests.live.stage import signed_in
from tests.people.conftest import app, browser, learner, own_outbox, staff

__all__ = ["app", "browser", "learner", "own_outbox", "staff"]
TERMS = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)


@pytest.fixture(autouse=True)
def fresh_layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends = {}


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


class Seated:
    """A learner with an open session and a socket."""

    def __init__(self, user, enrolment, lesson, key="k1"):
        self.user, self.enrolment, self.lesson, self.key = user, enrolment, lesson, key
        self.actor = actor_for(user)
        self.token = signed_in(user)
        self.sit(key)

    def sit(self, key):
        self.opened = open_session(
            enrolment=self.enrolment,
            lesson_uid=self.lesson.lesson_uid,
            client="pc",
            device="",
            key=key,
            actor=self.actor,
        )

    async def connect(self):
        door = URLRouter(websocket_urlpatterns)
        self.line = Line(door, f"/ws/v1/study-sessions/{self.opened.session}")
        await self.line.connect()
        await self.line.send_json_to({"type": "auth", "token": self.token})
        assert await self.hear() == {"type": "ready"}
        self.beat_token, self.seq = self.opened.ack.token, 0
        return self

    async def hear(self):
        return await self.line.receive_json_from()

    async def say(self, seconds=10, **changes):
        beat = {"seq": self.seq + 1, "from": self.seq * 10_000, "to": self.seq * 10_000 + seconds * 1000, **changes}
        await self.line.send_json_to({"type": "beats", "token": self.beat_token, "beats": [beat]})

    async def ack(self):
        ack = await self.hear()
        assert ack["type"] == "ack", ack
        self.seq, self.beat_token = ack["acked_seq"], ack["token"]
        return ack


@pytest.fixture
def people(cast, site_root, traveller):
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 10 * MINUTE),))
    training_class = make_class(version, cast.department, terms=TERMS)
    lesson = version.lessons.get()
    users = (cast.wang, cast.lu, make_user("third", make_person("学员甲", 300)))
    return [Seated(user, make_enrolment(training_class, user.person), lesson) for user in users]
