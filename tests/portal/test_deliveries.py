"""Pages of how notices go out: the office's list and policy, a person's wishes, the end by a link."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.audit.models import AuditEntry
from lms.notifications.models import Delivery, DeliveryPolicy
from lms.notifications.queries.deliveries import language_of, unwanted_by
from lms.notifications.rules import KINDS
from lms.notifications.rules.delivery import EXAMPLE_TERMS
from lms.people.gateways.sms import SmsRefusedError
from tests.cast import make_user
from tests.notifications import stage
from tests.notifications.stage import Scripted, states, tell, work

DESK, WISHES = "/office/deliveries/", "/my/notices/settings/"


@pytest.fixture(autouse=True)
def spring(at, settings):
    settings.STAFF_MFA_REQUIRED = False
    settings.SMS = settings.SMS | {"gateway": "tests.notifications.stage.Scripted"}
    Scripted.ends, Scripted.sent = [], []
    return at(2026, 4, 20, 9, 0)


@pytest.fixture
def visit(cast):
    def visitor(name):
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return visitor


def text(answer):
    return answer.content.decode()


@pytest.fixture
def refused(cast):
    stage.lay(cast, email_kinds=(), gather_minutes=0)
    Scripted.ends = [SmsRefusedError("示例", "blocked")]
    tell(cast.wang)
    work()
    return Delivery.objects.get()


def test_the_office_sees_what_became_of_each_and_why(refused, visit):
    shown = text(visit("sun").get(DESK))

    assert "王芳" in shown
    assert "已放弃" in shown
    assert "对方号码或邮箱拒收" in shown
    assert stage.PHONE[3:] not in shown
    assert "没有符合条件的投递" in text(visit("sun").get(DESK + "?state=sent"))
    assert "王芳" in text(visit("sun").get(DESK + "?state=given_up&channel=sms&kind=enrolled"))


def test_what_was_given_up_is_sent_again_by_the_office(refused, visit):
    answer = visit("sun").post(f"{DESK}{refused.uid}/retry/", follow=True)

    assert "已重新排入发送" in text(answer)
    assert work() == ["sent"]
    assert AuditEntry.objects.filter(action="notifications.delivery_retried").count() == 1
    assert "不在“已放弃”状态" in text(visit("sun").post(f"{DESK}{refused.uid}/retry/", follow=True))
    assert len(Scripted.sent) == 2


@pytest.mark.parametrize("name", ["wu", "zhou", "zhao", "wang"])
def test_nobody_else_has_it_sent_again(refused, visit, name):
    assert visit(name).post(f"{DESK}{refused.uid}/retry/").status_code == 403
    assert states() == [("sms", "given_up", "blocked")]


def test_the_list_costs_the_same_for_few_and_many(cast, visit):
    stage.lay(cast, sms_kinds=())
    client, costs = visit("sun"), []
    for base, count in ((0, 5), (5, 15)):
        for n in range(count):
            tell(cast.wang, key=str(base + n))
        client.get(DESK)
        with CaptureQueriesContext(connection) as caught:
            client.get(DESK)
        costs.append(len(caught))

    assert costs[0] == costs[1]
    assert Delivery.objects.count() == 20


def sent_policy(**changes):
    clocks = {"quiet_from_minute": "22:00", "quiet_to_minute": "07:30"}
    return EXAMPLE_TERMS.as_json() | clocks | {"effective_from": "2026-04-20", "source": "示例口径"} | changes


def test_a_policy_is_drawn_up_and_published(cast, visit):
    client = visit("sun")
    assert 'value="21:30"' in text(client.get(DESK + "policy/new/"))

    assert client.post(DESK + "policy/new/", sent_policy(sms_kinds=["enrolled"])).status_code == 302

    terms = DeliveryPolicy.objects.get().delivery_terms()
    assert (terms.sms_kinds, terms.quiet_from_minute, terms.quiet_to_minute) == (("enrolled",), 1320, 450)
    assert "22:00至07:30" in text(visit("zhou").get(DESK + "policy/"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"most_attempts": "0"}, "请填写不小于1的整数"),
        ({"quiet_to_minute": "早上"}, "请填写时间"),
        ({"sms_kinds": ["unknown"]}, "不认识的通知类别"),
        ({"longest_pause_minutes": "1"}, "最长间隔不能短于"),
        ({"source": ""}, "请填写口径的依据"),
    ],
)
def test_figures_that_cannot_be_are_named_at_their_field(cast, visit, changes, words):
    answer = visit("sun").post(DESK + "policy/new/", sent_policy(**changes))

    assert (answer.status_code, words in text(answer)) == (422, True)
    assert not DeliveryPolicy.objects.exists()


def test_without_a_policy_the_pages_say_what_that_means(cast, visit):
    assert "通知只在站内显示" in text(visit("sun").get(DESK))
    assert "现在不发短信和邮件" in text(visit("wang").get(WISHES))


def test_a_person_says_what_they_want_and_in_which_language(cast, visit):
    stage.lay(cast)
    second = make_user("wang-second", cast.wang.person)
    client = visit("wang")
    shown = text(client.get(WISHES))
    assert 'value="enrolled"' in shown
    assert 'value="class_decided"' not in shown

    answer = client.post(WISHES, {"sms": ["live_changed"], "email": [], "language": "en"}, follow=True)

    assert "已保存" in text(answer)
    assert {kind for kind, channel in unwanted_by(second.pk) if channel == "sms"} == {
        "enrolled", "appeal_decided", "case_person", "practice_changed"
    }  # fmt: skip
    assert language_of(second.pk) == "en"
    client.post(WISHES, {"sms": ["enrolled", "live_changed"], "email": ["enrolled"], "language": "zh"})
    assert ("enrolled", "sms") not in unwanted_by(cast.wang.pk)


def test_staff_are_offered_what_staff_are_told(cast, visit):
    stage.lay(cast)

    assert 'value="class_decided"' in text(visit("zhao").get(WISHES))


@pytest.mark.parametrize("sent", [{}, {"language": "fr"}, {"language": "zh", "sms": ["unknown"]}])
def test_wishes_that_cannot_be_are_refused(cast, visit, sent):
    stage.lay(cast)

    assert visit("wang").post(WISHES, sent).status_code == 422
    assert unwanted_by(cast.wang.pk) == set()


@pytest.fixture
def letter(cast, spring):
    stage.lay(cast, sms_kinds=(), gather_minutes=0)
    tell(cast.wang)
    work()
    [sent] = mail.outbox
    return sent


def path_in(letter):
    return "/notices/" + letter.extra_headers["List-Unsubscribe"].strip("<>").split("/notices/")[1]


def test_a_letter_ends_by_its_link_and_not_by_being_followed(letter, cast, client):
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "确认退订" in text(client.get(path_in(letter)))
    assert unwanted_by(cast.wang.pk) == set()

    answer = Client(enforce_csrf_checks=True).post(path_in(letter), {"List-Unsubscribe": "One-Click"})

    assert "已退订" in text(answer)
    assert unwanted_by(cast.wang.pk) == {(kind, "email") for kind in KINDS}
    tell(cast.wang, key="b")
    assert len(Delivery.objects.all()) == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_was_changed_ends_nothing(letter, cast, client, method):
    answer = getattr(client, method)(path_in(letter)[:-2] + "x/")

    assert (answer.status_code, "退订链接不完整" in text(answer)) == (404, True)
    assert unwanted_by(cast.wang.pk) == set()
