"""The stage itself stands: cast and factories work together."""

from lms.access.rules import Role
from tests.factories import make_class, make_course_version, make_enrolment


def test_cast_and_factories_fit(cast, site_root):
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 60_000), ("quiz", 0)))
    enrolment = make_enrolment(make_class(version, cast.department), cast.wang.person)

    assert version.lessons.count() == 2
    assert enrolment.access_scope().person_id == cast.actor("wang").person_id
    assert cast.actor("chen").has(Role.OFFICE_CHECKER)
