"""阿里云短信: SendSms of dysmsapi 2017-05-25. Source: help.aliyun.com/document_detail/419273.html, codes 101346.html."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.outside import OutsideError, UnreachedError, ask
from lms.kernel.signing import acs3_headers, form_body
from lms.people.gateways import sms
from lms.people.gateways.sms import DOWN, SmsDownError, SmsRefusedError, SmsUnsureError, code_of, tried

VERSION, ACTION = "2017-05-25", "SendSms"
# What a code says about the number, our account or the template; everything else is a refusal that the office reads about.
BLOCKED = {"isv.BLACK_KEY_CONTROL_LIMIT", "isv.MOBILE_NUMBER_ILLEGAL", "isv.CUSTOMER_REFUSED"}
QUOTA = {
    "isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL", "isv.AMOUNT_NOT_ENOUGH",
    "isv.OUT_OF_SERVICE",
}  # fmt: skip
TEMPLATE = {
    "isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.TEMPLATE_MISSING_PARAMETERS", "isv.PARAM_LENGTH_LIMIT",
    "isv.TEMPLATE_PARAMS_ILLEGAL", "isv.SMS_CONTENT_ILLEGAL", "isv.PARAM_NOT_SUPPORT_URL", "isv.INVALID_JSON_PARAM",
}  # fmt: skip
BUSY = ("Throttling", "ServiceUnavailable")  # refused before it was worked on
log = logging.getLogger(__name__)


class AliyunSms:
    """Asks 阿里云."""

    known_for = timedelta(0)  # OutId only names a message, it does not keep a second one away

    def send(self, phone: str, template: str, parameters: dict[str, str], *, key: UUID | None = None) -> str:
        """Send to one number of the mainland; return its BizId."""
        terms = settings.ALIYUN_SMS
        body = form_body(
            {
                "PhoneNumbers": phone.removeprefix("+86"),
                "SignName": settings.SMS_SIGN,
                "TemplateCode": code_of(template, settings.SMS_TEMPLATES),
                "TemplateParam": json.dumps(parameters, ensure_ascii=False),
                "OutId": key.hex if key else "",
            }
        )
        return tried(lambda: self.answer(body, terms))

    def answer(self, body: bytes, terms: dict[str, str]) -> str:
        """Return the BizId of one request. Raises SmsDownError and its kinds."""
        secrets = {"key_id": terms["key_id"], "secret": terms["secret"]}
        headers = acs3_headers(
            terms["endpoint"], body, action=ACTION, version=VERSION, moment=clock.now(), nonce=new_uid().hex, **secrets
        )
        try:
            told = ask(terms["endpoint"] + "/", body=body, headers=headers, seconds=sms.TIMEOUT_SECONDS).told()
        except UnreachedError as error:
            raise SmsDownError(DOWN) from error
        except OutsideError as error:
            raise SmsUnsureError(DOWN) from error
        return accepted(told)


def accepted(told: dict[str, Any]) -> str:
    """Return the BizId of an accepted message. Raises SmsDownError and its kinds by the code."""
    code = str(told.get("Code"))
    if code == "OK":
        return str(told.get("BizId", ""))
    log.warning("阿里云 refused a message: %s %s", code[:80], str(told.get("RequestId", ""))[:64])
    if code.startswith(BUSY):
        raise SmsDownError(DOWN)
    if code.startswith(("isp.", "InternalError")):
        raise SmsUnsureError(DOWN)
    for reason, codes in (("blocked", BLOCKED), ("quota", QUOTA), ("template", TEMPLATE)):
        if code in codes:
            raise SmsRefusedError(DOWN, reason)
    raise SmsRefusedError(DOWN, "refused")
