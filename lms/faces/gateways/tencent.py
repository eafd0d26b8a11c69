"""腾讯云慧眼 人脸核身: ImageRecognitionV2 of faceid 2018-03-01. Source: cloud.tencent.com/document/api/1007/102203."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

from django.conf import settings

from lms.faces.gateways import real_person as words
from lms.faces.gateways.real_person import NotSentError, RealPersonError, Verdict, asked, judged, number_of, post
from lms.faces.rules import FAILED, UNCLEAR
from lms.kernel import clock
from lms.kernel.signing import tc3_headers

VERSION, ACTION, SERVICE = "2018-03-01", "ImageRecognitionV2", "faceid"
PASS_SCORE, UNCLEAR_SCORE = 70, 60  # its document: at 70 one of 10,000 strangers passes
SHARPEN = {
    "EmptyImageError", "ImageBlur", "ImageDecodeFailed", "ImageSizeTooLarge", "IncompleteFace", "CoveredFace",
    "LifePhotoDetectFaces", "LifePhotoDetectNoFaces", "LifePhotoPoorQuality", "LifePhotoSizeError", "PoorImageQuality",
}  # fmt: skip
# What a code says about the person; everything else says something about the service. IdentityAuthLimitExceeded counts the
# tries of one number or name, not ours. Source: cloud.tencent.com/document/product/1007/108625.
MEANINGS: dict[str, tuple[str, str]] = {
    **{f"FailedOperation.{name}": (FAILED, words.PICTURE) for name in SHARPEN},
    "FailedOperation.CompareLowSimilarity": (FAILED, words.OTHER_FACE),
    "FailedOperation.LifePhotoDetectFake": (FAILED, words.FAKE),
    "FailedOperation.IdNameMisMatch": (FAILED, words.MISMATCH),
    "FailedOperation.IdFormatError": (FAILED, words.MISMATCH),
    "FailedOperation.NameFormatError": (FAILED, words.MISMATCH),
    "FailedOperation.IdNoExistSystem": (UNCLEAR, words.UNKNOWN),
    "FailedOperation.IdPhotoNoExist": (UNCLEAR, words.UNKNOWN),
    "FailedOperation.IdPhotoPoorQuality": (UNCLEAR, words.UNKNOWN),
    "FailedOperation.IdentityAuthLimitExceeded": (UNCLEAR, words.LIMITED),
}
log = logging.getLogger(__name__)


class TencentRealPerson:
    """Asks 腾讯云."""

    provider = "tencent"

    def confirm(self, *, name: str, number: str, picture: bytes, order: str) -> Verdict:
        """Return the verdict; the score is the provider's Sim, held against PASS_SCORE and UNCLEAR_SCORE."""
        told = {"IdCard": number, "Name": name, "ImageBase64": base64.b64encode(picture).decode(), "Extra": order}
        body = json.dumps(told, ensure_ascii=False).encode()
        return asked(lambda: self.answer(body))

    def answer(self, body: bytes) -> Verdict:
        """Return the verdict of one request. A request is signed anew each time: its time is part of it."""
        terms = settings.TENCENT
        secrets = {"key_id": terms["key_id"], "secret": terms["secret"]}
        headers = tc3_headers(
            terms["endpoint"],
            body,
            service=SERVICE,
            action=ACTION,
            version=VERSION,
            moment=clock.now(),
            **secrets,
        )
        response = post(terms["endpoint"] + "/", body, headers).get("Response")
        return verdict(response if isinstance(response, dict) else {})


def verdict(response: dict[str, Any]) -> Verdict:
    """Return how 腾讯云 judged. Raises RealPersonError where it did not."""
    error = response.get("Error")
    code = str(error.get("Code") if isinstance(error, dict) else response.get("Result"))
    request_id, score = str(response.get("RequestId", ""))[:64], number_of(response.get("Sim"))
    if code == "Success" and score is not None:
        result, sentence = judged(score, pass_score=PASS_SCORE, unclear_score=UNCLEAR_SCORE)
    elif code == "FailedOperation.CompareLowSimilarity" and score is not None and score >= UNCLEAR_SCORE:
        result, sentence = UNCLEAR, words.NEAR
    elif code in MEANINGS:
        result, sentence = MEANINGS[code]
    else:
        raise service_error(code, request_id)
    return Verdict(result, score, TencentRealPerson.provider, code, request_id, sentence)


def service_error(code: str, request_id: str) -> RealPersonError:
    """Return what stands in for a verdict: the service is full, closed to us, or down."""
    log.warning("腾讯云 refused a request: %s %s", code[:80], request_id)
    if code == "RequestLimitExceeded":
        return NotSentError(words.BUSY, code="real_person_busy")
    if code == "FailedOperation.RequestLimitExceeded":
        return RealPersonError(words.QUOTA, code="real_person_quota")
    if code.startswith(("AuthFailure", "UnauthorizedOperation")):
        return RealPersonError(words.CLOSED, code="real_person_closed")
    return RealPersonError(words.DOWN)
