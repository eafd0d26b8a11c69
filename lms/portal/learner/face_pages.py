"""Finished values of a person's page of faces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lms.faces.models import FaceCheck, FaceExemption
from lms.faces.queries import Standing, checks_of, face_text, is_confirmed, is_for_people, standing_of
from lms.faces.rules import PROVIDERS, FaceTerms, decision_of
from lms.faces.services import provider_for
from lms.kernel import clock
from lms.people.models import ConsentText, DocumentType, Person

SHOWN = 20
TONES = {"passed": "tag-ok", "unclear": "tag-warn", "failed": "tag-bad", "refused": ""}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check as its person reads it. `score`: like 0.71（要求 0.45）."""

    at: datetime
    purpose: str
    capture: str
    result: str
    tone: str
    score: str


@dataclass(frozen=True, slots=True)
class FacePage:
    """人脸核验."""

    standing: Standing
    terms: FaceTerms | None
    text: ConsentText | None
    lines: list[CheckLine]
    may_use_card: bool
    waits: bool  # whether a request for another way waits for the office
    is_seen: str  # whether people looked at the held picture
    provider: str  # who is asked when a picture is enrolled, by name; nobody: empty

    @property
    def is_newer(self) -> bool:
        """Return whether the text changed since the consent."""
        consent, text = self.standing.consent, self.text
        return consent is not None and text is not None and consent.text_id != text.pk


def face_page(person: Person) -> FacePage:
    """Return how a person stands with face checks, and all that was checked (人脸核验)."""
    standing = standing_of(person, clock.now())
    checks = list(checks_of(person)[:SHOWN])
    return FacePage(
        standing=standing,
        terms=standing.policy.face_terms() if standing.policy else None,
        text=face_text(),
        lines=[line(check) for check in checks],
        may_use_card=person.document_type == DocumentType.RESIDENT_ID,
        waits=is_waiting(standing.asked),
        is_seen=seen(standing, checks),
        provider=PROVIDERS.get(provider_for(person, standing.policy), ""),
    )


def is_waiting(asked: FaceExemption | None) -> bool:
    """Return whether the newest request was not decided yet."""
    return asked is not None and not hasattr(asked, "ruling")


def line(check: FaceCheck) -> CheckLine:
    """Return a check in words, with what people decided."""
    decided = decision_of([one.is_same for one in check.opinions.all()])
    result, tone = check.get_outcome_display(), TONES[check.outcome]
    if decided is not None:
        result, tone = ("人工核验：是本人", "tag-ok") if decided else ("人工核验：不是本人", "tag-bad")
    score = "—"
    if check.score_permille is not None:
        score = f"{check.score_permille / 1000:.2f}（要求 {check.threshold_permille / 1000:.2f}）"
    return CheckLine(check.at, check.get_purpose_display(), check.get_capture_display(), result, tone, score)


def seen(standing: Standing, checks: list[FaceCheck]) -> str:
    """Return how it was made sure that the held picture is the person's."""
    held = standing.reference
    made = next((one for one in checks if held and one.reference_id == held.pk and one.purpose == "enrol"), None)
    if made is None:
        return "已登记"
    if decision_of([one.is_same for one in made.opinions.all()]):
        return "区办已核对"
    if is_confirmed(made):
        return "实人认证已通过"
    if made.outcome == FaceCheck.Outcome.UNCLEAR:
        return "等待区办核对，不影响现在使用"
    return "区办可能抽查核对，不影响现在使用" if is_for_people(made) else "已由机器比对一致"
