"""实人认证 by an outside provider: a photo held against the authority's photo of whoever has this name and number.

The providers judge; they give no template. So they stand beside IdentityGateway, which compares what we hold, and never in
its place. settings.REAL_PERSON_GATEWAY names one, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from lms.faces.rules import FAILED, PASSED, UNCLEAR
from lms.kernel.errors import DomainError
from lms.kernel.outside import OutsideError, UnreachedError, again, ask

PAUSES = (0.3, 0.9)  # seconds; only before requests that the provider has certainly not worked on
DOWN = "实人认证服务暂时没有响应，本次不算失败。请过几分钟再试；急用可携带证件到区办现场核验。"
QUOTA = "今天的实人认证次数已用完，请明天再试，或携带证件到区办现场核验。"
CLOSED = "实人认证服务暂时不能使用，平台管理员已收到提示。请携带证件到区办现场核验，或过一天再试。"
BUSY = "现在认证的人较多，请过一分钟再试。"
MISMATCH = "姓名和证件号码不是同一个人的。请对照证件核对后再试；确实无误请到区办人工核验。"
UNKNOWN = "权威库里没有查到这个证件号码或照片。新办证件可能尚未更新，请到区办人工核验。"
OTHER_FACE = "照片与证件上的人不一致。请由本人正对镜头、光线充足时重新拍摄；多次不通过请到区办人工核验。"
NEAR = "照片与证件照片有些像，还不能确认，已转人工核验。也可以换个光线充足的地方重新拍摄。"
PICTURE = "照片不够清楚：请只让一张脸完整地出现在画面中，摘下口罩和帽子，光线充足时重新拍摄。"
FAKE = "没有确认是真人现场拍摄。请用前置摄像头由本人现场重新拍摄，不要翻拍照片或屏幕。"
DOUBTED = "没有确认是真人现场拍摄，已转人工核验。也可以用前置摄像头由本人现场重新拍摄，不要翻拍照片或屏幕。"
LIMITED = "认证机构限制了这个身份的认证，没有作出判断，已转人工核验；急用可携带证件到区办现场核验。"
UNTOLD = "认证服务没有说明不通过的原因，已转人工核验；急用可携带证件到区办现场核验。"


class RealPersonError(DomainError):
    """The provider gave no verdict (认证未完成); nothing is held against the person."""

    code = "real_person_down"
    status = 503


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a provider judged (认证结果). `score`: 0 to 100, None where it tells none; `sentence`: what the person reads."""

    result: str
    score: float | None
    provider: str
    provider_code: str
    request_id: str
    sentence: str


class RealPersonGateway(Protocol):
    """Asks a provider whether a photo shows whoever holds a resident's name and number."""

    provider: str

    def confirm(self, *, name: str, number: str, picture: bytes, order: str) -> Verdict:
        """Return the verdict. `order` names the deed once (letters and digits, 32 at most). Raises RealPersonError."""


def real_person_gateway() -> RealPersonGateway | None:
    """Return the gateway of the settings, or None where no provider was engaged."""
    name = settings.REAL_PERSON_GATEWAY
    return import_string(name)() if name else None


def post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the provider's JSON answer, of whatever status. Raises RealPersonError, and NotSentError to try again."""
    try:
        return ask(endpoint, body=body, headers=headers, seconds=settings.REAL_PERSON_TIMEOUT).told()
    except UnreachedError as error:
        raise NotSentError(DOWN) from error
    except OutsideError as error:
        raise RealPersonError(DOWN) from error


class NotSentError(RealPersonError):
    """The provider has not worked on the request: asking again costs nothing and counts once."""


def asked(request: Callable[[], Verdict]) -> Verdict:
    """Return the answer of a request, made again only where the provider certainly did nothing (有限重试).

    After a timeout nobody knows whether the person's daily tries were used, so there is no second request.
    """
    return again(request, PAUSES, unsent=NotSentError)


def number_of(value: Any) -> float | None:
    """Return a score of 0 to 100, or None for what is none."""
    if isinstance(value, bool):
        return None
    try:
        score = float(value)
    except (TypeError, ValueError):
        return None
    return score if 0 <= score <= 100 else None


def judged(score: float, *, pass_score: float, unclear_score: float) -> tuple[str, str]:
    """Return the result of a score and its sentence."""
    if score >= pass_score:
        return PASSED, ""
    return (UNCLEAR, NEAR) if score >= unclear_score else (FAILED, OTHER_FACE)
