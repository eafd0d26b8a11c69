"""Another way than the face, for whoever has no camera, cannot make the moves or does not agree (免人脸核验)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.faces.models import ExemptionRuling, FaceExemption
from lms.faces.queries import asked_exemption, policy_on
from lms.faces.services.wording import kept_words
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.people.models import Person

LONGEST = 200


@transaction.atomic
def ask_exemption(*, person: Person, reason: str, words: str, actor: Actor) -> FaceExemption:
    """Ask for another way than the face (申请免人脸核验). Raises InvalidError, ConflictError while one waits."""
    require(actor, "faces.check", person)
    wrong = {} if reason in FaceExemption.Reason.values else {"reason": "请选择原因。"}
    wrong |= words_problem(words, "请说明情况，最多200个字。")
    if wrong:
        raise InvalidError("申请有几处需要改正，请按提示修改。", fields=wrong)
    locked = Person.objects.select_for_update().get(pk=person.pk)
    asked = asked_exemption(locked)
    if asked is not None and not hasattr(asked, "ruling"):
        raise ConflictError("您的申请正在处理，请等候区办决定。", code="exemption_waits")
    exemption = FaceExemption.objects.create(
        person=locked, user_id=actor.user_id, reason=reason, **kept_words(locked, words)
    )
    record(actor, "faces.exemption_asked", exemption)  # not why: that may say how somebody is
    return exemption


@transaction.atomic
def decide_exemption(*, exemption: UUID, granted: bool, words: str, actor: Actor) -> ExemptionRuling:
    """Grant another way for a while, or refuse it (决定免人脸核验). Nobody decides for themselves."""
    require(actor, "faces.exempt")
    if wrong := words_problem(words, "请写明理由，最多200个字。"):
        raise InvalidError("决定需要写明理由。", fields=wrong)
    rows = FaceExemption.objects.select_for_update(of=("self",)).select_related("person")
    held = rows.filter(uid=exemption).first()
    if held is None:
        raise NotFoundError("没有找到这份申请，请从列表重新进入。", code="exemption_not_found")
    if held.person_id == actor.person_id or held.user_id == actor.user_id:
        raise ForbiddenError("不能决定自己的申请，请由同事处理。", code="own_exemption")
    if ExemptionRuling.objects.filter(exemption=held).exists():
        raise ConflictError("这份申请刚才已有决定，请刷新列表。", code="exemption_decided")
    policy = policy_on(clock.today())
    if policy is None:
        raise ConflictError("还没有发布人脸核验口径，请先发布再决定。", code="policy_missing")
    until = clock.now() + timedelta(days=policy.face_terms().exemption_days) if granted else None
    ruling = ExemptionRuling.objects.create(
        exemption=held, granted=granted, until=until, user_id=actor.user_id, **kept_words(held.person, words)
    )
    record(actor, "faces.exemption_decided", held, granted=granted)
    return ruling


def words_problem(words: str, sentence: str) -> dict[str, str]:
    """Return a sentence where words are missing or too many."""
    return {} if 0 < len(words.strip()) <= LONGEST else {"words": sentence}
