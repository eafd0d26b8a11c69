"""实人认证 on the pages: the learner ticks it or not and reads what came of it; the office sees answers and the day's use."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lms.faces import services
from lms.faces.gateways.real_person import RealPersonError, Verdict
from lms.faces.models import FaceCheck, RealPersonCheck
from lms.faces.rules import PROVIDER_NOTICES
from lms.kernel import clock
from lms.people.models import ConsentText
from tests.faces.stage import GATEWAY
from tests.faces.terms import TERMS

PAGE, DESK = "/my/face/", "/office/faces/"


class Scripted:
    """A provider that answers by what a picture says."""

    provider = "tencent"

    def confirm(self, *, name, number, picture, order):
        if picture == b"0.1":
            raise RealPersonError("示例", code="real_person_down")
        result = {b"1": "passed", b"0.5": "unclear"}.get(picture, "failed")
        return Verdict(result, 88.5, self.provider, "示例代码", "r-1", "照片与证件上的人不一致。")


@pytest.fixture
def district(cast, at, settings):
    """Lay a district whose policy asks a provider, 王芳 agreed."""
    at(2026, 5, 6, 9, 0)
    settings.FACES, settings.REAL_PERSON, settings.STAFF_MFA_REQUIRED = GATEWAY, "tencent", False
    settings.REAL_PERSON_GATEWAY = "tests.portal.test_face_provider.Scripted"
    ConsentText.objects.create(kind="face", version="1", title="示例", body="示例", effective_from=clock.today())
    terms = replace(TERMS, provider_daily=7, provider_fen=150)
    services.publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    services.give_consent(person=cast.wang.person, version="1", actor=cast.actor("wang"))


def visitor(user):
    client = Client()
    client.force_login(user)
    return client


def enrol(client, content=b"1", **ticked):
    picture = SimpleUploadedFile("face.jpg", content, content_type="image/jpeg")
    sent = {"photo-photo": picture, "photo-capture": "camera", **ticked}
    return client.post(PAGE + "photo/", sent, follow=True)


@pytest.mark.parametrize(
    ("content", "ticked", "status", "words", "desk"),
    [
        (b"1", {"photo-may_ask": "on"}, 200, PROVIDER_NOTICES["passed"], "没有需要人工核对"),
        (b"0.5", {"photo-may_ask": "on"}, 200, PROVIDER_NOTICES["unclear"], "认证机构不能确认"),
        (b"0.1", {"photo-may_ask": "on"}, 200, PROVIDER_NOTICES["silent"], "认证机构没有答复"),
        (b"0.9", {"photo-may_ask": "on"}, 422, "照片与证件上的人不一致", "没有需要人工核对"),
        (b"1", {}, 200, PROVIDER_NOTICES["declined"], "本人没有同意发送给认证机构"),
    ],
)
def test_each_answer_has_words_for_learner_and_office(cast, district, content, ticked, status, words, desk):
    wang = visitor(cast.wang)
    assert "发送给腾讯云做实人认证" in wang.get(PAGE).content.decode()

    answer = enrol(wang, content, **ticked)

    assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert desk in visitor(cast.sun).get(DESK).content.decode()


def test_the_office_sees_the_days_use_and_the_answers_of_a_person(cast, district):
    wang, sun = visitor(cast.wang), visitor(cast.sun)
    enrol(wang, b"0.9", **{"photo-may_ask": "on"})
    enrol(wang, b"0.5", **{"photo-may_ask": "on"})

    desk = sun.get(DESK).content.decode()
    check = FaceCheck.objects.get(outcome="unclear")
    page = sun.get(f"{DESK}{check.uid}/").content.decode()

    assert ('上限 <span class="num">7</span> 次' in desk, "3.00元" in desk) == (True, True)
    assert page.count("示例代码") == 2
    assert "88.5" in page
    assert str(cast.wang.person.document_number) not in page


def test_a_paused_provider_is_told_on_the_desk(cast, district):
    terms = replace(TERMS, provider_daily=7, provider_pause_after=1)
    services.publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    enrol(visitor(cast.wang), b"0.1", **{"photo-may_ask": "on"})

    assert "暂停中" in visitor(cast.sun).get(DESK).content.decode()


def test_a_person_without_a_resident_number_is_not_offered_it(cast, district):
    cast.wang.person.document_type = "passport"
    cast.wang.person.save()

    assert "实人认证" not in visitor(cast.wang).get(PAGE).content.decode()


def test_over_the_api_the_provider_is_named_and_asked_with_consent(cast, district):
    wang = visitor(cast.wang)
    assert wang.get("/api/v1/me/face").json()["provider"] == "腾讯云"

    picture = SimpleUploadedFile("face.jpg", b"1", content_type="image/jpeg")
    sent = {"photo": picture, "capture": "camera", "provider_consent": "true"}
    told = wang.post("/api/v1/me/face/photo", sent).json()

    assert (told["held"], told["outcome"], told["detail"]) == (True, "passed", PROVIDER_NOTICES["passed"])
    assert RealPersonCheck.objects.get().outcome == "passed"
