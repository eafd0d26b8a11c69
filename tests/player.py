"""A learner's player: tests study through the services, on the test's clock."""

from __future__ import annotations

from typing import Any

from attendance.rules import Claim, Origin
from attendance.services import Ack, BeatsRequest, Memory, answer_check, close_session, open_session, post_beats
from courses.models import LessonVersion
from lms.access.rules import Actor
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.clock import Traveller
from lms.kernel.errors import DomainError


class Player:
    """A learner's player on the test's clock, at a socket of a process that remembers."""

    def __init__(
        self,
        traveller: Traveller,
        enrolment: Enrolment,
        lesson: LessonVersion,
        actor: Actor,
        key: str = "k1",
        origin: Origin | None = None,
    ) -> None:
        self.traveller, self.actor, self.memory = traveller, actor, Memory()
        self.opened = open_session(
            enrolment=enrolment,
            lesson_uid=lesson.lesson_uid,
            client="pc",
            device="Chromium",
            key=key,
            actor=actor,
            origin=origin or Origin(f"browser of {actor.user_id}", "203.0.113.7"),
        )
        self.token, self.seq, self.at = self.opened.ack.token, 0, self.opened.resume_ms

    def watch(self, seconds: int, **changes: Any) -> Ack | DomainError:
        """Play for some seconds and report them in one beat."""
        self.traveller.advance(seconds=seconds)
        self.seq += 1
        claim = Claim(self.seq, self.at, self.at + seconds * 1000)._replace(**changes)
        answer = self.send([claim])
        if isinstance(answer, Ack):
            self.at, self.token = max(self.at, claim.to_ms), answer.token
        return answer

    def send(self, claims: list[Claim], token: str | None = None) -> Ack | DomainError:
        request = BeatsRequest(self.opened.session, token or self.token, claims, self.actor.person_id, clock.now_ms())
        return post_beats([request], self.memory)[0]

    def play(self, seconds: int, *, beat: int = 10) -> None:
        """Play on in beats, answering every check at once."""
        for _ in range(seconds // beat):
            ack = self.watch(beat)
            assert isinstance(ack, Ack)
            if ack.check is not None:
                self.answer(ack.check.number)

    def answer(self, number: int, answer: str = "here") -> None:
        """Answer a check."""
        answer_check(session=self.opened.session, number=number, answer=answer, actor=self.actor)

    def close(self) -> None:
        """Leave the lesson."""
        close_session(session=self.opened.session, actor=self.actor)
