"""The central token: one for all, renewed in time, once, and forced seldom; the platform slow, down and refusing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from lms.kernel import clock
from lms.wechat import gateways
from lms.wechat.gateways import WeChatDownError, WeChatError, WeChatUnreachedError
from lms.wechat.models import WeChatToken
from lms.wechat.rules import ACCESS, TICKET
from lms.wechat.services import tokens
from lms.wechat.services.tokens import token, with_token

STABLE, TICKETS = "/cgi-bin/stable_token", "/cgi-bin/ticket/getticket"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(at, fake):
    return at(2026, 4, 20, 9, 0)


def test_it_is_asked_for_once_and_then_read(fake):
    assert {token(ACCESS) for _ in range(3)} == {fake.tokens[0].value}
    assert fake.count(STABLE) == 1
    assert fake.asked[0][2]["force_refresh"] is False


def test_it_is_sealed_in_the_database(fake):
    value = token(ACCESS)

    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM wechat_wechattoken")
        assert value.encode() not in bytes(cursor.fetchone()[0])


def test_it_is_renewed_before_it_ends(fake, morning):
    first = token(ACCESS)
    morning.advance(minutes=115)
    assert token(ACCESS) == first

    morning.advance(minutes=2)

    assert token(ACCESS) != first
    assert fake.count(STABLE) == 2


def test_while_another_renews_the_old_one_serves(fake, morning):
    first = token(ACCESS)
    morning.advance(minutes=117)
    WeChatToken.objects.update(fetching_until=clock.now() + timedelta(seconds=20))

    assert token(ACCESS) == first
    assert fake.count(STABLE) == 1


def test_who_has_no_token_waits_for_the_other_and_not_for_ever(fake, monkeypatch):
    monkeypatch.setattr(tokens, "WAIT_SECONDS", 0.3)
    WeChatToken.objects.create(appid=fake_appid(), kind=ACCESS, fetching_until=clock.now() + timedelta(seconds=20))

    with pytest.raises(WeChatDownError):
        token(ACCESS)

    assert fake.count(STABLE) == 0


def fake_appid():
    from tests.wechat.fake import APPID

    return APPID


def test_a_dead_renewers_lease_ends(fake, morning):
    WeChatToken.objects.create(appid=fake_appid(), kind=ACCESS, fetching_until=clock.now() + timedelta(seconds=20))
    morning.advance(seconds=21)

    assert token(ACCESS) == fake.tokens[0].value


def test_a_lease_is_not_taken_by_who_read_an_older_row(fake):
    stale = tokens.held(ACCESS)
    token(ACCESS)

    assert tokens.take(stale, clock.now()) is False


@pytest.mark.parametrize(
    ("step", "error"),
    [("down", WeChatDownError), (b"<html>", WeChatDownError), (b"[]", WeChatDownError), (-1, WeChatError)],
)
def test_a_failure_frees_the_lease(fake, step, error):
    fake.script[STABLE] = [step]
    with pytest.raises(error):
        token(ACCESS)

    assert token(ACCESS) == fake.tokens[0].value


def test_a_slow_platform_is_given_up_in_time(fake, monkeypatch):
    monkeypatch.setattr(gateways, "TIMEOUT_SECONDS", 0.2)
    fake.script[STABLE] = ["slow"]

    with pytest.raises(WeChatDownError):
        token(ACCESS)


def test_nobody_there_is_told_from_no_answer(settings):
    settings.WECHAT = settings.WECHAT | {"api": "http://127.0.0.1:9"}

    with pytest.raises(WeChatUnreachedError):
        token(ACCESS)


@pytest.mark.parametrize(("wrong", "code"), [({"secret": "x"}, 40125), ({"appid": "x"}, 40125)])
def test_a_refusal_of_the_account_names_its_code(fake, settings, wrong, code):
    settings.WECHAT = settings.WECHAT | wrong

    with pytest.raises(WeChatError) as refusal:
        token(ACCESS)

    assert refusal.value.errcode == code


def test_an_address_that_is_not_on_the_accounts_list(fake):
    fake.allowed = False

    with pytest.raises(WeChatError) as refusal:
        token(ACCESS)

    assert refusal.value.errcode == 40164


def test_a_token_that_another_ended_is_fetched_anew_once(fake):
    old = token(ACCESS)
    fake.tokens.clear()

    assert with_token(gateways.page_ticket).value == fake.tickets[-1].value

    assert token(ACCESS) != old
    assert not fake.forced


def test_a_token_that_the_platform_repeats_and_refuses_is_forced_once_a_minute(fake, morning):
    first = token(ACCESS)
    fake.script[TICKETS] = [40001]
    with_token(gateways.page_ticket)
    assert (len(fake.forced), token(ACCESS) != first) == (1, True)

    fake.script[TICKETS] = [40001]
    with pytest.raises(WeChatDownError):
        with_token(gateways.page_ticket)

    morning.advance(seconds=61)
    fake.script[TICKETS] = [42001]
    with_token(gateways.page_ticket)
    assert len(fake.forced) == 2


def test_forced_renewals_of_a_day_are_bounded(fake, morning):
    token(ACCESS)
    for _ in range(20):
        morning.advance(seconds=61)
        fake.script[TICKETS] = [40001]
        try:
            with_token(gateways.page_ticket)
        except WeChatDownError:
            continue

    assert len(fake.forced) == 15


def test_a_refused_token_is_not_asked_with_for_ever(fake):
    fake.script[TICKETS] = [40001] * 9

    with pytest.raises(WeChatError) as refusal:
        with_token(gateways.page_ticket)

    assert (refusal.value.errcode, fake.count(TICKETS)) == (40001, 0)
    assert len(fake.script[TICKETS]) == 7


def test_the_ticket_is_kept_for_all_too(fake, morning):
    assert len({token(TICKET) for _ in range(3)}) == 1
    morning.advance(minutes=117)
    token(TICKET)

    assert fake.count(TICKETS) == 2
