"""Many who need the token at once: one asks the platform; without the lease each does."""

from __future__ import annotations

import pytest

from lms.wechat.models import WeChatToken
from lms.wechat.rules import ACCESS
from lms.wechat.services import tokens
from tests.concurrency.race import PATIENCE, at_once, meeting
from tests.wechat.conftest import fake  # noqa: F401  the fake WeChat server
from tests.wechat.fake import APPID

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]
STABLE, MANY = "/cgi-bin/stable_token", 4


@pytest.fixture(autouse=True)
def row(db):
    return WeChatToken.objects.create(appid=APPID, kind=ACCESS)


def asked_at_once(monkeypatch):
    """Let all read the empty row before any goes on; return what each got."""
    plain = tokens.held
    monkeypatch.setattr(tokens, "held", once(meeting(plain, MANY, PATIENCE), plain))
    return at_once(*[lambda: tokens.token(ACCESS)] * MANY)


def test_one_asks_and_all_have_it(fake, monkeypatch):  # noqa: F811
    got = asked_at_once(monkeypatch)

    assert (set(got), fake.count(STABLE)) == ({fake.tokens[0].value}, 1)


def test_without_the_lease_each_asks(fake, monkeypatch):  # noqa: F811
    monkeypatch.setattr(tokens, "take", lambda row, moment: True)

    asked_at_once(monkeypatch)

    assert fake.count(STABLE) == MANY


def once(first, then):
    """Return a function that is `first` for the first MANY calls."""
    calls = []

    def called(*args):
        calls.append(None)
        return first(*args) if len(calls) <= MANY else then(*args)

    return called
