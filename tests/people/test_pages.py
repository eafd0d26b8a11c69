"""Pages of accounts: sign-in without JavaScript, security, devices, password by code."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from lms.people.models import User
from lms.people.services import load_consent_texts
from tests.accounts import PHONE, code, signed_in, wrong_code
from tests.cast import PASSWORD


def by_code(client, after=""):
    cache.clear()
    answer = client.post(f"/accounts/phone/{after}", {"phone": "138 0013 8000"})
    assert answer.status_code == 302
    return client.post(answer["Location"], {"code": code(), "next": answer["Location"].partition("next=")[2]})


def test_sign_in_page_offers_both_ways(db, client):
    page = client.get("/accounts/login/?next=/my/identity/").content.decode()

    assert 'action="/accounts/phone/?next=/my/identity/"' in page
    assert 'action="/accounts/login/"' in page
    assert 'value="/my/identity/"' in page
    for name in ("id_phone", "id_login", "id_password"):
        assert re.search(rf'<label[^>]* for="{name}"|<label for="{name}"', page)


@pytest.mark.parametrize("known", [True, False])
def test_code_lets_in(db, client, known, request):
    if known:
        request.getfixturevalue("learner")

    answer = client.post("/accounts/phone/?next=/my/identity/", {"phone": "138 0013 8000"})
    assert answer["Location"] == "/accounts/login/code/confirm/?next=%2Fmy%2Fidentity%2F"
    page = client.get(answer["Location"]).content.decode()
    assert 'autocomplete="one-time-code"' in page
    wrong = client.post(answer["Location"], {"code": wrong_code()})
    assert "验证码不正确" in wrong.content.decode()
    done = client.post(answer["Location"], {"code": code()})

    assert (done.status_code, done["Location"]) == (302, "/my/identity/")
    assert User.objects.get().phone_verified


def test_another_site_is_not_gone_to(db, client):
    answer = client.post("/accounts/phone/?next=https://evil.example/", {"phone": "138 0013 8000"})

    assert "evil" not in answer["Location"]


def test_wrong_number_is_told_at_its_field(db, client):
    answer = client.post("/accounts/phone/", {"phone": "1380013800"})

    assert answer.status_code == 422
    assert "请输入11位中国大陆手机号" in answer.content.decode()


def test_too_many_codes_are_refused_at_the_number_and_keep_it(db, client):
    client.post("/accounts/phone/", {"phone": "13800138000"})

    answer = Client().post("/accounts/phone/", {"phone": "13800138000"})

    page = answer.content.decode()
    assert answer.status_code == 429
    assert "请过60秒再获取" in page
    assert 'value="13800138000"' in page


@pytest.mark.parametrize("name", ["ulearner", "13800138000"])
def test_password_lets_in(learner, client, name):
    answer = client.post("/accounts/login/", {"login": name, "password": PASSWORD, "next": "/my/identity/"})

    assert answer["Location"] == "/my/identity/"


@pytest.mark.parametrize(
    ("path", "to"),
    [("/accounts/login/code/", "/accounts/phone/"), ("/accounts/password/reset/", "/accounts/phone/")],
)
def test_stock_doors_lead_to_ours(db, client, path, to):
    assert client.get(path)["Location"] == to
    assert client.post(path, {"phone": "13900139000"})["Location"] == to


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/confirm-email/"])
def test_doors_of_mail_are_closed(learner, client, path):
    client.force_login(learner)

    assert client.get(path).status_code == 404


PAGES = ["/accounts/security/", "/accounts/password/by-code/", "/my/identity/"]


@pytest.mark.parametrize("path", PAGES)
def test_visitor_is_sent_to_sign_in(db, client, path):
    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


def test_device_is_signed_out_from_the_page(learner, client):
    other = signed_in("app", "ulearner")
    client.post("/accounts/login/", {"login": "ulearner", "password": PASSWORD})
    page = client.get("/accounts/security/").content.decode()
    [path] = re.findall(r'action="(/accounts/devices/\d+/end/)"', page)

    assert client.get(path).status_code == 405
    assert client.post(path)["Location"] == "/accounts/security/"
    assert other("GET", "/api/v1/me").status_code == 401
    assert client.get("/accounts/security/").status_code == 200


def test_strangers_device_stays(learner, staff, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    mine = signed_in("app", "ulearner")
    device = mine("GET", "/api/v1/me/devices").d[0]["id"]
    client.force_login(staff)

    answer = client.post(f"/accounts/devices/{device}/end/")

    assert answer.status_code == 404
    assert mine("GET", "/api/v1/me").status_code == 200


def test_password_is_set_after_a_code(learner, client):
    by_code(client)

    assert client.post("/accounts/password/by-code/", {"password": "short"}).status_code == 422
    answer = client.post("/accounts/password/by-code/", {"password": "another-horse-9"})

    assert answer["Location"] == "/accounts/security/"
    assert client.get("/accounts/security/").status_code == 200
    learner.refresh_from_db()
    assert learner.check_password("another-horse-9")


def test_password_is_not_set_without_a_code(learner, client):
    client.post("/accounts/login/", {"login": "ulearner", "password": PASSWORD})

    page = client.post("/accounts/password/by-code/", {"password": "another-horse-9"}).content.decode()

    assert "用验证码重新登录" in page
    learner.refresh_from_db()
    assert learner.check_password(PASSWORD)


MANAGED = [
    "/accounts/password/change/",
    "/accounts/phone/change/",
    "/accounts/logout/",
    "/accounts/sessions/",
    "/accounts/2fa/",
]


@pytest.mark.parametrize("path", MANAGED)
def test_allauths_pages_wear_our_frame(learner, client, path):
    client.post("/accounts/login/", {"login": "ulearner", "password": PASSWORD})

    answer = client.get(path)

    assert answer.status_code == 200
    assert '<div class="account' in answer.content.decode()
    assert PHONE[3:] not in answer.content.decode()


def test_signing_out(learner, client):
    client.force_login(learner)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/accounts/security/").status_code == 302


def test_the_third_wrong_code_leads_back_with_the_number_and_the_reason(db, client):
    address = client.post("/accounts/phone/?next=/my/identity/", {"phone": "138 0013 8000"})["Location"]

    answers = [client.post(address, {"code": wrong_code(), "next": "/my/identity/"}) for _ in range(3)]
    page = client.get(answers[2]["Location"]).content.decode()

    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert answers[2]["Location"] == "/accounts/phone/?next=%2Fmy%2Fidentity%2F"
    assert "这个验证码已作废" in page
    assert 'value="13800138000"' in page
    assert 'value="13800138000"' not in client.get("/accounts/phone/").content.decode()


def test_asking_again_too_soon_keeps_the_page_and_the_code(db, client):
    address = client.post("/accounts/phone/", {"phone": "138 0013 8000"})["Location"]
    first = code()

    again = client.post(address, {"action": "resend"})
    page = client.get(again["Location"]).content.decode()

    assert again.status_code == 302
    assert "之前收到的验证码仍然有效" in page
    assert client.post(address, {"code": first}).status_code == 302
    assert User.objects.get().phone_verified


def test_everything_missing_is_said_at_once(learner, client):
    text = {"kind": "real_name", "version": "1", "title": "告知书", "body": "正文", "effective_from": "2026-01-01"}
    load_consent_texts([text])
    client.force_login(learner)

    page = client.post("/my/identity/", {"document_type": "resident_id"}).content.decode()

    for sentence in ("请填写姓名", "请填写证件号码", "勾选同意后再提交"):
        assert sentence in page
    assert "必需" not in page


def test_a_wrong_number_is_changed_from_the_page_of_the_code(db, client):
    address = client.post("/accounts/phone/?next=/my/identity/", {"phone": "13800138001"})["Location"]
    page = client.get(address).content.decode()
    assert 'href="/accounts/phone/?next=/my/identity/"' in page

    form = client.get("/accounts/phone/?next=/my/identity/")
    again = client.post("/accounts/phone/?next=/my/identity/", {"phone": "13800138000"})
    done = client.post(again["Location"], {"code": code(), "next": "/my/identity/"})

    assert (form.status_code, again.status_code) == (200, 302)
    assert (done.status_code, done["Location"]) == (302, "/my/identity/")
    assert User.objects.get(phone_verified=True).phone_sealed == PHONE
