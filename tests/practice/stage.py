"""A class with a practice lesson and a session on 6 May 2026, nine to eleven, laid through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from attendance.rules import Origin
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.clock import Traveller
from lms.planning.rules import StudyTerms
from lms.practice.models import PracticeSession, Signature
from lms.practice.rules.places import Fix, Point
from lms.practice.services import Line, Plan, code_now, plan_practice, sign, ticket_for
from tests.cast import Cast, make_person, make_user
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment

TERMS = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False, minimum_attendance_percent=80)
WORKSHOP = Point(31.230000, 121.470000)
HERE = Fix(WORKSHOP, 20)
AT_HOME = Fix(Point(31.300000, 121.470000), 30)


def moment(hour: int, minute: int = 0, *, day: int = 6) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=clock.SHANGHAI)


def ms(hour: int, minute: int = 0) -> int:
    return int(moment(hour, minute).timestamp() * 1000)


@dataclass
class Workshop:
    """The stage: the class, its session, and who is there."""

    cast: Cast
    traveller: Traveller
    training_class: TrainingClass
    session: PracticeSession
    wang: Enrolment

    def at(self, hour: int, minute: int = 0, *, day: int = 6) -> None:
        self.traveller.move_to(moment(hour, minute, day=day))

    def plan(self, **changes: Any) -> Plan:
        return plan_of(self.training_class, self.cast, **changes)

    def actor(self, enrolment: Enrolment) -> Actor:
        return actor_for(enrolment.person.users.get())

    def sign(
        self, enrolment: Enrolment, way: str, fix: Fix | None = HERE, *, given: str = "", **more: Any
    ) -> Signature:
        """Scan the code on the screen, or hand in a `given` one."""
        actor = self.actor(enrolment)
        shown = given or code_now(session=self.session, way=way, actor=self.cast.actor("li")).code.token
        ticket = ticket_for(session=self.session, way=way, given=shown, enrolment=enrolment, actor=actor)
        more.setdefault("origin", Origin(f"phone of {enrolment.pk}", "203.0.113.7"))
        return sign(session=self.session, enrolment=enrolment, ticket=ticket, actor=actor, fix=fix, **more)

    def attend(self, enrolment: Enrolment, fix: Fix | None = HERE) -> None:
        """Sign in at 8:55 and out at 11:05; it is 11:05 then."""
        self.at(8, 55)
        self.sign(enrolment, "in", fix)
        self.at(11, 5)
        self.sign(enrolment, "out", fix)

    def join(self, serial: int) -> Enrolment:
        """Return another learner of the class."""
        person = make_person(f"学员{serial}", serial)
        make_user(f"u{serial}", person)
        return make_enrolment(self.training_class, person)


def plan_of(training_class: TrainingClass, cast: Cast, **changes: Any) -> Plan:
    lesson = training_class.course_version.lessons.get(kind="practice")
    values = {
        "lesson_uid": lesson.lesson_uid,
        "starts_at": moment(9),
        "ends_at": moment(11),
        "place": "实训楼101",
        "teacher": cast.li,
        "capacity": 30,
        "latitude": Decimal("31.230000"),
        "longitude": Decimal("121.470000"),
        "radius_m": 200,
    }
    return Plan(**(values | changes))


def lay_workshop(cast: Cast, root: Any, traveller: Traveller, *, terms: StudyTerms = TERMS, **changes: Any) -> Workshop:
    """Return the stage; it is 5 May, ten o'clock."""
    traveller.move_to(moment(10, day=5))
    lessons = (("video", 60 * MINUTE), ("practice", 180 * MINUTE))
    version = make_course_version(root, cast.institution_a, lessons=lessons)
    training_class = make_class(version, cast.department, terms=terms, teacher=cast.li)
    plan = plan_of(training_class, cast, **changes)
    session = plan_practice(training_class=training_class, plan=plan, actor=cast.actor("zhao"))
    return Workshop(cast, traveller, training_class, session, make_enrolment(training_class, cast.wang.person))


def present(enrolment: Enrolment, begin: int | None = None, end: int | None = None, reason: str = "") -> Line:
    return Line(enrolment, True, begin, end, reason)


def absent(enrolment: Enrolment, reason: str = "未到") -> Line:
    return Line(enrolment, False, reason=reason)
