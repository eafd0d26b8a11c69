"""What staff must do: second factor, forced change of password, short sessions; and that no other door helps."""

import time

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client

from lms.people.adapter import AccountAdapter
from lms.people.models import User
from lms.people.services import store_phone
from tests.accounts import PHONE, Http, code, enrol, pending, signed_in, totp
from tests.cast import PASSWORD

ACTIVATE = "/accounts/2fa/totp/activate/"


@pytest.fixture(autouse=True)
def strict(settings):
    settings.STAFF_MFA_REQUIRED = True


def sign_in(client, username="office"):
    return client.post("/accounts/login/", {"login": username, "password": PASSWORD})


def staff_client(secret):
    cache.clear()
    client = Client()
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    return client


@pytest.mark.parametrize("path", ["/cms/login/", "/cms/password_reset/"])
def test_wagtails_own_doors_are_closed(db, client, path):
    assert client.get(path).status_code == 404


def test_cms_uses_the_same_door(db, client):
    assert client.get("/cms/")["Location"] == "/accounts/login/?next=/cms/"


def test_learner_is_refused_at_cms_without_a_loop(learner, client):
    client.force_login(learner)

    assert client.get("/cms/").status_code == 403


@pytest.mark.django_db(transaction=True)  # allauth tells of the new factor after COMMIT
def test_staff_enrol_first_and_go_on_without_a_second_sign_in(staff, client):
    sign_in(client)

    assert client.get("/my/identity/")["Location"] == ACTIVATE
    asked = client.get(ACTIVATE)
    assert "reauthenticate" in asked["Location"]
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == ACTIVATE
    page = client.get(ACTIVATE)
    secret = client.session["mfa.totp.secret"]
    assert (page.status_code, secret in page.content.decode()) == (200, True)
    done = client.post(ACTIVATE, {"code": totp(secret)})

    assert done.status_code == 302
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    assert client.get("/my/identity/").status_code == 200


def test_a_door_without_stages_does_not_help(staff, client):
    enrol(staff)
    client.force_login(staff)

    assert client.get("/my/identity/")["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session


def test_code_by_message_still_asks_for_the_second_factor(staff, app):
    store_phone(staff, PHONE, verified=True)
    enrol(staff)
    app("POST", "auth/phone", {"phone": PHONE})

    answer = app("POST", "auth/code/confirm", {"code": code()})

    assert (answer.status_code, pending(answer.d)) == (401, ["mfa_authenticate"])
    assert app("GET", "/api/v1/me").status_code == 401


def test_app_with_second_factor_passes(staff, app):
    secret = enrol(staff)
    app("POST", "auth/login", {"username": "office", "password": PASSWORD})

    assert app("GET", "/api/v1/me").status_code == 401
    assert app("POST", "auth/2fa/authenticate", {"code": totp(secret)}).status_code == 200
    assert app("GET", "/api/v1/me").status_code == 200


def test_app_of_staff_without_second_factor_is_told(staff):
    app = signed_in("app", "office")

    answer = app("GET", "/api/v1/me")

    assert (answer.status_code, answer.d["code"]) == (403, "enrol_mfa")


def test_stock_stage_refuses_staff_without_a_number(staff, app, monkeypatch):
    monkeypatch.setattr(AccountAdapter, "get_login_stages", DefaultAccountAdapter.get_login_stages)

    answer = app("POST", "auth/login", {"username": "office", "password": PASSWORD})

    assert (answer.status_code, pending(answer.d)) == (401, [])


def test_idle_staff_are_signed_out(staff):
    client = staff_client(enrol(staff))
    assert client.get("/my/identity/").status_code == 200
    assert client.session.get_expiry_age() <= 900
    session = client.session
    session["seen"] = time.time() - 901
    session.save()

    assert client.get("/my/identity/")["Location"] == "/accounts/login/?next=/my/identity/"


def test_idle_staff_apps_are_signed_out(staff):
    secret = enrol(staff)
    app = Http()
    app("POST", "auth/login", {"username": "office", "password": PASSWORD})
    app("POST", "auth/2fa/authenticate", {"code": totp(secret)})
    app("GET", "/api/v1/me")
    session = SessionStore(app.token)
    session["seen"] = time.time() - 901
    session.save()

    assert app("GET", "/api/v1/me").status_code == 401
    assert not SessionStore().exists(app.token)


def test_staff_have_one_session_learners_three(staff, learner):
    secret = enrol(staff)
    for _ in range(2):
        staff_client(secret)
    apps = [signed_in("app", "ulearner") for _ in range(5)]

    assert UserSession.objects.filter(user=staff).count() == 1
    assert [app("GET", "auth/session").status_code for app in apps] == [410, 410, 200, 200, 200]


def test_forced_change_of_password(learner):
    User.objects.filter(pk=learner.pk).update(must_change_password=True)
    browser, app = signed_in("browser", "ulearner"), signed_in("app", "ulearner")

    for client in (browser, app):
        answer = client("GET", "/api/v1/me")
        assert (answer.status_code, answer.d["code"]) == (403, "change_password")
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert browser.c.get("/my/identity/")["Location"] == "/accounts/password/change/"
    new = {"current_password": PASSWORD, "new_password": "another-horse-9"}
    assert app("POST", "account/password/change", new).status_code == 200

    assert app("GET", "/api/v1/me").status_code == 200
    assert browser("GET", "/api/v1/me").status_code == 401
