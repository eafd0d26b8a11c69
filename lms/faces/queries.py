"""Reads of face checks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lms.access.rules import Actor, require
from lms.faces.models import (
    Capture,
    ExemptionRuling,
    FaceAct,
    FaceChallenge,
    FaceCheck,
    FaceConsent,
    FaceExemption,
    FaceFrame,
    FaceOpinion,
    FacePolicy,
    FaceReference,
    ProviderDay,
    RealPersonCheck,
)
from lms.faces.rules import AGREEING
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.people.models import ConsentText, Person
from lms.people.queries import current_consent

FACE = "face"


def policy_on(day: date) -> FacePolicy | None:
    """Return the version in force on a day, none before the first (当日人脸核验口径)."""
    return FacePolicy.objects.filter(effective_from__lte=day).order_by("-effective_from", "-version").first()


def face_text() -> ConsentText | None:
    """Return the newest text of the separate consent (人脸信息处理告知书)."""
    return current_consent(FACE)


def consent_of(person: Person) -> FaceConsent | None:
    """Return a person's consent that stands, none where it was never given or was withdrawn (有效的单独同意)."""
    newest = FaceConsent.objects.filter(person=person).order_by("-pk").first()
    return newest if newest is not None and newest.given else None


def reference_of(person: Person, moment: datetime) -> FaceReference | None:
    """Return the face that a person is held against, none when its life is over (有效的参考人脸)."""
    return FaceReference.objects.filter(person=person, erased_at=None, expires_at__gt=moment).first()


def tries_of(person: Person, moment: datetime) -> int:
    """Return how often a person's face was looked at in the last hour (近一小时核验次数)."""
    return FaceCheck.objects.filter(person=person, at__gt=moment - timedelta(hours=1)).count()


def challenges_of(person: Person, moment: datetime) -> int:
    """Return how many challenges a person asked for in the last hour (近一小时活体挑战次数)."""
    return FaceChallenge.objects.filter(person=person, issued_at__gt=moment - timedelta(hours=1)).count()


def is_repeated(person: Person, *digests: str) -> bool:
    """Return whether a person sent one of these very pictures before (重复照片): a camera never takes one twice."""
    known = FaceCheck.objects.filter(person=person, picture_hash__in=digests).exclude(outcome="refused")
    return known.exists() or FaceFrame.objects.filter(person=person, digest__in=digests).exists()


def has_passed(person: Person, subject: str, since: datetime, captures: Collection[str]) -> bool:
    """Return whether a person passed for this subject since a moment, by an accepted way of taking pictures (核验是否有效).

    What two people of the office agree on counts for more than what the machine said.
    """
    acts = FaceAct.objects.filter(person=person, subject=subject, at__gte=since, check_row__capture__in=captures)
    return acts.filter(agreed_on(True) | Q(problem="") & ~agreed_on(False)).exists()


def agreed_on(is_same: bool) -> Exists:
    """Return the condition that two people say this of an act's check."""
    said = FaceOpinion.objects.filter(check_row=OuterRef("check_row"), is_same=is_same)
    return Exists(said.values("check_row").annotate(many=Count("pk")).filter(many__gte=AGREEING))


def acts_for(person: Person, subject: str) -> int:
    """Return how often a person tried for a subject; pictures that could not be used are no try (本次已试次数)."""
    acts = FaceAct.objects.filter(person=person, subject=subject)
    return acts.exclude(check_row__outcome=FaceCheck.Outcome.REFUSED).count()


def last_act(person: Person, subject: str) -> FaceAct | None:
    """Return a person's last act for a subject, or nothing (最近一次核验动作)."""
    return FaceAct.objects.filter(person=person, subject=subject).order_by("-pk").first()


def exemption_of(person: Person, moment: datetime) -> FaceExemption | None:
    """Return the exemption by which a person needs no face at a moment, none where there is none (有效的免核验决定)."""
    granted = FaceExemption.objects.filter(person=person, ruling__granted=True, ruling__until__gt=moment)
    return granted.select_related("ruling").order_by("-pk").first()


def asked_exemption(person: Person) -> FaceExemption | None:
    """Return a person's newest request for another way, with its ruling if there is one (最近一次免核验申请)."""
    return FaceExemption.objects.filter(person=person).select_related("ruling__note").order_by("-pk").first()


def open_exemptions() -> list[FaceExemption]:
    """Return the requests that nobody decided, the oldest first, with their persons (待决定的免核验申请). One query."""
    decided = ExemptionRuling.objects.values("exemption")
    return list(FaceExemption.objects.exclude(pk__in=decided).select_related("person", "note", "ruling").order_by("pk"))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands with face checks (人脸核验状态)."""

    policy: FacePolicy | None
    consent: FaceConsent | None
    reference: FaceReference | None
    exemption: FaceExemption | None
    asked: FaceExemption | None
    tries_left: int

    @property
    def can_check(self) -> bool:
        """Return whether a face can be held against something now."""
        return bool(self.policy and self.consent and self.reference)


def standing_of(person: Person, moment: datetime) -> Standing:
    """Return how a person stands with face checks (人脸核验状态)."""
    policy = policy_on(clock.local(moment).date())
    used = max(tries_of(person, moment), challenges_of(person, moment))
    return Standing(
        policy,
        consent_of(person),
        reference_of(person, moment),
        exemption_of(person, moment),
        asked_exemption(person),
        max(0, policy.face_terms().tries_per_hour - used) if policy else 0,
    )


def people_with_faces() -> int:
    """Return of how many people faces are stored now, for the filing duty (人脸信息存储人数)."""
    return FaceReference.objects.filter(erased_at=None).values("person").distinct().count()


def provider_tries_of(person: Person, moment: datetime) -> int:
    """Return how often a provider judged a person on this day (当天实人认证次数); its silence is held against nobody."""
    start = clock.local(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = RealPersonCheck.objects.filter(person=person, at__gte=start)
    return rows.exclude(outcome=RealPersonCheck.Outcome.SILENT).count()


def provider_answers_of(person_id: int) -> list[RealPersonCheck]:
    """Return what a provider answered about a person lately, the newest first (近期实人认证)."""
    return list(RealPersonCheck.objects.filter(person=person_id).order_by("-pk")[:10])


def provider_day(provider: str, day: date) -> ProviderDay | None:
    """Return how a provider was used on a day (当日认证用量)."""
    return ProviderDay.objects.filter(provider=provider, day=day).first()


PROVIDER = "provider_"  # how the refusal of a check begins that a provider could not settle
CONFIRMED = Exists(
    RealPersonCheck.objects.filter(
        person=OuterRef("person"), picture_hash=OuterRef("picture_hash"), outcome=RealPersonCheck.Outcome.PASSED
    )
)
UNSEEN = Q(outcome=FaceCheck.Outcome.PASSED, purpose=FaceCheck.Purpose.ENROL, score_permille=None) & ~CONFIRMED
WHY = {  # why people look at a check, and by which words it is found; the first that fits is shown
    "provider": ("实人认证没有结论", Q(outcome=FaceCheck.Outcome.UNCLEAR, refusal__startswith=PROVIDER)),
    "unclear": ("机器不能确定", Q(outcome=FaceCheck.Outcome.UNCLEAR)),
    "again": ("撤回或到期后再次登记", UNSEEN & Q(is_again=True)),
    "file": ("上传照片，可信度较低", Q(outcome=FaceCheck.Outcome.PASSED, capture=Capture.FILE)),
    "first": ("首次登记，没有比对身份证", UNSEEN & Q(is_again=False)),
}
PRESSING = ("unclear", "again", "file")  # what a provider could not settle is unclear too


def is_for_people(check: FaceCheck) -> bool:
    """Return whether people may say something of a check: a machine could not decide it, or saw too little."""
    if check.outcome == FaceCheck.Outcome.UNCLEAR:
        return True
    if check.outcome != FaceCheck.Outcome.PASSED:
        return False
    is_unseen = check.purpose == FaceCheck.Purpose.ENROL and check.score_permille is None
    return check.capture == Capture.FILE or (is_unseen and not is_confirmed(check))


def is_confirmed(check: FaceCheck) -> bool:
    """Return whether a provider said that the picture is the person's (实人认证通过)."""
    rows = RealPersonCheck.objects.filter(person=check.person_id, picture_hash=check.picture_hash)
    return rows.filter(outcome=RealPersonCheck.Outcome.PASSED).exists()


def seen_checks() -> QuerySet[FaceCheck]:
    """Return the checks with what people look at; `is_again`: an earlier face was held before this one."""
    earlier = FaceReference.objects.filter(person=OuterRef("person"), pk__lt=OuterRef("reference"))
    rows = FaceCheck.objects.annotate(is_again=Exists(earlier))
    return rows.select_related("person", "picture", "reference__picture", "policy").prefetch_related(
        "opinions__user__person", "opinions__note"
    )


def checks_for_people(actor: Actor, *, why: str = "", is_decided: bool = False) -> QuerySet[FaceCheck]:
    """Return the checks that people look at (人工核验队列): the waiting ones oldest first, the decided ones newest first.

    `why`: one of WHY; an empty one: the pressing ones.
    """
    require(actor, "faces.view")
    said = FaceOpinion.objects.filter(check_row=OuterRef("pk")).values("is_same").annotate(many=Count("pk"))
    wanted = Q()
    for name in [why] if why in WHY else PRESSING:
        wanted |= WHY[name][1]
    agreed = Exists(said.filter(many__gte=AGREEING))
    rows = seen_checks().filter(wanted, agreed if is_decided else ~agreed)
    return rows.order_by("-pk" if is_decided else "pk")


def check_for(actor: Actor, uid: UUID) -> FaceCheck:
    """Return a check. Raises NotFoundError."""
    require(actor, "faces.view")
    check = (
        FaceCheck.objects.select_related("person", "picture", "reference__picture", "policy").filter(uid=uid).first()
    )
    if check is None:
        raise NotFoundError("没有找到这条核验记录，请从列表重新进入。", code="check_not_found")
    return check


def why_of(check: FaceCheck) -> str:
    """Return why people look at a check of the queue."""
    if check.outcome == FaceCheck.Outcome.UNCLEAR:
        return "provider" if check.refusal.startswith(PROVIDER) else "unclear"
    if check.purpose == FaceCheck.Purpose.ENROL and check.score_permille is None and getattr(check, "is_again", False):
        return "again"
    return "file" if check.capture == Capture.FILE else "first"


def waiting_faces(actor: Actor) -> int:
    """Return how many checks and requests wait for the office (待人工核验). Two queries."""
    return checks_for_people(actor).count() + FaceExemption.objects.filter(ruling=None).count()


def decided_exemptions() -> QuerySet[FaceExemption]:
    """Return the requests that were decided, the newest first."""
    related = ("person", "note", "ruling__note", "ruling__user__person")
    return FaceExemption.objects.exclude(ruling=None).select_related(*related).order_by("-pk")


def policy_versions() -> QuerySet[FacePolicy]:
    """Return all versions of the policy, newest first."""
    return FacePolicy.objects.select_related("published_by__person").order_by("-version")


def checks_of(person: Person) -> QuerySet[FaceCheck]:
    """Return a person's checks, newest first, with what people said of them (人脸核验记录)."""
    return FaceCheck.objects.filter(person=person).prefetch_related("opinions").order_by("-pk")
