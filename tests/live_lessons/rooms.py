"""A room with its people: as the API's callers, in the class of the stage."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.test import Client

from lms.classes.models import Enrolment
from lms.live.models import LiveSession
from lms.live.services import enter_room
from lms.people.models import User
from tests.cast import make_person, make_user
from tests.factories import make_enrolment
from tests.live_lessons.stage import School

KEYS = count(1)
REASON = "与课堂内容无关"


class Caller:
    """Somebody with a browser in a room."""

    def __init__(self, user: User, session: LiveSession) -> None:
        self.user, self.session, self.client = user, session, Client()
        self.client.force_login(user)

    def path(self, rest: str = "") -> str:
        return f"/api/v1/live/{self.session.uid}/room{rest}"

    def get(self, rest: str = "", **headers: str) -> Any:
        return self.client.get(self.path(rest), headers=headers)

    def post(self, rest: str, body: dict[str, Any] | None = None, method: str = "post") -> Any:
        return getattr(self.client, method)(self.path(rest), body or {}, content_type="application/json")

    def enter(self) -> Any:
        return self.post("/entry")

    def say(self, text: str, key: str = "") -> Any:
        return self.post("/messages", {"text": text, "key": key or f"k{next(KEYS)}"})

    def state(self, since: int = 0) -> Any:
        answer = self.get(f"?since={since}")
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def texts(self, since: int = 0) -> list[str]:
        return [one["text"] for one in self.state(since)["messages"]]


def classmate(school: School, number: int) -> tuple[User, Enrolment]:
    """Return another learner of the class."""
    user = make_user(f"learner{number}", make_person(f"学员{number}", 500 + number))
    return user, make_enrolment(school.training_class, user.person)


def inside(school: School, name: str) -> Caller:
    """Return somebody of the cast who came into the room."""
    user = getattr(school.cast, name)
    enter_room(session=school.session, actor=school.cast.actor(name))
    return Caller(user, school.session)
