"""Notices on their way out: once by each channel, together, not at night, again after a failure, never twice."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.access.queries import actor_for
from lms.kernel import clock
from lms.kernel.models import Job
from lms.notifications.models import Delivery, Notice
from lms.notifications.services import mark_read, sending, tell_persons
from lms.notifications.services.preferences import set_preferences
from lms.people.gateways.sms import SmsDownError, SmsRefusedError, SmsUnsureError
from lms.people.services import store_phone
from tests.cast import make_user
from tests.notifications import stage
from tests.notifications.stage import ADDRESS, PHONE, Scripted, states, tell, work


@pytest.fixture(autouse=True)
def spring(at, settings):
    settings.STAFF_MFA_REQUIRED = False
    settings.SMS = settings.SMS | {"gateway": "tests.notifications.stage.Scripted"}
    Scripted.ends, Scripted.sent = [], []
    return at(2026, 4, 20, 9, 0)


@pytest.fixture
def laid(cast):
    stage.lay(cast)
    return cast


@pytest.fixture
def by_sms(cast):
    stage.lay(cast, email_kinds=(), gather_minutes=0)
    return cast


def test_without_a_policy_nothing_goes_out(cast):
    store_phone(cast.wang, PHONE, verified=True)

    tell(cast.wang)

    assert Notice.objects.count() == 1
    assert states() == []


def test_a_notice_is_queued_once_for_each_channel(laid):
    for _ in range(2):
        tell(laid.wang, laid.lu)

    assert states() == [("sms", "queued", ""), ("email", "queued", "")]


def test_it_goes_out_after_gathering(laid, spring):
    tell(laid.wang)
    assert work() == []

    spring.advance(minutes=10)

    assert work() == ["sent", "sent"]
    [(phone, template, parameters, key)] = Scripted.sent
    assert (phone, template) == (PHONE, "notice.enrolled.zh")
    assert parameters == {"kind": "您已入学", "title": "您已入学“焊工班”"}
    row = Delivery.objects.get(channel="sms")
    assert (row.message_uid, row.provider_id, row.sent_at) == (key, "示例回执", clock.now())
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([ADDRESS], "您已入学")
    assert "请登录平台查看：http" in letter.body


def test_several_go_together(by_sms, spring):
    for key, kind in (("a", "enrolled"), ("b", "live_changed"), ("c", "appeal_decided")):
        tell(by_sms.wang, key=key, kind=kind)

    assert work() == ["sent"]

    assert [(template, told) for _, template, told, _ in Scripted.sent] == [("notices.zh", {"count": "3"})]
    assert {state for _, state, _ in states()} == {"sent"}


def test_nothing_goes_out_at_night(by_sms, spring):
    spring.move_to(spring.moment.replace(hour=14, minute=0))  # 22:00 in Shanghai
    tell(by_sms.wang, kind="live_changed")
    assert work() == []

    spring.advance(hours=10)

    assert work() == ["sent"]


def test_a_worker_that_comes_late_in_the_evening_waits_for_the_morning(by_sms, spring):
    tell(by_sms.wang)
    sending.hand_out(clock.now())
    uid = Delivery.objects.get().message_uid
    spring.advance(hours=13)

    assert sending.send_message(uid) == "nothing"

    assert states() == [("sms", "queued", "")]
    assert clock.local(Delivery.objects.get().due_at).hour == 8
    spring.advance(hours=10)
    assert work() == ["sent"]


def test_a_failure_is_tried_again_later_as_the_same_message(by_sms, spring):
    Scripted.ends = [SmsDownError("示例"), SmsDownError("示例")]
    tell(by_sms.wang)
    assert work() == ["failed"]
    assert work() == []

    for minutes in (2, 8):
        spring.advance(minutes=minutes)
        work()

    assert states() == [("sms", "sent", "")]
    assert len({key for *_, key in Scripted.sent}) == 1
    assert Delivery.objects.get().attempts == 3


def test_tries_are_bounded(by_sms, spring):
    Scripted.ends = [SmsDownError("示例")] * 9
    tell(by_sms.wang)

    for _ in range(9):
        work()
        spring.advance(minutes=50)

    assert states() == [("sms", "given_up", "exhausted")]
    assert len(Scripted.sent) == 5


@pytest.mark.parametrize("reason", ["blocked", "quota", "template"])
def test_a_refusal_is_not_tried_again(by_sms, spring, reason):
    Scripted.ends = [SmsRefusedError("示例", reason)]
    tell(by_sms.wang)
    work()
    spring.advance(hours=1)

    assert work() == []
    assert states() == [("sms", "given_up", reason)]


def test_a_lost_answer_is_not_risked_twice(by_sms, spring):
    Scripted.ends = [SmsUnsureError("示例")]
    tell(by_sms.wang)
    work()
    spring.advance(hours=1)

    assert work() == []
    assert states() == [("sms", "given_up", "unconfirmed")]


def test_a_lost_answer_is_asked_for_again_where_the_channel_knows_the_message(by_sms, spring, settings):
    settings.SMS = settings.SMS | {"gateway": "tests.notifications.stage.Knowing"}
    Scripted.ends = [SmsUnsureError("示例")]
    tell(by_sms.wang)
    work()
    spring.advance(minutes=2)

    assert work() == ["sent"]
    assert len({key for *_, key in Scripted.sent}) == 1


@pytest.mark.parametrize(("begun", "state"), [(False, "sent"), (True, "given_up")])
def test_what_a_dead_worker_held_goes_on_only_where_it_had_not_begun(by_sms, spring, begun, state):
    tell(by_sms.wang)
    sending.hand_out(clock.now())
    if begun:
        sending.begin(Delivery.objects.get().message_uid)
    spring.advance(minutes=16)

    work()

    assert [one for _, one, _ in states()] == [state]


def test_a_second_worker_does_nothing(by_sms):
    tell(by_sms.wang)
    sending.hand_out(clock.now())
    uid = Delivery.objects.get().message_uid

    assert [sending.send_message(uid) for _ in range(2)] == ["sent", "nothing"]
    assert len(Scripted.sent) == 1


def test_workers_send(by_sms, django_capture_on_commit_callbacks):
    tell(by_sms.wang)
    with django_capture_on_commit_callbacks(execute=True):
        assert sending.hand_out(clock.now()) == 1
        assert sending.hand_out(clock.now()) == 0

    assert states() == [("sms", "sent", "")]
    job = Job.objects.get(task="lms.notifications.tasks.send")
    assert (job.state, job.result, set(job.arguments)) == ("done", {"ended": "sent"}, {"message"})


def test_a_person_with_two_accounts_hears_once(by_sms):
    second = make_user("wang-second", by_sms.wang.person)
    store_phone(second, "+8613900139000", verified=True)

    tell_persons([by_sms.wang.person_id], stage.Message("enrolled", by_sms.wang.uid, "a", "示例"))
    work()

    assert len(Scripted.sent) == 1


def test_what_was_read_meanwhile_does_not_go_out(by_sms):
    tell(by_sms.wang)
    mark_read(notice=Notice.objects.get().uid, actor=actor_for(by_sms.wang))

    assert work() == ["nothing"]
    assert states() == [("sms", "given_up", "read")]


def test_what_is_too_old_does_not_go_out(by_sms, spring):
    tell(by_sms.wang)
    spring.advance(hours=49)

    work()

    assert states() == [("sms", "given_up", "stale")]


def test_more_than_the_days_bound_waits_for_the_next_day(cast, spring):
    stage.lay(cast, email_kinds=(), gather_minutes=0, most_sms_per_day=1)
    for key in ("a", "b"):
        tell(cast.wang, key=key)
        work()
    assert [state for _, state, _ in states()] == ["sent", "queued"]

    spring.advance(hours=23)

    assert work() == ["sent"]


def refuse(cast, channel="sms", kind="enrolled", user=None):
    user = user or cast.wang
    set_preferences(user=user, wanted={(kind, channel): False}, language="zh", actor=actor_for(user))


def test_who_does_not_want_a_kind_is_not_sent_it(by_sms):
    refuse(by_sms)

    tell(by_sms.wang, key="a")
    tell(by_sms.wang, key="b", kind="class_closed")
    tell(by_sms.wang, key="c", kind="live_changed")

    assert [one.notice.kind for one in Delivery.objects.all()] == ["live_changed"]


def test_a_wish_holds_for_what_is_queued_already(by_sms):
    tell(by_sms.wang)
    refuse(by_sms)

    work()

    assert states() == [("sms", "given_up", "unwanted")]
    assert Scripted.sent == []


def test_a_wish_is_the_persons_at_every_account(by_sms):
    second = make_user("wang-second", by_sms.wang.person)
    refuse(by_sms, user=second)

    tell(by_sms.wang)

    assert states() == []


def test_english_is_written_to_who_asked_for_it(by_sms):
    set_preferences(user=by_sms.wang, wanted={}, language="en", actor=actor_for(by_sms.wang))
    tell(by_sms.wang)
    work()

    assert Scripted.sent[0][1:3] == (
        "notice.enrolled.en",
        {"kind": "You are enrolled in a class", "title": "您已入学“焊工班”"},
    )


def test_queueing_costs_the_same_for_few_and_many(by_sms):
    costs = []
    for base, count in ((100, 3), (200, 30)):
        users = [make_user(f"u{base + n}") for n in range(count)]
        for n, user in enumerate(users):
            store_phone(user, f"+86139{base + n:08}", verified=True)
        with CaptureQueriesContext(connection) as caught:
            tell(*users, key=str(base))
        costs.append(len(caught))

    assert costs[0] == costs[1]
    assert Delivery.objects.count() == 33
