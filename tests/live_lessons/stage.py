"""A class with a live lesson on 6 May 2026, 19:00 to 20:30, laid through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.clock import Traveller
from lms.live.models import LiveSession
from lms.live.services import Plan, plan_live
from lms.people.models import User
from tests.cast import Cast, make_user
from tests.factories import make_class, make_course_version, make_enrolment


def moment(hour: int, minute: int = 0, *, day: int = 6) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=clock.SHANGHAI)


@dataclass
class School:
    """The stage: the class, its live lesson, and who is there."""

    cast: Cast
    traveller: Traveller
    training_class: TrainingClass
    session: LiveSession
    wang: Enrolment

    def at(self, hour: int, minute: int = 0, *, day: int = 6) -> None:
        self.traveller.move_to(moment(hour, minute, day=day))

    def plan(self, **changes: Any) -> Plan:
        return plan_of(self.cast, **changes)

    def helper(self, name: str = "zhujiao") -> User:
        """Return another instructor of the institution."""
        user = make_user(name)
        grant_role(user=user, role=Role.INSTRUCTOR, organisation=self.cast.institution_a, actor=SYSTEM)
        return user

    def now(self) -> LiveSession:
        """Return the lesson as the database has it."""
        return LiveSession.objects.get(pk=self.session.pk)


def plan_of(cast: Cast, **changes: Any) -> Plan:
    values = {"title": "第一章答疑", "starts_at": moment(19), "ends_at": moment(20, 30), "teacher": cast.li}
    return Plan(**values | changes)


def lay_school(cast: Cast, root: Any, traveller: Traveller) -> School:
    """Return the stage; it is 5 May, ten o'clock."""
    traveller.move_to(moment(10, day=5))
    version = make_course_version(root, cast.institution_a)
    training_class = make_class(version, cast.department, teacher=cast.li)
    session = plan_live(training_class=training_class, plan=plan_of(cast), actor=cast.actor("zhao"))
    return School(cast, traveller, training_class, session, make_enrolment(training_class, cast.wang.person))
