"""A district of one cheat at a time: a clock of its own, people, screens, and what the server made of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from django.core.cache import caches
from django.db import transaction
from django.db.models import Sum
from wagtail.models import Page

from attendance import services
from attendance.models import HoursEntry, LessonProgress, Seat, StudySession
from attendance.rules import Claim, Origin
from attendance.services import Ack, BeatsRequest
from attendance.services.memory import Memory
from courses.models import LessonVersion
from lms.access.queries import actor_for
from lms.access.rules import OFFICE, SYSTEM, Role
from lms.access.services import grant_role
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.kernel.sealing import forget_keys
from lms.organisations.models import Organisation
from lms.people.models import User
from lms.planning.rules import StudyTerms
from tests.cast import make_person, make_user
from tests.factories import make_class, make_course_version, make_enrolment
from tests.redteam.truth import SHANGHAI, TICK_MS, Shown, Truth

BEGIN = datetime(2026, 5, 6, 9, 0, tzinfo=SHANGHAI)
FILM_MS = 3_600_000
FREE = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)
MAKEUP = replace(FREE, live_replay="makeup", live_replay_days=1, window_from_minute=None, window_to_minute=None)
CHECKED = replace(FREE, check_min_ms=30_000, check_max_ms=30_000)
ENTERED = ("confirmed", "offline", "restored", "correction", "withdrawn", "reinstated")
serials = itertools.count(100)


class World:
    """One strategy's stage. Its time is its own; the server's clock may be set wrong by `skew_ms`."""

    def __init__(self, traveller: clock.Traveller, dice: random.Random) -> None:
        self.traveller, self.dice = traveller, dice
        self.moment, self.skew_ms = traveller.moment, 0
        self.learners: list[Learner] = []
        self.memory: Memory | None = None  # what a server's process keeps between beats
        kinds = Organisation.Kind
        self.institution = Organisation.objects.create(
            kind=kinds.INSTITUTION, name=f"红队示例学校{next(serials)}", short_name="红校"
        )
        self.department = Organisation.objects.create(
            kind=kinds.DEPARTMENT, name=f"红队示例局{next(serials)}", short_name="红局"
        )

    @property
    def now_ms(self) -> int:
        """Return the true time in ms."""
        return int(self.moment.timestamp() * 1000)

    def start_at(self, *when: int) -> None:
        """Begin at another hour of Shanghai's wall clock."""
        self.moment = datetime(*when, tzinfo=SHANGHAI)
        self.set_clock()

    def set_clock(self) -> None:
        """Let the server's clock show the true time, or the time it is set to."""
        self.traveller.move_to(self.moment + timedelta(milliseconds=self.skew_ms))

    def version(self, *lessons: tuple[str, int]) -> Any:
        """Return a released course version."""
        root = Page.get_first_root_node()
        return make_course_version(root, self.institution, lessons=lessons or (("video", FILM_MS),))

    def learner(self, terms: StudyTerms = FREE, *lessons: tuple[str, int], times: int = 1) -> Learner:
        """Return a person with a real name in a class, or in several classes of the same course."""
        version, serial = self.version(*lessons), next(serials)
        person = make_person("示例学员", serial % 1000)
        one = Learner(self, make_user(f"redteam{serial}", person))
        one.enrolments = [
            make_enrolment(make_class(version, self.department, terms=terms), person) for _ in range(times)
        ]
        self.learners.append(one)
        return one

    def staff(self, role: Role) -> User:
        """Return somebody who works at the institution, or in the office."""
        return self.employ(make_user(f"redteam{next(serials)}"), role)

    def employ(self, user: User, role: Role) -> User:
        """Give an account work to do."""
        organisation = None if role in OFFICE else self.institution
        grant_role(user=user, role=role, organisation=organisation, actor=SYSTEM)
        return user

    def lesson(self, learner: Learner, **fields: Any) -> LessonVersion:
        """Return another film of the learner's course, with what is asked for."""
        version = learner.enrolments[0].training_class.course_version
        more = {"title": "示例影片", "kind": "video", "length_ms": FILM_MS, "section_title": "示例章"} | fields
        return LessonVersion.objects.create(
            course_version=version, lesson_uid=uuid4(), section_uid=uuid4(), position=90, **more
        )

    def wait(self, seconds: float) -> None:
        """Let time pass: films run, and the truth is written down tenth by tenth."""
        ticks = round(seconds * 1000 / TICK_MS)
        if ticks and not any(screen.is_running for learner in self.learners for screen in learner.screens):
            self.moment += timedelta(milliseconds=TICK_MS * (ticks - 1))  # nobody watches: the last one tells all
            ticks = 1
        for _ in range(ticks):
            self.tick()
        self.set_clock()

    def tick(self) -> None:
        """Let a tenth of a second pass."""
        for learner in self.learners:
            learner.live(self.moment)
        self.moment += timedelta(milliseconds=TICK_MS)

    def finish(self) -> None:
        """Put everything away, and let the sweeper have what nobody came back to."""
        for learner in self.learners:
            for screen in learner.screens:
                screen.playing = False
        self.wait(600)
        services.sweep(clock.now())

    def gain_ms(self) -> int:
        """Return what the server gave beyond the truth, the worst of: confirmed, with what is pending, film covered."""
        return max(0, *(gain for learner in self.learners for gain in learner.gains()))


class Learner:
    """A person with an account (or two), with classes, and with screens of any number."""

    def __init__(self, world: World, user: User) -> None:
        self.world, self.user = world, user
        self.person_id = user.person_id
        self.enrolments: list[Enrolment] = []
        self.screens: list[Screen] = []
        self.truth = Truth()
        self.fair: Truth | None = None  # what an honest learner may expect: less what no lease covers
        self.is_cut_off = False

    def live(self, moment: datetime) -> None:
        """Live a tenth of a second before one's screens."""
        shown = [one for screen in self.screens for one in screen.roll()]
        self.truth.tick(moment, shown)
        if self.fair is not None and not self.is_cut_off:
            self.fair.tick(moment, shown)

    @property
    def lessons(self) -> list[LessonVersion]:
        """Return the lessons of the first class."""
        return list(self.enrolments[0].training_class.course_version.lessons.order_by("position"))

    def sit(self, lesson: int | LessonVersion = 0, *, place: int = 0, client: str = "pc", **more: Any) -> Screen:
        """Open a lesson of a class on a screen of its own and let the film run."""
        enrolment = Enrolment.objects.select_related("training_class__course_version", "person").get(
            pk=self.enrolments[place].pk
        )
        one = self.lessons[lesson] if isinstance(lesson, int) else lesson
        screen = Screen(self, enrolment, one, client=client, **more)
        self.screens.append(screen)
        return screen

    def gains(self) -> Iterator[int]:
        """Yield confirmed, confirmed with pending, and coverage, each beyond the truth."""
        confirmed = HoursEntry.objects.filter(person_id=self.person_id, kind__in=ENTERED).aggregate(Sum("ms"))[
            "ms__sum"
        ]
        seat = Seat.objects.filter(pk=self.person_id).first()
        pending, truth = seat.pending if seat else 0, self.truth
        yield (confirmed or 0) - truth.confirmed_ms
        yield (confirmed or 0) + pending - truth.confirmed_ms - truth.pending_ms
        yield covered_ms(self.person_id, seat) - truth.covered_ms

    @property
    def earned_ms(self) -> int:
        """Return what the server gave or will give when a check is passed."""
        kept = HoursEntry.objects.filter(person_id=self.person_id, kind__in=ENTERED).aggregate(Sum("ms"))["ms__sum"]
        return (kept or 0) + sum(Seat.objects.filter(pk=self.person_id).values_list("pending", flat=True))


def covered_ms(person_id: int, seat: Seat | None) -> int:
    """Return how much film the server holds to be covered: filed, or in the seat while somebody sits."""
    texts = {
        (row.enrolment_id, row.lesson_uid): row.covered
        for row in LessonProgress.objects.filter(enrolment__person_id=person_id)
    }
    sitting = StudySession.objects.select_related("lesson").filter(pk=seat.session).first() if seat else None
    if seat and sitting:
        key = (sitting.enrolment_id, sitting.lesson.lesson_uid)
        texts[key] = max(texts.get(key, ""), seat.covered, key=spans_ms)
    return sum(spans_ms(text) for text in texts.values())


def spans_ms(text: str) -> int:
    """Return the length of spans in the engine's own writing."""
    pairs = [span.rsplit("-", 1) for span in text.split(",") if span]
    return sum(int(end) - int(start) for start, end in pairs)


@dataclass(frozen=True, slots=True)
class Sent(BeatsRequest):
    """A request that also tells the account, which the real one has no use for: a weakened server goes by it."""

    user_id: int | None


class Screen:
    """A device with the lesson open. What it shows is true; what it claims is the strategy's business."""

    def __init__(
        self,
        learner: Learner,
        enrolment: Enrolment,
        lesson: LessonVersion,
        *,
        client: str,
        user: User | None = None,
        counts: bool = True,
    ) -> None:
        self.learner, self.world = learner, learner.world
        self.enrolment, self.lesson, self.counts = enrolment, lesson, counts
        self.terms = enrolment.training_class.study_terms()
        self.actor = actor_for(user or learner.user)
        self.world.set_clock()
        self.opened = services.open_session(
            enrolment=enrolment,
            lesson_uid=lesson.lesson_uid,
            client=client,
            device="红队示例设备",
            key=f"k{next(serials)}",
            actor=self.actor,
            origin=Origin(f"{client} of {learner.person_id}", f"203.0.113.{learner.person_id % 250}"),
        )
        self.position = self.claimed = self.opened.resume_ms
        self.visible, self.playing, self.rate = True, True, 100
        self.token, self.seq, self.stop = self.opened.ack.token, 0, ""
        self.opened_ms = self.heard_ms = self.world.now_ms
        self.highest = 0
        self.hear(self.opened.ack)

    @property
    def session(self) -> UUID:
        """Return the study session."""
        return self.opened.session

    @property
    def is_running(self) -> bool:
        """Return whether the film runs before somebody's eyes."""
        return self.visible and self.playing

    def roll(self) -> list[Shown]:
        """Run on by a tenth; return what the person saw of it."""
        if not self.is_running:
            return []
        place = (self.enrolment.pk, self.lesson.pk)
        seen = Shown(place, self.position, self.rate, self.lesson.length_ms, self.terms)
        self.position = min(self.lesson.length_ms, self.position + TICK_MS * self.rate // 100)
        return [seen] if self.counts else []

    def watch(self, seconds: int, *, answers: bool = True, beat: int = 10) -> None:
        """Study like an honest person with a good line, and answer what is asked at once."""
        for _ in range(seconds // beat):
            self.world.wait(beat)
            asked = self.beat().check
            if asked is not None and answers:
                self.answer(asked.number)

    def beat(self, **changes: Any) -> Ack:
        """Claim what was played since the last beat."""
        self.seq += 1
        claim = Claim(self.seq, self.claimed, self.position, self.rate, self.playing, self.visible)._replace(**changes)
        self.claimed = self.position
        return self.send([claim])

    def claim(self, start: int, end: int, **changes: Any) -> Ack:
        """Claim any stretch in the next beat."""
        self.seq += 1
        return self.send([Claim(self.seq, start, end)._replace(**changes)])

    def send(self, claims: list[Claim], token: str | None = None) -> Ack:
        """Send beats in-process; a refusal is heard as nothing."""
        self.world.set_clock()
        self.learner.truth.spoke(self.world.now_ms)
        asked = Sent(
            self.session, token or self.token, claims, self.actor.person_id, clock.now_ms(), self.actor.user_id
        )
        answer = services.post_beats([asked], self.world.memory)[0]
        if isinstance(answer, DomainError):
            return replace(self.opened.ack, check=None)
        self.token = answer.token if token is None else self.token
        if answer.stop is None and claims[-1].seq > self.highest:
            self.highest, self.heard_ms = claims[-1].seq, self.world.now_ms
        self.hear(answer)
        return answer

    def hear(self, ack: Ack) -> None:
        """Note what the server says."""
        self.stop = ack.stop.code if ack.stop else ""
        if ack.check is not None:
            self.learner.truth.asked(ack.check.number, self.world.now_ms, ack.check.answer_ms, self.terms)

    def answer(self, number: int, words: str | list[str] = "here", *, is_real: bool | None = None) -> None:
        """Answer a check. `is_real`: whether the person did, not the machine; unless told, that is a tap."""
        self.world.set_clock()
        is_real = words == "here" if is_real is None else is_real
        self.learner.truth.answered(number, self.world.now_ms, right=is_real)
        with suppress(DomainError):
            services.answer_check(session=self.session, number=number, answer=words, actor=self.actor)

    def close(self) -> None:
        """Leave the lesson."""
        self.playing = False
        self.world.set_clock()
        with suppress(DomainError):
            services.close_session(session=self.session, actor=self.actor)


@contextmanager
def stage(seed: int = 1, *, keeps: bool = False) -> Iterator[World]:
    """Yield a new world on a clean clock; what was written is taken back, unless a strategy needs it committed."""
    for name in caches:
        caches[name].clear()
    forget_keys()
    dice = random.Random(seed)
    with clock.travel(BEGIN) as traveller, patch("secrets.randbelow", dice.randrange):
        if keeps:
            yield World(traveller, dice)
            return
        with transaction.atomic():
            yield World(traveller, dice)
            transaction.set_rollback(True)
