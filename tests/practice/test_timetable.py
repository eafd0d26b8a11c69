"""Sessions are planned ahead, within the class, by those who teach it; once somebody signed they stay as they are."""

from __future__ import annotations

import uuid

import pytest

from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.classes.models import TrainingClass
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.live import services as live
from lms.practice.models import PracticeSession, TimetableStep
from lms.practice.queries.sessions import sessions_of_class
from lms.practice.services import cancel_practice, change_practice, plan_practice
from tests.cast import make_user
from tests.practice.stage import moment


def plan(workshop, name="zhao", **changes):
    return plan_practice(
        training_class=workshop.training_class, plan=workshop.plan(**changes), actor=workshop.cast.actor(name)
    )


@pytest.mark.parametrize("name", ["zhao", "li"])
def test_institution_and_teacher_plan(workshop, name):
    plan(workshop, name, starts_at=moment(14), ends_at=moment(16))

    assert [row.step.starts_at for row in sessions_of_class(workshop.training_class)] == [moment(9), moment(14)]


@pytest.mark.parametrize("name", ["wang", "lu", "qian", "sun", "chen", "zhou", "wu", "feng"])
def test_nobody_else_plans(workshop, name):
    with pytest.raises(ForbiddenError):
        plan(workshop, name, starts_at=moment(14), ends_at=moment(16))

    assert PracticeSession.objects.count() == 1


def test_a_teacher_of_another_class_does_not_plan(workshop):
    TrainingClass.objects.update(teacher=None)
    workshop.training_class.refresh_from_db()

    with pytest.raises(ForbiddenError) as refused:
        plan(workshop, "li", starts_at=moment(14), ends_at=moment(16))

    assert refused.value.code == "not_the_teacher"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"starts_at": moment(9, day=4), "ends_at": moment(11, day=4)}, "starts_at", id="gone by"),
        pytest.param({"ends_at": moment(8)}, "ends_at", id="ends before it begins"),
        pytest.param({"ends_at": moment(1, day=7)}, "ends_at", id="over midnight"),
        pytest.param({"lesson_uid": uuid.uuid4()}, "lesson", id="a lesson of another course"),
        pytest.param({"place": " "}, "place", id="nowhere"),
        pytest.param({"radius_m": None}, "radius_m", id="half a place"),
        pytest.param({"radius_m": 10}, "radius_m", id="too small a circle"),
        pytest.param({"latitude": 91}, "latitude", id="not on the earth"),
        pytest.param({"capacity": 0}, "capacity", id="for nobody"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(workshop, changes, field):
    with pytest.raises(InvalidError) as refused:
        plan(workshop, **changes)

    assert field in refused.value.fields
    assert PracticeSession.objects.count() == 1


def test_outside_of_the_classs_dates_is_refused(workshop):
    begin = moment(9).replace(year=2027)

    with pytest.raises(InvalidError) as refused:
        plan(workshop, starts_at=begin, ends_at=begin.replace(hour=10))

    assert refused.value.fields["starts_at"] == "日期应在班级培训时间内：2026-01-01至2026-12-31。"


def test_a_teacher_of_another_institution_is_refused(workshop):
    with pytest.raises(InvalidError) as refused:
        plan(workshop, starts_at=moment(14), ends_at=moment(16), teacher=workshop.cast.qian)

    assert refused.value.fields == {"teacher": "只能选择本机构的讲师。"}


def test_the_teacher_is_told_what_else_he_teaches_at_the_time(workshop):
    with pytest.raises(InvalidError) as refused:
        plan(workshop, starts_at=moment(10, 59), ends_at=moment(12))

    assert refused.value.fields["teacher"] == (
        f"li在05月06日 09:00至11:00已有实训楼101的实操课（{workshop.training_class.name}），请换一个时间或换人。"
    )


def live_plan(workshop, **changes):
    values = {"title": "答疑", "starts_at": moment(14), "ends_at": moment(15), "teacher": workshop.cast.li}
    return live.Plan(**values | changes)


def plan_live(workshop, **changes):
    return live.plan_live(
        training_class=workshop.training_class, plan=live_plan(workshop, **changes), actor=workshop.cast.actor("zhao")
    )


def test_practice_and_live_lessons_are_in_each_others_way(workshop):
    helper = make_user("zhujiao")
    grant_role(user=helper, role=Role.INSTRUCTOR, organisation=workshop.cast.institution_a, actor=SYSTEM)
    plan_live(workshop, assistants=(helper,))

    for teacher in (workshop.cast.li, helper):
        with pytest.raises(InvalidError) as refused:
            plan(workshop, starts_at=moment(14, 30), ends_at=moment(16), teacher=teacher)
        assert "14:00至15:00已有直播课“答疑”" in refused.value.fields["teacher"]
    with pytest.raises(InvalidError) as refused:
        plan_live(workshop, starts_at=moment(10), ends_at=moment(12))
    assert "09:00至11:00已有实训楼101的实操课" in refused.value.fields["teacher"]


def test_what_ends_is_cancelled_or_was_moved_is_in_nobodys_way(workshop):
    lesson = plan_live(workshop, starts_at=moment(11), ends_at=moment(12))
    change_practice(
        session=workshop.session,
        plan=workshop.plan(starts_at=moment(8), ends_at=moment(10)),
        reason="提前一小时",
        actor=workshop.cast.actor("li"),
    )
    live.cancel_live(session=lesson, reason="教师生病了", actor=workshop.cast.actor("li"))

    assert plan_live(workshop, starts_at=moment(10), ends_at=moment(11)).pk
    assert plan(workshop, starts_at=moment(11), ends_at=moment(12)).pk


def test_a_change_is_a_new_step(workshop):
    change = workshop.plan(place="实训楼202")
    change_practice(session=workshop.session, plan=change, reason="教室漏水换地方", actor=workshop.cast.actor("li"))

    assert list(TimetableStep.objects.order_by("number").values_list("place", "reason")) == [
        ("实训楼101", ""),
        ("实训楼202", "教室漏水换地方"),
    ]


def test_a_change_without_a_reason_is_refused(workshop):
    with pytest.raises(InvalidError):
        change_practice(session=workshop.session, plan=workshop.plan(), reason="换", actor=workshop.cast.actor("li"))

    assert TimetableStep.objects.count() == 1


def test_a_session_that_began_is_not_moved(workshop):
    workshop.at(9)

    with pytest.raises(ConflictError) as refused:
        change_practice(
            session=workshop.session, plan=workshop.plan(), reason="想换个时间", actor=workshop.cast.actor("li")
        )

    assert refused.value.code == "practice_started"


def test_once_somebody_signed_it_is_frozen(workshop):
    workshop.at(8, 50)
    workshop.sign(workshop.wang, "in")

    for deed in (
        lambda: change_practice(
            session=workshop.session, plan=workshop.plan(), reason="想换个时间", actor=workshop.cast.actor("li")
        ),
        lambda: cancel_practice(session=workshop.session, reason="教师生病了", actor=workshop.cast.actor("li")),
    ):
        with pytest.raises(ConflictError) as refused:
            deed()
        assert refused.value.code == "practice_frozen"

    assert TimetableStep.objects.count() == 1


def test_a_cancelled_session_stays_in_the_timetable(workshop):
    cancel_practice(session=workshop.session, reason="教师生病了", actor=workshop.cast.actor("zhao"))

    assert [row.state_name for row in sessions_of_class(workshop.training_class)] == ["已取消"]
    plan(workshop)  # the teacher is free again


def test_a_timetable_costs_no_more_queries_for_more_sessions(workshop, django_assert_num_queries):
    with django_assert_num_queries(5):
        sessions_of_class(workshop.training_class)
    for hour in range(12, 17):
        plan(workshop, starts_at=moment(hour), ends_at=moment(hour, 50))
    with django_assert_num_queries(5):
        assert len(sessions_of_class(workshop.training_class)) == 6
