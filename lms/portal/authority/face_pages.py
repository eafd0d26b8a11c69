"""Finished values of the office's desk of faces (人脸核验)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from lms.access.rules import Actor, is_permitted
from lms.faces.models import FaceCheck, FaceExemption, RealPersonCheck
from lms.faces.queries import (
    WHY,
    is_for_people,
    people_with_faces,
    policy_on,
    provider_answers_of,
    provider_day,
    why_of,
)
from lms.faces.rules import PROVIDER_DOUBTS, PROVIDERS, decision_of, filing_words
from lms.faces.services import Pictures
from lms.kernel import clock
from lms.portal.workspaces import staff_name

TONES = {"provider": "tag-warn", "unclear": "tag-warn", "again": "tag-warn", "file": "", "first": ""}
RESULTS = {True: ("是本人", "tag-ok"), False: ("不是本人", "tag-bad"), None: ("待核对", "tag-warn")}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a colleague said."""

    by: str
    is_same: bool
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check that people look at. `picture_until`: None when its picture is gone."""

    uid: UUID
    name: str
    why: str
    tone: str
    purpose: str
    capture: str
    score: str
    at: datetime
    picture_until: datetime | None
    result: str
    result_tone: str
    opinions: list[Opinion]


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A frame of an act: which move was asked for, and what was read in it."""

    move: str
    seconds: str
    turn: str
    share: str
    likeness: str


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """What a provider answered about the person, with what its support finds it by (实人认证)."""

    provider: str
    outcome: str
    score: str
    code: str
    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderUse:
    """How the provider is used today, against the policy (今日实人认证)."""

    provider: str
    asked: int
    limit: int
    cost: str
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A check with its evidence. `refusal`: why this colleague cannot say anything, empty where they can."""

    row: CheckRow
    model: str
    policy: str
    digest: str
    moves: list[MoveLine]
    answers: list[ProviderLine]
    refusal: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Pictures that were revealed, for this one answer."""

    taken: str
    reference: str


@dataclass(frozen=True, slots=True)
class Filing:
    """Of how many people faces are stored, against the duty to file (备案)."""

    count: int
    limit: int
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    """A request for another way, as the office reads it."""

    uid: UUID
    name: str
    reason: str
    words: str
    at: datetime
    is_own: bool
    granted: bool | None = None
    until: datetime | None = None
    ruling: str = ""
    by: str = ""


def filing() -> Filing | None:
    """Return how near the filing duty is; nothing before a policy names the number."""
    policy = policy_on(clock.today())
    if policy is None:
        return None
    terms, count = policy.face_terms(), people_with_faces()
    state, words = filing_words(count, terms)
    return Filing(count, terms.filing_count, state, words)


def provider_use() -> ProviderUse | None:
    """Return how the provider is used today; nothing where none is asked."""
    policy, moment = policy_on(clock.today()), clock.now()
    terms = policy.face_terms() if policy else None
    if not settings.REAL_PERSON or terms is None or not terms.provider_daily:
        return None
    day = provider_day(settings.REAL_PERSON, clock.today())
    asked, paused = (day.asked, day.paused_until) if day else (0, None)
    cost = f"{asked * terms.provider_fen / 100:.2f}元" if terms.provider_fen else ""
    until = paused if paused is not None and paused > moment else None
    return ProviderUse(PROVIDERS[settings.REAL_PERSON], asked, terms.provider_daily, cost, until)


def provider_line(answer: RealPersonCheck) -> ProviderLine:
    """Return a provider's answer as the office reads it."""
    score = answer.score_hundredths
    return ProviderLine(
        provider=PROVIDERS.get(answer.provider, answer.provider),
        outcome=answer.get_outcome_display(),
        score="没有给出" if score is None else f"{score / 100:g}",
        code=answer.code,
        request_id=answer.request_id,
        at=answer.at,
    )


def score_of(check: FaceCheck) -> str:
    """Return a score beside what is asked for."""
    if check.score_permille is None:
        return "没有比对"
    return f"{check.score_permille / 1000:.2f}（要求 {check.threshold_permille / 1000:.2f}）"


def check_row(check: FaceCheck) -> CheckRow:
    """Return a check as the list shows it; the picture itself is not in it."""
    said = [Opinion(staff_name(one.user), one.is_same, one.words, one.at) for one in check.opinions.all()]
    result, result_tone = RESULTS[decision_of([one.is_same for one in said])]
    why = why_of(check)
    picture = check.picture
    is_there = picture is not None and picture.erased_at is None and picture.expires_at > clock.now()
    return CheckRow(
        uid=check.uid,
        name=check.person.name,
        why=PROVIDER_DOUBTS.get(check.refusal, WHY[why][0]),
        tone=TONES[why],
        purpose=check.get_purpose_display(),
        capture=check.get_capture_display(),
        score=score_of(check),
        at=check.at,
        picture_until=picture.expires_at if picture is not None and is_there else None,
        result=result,
        result_tone=result_tone,
        opinions=said,
    )


def review_page(check: FaceCheck, actor: Actor) -> ReviewPage:
    """Return a check with what was read in its pictures, by which numbers."""
    row = check_row(check)
    return ReviewPage(
        row=row,
        model=check.model_id,
        policy=f"第{check.policy.version}版",
        digest=check.picture_hash,
        moves=move_lines(check),
        answers=[provider_line(one) for one in provider_answers_of(check.person_id)],
        refusal=refusal_for(check, row, actor),
    )


def refusal_for(check: FaceCheck, row: CheckRow, actor: Actor) -> str:
    """Return why somebody cannot give an opinion here; the service decides it again."""
    if not is_permitted(actor, "faces.review"):
        return "由区办工作人员核对，您可以查看。"
    if not is_for_people(check):
        return "这次核验已由机器判定，不需要人工核验。"
    if row.result != RESULTS[None][0]:
        return "已有结论。"
    if check.person_id == actor.person_id:
        return "这是您本人的记录，请由同事核对。"
    if any(one.user_id == actor.user_id for one in check.opinions.all()):
        return "您已提过意见，还需要另一位同事核对。"
    return ""


def move_lines(check: FaceCheck) -> list[MoveLine]:
    """Return what was read in the frames of an act, none where no moves were asked for."""
    act = getattr(check, "act", None)
    if act is None:
        return []
    names = {"left": "向左转头", "right": "向右转头", "centre": "正对镜头", "closer": "靠近镜头"}
    asked = ["centre", *act.moves.split(",")]
    return [
        MoveLine(
            names.get(asked[frame.place], "") if frame.place < len(asked) else "",
            f"{frame.at_ms / 1000:.1f}",
            shown(frame.turn_permille),
            shown(frame.share_permille),
            shown(frame.reference_permille),
        )
        for frame in act.frames.order_by("place")
    ]


def shown(permille: int | None) -> str:
    """Return thousandths as people read them."""
    return "—" if permille is None else f"{permille / 1000:.2f}"


def shown_pictures(pictures: Pictures) -> Shown:
    """Return pictures as they stand in one page; empty where their life is over."""
    return Shown(embedded(pictures.taken), embedded(pictures.reference))


def embedded(picture: bytes | None) -> str:
    """Return a picture as an address that holds it; an empty one where there is none."""
    return f"data:image/jpeg;base64,{b64encode(picture).decode()}" if picture else ""


def exemption_row(exemption: FaceExemption, actor: Actor) -> ExemptionRow:
    """Return a request, with what was decided."""
    is_own = exemption.person_id == actor.person_id or exemption.user_id == actor.user_id
    values = (
        exemption.uid,
        exemption.person.name,
        exemption.get_reason_display(),
        exemption.words,
        exemption.at,
        is_own,
    )
    ruling = getattr(exemption, "ruling", None)
    if ruling is None:
        return ExemptionRow(*values)
    return ExemptionRow(*values, ruling.granted, ruling.until, ruling.words, staff_name(ruling.user))
