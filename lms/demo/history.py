"""Three weeks of study (示例学习经历), lived through the same services as a learner's page: sessions, beats, checks, quiz.

Nothing is written into the ledger here; what counts, what is lost and why is decided by the platform's rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from attendance.models import CheckAsking, StudySession
from attendance.rules import Claim, Origin
from attendance.services import Ack, BeatsRequest, CheckAsked, answer_check, close_session, open_session, post_beats
from courses.models import LessonKind, LessonVersion
from courses.queries.catalogue import lessons_of
from courses.rules.marking import right_answer
from courses.rules.questions import CHOICES, leaves
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.classes.models import Enrolment
from lms.exams.services.quizzes import submit_quiz
from lms.kernel import clock
from lms.kernel.clock import SHANGHAI, Traveller
from lms.kernel.errors import DomainError
from lms.people.models import User

QUESTION = "question"
NETWORK = "203.0.113."  # for documents only (RFC 5737)
BEAT_MS = 10_000
BEATS_PER_REQUEST = 3
FULL_MS = 24 * 3_600_000


class StoppedError(Exception):
    """The platform ended the session."""


@dataclass(slots=True)
class Player:
    """A player on one device: it asks, waits on the clock and does as it is told."""

    enrolment: Enrolment
    lesson: LessonVersion
    client: str
    actor: Actor
    travel: Traveller
    origin: Origin
    answers: bool = True
    session: UUID = field(init=False)
    position: int = field(init=False)
    ack: Ack = field(init=False)

    def __post_init__(self) -> None:
        opened = open_session(
            enrolment=self.enrolment,
            lesson_uid=self.lesson.lesson_uid,
            client=self.client,
            device={"pc": "示例电脑", "phone": "示例手机", "wechat": "示例微信"}[self.client],
            key=f"demo-{self.enrolment.pk}-{clock.now_ms()}",
            actor=self.actor,
            origin=self.origin,
        )
        self.session, self.position, self.ack = opened.session, opened.resume_ms, opened.ack

    def watch(self, upto_ms: int = FULL_MS, *, rate: int = 100, visible: bool = True, playing: bool = True) -> None:
        """Play up to a position or the end, reporting every few beats."""
        end = min(upto_ms, self.lesson.length_ms)
        while self.position < end:
            self.report(list(self.claims(end, rate, visible, playing)))

    def wait(self, seconds: int, **how: bool) -> None:
        """Let time pass without moving on: paused, or in the background."""
        for _ in range(0, seconds, BEAT_MS // 1000):
            claim = Claim(self.ack.acked_seq + 1, self.position, self.position, 100, **how)
            self.travel.advance(milliseconds=BEAT_MS)
            self.send([claim])

    def claims(self, end: int, rate: int, visible: bool, playing: bool) -> Iterator[Claim]:
        """Yield the beats of one request."""
        at = self.position
        for place in range(BEATS_PER_REQUEST):
            to = min(at + BEAT_MS * rate // 100, end)
            if to > at:
                yield Claim(self.ack.acked_seq + 1 + place, at, to, rate, playing, visible)
            at = to

    def report(self, claims: list[Claim]) -> None:
        """Send beats after the time they took."""
        rate = claims[0].rate_percent
        self.travel.advance(milliseconds=(claims[-1].to_ms - claims[0].from_ms) * 100 // rate)
        self.send(claims)
        self.position = claims[-1].to_ms

    def send(self, claims: list[Claim]) -> None:
        """Send beats; answer a check within a few seconds, unless nobody is there."""
        request = BeatsRequest(self.session, self.ack.token, claims, self.actor.person_id, clock.now_ms())
        [answer] = post_beats([request])
        if isinstance(answer, DomainError):
            raise answer
        self.ack = answer
        if answer.stop is not None:
            raise StoppedError(answer.stop.code)
        if answer.check is not None and self.answers:
            self.travel.advance(seconds=4 + answer.check.number % 9)
            right = self.right_answer(answer.check)
            answer_check(session=self.session, number=answer.check.number, answer=right, actor=self.actor)

    def right_answer(self, check: CheckAsked) -> str | list[str]:
        """Return what answers a check: a tap, or the right options as the server keeps them."""
        if check.kind != QUESTION:
            return "here"
        asked = CheckAsking.objects.get(person_id=self.enrolment.person_id, number=check.number)
        return list(json.loads(asked.expected))

    def close(self) -> None:
        """Leave by the button."""
        close_session(session=self.session, actor=self.actor)


@dataclass(slots=True)
class Study:
    """One learner's way through a class."""

    enrolment: Enrolment
    user: User
    travel: Traveller
    lessons: list[LessonVersion]
    first_day: datetime
    browser: str = ""  # the one that all lessons are opened in; else one of one's own for each client

    @property
    def place(self) -> int:
        """Return the last number of one's address at home; one in the machine room."""
        return 1 if self.browser else 2 + self.enrolment.pk % 250

    def at(self, day: int, hour: int, minute: int = 0) -> None:
        """Go to a time of the day-th day of study; never back."""
        moment = datetime.combine(self.first_day.date() + timedelta(days=day), time(hour, minute), tzinfo=SHANGHAI)
        self.travel.move_to(max(moment, self.travel.moment + timedelta(minutes=5)))

    def play(self, number: int, client: str = "pc", *, answers: bool = True) -> Player:
        """Open the number-th lesson (from 1)."""
        lesson = self.lessons[number - 1]
        origin = Origin(self.browser or f"示例浏览器{self.enrolment.pk}-{client}", NETWORK + str(self.place))
        return Player(self.enrolment, lesson, client, actor_for(self.user), self.travel, origin, answers=answers)

    def finish_lesson(self, number: int, client: str = "pc") -> None:
        """Study a lesson to its end."""
        player = self.play(number, client)
        player.watch()
        player.close()

    def quiz(self, wrong: int = 0) -> None:
        """Answer the quiz, the first `wrong` questions wrongly."""
        lesson = next(one for one in self.lessons if one.kind == LessonKind.QUIZ)
        answers: dict[str, list[str]] = {}
        for place, question in enumerate(leaves(lesson.quiz)):
            answers[question["id"]] = wrong_answer(question) if place < wrong else right_answer(question)
        self.travel.advance(minutes=3)
        key = f"demo-{self.enrolment.pk}-{clock.now_ms()}"
        submit_quiz(
            enrolment=self.enrolment,
            lesson_uid=lesson.lesson_uid,
            answers=answers,
            key=key,
            actor=actor_for(self.user),
        )


def wrong_answer(question: Mapping[str, Any]) -> list[str]:
    """Return an answer that does not earn everything, whatever the kind of the question."""
    right = right_answer(question)
    if question["kind"] not in CHOICES:
        return ["不清楚"] * len(right)
    return [option["id"] for option in question["options"] if not option["correct"]][:1] or right[:1]


def nearly_done(study: Study) -> None:
    """Everything but the last film and the quiz: what is left takes two minutes (差最后一课)."""
    study.at(2, 19, 30)
    study.finish_lesson(1)
    study.finish_lesson(2)
    study.at(9, 20, 5)
    study.finish_lesson(3, "phone")


def newcomer(study: Study) -> None:
    """Nothing yet (尚未开始)."""


def finisher(study: Study) -> None:
    """Two evenings, quiz passed (按时完成)."""
    study.at(1, 19, 0)
    study.finish_lesson(1)
    study.finish_lesson(2)
    study.at(4, 19, 20)
    study.finish_lesson(3, "wechat")
    study.finish_lesson(4, "wechat")
    study.quiz()


def machine_room(study: Study) -> None:
    """Studies at the institution's computer, one after the other (机房轮流)."""
    study.browser = "示例机房电脑"
    study.at(3, 9 + 2 * (study.enrolment.pk % 3))
    for number in (1, 2, 3, 4):
        study.finish_lesson(number)
    study.quiz()


def second_try(study: Study) -> None:
    """Finishes, and passes the quiz at the second attempt (第二次通过测验)."""
    study.at(3, 12, 30)
    study.finish_lesson(1, "phone")
    study.finish_lesson(2, "phone")
    study.at(6, 20, 0)
    study.finish_lesson(3)
    study.finish_lesson(4)
    study.at(6, 21, 30)  # the two who live this hand in together, and err alike
    study.quiz(wrong=3)
    study.travel.advance(minutes=20)
    study.quiz()


def half_way(study: Study) -> None:
    """Is in the middle of the course (学习中)."""
    study.at(8, 18, 40)
    study.finish_lesson(1, "wechat")
    study.at(11, 18, 45)
    study.finish_lesson(2, "wechat")


def interrupted(study: Study) -> None:
    """The phone rings, the page goes to the background, the network breaks, and the rest follows later (多次中断)."""
    study.at(5, 7, 50)
    study.finish_lesson(1, "phone")
    player = study.play(2, "phone")
    player.watch(4 * 60_000)
    player.wait(90, playing=False)
    player.watch(6 * 60_000)
    player.wait(60, visible=False)
    player.watch(7 * 60_000)
    study.at(6, 21, 10)
    player = study.play(2, "phone")
    player.watch(9 * 60_000)
    study.travel.advance(minutes=6)  # a tunnel: nothing arrives
    player.watch()
    player.close()


def failed_then_earned(study: Study) -> None:
    """Fell asleep during a check, studied the same part again the next day (抽查未通过后重学)."""
    study.at(7, 22, 0)
    study.finish_lesson(1)
    doze(study.play(2, answers=False))
    study.at(8, 20, 0)
    study.finish_lesson(2)


def withheld(study: Study) -> None:
    """Fell asleep during a check and has not come back (学时暂不认定)."""
    study.at(10, 21, 30)
    study.finish_lesson(1, "phone")
    doze(study.play(2, "phone", answers=False))


def doze(player: Player) -> None:
    """Let the film run while nobody answers, until the platform stops it."""
    try:
        player.watch()
        player.wait(240, playing=True)
    except StoppedError:
        return


def hurried(study: Study) -> None:
    """Tries double speed, learns that it does not count, and goes on at the right pace (倍速不计)."""
    study.at(12, 19, 0)
    study.finish_lesson(1)
    player = study.play(2)
    player.watch(2 * 60_000, rate=200)
    player.position = player.ack.seek_limit_ms
    player.watch()
    player.close()


def changing_devices(study: Study) -> None:
    """Begins on the phone, goes on at the computer: the phone is told, nothing counts twice (换设备)."""
    study.at(13, 18, 0)
    study.finish_lesson(1, "phone")
    phone = study.play(2, "phone")
    phone.watch(5 * 60_000)
    study.travel.advance(seconds=5)
    computer = study.play(2, "pc")
    computer.watch()
    computer.close()


def night_owl(study: Study) -> None:
    """Studies past the end of the permitted hours (超出学习时段)."""
    study.at(14, 22, 50)
    study.finish_lesson(1)
    player = study.play(2)
    player.watch(12 * 60_000)
    player.close()


STORIES: list[tuple[int, Callable[[Study], None]]] = [
    (1, nearly_done),
    (1, newcomer),
    (3, finisher),
    (3, machine_room),
    (2, second_try),
    (3, half_way),
    (3, interrupted),
    (1, failed_then_earned),
    (1, withheld),
    (1, hurried),
    (1, changing_devices),
    (1, night_owl),
    (1, withheld),
]


def live_through(enrolments: list[Enrolment], first_day: datetime) -> None:
    """Let each learner live the own story; whoever has studied already is left alone."""
    stories = [story for count, story in STORIES for _ in range(count)]
    started = set(StudySession.objects.filter(enrolment__in=enrolments).values_list("enrolment_id", flat=True))
    for enrolment, story in zip(enrolments, stories, strict=False):
        if enrolment.pk not in started:
            live_one(enrolment, story, first_day)


def live_one(enrolment: Enrolment, story: Callable[[Study], None], first_day: datetime) -> None:
    """Let one learner live a story, a few minutes apart from the others."""
    with clock.travel(first_day + timedelta(minutes=enrolment.pk % 50)) as travel:
        user = User.objects.get(person_id=enrolment.person_id)
        lessons = lessons_of(enrolment.training_class.course_version_id)
        story(Study(enrolment, user, travel, lessons, clock.local(first_day)))
