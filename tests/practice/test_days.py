"""Practice days of many classes: what is found, what stands out, who sees what, at which cost; what meets at one time."""

from __future__ import annotations

import pytest
from django.test import Client

from attendance.rules import Origin
from lms.access.rules import Role
from lms.audit.models import AuditEntry
from lms.classes.models import Enrolment
from lms.kernel.errors import ForbiddenError
from lms.practice.queries.conflicts import conflicts_of
from lms.practice.queries.days import DayFilters, days_of, practice_days
from lms.practice.queries.sessions import step_now
from lms.practice.services import cancel_practice, change_practice, confirm_list, file_list, plan_practice
from tests.factories import make_class, make_enrolment
from tests.practice.stage import AT_HOME, absent, moment, ms, plan_of, present


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


def plan(workshop, training_class=None, **changes):
    held = training_class or workshop.training_class
    changes = {"starts_at": moment(14), "ends_at": moment(16)} | changes
    return plan_practice(
        training_class=held, plan=plan_of(held, workshop.cast, **changes), actor=workshop.cast.actor("zhao")
    )


def second_class(workshop):
    return make_class(
        workshop.training_class.course_version, workshop.cast.department, name="焊工二班", teacher=workshop.cast.li
    )


def found(workshop, name="sun", **filters):
    return list(practice_days(workshop.cast.actor(name), DayFilters(**filters)))


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        pytest.param({}, 2, id="everything"),
        pytest.param({"q": "实训楼"}, 1, id="a place"),
        pytest.param({"q": "焊工"}, 2, id="a class"),
        pytest.param({"begin": "2026-05-07"}, 1, id="from a day"),
        pytest.param({"end": "2026-05-06"}, 1, id="to a day, the day included"),
        pytest.param({"begin": "soon"}, 0, id="a day that is none"),
        pytest.param({"begin": "9999-12-31", "end": "9999-12-31"}, 0, id="the last day that there is"),
        pytest.param({"institution": "x"}, 0, id="an institution that is none"),
        pytest.param({"state": "planned"}, 1, id="planned"),
        pytest.param({"state": "cancelled"}, 1, id="cancelled"),
        pytest.param({"state": "x"}, 0, id="a state that is none"),
    ],
)
def test_filters_find_what_fits(workshop, filters, count):
    gone = plan(workshop, starts_at=moment(9, day=7), ends_at=moment(10, day=7), place="二号车间")
    cancel_practice(session=gone, reason="教师生病了", actor=workshop.cast.actor("zhao"))

    assert len(found(workshop, **filters)) == count


def test_the_state_that_is_filtered_is_the_state_that_is_shown(workshop):
    seen = []
    workshop.at(10)
    seen.append("running")
    assert found(workshop, state="running") == [workshop.session]
    workshop.at(11, 30)
    assert found(workshop, state="over") == [workshop.session]
    line = present(workshop.wang, ms(9), ms(11), "全程在岗")
    filed = file_list(session=workshop.session, lines=[line], actor=workshop.cast.actor("li"))
    assert found(workshop, state="waiting") == [workshop.session]
    confirm_list(presence_list=filed, opinion="", actor=workshop.cast.actor("zhao"))
    for state in ("planned", "running", "over", "waiting", "returned", "cancelled"):
        assert found(workshop, state=state) == []

    (day,) = days_of(found(workshop, state="confirmed"))

    assert (day.now.state, day.present, day.absent) == ("confirmed", 1, 0)


def test_a_day_tells_what_stands_out(workshop):
    other, third = workshop.join(31), workshop.join(33)
    workshop.at(8, 55)
    assert found(workshop, odd="1") == []
    for one in (other, third):
        workshop.sign(one, "in", origin=Origin("one phone", "203.0.113.7"))
    workshop.sign(workshop.wang, "in", AT_HOME)
    workshop.at(11, 5)
    for one in (other, third):
        workshop.sign(one, "out", origin=Origin("one phone", "203.0.113.7"))

    (day,) = days_of(found(workshop, odd="1"))

    assert day.oddities == ("同一台设备为多人签到2人", "签到位置不在实操地点1人", "签到后没有签退1人")
    assert (day.now.signed_count, day.present) == (3, None)


def test_an_ordinary_day_does_not_stand_out(workshop):
    workshop.attend(workshop.wang)
    file_list(session=workshop.session, lines=[present(workshop.wang)], actor=workshop.cast.actor("li"))

    assert found(workshop, odd="1") == []
    assert days_of(found(workshop))[0].oddities == ()


@pytest.mark.parametrize(("name", "count"), [("sun", 1), ("chen", 1), ("zhao", 1), ("li", 1), ("qian", 0)])
def test_everybody_sees_the_days_within_reach(workshop, name, count):
    assert len(found(workshop, name)) == count


def test_a_learner_has_no_list_of_days(workshop):
    with pytest.raises(ForbiddenError):
        found(workshop, "wang")


def test_the_lists_cost_the_same_for_five_and_fifty_days(workshop, django_assert_num_queries):
    workshop.attend(workshop.wang)
    file_list(session=workshop.session, lines=[present(workshop.wang)], actor=workshop.cast.actor("li"))
    workshop.at(8)
    for count in (5, 50):
        while (held := len(found(workshop))) < count:
            plan(workshop, starts_at=moment(9, day=7 + held % 20).replace(month=6 + held // 20, minute=0),
                 ends_at=moment(10, day=7 + held % 20).replace(month=6 + held // 20))  # fmt: skip
        with django_assert_num_queries(7):
            assert len(days_of(found(workshop))) == count


def test_the_same_place_at_the_same_time_is_told(workshop):
    other = plan(workshop, second_class(workshop), starts_at=moment(10), ends_at=moment(12), teacher=teacher(workshop))

    assert conflicts_of(workshop.session, step_now(workshop.session)) == [
        "同一时间，“实训楼101”还安排了“焊工二班”的实操课（05月06日10:00至12:00）。请确认场地够用，或调整其中一次。"
    ]
    cancel_practice(session=other, reason="教师生病了", actor=workshop.cast.actor("zhao"))
    assert conflicts_of(workshop.session, step_now(workshop.session)) == []


def teacher(workshop):
    from lms.access.rules import SYSTEM
    from lms.access.services import grant_role
    from tests.cast import make_user

    user = make_user("second")
    grant_role(user=user, role=Role.INSTRUCTOR, organisation=workshop.cast.institution_a, actor=SYSTEM)
    return user


def test_a_learner_with_two_places_to_be_is_told(workshop):
    held = second_class(workshop)
    make_enrolment(held, workshop.wang.person)
    other = plan(workshop, held, starts_at=moment(11), ends_at=moment(12), place="二号车间")
    assert conflicts_of(workshop.session, step_now(workshop.session)) == []  # one ends as the other begins
    cancel_practice(session=other, reason="教师生病了", actor=workshop.cast.actor("zhao"))

    plan(workshop, held, starts_at=moment(10), ends_at=moment(12), place="二号车间", teacher=teacher(workshop))

    assert conflicts_of(workshop.session, step_now(workshop.session)) == [
        "同一时间，本班学员王芳还要参加“焊工二班”的实操课（05月06日10:00至12:00）。请与学员确认去哪一处。"
    ]
    Enrolment.objects.filter(training_class=held).update(state=Enrolment.State.WITHDRAWN)
    assert conflicts_of(workshop.session, step_now(workshop.session)) == []


def test_a_session_that_was_moved_away_meets_nothing(workshop):
    held = second_class(workshop)
    other = plan(workshop, held, starts_at=moment(10), ends_at=moment(12), teacher=teacher(workshop))
    moved = plan_of(held, workshop.cast, starts_at=moment(13), ends_at=moment(15))
    change_practice(session=other, plan=moved, reason="场地冲突改时间", actor=workshop.cast.actor("zhao"))

    assert conflicts_of(workshop.session, step_now(workshop.session)) == []


def page(workshop, name, path):
    client = Client()
    client.force_login(getattr(workshop.cast, name))
    return client.get(path)


def test_office_and_auditor_read_a_day(workshop):
    other = workshop.join(31)
    workshop.attend(workshop.wang)
    file_list(
        session=workshop.session, lines=[present(workshop.wang), absent(other, "请假")], actor=workshop.cast.actor("li")
    )

    for name in ("sun", "chen", "wu"):
        text = page(workshop, name, f"/office/practice/{workshop.session.uid}/").content.decode()
        assert "签到08:55（在实操地点），签退11:05（在实操地点）" in text
        assert ("王芳" in text, "请假" in text, workshop.wang.person.document_number in text) == (True, True, False)


def test_the_change_page_keeps_what_was_typed_and_says_what_is_wrong(workshop):
    client = Client()
    client.force_login(workshop.cast.li)
    path = f"/institution/practice/{workshop.session.uid}/change/"
    assert 'value="实训楼101"' in client.get(path).content.decode()
    values = {
        "lesson": workshop.plan().lesson_uid, "held_on": "2026-05-06", "starts_at": "10:00", "ends_at": "12:00",
        "place": "二号车间", "teacher": workshop.cast.li.uid, "capacity": 20, "reason": "教室检修，改地点",
    }  # fmt: skip
    refused = client.post(path, values | {"ends_at": "09:00"})
    assert (refused.status_code, 'value="二号车间"' in refused.content.decode()) == (422, True)

    assert client.post(path, values).status_code == 302

    assert step_now(workshop.session).place == "二号车间"
    learner = page(workshop, "wang", f"/my/practice/{workshop.session.uid}/").content.decode()
    assert "教室检修，改地点" in learner
    workshop.at(10, 30)
    client = Client()  # staff that rest are signed out
    client.force_login(workshop.cast.li)
    late = client.post(path, values)
    assert (late.status_code, "这次课已经开始" in late.content.decode()) == (409, True)


def test_who_looks_at_the_signed_paper_is_noted(workshop):
    assert page(workshop, "sun", f"/office/practice/{workshop.session.uid}/paper/").status_code == 404
    assert not AuditEntry.objects.filter(action="practice.paper_read").exists()
