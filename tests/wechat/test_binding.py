"""Binding a WeChat user: asked by the account's holder, once per code, to nobody else's account, never a snapshot."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from lms.audit.models import AuditEntry
from lms.kernel import clock
from lms.wechat.models import WeChatAccount
from tests.browser import WECHAT
from tests.notifications import stage
from tests.wechat.fake import Code

BIND, BOUND, UNBIND, WISHES = "/wechat/bind/", "/wechat/bound/", "/wechat/unbind/", "/my/notices/settings/"
USERINFO = "/cgi-bin/user/info"


@pytest.fixture(autouse=True)
def morning(at, settings):
    settings.STAFF_MFA_REQUIRED = False
    return at(2026, 4, 20, 9, 0)


def inside(user):
    made = Client(headers={"User-Agent": WECHAT})
    made.force_login(user)
    return made


@pytest.fixture
def wang(cast, fake):
    return inside(cast.wang)


def consent(browser, fake, openid="oWANG", code="c1", **options):
    """Go to WeChat and come back with a code; return the last page."""
    address = urlsplit(browser.post(BIND)["Location"])
    fake.codes[code] = Code(openid, until=clock.now() + timedelta(minutes=5), **options)
    return browser.get(BOUND, {"code": code, "state": parse_qs(address.query)["state"][0]}, follow=True)


def words(answer):
    return answer.content.decode()


def held():
    return [
        (one.openid, one.user and one.user.username, one.follows) for one in WeChatAccount.objects.order_by("openid")
    ]


def test_wechat_is_asked_for_the_openid_alone_in_the_order_it_wants(wang):
    address = wang.post(BIND)["Location"]

    assert re.fullmatch(
        r"https://open\.weixin\.qq\.com/connect/oauth2/authorize\?appid=wx1234567890abcdef&redirect_uri=http"
        r"[^&]+%2Fwechat%2Fbound%2F&response_type=code&scope=snsapi_base&state=[0-9a-f]{32}#wechat_redirect",
        address,
    )


@pytest.mark.parametrize("follows", [True, False])
def test_who_comes_back_is_bound(wang, fake, follows):
    if follows:
        fake.followers.add("oWANG")

    shown = words(consent(wang, fake))

    assert "已绑定微信" in shown
    assert ("请关注公众号" in shown) is not follows
    assert held() == [("oWANG", "wangfang", follows)]
    assert AuditEntry.objects.filter(action="wechat.bound").count() == 1


def test_where_wechat_does_not_say_who_follows_an_event_will(wang, fake):
    fake.script[USERINFO] = [48001]

    consent(wang, fake)

    assert held() == [("oWANG", "wangfang", False)]


def test_a_code_serves_once(wang, fake, cast):
    consent(wang, fake)
    other = inside(cast.lu)
    state = parse_qs(urlsplit(other.post(BIND)["Location"]).query)["state"][0]

    answer = other.get(BOUND, {"code": "c1", "state": state}, follow=True)

    assert "微信授权已失效" in words(answer)
    assert held() == [("oWANG", "wangfang", False)]


@pytest.mark.parametrize("row", [True, False], ids=["used has a code of its own", "used is unknown"])
def test_either_row_of_the_table_for_a_used_code_is_understood(wang, fake, row):
    if not row:
        fake.unverified.discard(40163)
    consent(wang, fake)

    assert "微信授权已失效" in words(wang.get(BOUND, {"code": "c1", "state": state_of(wang)}, follow=True))


def state_of(browser):
    return parse_qs(urlsplit(browser.post(BIND)["Location"]).query)["state"][0]


@pytest.mark.parametrize("state", ["", "0" * 32])
def test_a_foreign_state_binds_nothing(wang, fake, state):
    wang.post(BIND)
    fake.codes["c1"] = Code("oEVIL", until=clock.now() + timedelta(minutes=5))

    answer = wang.get(BOUND, {"code": "c1", "state": state}, follow=True)

    assert "微信授权已失效" in words(answer)
    assert (held(), fake.asked) == ([], [])


def test_a_state_serves_once_and_for_five_minutes(wang, fake, morning):
    state = state_of(wang)
    wang.get(BOUND, {"code": "c0", "state": state})
    fake.codes["c1"] = Code("oWANG", until=clock.now() + timedelta(minutes=50))
    wang.get(BOUND, {"code": "c1", "state": state})
    late = state_of(wang)
    morning.advance(seconds=301)
    wang.get(BOUND, {"code": "c1", "state": late})

    assert held() == []


def test_a_code_that_is_over(wang, fake, morning):
    state = state_of(wang)
    fake.codes["c1"] = Code("oWANG", until=clock.now())

    assert "微信授权已失效" in words(wang.get(BOUND, {"code": "c1", "state": state}, follow=True))


def test_a_snapshot_is_nobody(wang, fake):
    assert "快照页" in words(consent(wang, fake, is_snapshot=True))
    assert held() == []


def test_a_wechat_user_of_another_account_is_not_taken(wang, fake, cast):
    consent(wang, fake)

    assert "已绑定另一个账号" in words(consent(inside(cast.lu), fake, code="c2"))
    assert held() == [("oWANG", "wangfang", False)]


def test_another_phone_takes_the_place_of_the_first(wang, fake):
    consent(wang, fake)
    consent(wang, fake, openid="oNEW", code="c2")

    assert held() == [("oNEW", "wangfang", False), ("oWANG", None, False)]


def test_it_is_ended_as_easily(wang, fake):
    consent(wang, fake)

    assert "已解除" in words(wang.post(UNBIND, follow=True))
    assert held() == [("oWANG", None, False)]


def test_outside_wechat_it_says_where(cast, fake, client):
    client.force_login(cast.wang)

    assert "请在微信里打开" in words(client.post(BIND, follow=True))


def test_a_platform_that_is_away_is_said_so(wang, fake):
    fake.script["/sns/oauth2/access_token"] = ["down"]

    assert "微信暂时没有响应" in words(consent(wang, fake))
    assert held() == []


def test_the_page_offers_it_only_where_there_is_an_account(cast, fake, wang, settings):
    stage.lay(cast)
    assert "绑定微信" in words(wang.get(WISHES))
    settings.WECHAT = settings.WECHAT | {"appid": ""}

    assert "绑定微信" not in words(wang.get(WISHES))
