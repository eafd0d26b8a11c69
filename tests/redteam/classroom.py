"""A classroom of the red team: a live lesson of a class, its teacher's line, and learners' pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.live.models import Broadcast, LiveSession
from lms.live.services import Plan, open_live, plan_live
from lms.people.models import User
from lms.planning.rules import StudyTerms
from tests.cast import make_person, make_user
from tests.factories import make_class, make_enrolment
from tests.redteam.truth import TICK_MS, Shown
from tests.redteam.world import FILM_MS, FREE, Learner, Screen, World, serials

LINE_SECONDS = 5  # so often the server hears of the teacher's picture
DROP = timedelta(seconds=FREE.live_drop_seconds)


class Classroom:
    """A live lesson that begins in ten minutes; its room is open, nobody is on the air."""

    def __init__(self, world: World, *, terms: StudyTerms = FREE) -> None:
        self.world = world
        self.teacher = self.staff(Role.INSTRUCTOR)
        version = world.version(("live", FILM_MS))
        self.training_class = make_class(version, world.department, terms=terms, teacher=self.teacher)
        self.lesson = version.lessons.get()
        self.session = self.plan()
        self.begun: datetime | None = None
        self.heard: datetime | None = None
        open_live(session=self.session, actor=actor_for(self.teacher))

    def staff(self, role: Role) -> User:
        """Return somebody who works at the institution."""
        user = make_user(f"redteam{next(serials)}")
        grant_role(user=user, role=role, organisation=self.world.institution, actor=SYSTEM)
        return user

    def plan(self) -> LiveSession:
        """Put the lesson into the timetable."""
        begin = self.world.moment + timedelta(minutes=10)
        plan = Plan("示例直播", begin, begin + timedelta(hours=1), self.teacher, (), self.lesson.lesson_uid)
        return plan_live(training_class=self.training_class, plan=plan, actor=actor_for(self.staff(Role.INSTITUTION)))

    def go_on_air(self) -> None:
        """Let the teacher's picture begin."""
        self.world.set_clock()
        self.begun = self.heard = self.world.moment
        LiveSession.objects.filter(pk=self.session.pk).update(state="live", began_at=clock.now())
        Broadcast.objects.create(session=self.session, number=1, source="camera", is_encoded=False)

    @property
    def is_on_air(self) -> bool:
        """Return whether the lesson is given: a short break of the line is part of it."""
        return self.heard is not None and self.world.moment < self.heard + DROP

    @property
    def position(self) -> int:
        """Return how far the lesson has come, in ms."""
        return (self.world.moment - (self.begun or self.world.moment)) // timedelta(milliseconds=1)

    def teach(self, seconds: int) -> None:
        """Let time pass with the teacher's picture coming."""
        for _ in range(seconds // LINE_SECONDS):
            self.world.wait(LINE_SECONDS)
            self.hear()

    def hear(self) -> None:
        """Let the server hear of the teacher's picture."""
        self.heard = self.world.moment
        Broadcast.objects.filter(session=self.session, ended_at=None).update(heard_at=clock.now())

    def learner(self) -> Learner:
        """Return somebody of the class."""
        serial = next(serials)
        one = Learner(self.world, make_user(f"redteam{serial}", make_person("示例学员", serial % 1000)))
        self.enrol(one)
        self.world.learners.append(one)
        return one

    def enrol(self, learner: Learner) -> Enrolment:
        """Give somebody a place in the class."""
        learner.enrolments.append(make_enrolment(self.training_class, learner.user.person))
        return learner.enrolments[-1]

    def enter(self, learner: Learner, place: int = 0, **more: Any) -> LiveScreen:
        """Let somebody in, at a page of their own."""
        enrolment = Enrolment.objects.select_related("training_class__course_version", "person").get(
            pk=learner.enrolments[place].pk
        )
        screen = LiveScreen(self, learner, enrolment, **more)
        learner.screens.append(screen)
        return screen


class LiveScreen(Screen):
    """A page of a live lesson: it claims that its picture runs; what it shows is there only while the teacher is."""

    def __init__(self, room: Classroom, learner: Learner, enrolment: Enrolment, *, client: str = "pc") -> None:
        self.room = room
        super().__init__(learner, enrolment, room.lesson, client=client)

    def roll(self) -> list[Shown]:
        """Run on by a tenth; return what the person saw of the lesson."""
        if not (self.visible and self.playing):
            return []
        self.position += TICK_MS
        if not self.room.is_on_air:
            return []
        place = (self.enrolment.pk, self.lesson.pk)
        return [Shown(place, self.room.position, 100, self.lesson.length_ms, self.terms)]
