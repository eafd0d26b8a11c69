"""WeChat as a channel of notices: to who is bound and follows, known again by its key, its end told by the platform."""

from __future__ import annotations

import pytest

from lms.kernel import clock
from lms.notifications.models import Delivery
from lms.notifications.services.receipts import note_receipt
from lms.wechat import gateways
from lms.wechat.models import WeChatAccount
from tests.notifications import stage
from tests.notifications.stage import states, tell, work
from tests.wechat.conftest import fake  # noqa: F401  the fake WeChat server
from tests.wechat.fake import APPID

SEND = "/cgi-bin/message/template/send"


@pytest.fixture
def spring(at):
    return at(2026, 4, 20, 9, 0)


@pytest.fixture
def bound(cast, spring, fake, settings):  # noqa: F811
    settings.WECHAT = settings.WECHAT | {"templates": {"notice": "T1:thing1:thing2", "notices": "T1:number1"}}
    stage.lay(cast, sms_kinds=(), email_kinds=(), gather_minutes=0)
    WeChatAccount.objects.create(appid=APPID, openid="oWANG", user=cast.wang, follows=True)
    fake.followers.add("oWANG")
    return cast


def test_it_reaches_who_follows(bound, fake):  # noqa: F811
    tell(bound.wang, bound.lu, title="您已入学“焊工初级职业技能提升培训示范一班”")

    assert work() == ["sent"]

    [sent] = fake.sent.values()
    row = Delivery.objects.get()
    assert (sent["touser"], sent["template_id"], sent["client_msg_id"]) == ("oWANG", "T1", row.message_uid.hex)
    assert sent["data"] == {
        "thing1": {"value": "您已入学"},
        "thing2": {"value": "您已入学“焊工初级职业技能提升培训示范…"},
    }
    assert sent["url"].endswith("/my/notices/")
    assert row.provider_id == "1000"


def test_several_go_together(bound, fake):  # noqa: F811
    tell(bound.wang, key="a")
    tell(bound.wang, key="b")
    work()

    assert [one["data"] for one in fake.sent.values()] == [{"number1": {"value": "2"}}]


def test_who_does_not_follow_has_no_address(bound):
    WeChatAccount.objects.update(follows=False)

    tell(bound.wang)

    assert states() == []


def test_without_an_official_account_nothing_is_queued(bound, settings):
    settings.WECHAT = settings.WECHAT | {"appid": ""}

    tell(bound.wang)

    assert states() == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (43004, "blocked"),
        (43101, "blocked"),
        (45009, "quota"),
        (40037, "template"),
        (47003, "template"),
        (48001, "refused"),
    ],
)
def test_a_refusal_says_why_and_is_not_tried_again(bound, fake, spring, code, reason):  # noqa: F811
    fake.script[SEND] = [code]
    tell(bound.wang)
    work()
    spring.advance(hours=1)

    assert work() == []
    assert states() == [("wechat", "given_up", reason)]


def test_the_days_number_of_messages_is_the_platforms(bound, fake):  # noqa: F811
    fake.most_messages = 0
    tell(bound.wang)
    work()

    assert states() == [("wechat", "given_up", "quota")]


def test_a_row_of_the_table_that_nobody_confirmed_can_be_off(bound, fake):  # noqa: F811
    fake.most_messages = 0
    fake.unverified.discard(45009)
    tell(bound.wang)
    work()

    assert states() == [("wechat", "given_up", "refused")]


def test_a_busy_platform_is_asked_again(bound, fake, spring):  # noqa: F811
    fake.script[SEND] = [-1]
    tell(bound.wang)
    assert work() == ["failed"]
    spring.advance(minutes=2)

    assert work() == ["sent"]


@pytest.mark.parametrize("step", ["slow", "down", b"<html>"])
def test_a_lost_answer_is_asked_for_again_while_the_platform_knows_the_message(bound, fake, spring, monkeypatch, step):  # noqa: F811
    monkeypatch.setattr(gateways, "TIMEOUT_SECONDS", 0.3)
    fake.script[SEND] = [step]
    tell(bound.wang)
    assert work() == ["failed"]
    spring.advance(minutes=2)

    assert work() == ["sent"]
    assert len(fake.sent) == 1


def test_and_not_once_it_has_forgotten(bound, fake, spring, monkeypatch):  # noqa: F811
    monkeypatch.setattr(gateways, "TIMEOUT_SECONDS", 0.3)
    fake.script[SEND] = ["down", "down"]
    tell(bound.wang)
    work()
    spring.advance(minutes=5)

    assert work() == ["given_up"]
    assert states() == [("wechat", "given_up", "unconfirmed")]


def test_a_token_that_ended_costs_one_more_request(bound, fake):  # noqa: F811
    tell(bound.wang)
    fake.script[SEND] = [40001]

    assert work() == ["sent"]


@pytest.mark.parametrize(
    ("told", "state", "reason"),
    [("", "delivered", ""), ("blocked", "given_up", "blocked"), ("refused", "given_up", "refused")],
)
def test_its_end_is_noted_once(bound, told, state, reason):
    tell(bound.wang)
    work()

    assert [note_receipt("1000", told) for _ in range(2)] == [1, 0]

    assert states() == [("wechat", state, reason)]
    assert (Delivery.objects.get().delivered_at == clock.now()) is (state == "delivered")


def test_an_unknown_end_changes_nothing(bound):
    tell(bound.wang)
    work()

    assert note_receipt("9999", "blocked") == 0
    assert states() == [("wechat", "sent", "")]
