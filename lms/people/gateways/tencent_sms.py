"""腾讯云短信: SendSms of sms 2021-01-11. Source: cloud.tencent.com/document/product/382/55981."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from lms.kernel import clock
from lms.kernel.outside import OutsideError, UnreachedError, ask
from lms.kernel.signing import tc3_headers
from lms.people.gateways import sms
from lms.people.gateways.sms import DOWN, SmsDownError, SmsRefusedError, SmsUnsureError, code_of, tried

VERSION, ACTION, SERVICE, REGION = "2021-01-11", "SendSms", "sms", "ap-guangzhou"
# What a code says about the number or the template; everything else is a refusal that the office reads about.
BLOCKED = {
    "FailedOperation.PhoneNumberInBlacklist", "FailedOperation.PhoneNumberParseFail",
    "InvalidParameterValue.IncorrectPhoneNumber",
}  # fmt: skip
TEMPLATE = {
    "FailedOperation.TemplateIncorrectOrUnapproved", "FailedOperation.TemplateUnapprovedOrNotExist",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "FailedOperation.TemplateIdNotExist",
    "FailedOperation.SignatureIncorrectOrUnapproved", "FailedOperation.ContainSensitiveWord",
    "InvalidParameterValue.TemplateParameterFormatError", "InvalidParameterValue.TemplateParameterLengthLimit",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", "InvalidParameterValue.ContentLengthLimit",
}  # fmt: skip
QUOTA = ("LimitExceeded.", "FailedOperation.InsufficientBalanceInSmsPackage")
BUSY = ("RequestLimitExceeded",)
log = logging.getLogger(__name__)


class TencentSms:
    """Asks 腾讯云."""

    known_for = timedelta(0)  # SessionContext comes back with the receipt, it does not keep a second message away

    def send(self, phone: str, template: str, parameters: dict[str, str], *, key: UUID | None = None) -> str:
        """Send to one number; return its SerialNo. The parameters go by their order."""
        terms = settings.TENCENT_SMS
        told = {
            "PhoneNumberSet": [phone],
            "SmsSdkAppId": terms["app_id"],
            "SignName": settings.SMS_SIGN,
            "TemplateId": code_of(template, settings.SMS_TEMPLATES),
            "TemplateParamSet": list(parameters.values()),
            "SessionContext": key.hex if key else "",
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        return tried(lambda: self.answer(body, terms))

    def answer(self, body: bytes, terms: dict[str, str]) -> str:
        """Return the SerialNo of one request. Raises SmsDownError and its kinds."""
        secrets = {"key_id": terms["key_id"], "secret": terms["secret"]}
        headers = tc3_headers(
            terms["endpoint"],
            body,
            service=SERVICE,
            action=ACTION,
            version=VERSION,
            region=REGION,
            moment=clock.now(),
            **secrets,
        )
        try:
            told = ask(terms["endpoint"] + "/", body=body, headers=headers, seconds=sms.TIMEOUT_SECONDS).told()
        except UnreachedError as error:
            raise SmsDownError(DOWN) from error
        except OutsideError as error:
            raise SmsUnsureError(DOWN) from error
        return accepted(told)


def accepted(told: dict[str, Any]) -> str:
    """Return the SerialNo of an accepted message. Raises SmsDownError and its kinds by the code."""
    response = told.get("Response")
    response = response if isinstance(response, dict) else {}
    sent, error = response.get("SendStatusSet"), response.get("Error")
    status = sent[0] if isinstance(sent, list) and sent and isinstance(sent[0], dict) else {}
    code = str(error.get("Code") if isinstance(error, dict) else status.get("Code"))
    if code == "Ok":
        return str(status.get("SerialNo", ""))
    log.warning("腾讯云 refused a message: %s %s", code[:80], str(response.get("RequestId", ""))[:64])
    if code.startswith(BUSY):
        raise SmsDownError(DOWN)
    if code.startswith("InternalError") or code == "None":
        raise SmsUnsureError(DOWN)
    raise SmsRefusedError(DOWN, reason_of(code))


def reason_of(code: str) -> str:
    """Return why a message was not taken."""
    if code in BLOCKED:
        return "blocked"
    if code.startswith(QUOTA):
        return "quota"
    return "template" if code in TEMPLATE else "refused"
