"""A workshop of the red team: a class with a session at a place, the teacher's screen, phones, lists and sheets."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from attendance.rules import Origin
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.people.models import User
from lms.practice import services
from lms.practice.models import PracticeSession, PresenceList
from lms.practice.rules.places import Fix, Point
from tests.cast import make_person, make_user
from tests.factories import make_class, make_enrolment
from tests.redteam.truth import SHANGHAI, TICK_MS
from tests.redteam.world import FILM_MS, FREE, Learner, World, serials

HERE, AT_HOME = Fix(Point(31.23, 121.47), 20), Fix(Point(31.30, 121.47), 30)
DAY = (2026, 5, 6)
SESSION_MS, LESSON_MS = 7_200_000, 10_800_000
PAPER = b"%PDF-1.4 signed"


class Workshop:
    """A session on 6 May, nine to eleven; planned the day before by the institution, held by its teacher."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.teacher, self.registrar = world.staff(Role.INSTRUCTOR), world.staff(Role.INSTITUTION)
        version = world.version(("video", FILM_MS), ("practice", LESSON_MS))
        self.training_class = make_class(version, world.department, terms=FREE, teacher=self.teacher)
        self.lesson = version.lessons.get(kind="practice")
        world.start_at(2026, 5, 5, 10)
        self.session = self.plan(*DAY)

    def plan(self, *day: int) -> PracticeSession:
        """Put a session, nine to eleven, into the timetable."""
        begin, end = (datetime(*day, hour, tzinfo=SHANGHAI) for hour in (9, 11))
        plan = services.Plan(
            self.lesson.lesson_uid, begin, end, "实训楼101", self.teacher, 30, Decimal("31.23"), Decimal("121.47"), 200
        )
        return services.plan_practice(training_class=self.training_class, plan=plan, actor=actor_for(self.registrar))

    def learner(self) -> Learner:
        """Return somebody of the class."""
        serial = next(serials)
        one = Learner(self.world, make_user(f"redteam{serial}", make_person("示例学员", serial % 1000)))
        one.enrolments = [make_enrolment(self.training_class, one.user.person)]
        self.world.learners.append(one)
        return one

    def at(self, hour: int, minute: int = 0) -> None:
        """Let it be a time of the day."""
        self.world.start_at(*DAY, hour, minute)

    def code(self, way: str) -> str:
        """Return what the screen on the wall shows now."""
        return services.code_now(session=self.session, way=way, actor=actor_for(self.teacher)).code.token

    def sign(self, learner: Learner, way: str, *, given: str = "", fix: Fix = HERE, phone: str = "") -> None:
        """Sign on a phone with the code of now, or with one from somewhere; a refusal is taken silently."""
        actor, enrolment = actor_for(learner.user), learner.enrolments[0]
        with suppress(DomainError):
            ticket = services.ticket_for(
                session=self.session, way=way, given=given or self.code(way), enrolment=enrolment, actor=actor
            )
            origin = Origin(phone or f"phone of {learner.person_id}", "203.0.113.7")
            services.sign(session=self.session, enrolment=enrolment, ticket=ticket, actor=actor, fix=fix, origin=origin)

    def file(self, *learners: Learner, note: str = "", is_present: bool = True, **line: Any) -> PresenceList | None:
        """File a list as the teacher; without times and a reason it rests on the learners' signatures."""
        lines = [services.Line(one.enrolments[0], is_present, **line) for one in learners]
        with suppress(DomainError):
            return services.file_list(session=self.session, lines=lines, actor=actor_for(self.teacher), note=note)
        return None

    def bring(self, *rows: str, session: PracticeSession | None = None, note: str = "") -> PresenceList | None:
        """Bring a sheet with a scan of signed paper."""
        content = "\n".join(["学员编号,是否到场,到场时间,离场时间", *rows]).encode()
        with suppress(DomainError):
            report = services.file_sheet(
                session=session or self.session, name="签到表.csv", content=content, paper=PAPER,
                actor=actor_for(self.teacher), note=note,
            )  # fmt: skip
            return report.presence_list
        return None

    def confirm(self, filed: PresenceList | None, user: User) -> None:
        """Confirm a list as somebody, if there is one."""
        if filed is not None:
            with suppress(DomainError):
                services.confirm_list(presence_list=filed, opinion="", actor=actor_for(user))

    def was_there(self, learner: Learner, ms: int) -> None:
        """Write down that somebody really was at the place for so long: it counts, and it covers the lesson."""
        learner.truth.confirmed_ms += ms
        place = (learner.enrolments[0].pk, self.lesson.pk)
        learner.truth.seen[place].update(range(ms // TICK_MS))


def ms(hour: int, minute: int = 0) -> int:
    """Return a time of the session's day."""
    return int(datetime(*DAY, hour, minute, tzinfo=clock.SHANGHAI).timestamp() * 1000)
