"""A class whose checks withhold, a clock, and a learner with a withheld stretch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from attendance.models import HoursEntry
from lms.access.rules import Actor
from lms.classes.models import Enrolment
from lms.kernel.clock import Traveller
from lms.planning.rules import StudyTerms
from tests.appeals.stage import miss_check
from tests.cast import Cast
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.laid import Memory, laid, relaid

STAGES: Memory = {}
CHECKED = replace(StudyTerms(), check_min_ms=60_000, check_max_ms=60_000, check_rearms=0, lessons_in_order=False)


@dataclass(slots=True)
class Stage:
    """What the tests of appeals start from."""

    cast: Cast
    traveller: Traveller
    enrolment: Enrolment

    @property
    def wang(self) -> Actor:
        return self.cast.actor("wang")

    def withheld(self) -> HoursEntry:
        """Return what 王芳's missed check withheld."""
        return relaid(self.missed, "withheld", self.cast.wang.person.pk, self.enrolment.pk)

    def missed(self) -> HoursEntry:
        """Let 王芳 miss a check."""
        return miss_check(self.enrolment, self.wang, self.traveller)


@pytest.fixture
def staged(cast, site_root, at):
    """Return a maker of stages on a Wednesday morning; `terms` change the class's."""

    def make(**terms) -> Stage:
        def lay() -> Enrolment:
            version = make_course_version(
                site_root, cast.institution_a, lessons=(("video", 20 * MINUTE), ("video", 20 * MINUTE))
            )
            training_class = make_class(version, cast.department, terms=replace(CHECKED, **terms))
            return make_enrolment(training_class, cast.wang.person)

        ground = cast.institution_a.pk, cast.department.pk, cast.wang.person.pk, site_root.pk
        enrolment = laid(STAGES, lay, *ground, repr(terms))
        return Stage(cast, at(2026, 5, 6, 9, 0), enrolment)

    return make


@pytest.fixture
def stage(staged) -> Stage:
    return staged()
