"""阿里云金融级实人认证: ContrastFaceVerify of cloudauth 2019-03-07. Source: help.aliyun.com/document_detail/163107.html."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

from django.conf import settings

from lms.faces.gateways import real_person as words
from lms.faces.gateways.real_person import NotSentError, RealPersonError, Verdict, asked, number_of, post
from lms.faces.rules import FAILED, PASSED, UNCLEAR
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.signing import acs3_headers, form_body

VERSION, ACTION, PRODUCT = "2019-03-07", "ContrastFaceVerify", "ID_MIN"
UNCLEAR_SCORE = 60  # of its verifyScore
OTHER_FACE = {"200/204"}
# Code, or 200 and ResultObject.SubCode where Passed is F, as far as the vendor's tables could be read (201 to 205; 418 and 427
# speak of one identity, not of our account). Of 205 they say that a person should look. What stands in no table that was read,
# as 206 and this call's 405, is no verdict against anybody: a person looks too.
MEANINGS: dict[str, tuple[str, str]] = {
    "200/201": (FAILED, words.MISMATCH),
    "200/202": (UNCLEAR, words.UNKNOWN),
    "200/203": (UNCLEAR, words.UNKNOWN),
    "200/205": (UNCLEAR, words.DOUBTED),
    **dict.fromkeys(OTHER_FACE, (FAILED, words.OTHER_FACE)),
    "401": (FAILED, words.MISMATCH),
    "405": (UNCLEAR, words.UNTOLD),
    "417": (UNCLEAR, words.UNKNOWN),
    "418": (UNCLEAR, words.LIMITED),
    "427": (UNCLEAR, words.LIMITED),
}
BUSY, CLOSED = ("Throttling",), ("InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden")
log = logging.getLogger(__name__)


class AliyunRealPerson:
    """Asks 阿里云."""

    provider = "aliyun"

    def confirm(self, *, name: str, number: str, picture: bytes, order: str) -> Verdict:
        """Return the verdict; `order` is OuterOrderNo, by which the console finds the deed."""
        terms = settings.ALIYUN
        told = {
            "SceneId": terms["scene"],
            "OuterOrderNo": order,
            "ProductCode": PRODUCT,
            "CertType": "IDENTITY_CARD",
            "CertName": name,
            "CertNo": number,
            "FaceContrastPicture": base64.b64encode(picture).decode(),
        }
        body = form_body(told)
        return asked(lambda: self.answer(body, terms))

    def answer(self, body: bytes, terms: dict[str, str]) -> Verdict:
        """Return the verdict of one request; a nonce is used once."""
        secrets = {"key_id": terms["key_id"], "secret": terms["secret"]}
        headers = acs3_headers(
            terms["endpoint"],
            body,
            action=ACTION,
            version=VERSION,
            moment=clock.now(),
            nonce=new_uid().hex,
            **secrets,
        )
        return verdict(post(terms["endpoint"] + "/", body, headers))


def verdict(answer: dict[str, Any]) -> Verdict:
    """Return how 阿里云 judged. Raises RealPersonError where it did not. `Passed` decides, the score only says how near."""
    code, request_id = str(answer.get("Code")), str(answer.get("RequestId", ""))[:64]
    judgement = answer.get("ResultObject")
    if code == "200" and isinstance(judgement, dict):
        code, score = f"200/{judgement.get('SubCode')}", score_of(judgement)
        result, sentence = meaning(code, str(judgement.get("Passed")), score)
    else:
        (result, sentence), score = MEANINGS.get(code, ("", "")), None
    if not result:
        raise service_error(code, request_id)
    return Verdict(result, score, AliyunRealPerson.provider, code, request_id, sentence)


def meaning(code: str, passed: str, score: float | None) -> tuple[str, str]:
    """Return the result and its sentence; an empty result where nothing was judged."""
    if passed == "T":
        return PASSED, ""
    if passed == "F" and code in OTHER_FACE and score is not None and score >= UNCLEAR_SCORE:
        return UNCLEAR, words.NEAR
    return MEANINGS.get(code, (UNCLEAR, words.UNTOLD)) if passed == "F" else ("", "")


def score_of(result_object: dict[str, Any]) -> float | None:
    """Return verifyScore of MaterialInfo, which is JSON inside JSON, where it is told."""
    try:
        material = json.loads(result_object.get("MaterialInfo") or "{}")
    except (TypeError, ValueError):
        return None
    return number_of(material.get("verifyScore")) if isinstance(material, dict) else None


def service_error(code: str, request_id: str) -> RealPersonError:
    """Return what stands in for a verdict: the service is full, closed to us, or down."""
    log.warning("阿里云 refused a request: %s %s", code[:80], request_id)
    if code.startswith(BUSY):
        return NotSentError(words.BUSY, code="real_person_busy")
    if code in {"402", "404", "410", "411", "412"} or code.startswith(CLOSED):
        return RealPersonError(words.CLOSED, code="real_person_closed")
    return RealPersonError(words.DOWN)
