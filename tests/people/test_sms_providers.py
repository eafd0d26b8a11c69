"""Short messages by Aliyun and Tencent Cloud: their SDKs' signatures; a provider of the test refuses, stalls and breaks."""

from __future__ import annotations

import json
import socket
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from alibabacloud_openapi_util.client import Client as AliyunSdk
from tencentcloud.common.abstract_client import AbstractClient

from lms.kernel.signing import ACS3, acs3_headers, form_body, tc3_headers
from lms.people.gateways import sms
from lms.people.gateways.sms import SmsDownError, SmsRefusedError, SmsUnsureError, code_of, gateway
from tests.vendors import KEY, ready, server, tencent_error

__all__ = ["server"]

PHONE = "+8613800138000"
TEMPLATES = {"code": "SMS_1", "notice": "SMS_4", "notice.en": "SMS_5", "notices": "SMS_6"}
MOMENT = datetime(2026, 11, 26, 15, 59, 59, tzinfo=UTC)
ALIYUN, TENCENT = "https://dysmsapi.aliyuncs.com", "https://sms.tencentcloudapi.com"


@pytest.mark.parametrize("title", ["", "您已入学“焊工班”", "a b~c+d*e"])
def test_aliyuns_request_is_signed_as_by_its_sdk(title):
    body = form_body({"PhoneNumbers": "13800138000", "TemplateParam": json.dumps({"title": title})})

    made = acs3_headers(ALIYUN, body, action="SendSms", version="2017-05-25", moment=MOMENT, nonce="n0", **KEY)

    sent = {name: value for name, value in made.items() if name != "authorization"}
    request = SimpleNamespace(pathname="/", query={}, method="POST", headers=sent)
    digest = AliyunSdk.hash(body, ACS3).hex()
    assert sent["x-acs-content-sha256"] == digest
    assert sent["x-acs-date"] == "2026-11-26T15:59:59Z"
    assert made["authorization"] == AliyunSdk.get_authorization(request, ACS3, digest, KEY["key_id"], KEY["secret"])


@pytest.mark.parametrize("title", ["", "您已入学“焊工班”"])
def test_tencents_request_is_signed_as_by_its_sdk(title):
    body = json.dumps({"TemplateParamSet": [title]}, ensure_ascii=False).encode()

    made = tc3_headers(
        TENCENT,
        body,
        service="sms",
        action="SendSms",
        version="2021-01-11",
        region="ap-guangzhou",
        moment=MOMENT,
        **KEY,
    )

    stamp = str(int(MOMENT.timestamp()))
    sent = {"Content-Type": made["content-type"], "Host": "sms.tencentcloudapi.com", "X-TC-Timestamp": stamp}
    request = SimpleNamespace(uri="/", method="POST", data=body, header=sent)
    signature = AbstractClient._get_tc3_signature(None, {}, request, "2026-11-26", "sms", KEY["secret"])
    assert made["authorization"].endswith(f", SignedHeaders=content-type;host, Signature={signature}")
    assert made["x-tc-region"] == "ap-guangzhou"


@pytest.fixture
def provider(server, settings, monkeypatch):
    made = ready()
    monkeypatch.setattr(sms, "PAUSES", (0, 0))
    access = KEY | {"endpoint": f"http://127.0.0.1:{server.server_port}", "app_id": "1400000001"}
    settings.ALIYUN_SMS = settings.TENCENT_SMS = access
    settings.SMS_SIGN, settings.SMS_TEMPLATES = "示例平台", TEMPLATES
    yield made
    made.release.set()


def send(settings, name, template="notice.enrolled.zh", **parameters):
    settings.SMS = settings.SMS | {"gateway": f"lms.people.gateways.{name}_sms.{name.title()}Sms"}
    told = parameters or {"kind": "您已入学", "title": "示例"}
    return gateway().send(PHONE, template, told, key=uuid.UUID(int=7))


def aliyun(code):
    return {"Code": code, "Message": "示例", "RequestId": "r-1", "BizId": "biz-1"}


def tencent(code):
    return {"Response": {"SendStatusSet": [{"Code": code, "SerialNo": "serial-1"}], "RequestId": "r-1"}}


def test_aliyun_is_asked_as_its_document_says(provider, settings):
    provider.answers = [aliyun("OK")]

    assert send(settings, "aliyun") == "biz-1"

    [(headers, body)] = provider.received
    assert {name: value for name, [value] in parse_qs(body.decode()).items()} == {
        "PhoneNumbers": "13800138000",
        "SignName": "示例平台",
        "TemplateCode": "SMS_4",
        "TemplateParam": '{"kind": "您已入学", "title": "示例"}',
        "OutId": uuid.UUID(int=7).hex,
    }
    assert (headers["x-acs-action"], headers["x-acs-version"]) == ("SendSms", "2017-05-25")


def test_tencent_is_asked_as_its_document_says(provider, settings):
    provider.answers = [tencent("Ok")]

    assert send(settings, "tencent") == "serial-1"

    [(headers, body)] = provider.received
    assert json.loads(body) == {
        "PhoneNumberSet": [PHONE],
        "SmsSdkAppId": "1400000001",
        "SignName": "示例平台",
        "TemplateId": "SMS_4",
        "TemplateParamSet": ["您已入学", "示例"],
        "SessionContext": uuid.UUID(int=7).hex,
    }
    assert (headers["x-tc-action"], headers["x-tc-version"]) == ("SendSms", "2021-01-11")


@pytest.mark.parametrize(
    ("name", "answer", "reason"),
    [
        pytest.param("aliyun", aliyun("isv.BLACK_KEY_CONTROL_LIMIT"), "blocked", id="aliyun, number blocked"),
        pytest.param("aliyun", aliyun("isv.DAY_LIMIT_CONTROL"), "quota", id="aliyun, the day's quota"),
        pytest.param("aliyun", aliyun("isv.AMOUNT_NOT_ENOUGH"), "quota", id="aliyun, no balance"),
        pytest.param("aliyun", aliyun("isv.SMS_TEMPLATE_ILLEGAL"), "template", id="aliyun, template"),
        pytest.param("aliyun", (400, b'{"Code":"SignatureDoesNotMatch"}'), "refused", id="aliyun, wrong key"),
        pytest.param("tencent", tencent("FailedOperation.PhoneNumberInBlacklist"), "blocked", id="tencent, blocked"),
        pytest.param("tencent", tencent("LimitExceeded.PhoneNumberDailyLimit"), "quota", id="tencent, the day's quota"),
        pytest.param(
            "tencent", tencent("FailedOperation.InsufficientBalanceInSmsPackage"), "quota", id="tencent, no balance"
        ),
        pytest.param(
            "tencent", tencent("FailedOperation.TemplateUnapprovedOrNotExist"), "template", id="tencent, template"
        ),
        pytest.param("tencent", tencent_error("AuthFailure.SignatureFailure"), "refused", id="tencent, wrong key"),
    ],
)
def test_a_refusal_says_why_and_is_not_tried_again(provider, settings, name, answer, reason, caplog):
    provider.answers = [answer, answer]

    with pytest.raises(SmsRefusedError) as refusal:
        send(settings, name)

    assert (refusal.value.reason, len(provider.received)) == (reason, 1)
    assert "13800138000" not in caplog.text


@pytest.mark.parametrize(
    ("name", "busy", "good"),
    [
        ("aliyun", (503, b'{"Code":"Throttling.User"}'), aliyun("OK")),
        ("tencent", tencent_error("RequestLimitExceeded"), tencent("Ok")),
    ],
)
def test_who_is_busy_is_asked_again_with_a_new_signature(provider, settings, name, busy, good):
    provider.answers = [busy, busy, good]

    assert send(settings, name)

    assert len(provider.received) == 3
    assert len({body for _, body in provider.received}) == 1


@pytest.mark.parametrize(
    ("name", "busy"),
    [
        ("aliyun", (503, b'{"Code":"Throttling.User"}')),
        ("tencent", tencent_error("RequestLimitExceeded.UinLimitExceeded")),
    ],
)
def test_tries_are_bounded(provider, settings, name, busy):
    provider.answers = [busy] * 9

    with pytest.raises(SmsDownError) as down:
        send(settings, name)

    assert (type(down.value), len(provider.received)) == (SmsDownError, 3)


@pytest.mark.parametrize("name", ["aliyun", "tencent"])
@pytest.mark.parametrize("answer", ["slow", (200, b"<html>"), (500, b""), (200, b"[]")])
def test_no_clear_answer_is_not_risked_twice(provider, settings, monkeypatch, name, answer):
    monkeypatch.setattr(sms, "TIMEOUT_SECONDS", 0.2)
    provider.answers = [answer] * 3

    with pytest.raises(SmsUnsureError):
        send(settings, name)

    assert len(provider.received) == 1


@pytest.mark.parametrize(
    ("name", "answer"), [("aliyun", aliyun("isp.SYSTEM_ERROR")), ("tencent", tencent("InternalError.Timeout"))]
)
def test_a_fault_inside_the_provider_is_no_clear_answer(provider, settings, name, answer):
    provider.answers = [answer]

    with pytest.raises(SmsUnsureError):
        send(settings, name)


@pytest.mark.parametrize("name", ["aliyun", "tencent"])
def test_nobody_there_is_tried_again_and_certainly_not_sent(provider, settings, name):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings.ALIYUN_SMS = settings.TENCENT_SMS = settings.ALIYUN_SMS | {"endpoint": f"http://127.0.0.1:{port}"}

    with pytest.raises(SmsDownError) as down:
        send(settings, name)

    assert type(down.value) is SmsDownError


@pytest.mark.parametrize(
    ("template", "code"),
    [("code", "SMS_1"), ("notice.enrolled.zh", "SMS_4"), ("notice.enrolled.en", "SMS_5"), ("notices.en", "SMS_6")],
)
def test_the_most_special_template_is_taken(template, code):
    assert code_of(template, TEMPLATES) == code


def test_a_template_that_nobody_approved_is_a_refusal(provider, settings):
    settings.SMS_TEMPLATES = {"code": "SMS_1"}

    with pytest.raises(SmsRefusedError) as refusal:
        send(settings, "aliyun")

    assert (refusal.value.reason, provider.received) == ("template", [])
