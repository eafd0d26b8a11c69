"""One's own face over JSON: agree, enrol, replace, withdraw; every refusal has a code."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lms.faces.models import FaceConsent, FaceReference
from lms.faces.services import publish_policy
from lms.kernel import clock
from lms.planning.services import load_reference
from tests.api.contract import check
from tests.api.test_learning import Api
from tests.faces import stage as district
from tests.faces.terms import TERMS


@pytest.fixture
def api(cast, settings, at):
    settings.FACES = district.GATEWAY
    at(2026, 5, 6, 9, 0)
    load_reference()
    publish_policy(terms=TERMS, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    return Api(cast.wang)


def agree(api):
    version = api("GET", "/me/face/consent")[1]["version"]
    return api("POST", "/me/face/consent", {"version": version})


def photo(cast, content=b"0.9", **fields):
    client = Client()
    client.force_login(cast.wang)
    path = "/api/v1/me/face/photo"
    sent = {"photo": SimpleUploadedFile("a.jpg", content, "image/jpeg"), "capture": "camera"} | fields
    answer = client.post(path, sent)
    return answer.status_code, check("POST", path, answer)


def test_agreed_enrolled_replaced_withdrawn(cast, api):
    assert agree(api)[1]["consented"] is True
    status, made = photo(cast)
    assert (status, made["held"], made["code"]) == (200, True, "")

    status, made = photo(cast, b"0.8", reason="换了发型，不像了")
    assert (status, made["held"]) == (200, True)
    assert api("GET", "/me/face")[1]["enrolled_until"] == made["enrolled_until"]

    state = api("DELETE", "/me/face/consent")[1]
    assert (state["consented"], state["enrolled_until"], state["can_check"]) == (False, None, False)
    assert not FaceReference.objects.filter(erased_at=None).exists()


def test_without_consent_no_photo_is_taken(cast, api):
    assert (photo(cast)[0], photo(cast)[1]["code"]) == (409, "consent_needed")


def test_an_older_text_is_refused(cast, api):
    status, refusal = api("POST", "/me/face/consent", {"version": "2020-01"})

    assert (status, refusal["code"]) == (422, "consent_needed")
    assert not FaceConsent.objects.exists()


@pytest.mark.parametrize(
    ("content", "fields", "status", "code"),
    [
        pytest.param(b"dark", {}, 200, "no_face", id="nobody in the picture"),
        pytest.param(b"0.9", {"capture": "drone"}, 422, "invalid", id="an unknown way"),
        pytest.param(b"down", {}, 503, "faces_down", id="nobody can compare"),
    ],
)
def test_every_refusal_has_a_code(cast, api, content, fields, status, code):
    agree(api)

    answered, told = photo(cast, content, **fields)

    assert (answered, told["code"]) == (status, code)
    assert not FaceReference.objects.exists()


def test_a_second_photo_without_a_reason_is_refused(cast, api):
    agree(api)
    photo(cast)

    assert photo(cast, b"0.8")[1]["code"] == "reference_held"
