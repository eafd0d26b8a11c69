"""Live lessons are planned ahead by those who teach; nobody is in two rooms at once; every change says why."""

from __future__ import annotations

import pytest

from lms.access.queries import actor_for
from lms.audit.models import AuditEntry
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.live.models import LiveSession
from lms.live.queries.sessions import coming_of, entrance_of, lives_in_reach, lives_of_class
from lms.live.rules.admission import Bar, Place
from lms.live.services import cancel_live, change_live, close_overdue, plan_live
from tests.factories import make_class, make_course_version, make_live
from tests.live_lessons.stage import moment


def plan(school, name="zhao", **changes):
    return plan_live(training_class=school.training_class, plan=school.plan(**changes), actor=school.cast.actor(name))


LATER = {"starts_at": moment(9, day=7), "ends_at": moment(10, day=7)}


@pytest.mark.parametrize("name", ["zhao", "li"])
def test_institution_and_teacher_plan(school, name):
    made = plan(school, name, **LATER)

    assert list(lives_of_class(school.training_class)) == [school.session, made]
    assert AuditEntry.objects.filter(action="live.planned", target_uid=made.uid).exists()


@pytest.mark.parametrize("name", ["wang", "lu", "qian", "sun", "chen", "zhou", "wu", "feng"])
def test_nobody_else_plans_changes_or_cancels(school, name):
    actor = school.cast.actor(name)
    for deed in (
        lambda: plan(school, name, **LATER),
        lambda: change_live(session=school.session, plan=school.plan(**LATER), reason="想换个时间", actor=actor),
        lambda: cancel_live(session=school.session, reason="教师生病了", actor=actor),
    ):
        with pytest.raises(ForbiddenError):
            deed()

    assert list(LiveSession.objects.values_list("state", "starts_at")) == [("scheduled", moment(19))]


def test_a_teacher_of_another_class_does_not_plan(school):
    TrainingClass.objects.update(teacher=None)
    school.training_class.refresh_from_db()

    with pytest.raises(ForbiddenError) as refused:
        plan(school, "li", **LATER)

    assert refused.value.code == "not_the_teacher"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"starts_at": moment(9, day=4), "ends_at": moment(11, day=4)}, "starts_at", id="gone by"),
        pytest.param({"ends_at": moment(18)}, "ends_at", id="ends before it begins"),
        pytest.param({"ends_at": moment(1, day=7)}, "ends_at", id="over midnight"),
        pytest.param({"ends_at": moment(19, 9)}, "ends_at", id="too short to be a lesson"),
        pytest.param({"title": " "}, "title", id="nameless"),
        pytest.param({"title": "a\x00b"}, "title", id="what no database takes"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(school, changes, field):
    with pytest.raises(InvalidError) as refused:
        plan(school, **changes)

    assert set(refused.value.fields) == {field}
    assert LiveSession.objects.count() == 1


def test_outside_of_the_classs_dates_is_refused(school):
    with pytest.raises(InvalidError) as refused:
        plan(school, starts_at=moment(9).replace(year=2027), ends_at=moment(10).replace(year=2027))

    assert refused.value.fields["starts_at"] == "日期应在班级培训时间内：2026-01-01至2026-12-31。"


def test_only_a_class_that_runs_is_taught_live(school):
    TrainingClass.objects.update(state="closed")

    with pytest.raises(ConflictError) as refused:
        plan(school, **LATER)

    assert refused.value.code == "class_not_running"


def test_people_of_another_institution_are_refused(school):
    with pytest.raises(InvalidError) as refused:
        plan(school, **LATER, teacher=school.cast.qian, assistants=(school.cast.sun,))

    assert refused.value.fields == {
        "teacher": "只能选择本机构的讲师。",
        "assistants": "助教只能选择本机构的讲师。",
    }


def test_the_teacher_is_told_which_other_lesson_is_in_the_way(school):
    other = make_class(school.training_class.course_version, school.cast.department, teacher=school.cast.li)

    with pytest.raises(InvalidError) as refused:
        plan_live(
            training_class=other, plan=school.plan(starts_at=moment(20), ends_at=moment(21)),
            actor=school.cast.actor("zhao"),
        )  # fmt: skip

    assert refused.value.fields["teacher"] == (
        f"li在05月06日 19:00至20:30已有直播课“第一章答疑”（{school.training_class.name}），请换一个时间或换人。"
    )


def test_an_assistant_is_not_in_two_rooms_either(school):
    helper = school.helper()
    plan(school, **LATER, assistants=(helper,))

    with pytest.raises(InvalidError) as refused:
        plan(school, starts_at=moment(9, 30, day=7), ends_at=moment(11, day=7), teacher=helper)

    assert set(refused.value.fields) == {"teacher"}


def test_one_lesson_after_another_is_no_conflict(school):
    assert plan(school, starts_at=moment(20, 30), ends_at=moment(21, 30)).pk


def test_a_cancelled_lesson_is_in_nobodys_way(school):
    cancel_live(session=school.session, reason="教师生病了", actor=school.cast.actor("zhao"))

    assert plan(school).pk
    assert (school.now().state, school.now().reason) == ("cancelled", "教师生病了")


def test_a_change_says_why_and_does_not_stand_in_its_own_way(school):
    change_live(
        session=school.session, plan=school.plan(ends_at=moment(20)), reason="教师时间有变", actor=school.cast.actor("li")
    )  # fmt: skip

    assert (school.now().ends_at, school.now().reason) == (moment(20), "教师时间有变")
    assert AuditEntry.objects.get(action="live.changed").reason == "教师时间有变"


def test_without_a_reason_nothing_happens(school):
    actor = school.cast.actor("zhao")
    for deed in (
        lambda: change_live(session=school.session, plan=school.plan(**LATER), reason="换", actor=actor),
        lambda: cancel_live(session=school.session, reason=" ", actor=actor),
    ):
        with pytest.raises(InvalidError) as refused:
            deed()
        assert set(refused.value.fields) == {"reason"}

    assert (school.now().state, school.now().starts_at) == ("scheduled", moment(19))


@pytest.mark.parametrize("state", ["live", "interrupted", "ended", "cancelled"])
def test_what_was_on_the_air_or_is_over_is_neither_moved_nor_cancelled(school, state):
    LiveSession.objects.update(state=state, began_at=moment(19), ended_at=moment(20))
    actor = school.cast.actor("zhao")

    for deed in (
        lambda: change_live(session=school.session, plan=school.plan(**LATER), reason="想换个时间", actor=actor),
        lambda: cancel_live(session=school.session, reason="教师生病了", actor=actor),
    ):
        with pytest.raises(ConflictError) as refused:
            deed()
        assert refused.value.code == "live_started"

    assert school.now().state == state


def test_what_nobody_came_to_is_closed_by_the_clock(school):
    assert close_overdue(moment(20, 59)) == 0
    assert close_overdue(moment(21)) == 1
    assert close_overdue(moment(21, 1)) == 0

    assert (school.now().state, school.now().state_name) == ("ended", "未开课")
    assert AuditEntry.objects.filter(action="live.ended").count() == 1


def test_who_sees_it(school):
    seen = {name for name in ("li", "zhao", "qian", "wang", "lu", "feng") if lives_in_reach(school.cast.actor(name))}

    assert seen == {"li", "zhao"}
    assert list(coming_of(school.cast.wang.person_id)) == [school.session]
    assert not coming_of(school.cast.lu.person_id)


def test_who_comes_in_as_what(school):
    helper = school.helper()
    school.session.assistants.add(helper)
    school.at(18, 45)

    def door(user):
        found = entrance_of(actor_for(user), school.now())
        return found.place, found.bar

    cast = school.cast
    assert door(cast.li) == (Place.TEACHER, None)
    assert door(helper) == (Place.ASSISTANT, None)
    assert door(cast.wang) == (Place.LEARNER, None)
    assert door(cast.chen) == (Place.INSPECTOR, None)
    assert door(cast.zhao) == door(cast.lu) == (None, Bar.NOT_ON_ROSTER)
    Enrolment.objects.update(state="withdrawn")
    assert door(cast.wang) == (None, Bar.WITHDRAWN)


def test_a_department_inspects_its_own_classes_only(school):
    school.at(18, 45)
    version = make_course_version(school.training_class.course_version.course.get_root(), school.cast.institution_b)
    elsewhere = make_live(make_class(version, school.cast.enterprise), school.cast.qian)
    zhou = school.cast.actor("zhou")

    assert entrance_of(zhou, school.now()).place == Place.INSPECTOR
    assert entrance_of(zhou, elsewhere).place is None
