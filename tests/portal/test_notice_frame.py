"""The number of unread notices that the frame asks for, and the address to which letters go."""

from __future__ import annotations

import re
import uuid

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.notifications.rules import Message
from lms.notifications.services import tell_users
from lms.people.queries import own_email
from lms.people.services import emails

COUNT, ASK, WISHES = "/my/notices/count/", "/my/notices/email/", "/my/notices/settings/"


@pytest.fixture
def morning(at, settings):
    settings.STAFF_MFA_REQUIRED = False
    return at(2026, 4, 20, 9, 0)


@pytest.fixture
def wang(cast, morning, client):
    client.force_login(cast.wang)
    return client


def tell(user, key="a"):
    tell_users([user.pk], Message("enrolled", uuid.uuid4(), key, "示例"))


def test_the_number_is_told_and_an_unchanged_one_without_a_body(wang, cast):
    tell(cast.wang)
    first = wang.get(COUNT)
    assert (first.json(), first["Cache-Control"]) == ({"unread": 1}, "private, no-cache")

    again = wang.get(COUNT, headers={"If-None-Match": first["ETag"]})
    tell(cast.wang, "b")
    after = wang.get(COUNT, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert after.json() == {"unread": 2}


def test_asking_costs_few_queries(wang, cast):
    etag = wang.get(COUNT)["ETag"]

    with CaptureQueriesContext(connection) as caught:
        wang.get(COUNT, headers={"If-None-Match": etag})

    assert len(caught) <= 4  # session, account, roles, number


def test_a_page_that_asks_by_itself_does_not_keep_staff_signed_in(cast, morning, client):
    cast.sun.is_staff = True
    cast.sun.save()
    client.force_login(cast.sun)
    client.get("/my/notices/")
    for _ in range(16):
        morning.advance(minutes=1)
        client.get(COUNT)

    assert client.get("/my/notices/").status_code == 302


def test_signed_out_it_leads_to_the_door(client, db):
    assert client.get(COUNT).status_code == 302


def link():
    return re.search(r"/notices/email/\S+/", mail.outbox[-1].body)[0]


def test_an_address_counts_once_its_holder_has_opened_the_link(wang, cast):
    answer = wang.post(ASK, {"email": " Wang@Learner.Example "}, follow=True)
    assert "确认邮件已发到 wang@learner.example" in answer.content.decode()
    assert mail.outbox[0].to == ["wang@learner.example"]
    assert own_email(cast.wang) == ""

    anywhere = Client()
    assert "确认后" in anywhere.get(link()).content.decode()
    assert own_email(cast.wang) == ""
    assert "已确认" in anywhere.post(link()).content.decode()

    assert own_email(cast.wang) == "wang@learner.example"
    assert "wang@learner.example" in wang.get(WISHES).content.decode()


def test_a_new_address_takes_the_place_of_the_old_one(wang, cast):
    for address in ("a@learner.example", "b@learner.example"):
        wang.post(ASK, {"email": address})
        Client().post(link())

    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["b@learner.example"]
    wang.post(ASK + "drop/")
    assert own_email(cast.wang) == ""


@pytest.mark.parametrize(
    ("address", "words"), [("", "请填写邮箱地址"), ("wang@", "请填写完整的邮箱地址"), ("x" * 201, "太长")]
)
def test_what_is_no_address_is_refused(wang, address, words):
    answer = wang.post(ASK, {"email": address})

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert mail.outbox == []


def test_letters_to_strangers_are_bounded(wang):
    for n in range(7):
        answer = wang.post(ASK, {"email": f"a{n}@learner.example"})

    assert "已达上限" in answer.content.decode()
    assert len(mail.outbox) == 5


def test_an_address_that_another_account_has_is_told_to_its_holder_only(wang, cast):
    EmailAddress.objects.create(user=cast.lu, email="lu@learner.example", verified=True, primary=True)

    assert wang.post(ASK, {"email": "lu@learner.example"}).status_code == 302
    answer = Client().post(link())

    assert (answer.status_code, "另一个账号" in answer.content.decode()) == (409, True)
    assert own_email(cast.wang) == ""


def test_a_link_ends_after_a_day_or_when_it_was_changed(wang, cast, monkeypatch):
    wang.post(ASK, {"email": "a@learner.example"})
    assert Client().post(link()[:-3] + "xx/").status_code == 404
    monkeypatch.setattr(emails, "HOURS", -1)

    assert Client().post(link()).status_code == 404
    assert own_email(cast.wang) == ""


def test_without_a_mail_server_no_address_is_asked_for(wang, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    assert "邮箱" not in wang.get(WISHES).content.decode()
