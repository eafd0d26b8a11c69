"""实人认证 by Tencent Cloud and Aliyun: their SDKs' signatures, and a provider of the test that judges, stalls and breaks."""

from __future__ import annotations

import base64
import json
import socket
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from alibabacloud_openapi_util.client import Client as AliyunSdk
from django.core.exceptions import ImproperlyConfigured
from tencentcloud.common.abstract_client import AbstractClient

from lms.faces.gateways import real_person
from lms.faces.gateways.real_person import RealPersonError, real_person_gateway
from lms.kernel import outside
from lms.kernel.signing import ACS3, acs3_authorization, tc3_authorization
from lms.settings import env
from tests.faces.vendor import aliyun, provider, tencent
from tests.vendors import KEY, server, tencent_error

__all__ = ["provider", "server"]

BODIES = [b"", b'{"a":1}', '{"Name":"王示例"}'.encode(), b"A=%20b&C=~%2B"]
PICTURE = b"\xff\xd8 no real face"


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("moment", [datetime(2026, 11, 26, 15, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)])
def test_tencents_signature_is_that_of_its_sdk(body, moment):
    headers = {"content-type": "application/json", "host": "faceid.tencentcloudapi.com"}
    stamp = str(int(moment.timestamp()))
    sent = {"Content-Type": headers["content-type"], "Host": headers["host"], "X-TC-Timestamp": stamp}
    request = SimpleNamespace(uri="/", method="POST", data=body, header=sent)
    day = moment.date().isoformat()

    made = tc3_authorization(headers, body, service="faceid", moment=moment, **KEY)

    signature = AbstractClient._get_tc3_signature(None, {}, request, day, "faceid", KEY["secret"])
    scope = f"Credential=AKIDEXAMPLE/{day}/faceid/tc3_request, SignedHeaders=content-type;host"
    assert made == f"TC3-HMAC-SHA256 {scope}, Signature={signature}"


@pytest.mark.parametrize("body", BODIES)
def test_aliyuns_signature_is_that_of_its_sdk(body):
    digest = AliyunSdk.hash(body, ACS3).hex()
    headers = {"host": "cloudauth.aliyuncs.com", "x-acs-action": "ContrastFaceVerify", "x-acs-version": "2019-03-07"}
    headers |= {"x-acs-date": "2026-11-26T16:00:00Z", "x-acs-signature-nonce": "n0", "x-acs-content-sha256": digest}
    headers |= {"content-type": "application/x-www-form-urlencoded"}
    request = SimpleNamespace(pathname="/", query={}, method="POST", headers=headers)

    made = acs3_authorization(headers, body, **KEY)

    assert made == AliyunSdk.get_authorization(request, ACS3, digest, KEY["key_id"], KEY["secret"])


def confirm(settings, name):
    settings.REAL_PERSON_GATEWAY = f"lms.faces.gateways.{name}.{name.title()}RealPerson"
    person = {"name": "王示例", "number": "99999919900307002X", "picture": PICTURE, "order": "order1"}
    return real_person_gateway().confirm(**person)


def test_tencent_is_asked_as_its_document_says(provider, settings):
    provider.answers = [tencent("Success", 88.5)]

    verdict = confirm(settings, "tencent")

    assert (verdict.result, verdict.score, verdict.request_id) == ("passed", 88.5, "r-1")
    [(headers, body)] = provider.received
    told = {"IdCard": "99999919900307002X", "Name": "王示例", "Extra": "order1"}
    assert json.loads(body) == told | {"ImageBase64": base64.b64encode(PICTURE).decode()}
    assert (headers["x-tc-action"], headers["x-tc-version"]) == ("ImageRecognitionV2", "2018-03-01")
    moment = datetime.fromtimestamp(int(headers["x-tc-timestamp"]), UTC)
    assert headers["authorization"] == tc3_authorization(headers, body, service="faceid", moment=moment, **KEY)


def test_aliyun_is_asked_as_its_document_says(provider, settings):
    provider.answers = [aliyun("T", "200", 96)]

    verdict = confirm(settings, "aliyun")

    assert (verdict.result, verdict.score, verdict.provider_code) == ("passed", 96, "200/200")
    [(headers, body)] = provider.received
    told = {name: value for name, [value] in parse_qs(body.decode()).items()}
    assert told.pop("FaceContrastPicture") == base64.b64encode(PICTURE).decode()
    named = {"CertName": "王示例", "CertNo": "99999919900307002X", "CertType": "IDENTITY_CARD"}
    assert told == named | {"SceneId": "1000000006", "OuterOrderNo": "order1", "ProductCode": "ID_MIN"}
    signed = {name: value for name, value in headers.items() if name.startswith("x-acs") or name == "host"}
    signed["content-type"] = headers["content-type"]
    assert headers["authorization"] == acs3_authorization(signed, body, **KEY)


@pytest.mark.parametrize(
    ("name", "answer", "result", "words"),
    [
        pytest.param("tencent", tencent("Success", 70), "passed", "", id="tencent, at its score"),
        pytest.param("tencent", tencent("Success", 69.99), "unclear", "人工", id="tencent, a near miss"),
        pytest.param("tencent", tencent("Success", 59.9), "failed", "本人", id="tencent, somebody else"),
        pytest.param(
            "tencent", tencent_error("FailedOperation.CompareLowSimilarity"), "failed", "本人", id="tencent, low"
        ),
        pytest.param(
            "tencent", tencent("FailedOperation.CompareLowSimilarity", 61), "unclear", "人工", id="told, near"
        ),
        pytest.param(
            "tencent", tencent_error("FailedOperation.IdNameMisMatch"), "failed", "姓名", id="tencent, not their name"
        ),
        pytest.param(
            "tencent", tencent_error("FailedOperation.IdPhotoNoExist"), "unclear", "区办", id="tencent, no photo"
        ),
        pytest.param(
            "tencent", tencent_error("FailedOperation.LifePhotoDetectFake"), "failed", "翻拍", id="tencent, a screen"
        ),
        pytest.param("tencent", tencent_error("FailedOperation.IncompleteFace"), "failed", "完整", id="tencent, cut"),
        pytest.param(
            "tencent",
            tencent_error("FailedOperation.IdentityAuthLimitExceeded"),
            "unclear",
            "这个身份",
            id="tencent, one identity too often",
        ),
        pytest.param("aliyun", aliyun("F", "204", 20), "failed", "本人", id="aliyun, somebody else"),
        pytest.param("aliyun", aliyun("F", "204", 60), "unclear", "人工", id="aliyun, a near miss"),
        pytest.param("aliyun", aliyun("F", "204"), "failed", "本人", id="aliyun, no score told"),
        pytest.param("aliyun", aliyun("F", "201"), "failed", "姓名", id="aliyun, not their name"),
        pytest.param("aliyun", aliyun("F", "203"), "unclear", "区办", id="aliyun, no photo"),
        pytest.param("aliyun", aliyun("F", "205"), "unclear", "人工", id="aliyun, a risk: a person looks"),
        pytest.param("aliyun", aliyun("F", "207"), "unclear", "人工", id="aliyun, a code that nobody read of"),
        pytest.param("aliyun", aliyun("F", "206"), "unclear", "人工", id="aliyun, 206: its words could not be read"),
        pytest.param("aliyun", {"Code": "405"}, "unclear", "人工", id="aliyun, 405: in no table of this call"),
        pytest.param("aliyun", {"Code": "418"}, "unclear", "这个身份", id="aliyun, one identity too often"),
        pytest.param("aliyun", {"Code": "427"}, "unclear", "这个身份", id="aliyun, its rules on one identity"),
        pytest.param("aliyun", (400, {"Code": "401"}), "failed", "姓名", id="aliyun, refuses the number"),
    ],
)
def test_verdicts_become_our_words(provider, settings, name, answer, result, words):
    provider.answers = [answer]

    verdict = confirm(settings, name)

    assert verdict.result == result
    assert words in verdict.sentence
    assert bool(verdict.sentence) == (result != "passed")


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("tencent", tencent_error("FailedOperation.RequestLimitExceeded"), "real_person_quota"),
        ("tencent", (403, tencent_error("UnauthorizedOperation.Arrears")), "real_person_closed"),
        ("tencent", tencent_error("AuthFailure.SignatureFailure"), "real_person_closed"),
        ("tencent", tencent_error("InternalError"), "real_person_down"),
        ("tencent", tencent("Success", "a lot"), "real_person_down"),
        ("tencent", tencent("Success", 101), "real_person_down"),
        ("tencent", {"Response": []}, "real_person_down"),
        ("aliyun", {"Code": "412"}, "real_person_closed"),
        ("aliyun", (404, {"Code": "InvalidAccessKeyId.NotFound"}), "real_person_closed"),
        ("aliyun", aliyun("maybe", "200"), "real_person_down"),
        ("aliyun", (500, b"<html>"), "real_person_down"),
        ("aliyun", b"[1]", "real_person_down"),
        ("aliyun", b"0" * 1_000_001, "real_person_down"),
        ("aliyun", (302, {}), "real_person_down"),
        ("aliyun", {"Code": "200", "ResultObject": "T"}, "real_person_down"),
    ],
)
def test_no_verdict_is_no_failure_and_is_not_asked_for_twice(provider, settings, name, answer, code, caplog):
    provider.answers = [answer]

    with pytest.raises(RealPersonError) as caught:
        confirm(settings, name)

    assert (caught.value.code, len(provider.received)) == (code, 1)
    assert "再试" in caught.value.message or "区办" in caught.value.message
    assert "99999919900307002X" not in caplog.text


@pytest.mark.parametrize(("name", "busy", "good"), [
    ("tencent", tencent_error("RequestLimitExceeded"), tencent("Success", 90)),
    ("aliyun", (400, {"Code": "Throttling.Api"}), aliyun("T", "200")),
])  # fmt: skip
def test_throttled_request_is_made_again_three_times_at_most(provider, settings, name, busy, good):
    provider.answers = [busy, good]
    assert confirm(settings, name).result == "passed"

    provider.answers = [busy] * 4
    with pytest.raises(RealPersonError) as caught:
        confirm(settings, name)
    assert (caught.value.code, len(provider.answers)) == ("real_person_busy", 1)


def test_each_try_is_signed_anew(provider, settings):
    provider.answers = [(400, {"Code": "Throttling.User"}), aliyun("T", "200")]

    confirm(settings, "aliyun")

    nonces = {headers["x-acs-signature-nonce"] for headers, _ in provider.received}
    assert len(nonces) == len(provider.received) == 2


def test_slow_provider_is_not_asked_again(provider, settings):
    settings.REAL_PERSON_TIMEOUT = 0.2
    provider.answers = ["slow", tencent("Success", 90)]

    with pytest.raises(RealPersonError) as caught:
        confirm(settings, "tencent")

    assert (caught.value.code, len(provider.received)) == ("real_person_down", 1)


def test_provider_that_is_down_is_knocked_at_three_times(provider, settings, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
    settings.TENCENT = settings.TENCENT | {"endpoint": endpoint}
    slept = []
    monkeypatch.setattr(outside.time, "sleep", slept.append)

    with pytest.raises(RealPersonError):
        confirm(settings, "tencent")

    assert slept == list(real_person.PAUSES)


def test_without_a_provider_there_is_none(settings):
    settings.REAL_PERSON_GATEWAY = ""
    assert real_person_gateway() is None


def test_chosen_provider_needs_its_secrets_from_environment_or_file(monkeypatch, tmp_path):
    monkeypatch.setenv("TENCENT_KEY_ID", "id")
    with pytest.raises(ImproperlyConfigured, match="TENCENT_SECRET"):
        env.provider("TENCENT", "https://a.example", "KEY_ID", "SECRET", is_chosen=True)

    (tmp_path / "secret").write_text("s\n")
    monkeypatch.setenv("TENCENT_SECRET_FILE", str(tmp_path / "secret"))
    access = env.provider("TENCENT", "https://a.example", "KEY_ID", "SECRET", is_chosen=True)
    assert access == {"key_id": "id", "secret": "s", "endpoint": "https://a.example"}


def test_faces_are_sent_over_https_only(monkeypatch):
    monkeypatch.setenv("TENCENT_ENDPOINT", "http://a.example")
    with pytest.raises(ImproperlyConfigured, match="https"):
        env.provider("TENCENT", "https://b.example", is_chosen=False)


def test_unknown_provider_stops_the_start(monkeypatch):
    monkeypatch.setenv("REAL_PERSON_PROVIDER", "baidu")
    with pytest.raises(ImproperlyConfigured, match="baidu"):
        env.choice("REAL_PERSON_PROVIDER", "", "tencent")
