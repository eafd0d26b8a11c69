"""A person's page of the own face: agree or not, enrol, replace, withdraw, ask for another way."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lms.faces import services
from lms.faces.models import FaceCheck, FaceConsent, FaceExemption, FaceReference
from lms.kernel import clock
from lms.people.models import ConsentText
from tests.cast import document_number
from tests.faces.photos import photos
from tests.faces.stage import GATEWAY
from tests.faces.terms import TERMS
from tests.people.cards import card, encoded

PAGE = "/my/face/"


@pytest.fixture
def wang(cast, at, settings, enter):
    """Return 王芳's browser in a district that has a text and a policy."""
    at(2026, 5, 6, 9, 0)
    settings.FACES = GATEWAY
    ConsentText.objects.create(kind="face", version="1", title="示例告知书", body="示例", effective_from=clock.today())
    services.publish_policy(terms=TERMS, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    return enter("wang")


def picture(content=b"0.9", name="face.jpg"):
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def agree(client):
    return client.post(PAGE + "consent/", {"version": "1"})


def enrol(client, content=b"1", capture="camera"):
    return client.post(PAGE + "photo/", {"photo-photo": picture(content), "photo-capture": capture})


def test_who_does_not_agree_is_offered_another_way_and_no_camera(wang):
    shown = wang.get(PAGE).content.decode()

    assert "不同意，用其他方式" in shown
    assert '<option value="no_consent" selected>' in shown
    assert "<face-capture" not in shown


def test_the_page_may_ask_for_the_camera(wang):
    assert wang.get(PAGE).headers["Permissions-Policy"].startswith("camera=(self)")


def test_agreeing_takes_a_tick(wang):
    answer = wang.post(PAGE + "consent/")

    assert answer.status_code == 422
    assert "勾选同意" in answer.content.decode()
    assert not FaceConsent.objects.exists()


def test_a_text_that_is_not_the_newest_is_refused(wang):
    assert wang.post(PAGE + "consent/", {"version": "0"}).status_code == 422
    assert not FaceConsent.objects.exists()


def test_agreed_enrolled_and_shown(wang):
    agree(wang)
    assert "<face-capture data-single>" in wang.get(PAGE).content.decode()

    assert enrol(wang).status_code == 302

    shown = wang.get(PAGE).content.decode()
    assert "页面摄像头" in shown
    assert "更换参考照片" in shown
    assert FaceReference.objects.get().capture == "camera"


def test_a_picture_without_a_face_is_refused_in_words(wang):
    agree(wang)

    answer = enrol(wang, b"dark")

    assert answer.status_code == 422
    assert "没有看到人脸" in answer.content.decode()
    assert not FaceReference.objects.exists()


def test_an_answer_without_a_picture_says_so(wang):
    agree(wang)

    answer = wang.post(PAGE + "photo/", {"photo-capture": "camera"})

    assert (answer.status_code, "请先拍一张照片" in answer.content.decode()) == (422, True)


def test_a_gateway_that_is_down_is_said(wang):
    agree(wang)

    answer = enrol(wang, b"down")

    assert (answer.status_code, "暂时不可用" in answer.content.decode()) == (503, True)


def test_an_upload_of_forty_megabytes_is_not_read(wang):
    agree(wang)

    answer = enrol(wang, b"0" * 40_000_000)

    assert (answer.status_code, "照片太大" in answer.content.decode()) == (413, True)
    assert not FaceCheck.objects.exists()


def test_posts_need_the_token(cast, wang):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.wang)

    assert enrol(strict).status_code == 403
    assert agree(strict).status_code == 403


def test_replacing_takes_a_reason_and_a_tick(wang):
    agree(wang)
    enrol(wang)
    sent = {"replace-photo": picture(), "replace-capture": "file", "replace-reason": "", "replace-is_sure": ""}

    answer = wang.post(PAGE + "replace/", sent)
    assert answer.status_code == 422
    assert "请写明更换的原因" in answer.content.decode()
    assert "请先勾选确认" in answer.content.decode()
    sent |= {"replace-photo": picture(b"0.8"), "replace-reason": "换了发型，不像了", "replace-is_sure": "on"}
    assert wang.post(PAGE + "replace/", sent).status_code == 302

    assert FaceReference.objects.get(erased_at=None).capture == "file"


def test_withdrawal_takes_a_tick_and_shows_what_is_left(wang):
    agree(wang)
    enrol(wang)

    assert wang.post(PAGE + "withdraw/").status_code == 422
    assert FaceReference.objects.filter(erased_at=None).exists()
    wang.post(PAGE + "withdraw/", {"is_sure": "1"})

    shown = wang.get(PAGE).content.decode()
    assert "没有同意" in shown
    assert "登记参考照片</td>" in shown  # the record stays
    assert not FaceReference.objects.filter(erased_at=None).exists()


def test_another_way_is_asked_for_once(wang):
    sent = {"exemption-reason": "no_camera", "exemption-words": "手机摄像头坏了（示例）"}

    assert wang.post(PAGE + "exemption/", {}).status_code == 422
    assert wang.post(PAGE + "exemption/", sent).status_code == 302
    assert "等待区办决定" in wang.get(PAGE).content.decode()
    assert wang.post(PAGE + "exemption/", sent).status_code == 409
    assert FaceExemption.objects.count() == 1


def test_a_new_text_is_offered_again(wang):
    agree(wang)
    ConsentText.objects.create(kind="face", version="2", title="新告知书", body="新", effective_from=clock.today())

    assert "告知书有了新版本" in wang.get(PAGE).content.decode()


def test_who_has_no_real_name_is_led_to_it(client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    cast.lu.person = None
    cast.lu.save()
    client.force_login(cast.lu)

    assert client.get(PAGE).headers["Location"].startswith("/my/identity/")


def test_others_see_nothing_of_it(cast, wang):
    agree(wang)
    enrol(wang)
    other = Client()
    other.force_login(cast.lu)

    shown = other.get(PAGE).content.decode()

    assert "没有登记" in shown
    assert "还没有核验过" in shown


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("face.pdf", b"%PDF-1.7 \n", "不是可以识别的照片"),
        ("face.jpg", b"\xff\xd8\xff" + b"0" * 99, "不是可以识别的照片"),
    ],
)
def test_what_is_no_picture_is_called_that_by_the_embedded_engine(wang, settings, name, content, words):
    settings.FACES = {"gateway": "lms.faces.gateways.embedded.EmbeddedFaces"}
    agree(wang)

    answer = wang.post(PAGE + "photo/", {"photo-photo": picture(content, name), "photo-capture": "file"})

    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_a_real_photo_is_enrolled_by_the_embedded_engine(wang, settings):
    settings.FACES = {"gateway": "lms.faces.gateways.embedded.EmbeddedFaces"}
    agree(wang)

    assert enrol(wang, photos()["person_a_1"]).status_code == 302


@pytest.mark.usefixtures("patient_reader")
@pytest.mark.parametrize(
    ("portrait", "serial", "status", "words"),
    [
        pytest.param("person_a_2", None, 302, "", id="the own card, ten years older"),
        pytest.param("person_b_1", None, 422, "不像同一个人", id="the own number under another face"),
        pytest.param("person_a_2", 78, 422, "号码与您的实名信息不一致", id="another person's card"),
        pytest.param("", None, 422, "没有看清身份证上的照片", id="a card without a face"),
    ],
)
def test_a_card_is_read_and_compared_by_the_embedded_engines(cast, wang, settings, portrait, serial, status, words):
    settings.FACES = {"gateway": "lms.faces.gateways.embedded.EmbeddedFaces"}
    found = photos()
    agree(wang)
    number = document_number(serial) if serial else str(cast.wang.person.document_number)
    front = encoded(card("王芳", number, found[portrait] if portrait else b""))

    answer = wang.post(
        PAGE + "photo/",
        {"photo-photo": picture(found["person_a_1"]), "photo-capture": "camera", "photo-card": picture(front)},
    )

    assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert FaceReference.objects.exists() is (status == 302)
    if status == 302:
        assert FaceCheck.objects.get().score_permille >= 450
