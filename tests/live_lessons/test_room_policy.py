"""The words and numbers of rooms: published by the office, in force by their day, and what they decide."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lms.kernel import clock, jobs
from lms.kernel.models import Job
from lms.live.models import LiveSession, RoomPolicy
from lms.live.rules.talking import RoomTerms, describe_terms
from lms.live.services import change_live, close_overdue, remind_due
from lms.notifications.models import Notice
from tests.live_lessons.stage import moment

DESK = "/office/live/policy/"


def sent(**changes):
    terms = RoomTerms().as_json() | {"words": "代学\n代考\n代学"}
    return terms | {"effective_from": "2026-06-01", "source": "示例口径"} | changes


def text(answer):
    return answer.content.decode()


def in_force(**terms):
    RoomPolicy.objects.create(version=1, effective_from=date(2026, 5, 1), source="示例", terms=terms)


def test_the_office_publishes_a_version_drawn_up_from_the_newest(client, cast):
    client.force_login(cast.sun)
    assert 'value="300"' in text(client.get(DESK + "new/"))

    assert client.post(DESK + "new/", sent(longest_message="200")).status_code == 302

    assert RoomPolicy.objects.get().room_terms() == RoomTerms(words=("代学", "代考"), longest_message=200)
    assert "代学\n代考" in text(client.get(DESK + "new/")).replace("\r", "")
    client.force_login(cast.zhou)
    assert "第1版" in text(client.get(DESK))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"words": "代"}, "每个词至少2个字"),
        ({"messages": "0"}, "条数应在1至60之间"),
        ({"roll_call_seconds": "快"}, "点名时限应在20至600秒之间"),
        ({"source": ""}, "请填写口径的依据"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(client, cast, changes, words):
    client.force_login(cast.sun)

    answer = client.post(DESK + "new/", sent(**changes))

    assert (answer.status_code, words in text(answer)) == (422, True)
    assert not RoomPolicy.objects.exists()


def test_nobody_but_the_office_publishes(client, cast):
    for name in ("wu", "zhou", "zhao", "wang"):
        client.force_login(getattr(cast, name))
        assert client.post(DESK + "new/", sent()).status_code == 403
    assert not RoomPolicy.objects.exists()


def test_every_number_of_it_is_described():
    told = "".join(sentence for _, sentence in describe_terms(RoomTerms(words=("甲乙",) * 7)))
    numbers = {value for name, value in RoomTerms().as_json().items() if name != "words"}
    assert all(str(number) in told for number in numbers)
    assert "不提醒" in dict(describe_terms(RoomTerms(remind_minutes=0)))["提醒"]


def test_a_lesson_nobody_ends_is_ended_by_the_policy_of_its_day(school):
    in_force(patience_minutes=60)
    assert close_overdue(moment(21, 29)) == 0
    assert close_overdue(moment(21, 30)) == 1
    assert school.now().state == LiveSession.State.ENDED


def run_reminders():
    for row in Job.objects.filter(task="lms.live.tasks.remind", state="queued"):
        jobs.run(row.uid)


def reminders(school):
    return Notice.objects.filter(kind="live_soon", user=school.cast.wang).count()


def test_learners_are_reminded_once_in_time(school):
    school.at(17, 59)
    assert remind_due(clock.now()) == 0

    school.at(18, 0)
    assert (remind_due(clock.now()), remind_due(clock.now())) == (1, 0)
    run_reminders()

    assert reminders(school) == 1
    assert not Notice.objects.filter(kind="live_soon", user=school.cast.lu).exists()


def test_who_teaches_and_assists_is_reminded_too_and_once(school):
    helper = school.helper()
    school.session.assistants.add(helper)
    school.at(18, 0)
    remind_due(clock.now())
    run_reminders()
    remind_due(clock.now())
    run_reminders()

    told = Notice.objects.filter(kind="live_teach_soon").order_by("user__username")
    assert [one.user for one in told] == [school.cast.li, helper]
    assert "18:00" not in told[0].title
    assert "19:00您的直播课“第一章答疑”快开始了" in told[0].title


def test_a_lesson_that_is_moved_reminds_anew_and_a_late_worker_tells_nothing(school):
    school.at(18, 0)
    remind_due(clock.now())
    plan = school.plan(starts_at=moment(20, 30), ends_at=moment(21, 30))
    change_live(session=school.session, plan=plan, reason="教师临时有课，顺延", actor=school.cast.actor("zhao"))
    run_reminders()
    assert reminders(school) == 0

    school.at(19, 30)
    assert remind_due(clock.now()) == 1
    school.traveller.move_to(moment(20, 30) + timedelta(seconds=1))
    run_reminders()
    assert reminders(school) == 0


def test_a_policy_may_remind_nobody(school):
    in_force(remind_minutes=0)
    school.at(18, 59)
    assert remind_due(clock.now()) == 0
