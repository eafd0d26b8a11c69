"""The yearly agreement: the office publishes its text, a unit signs with every undertaking, a lead signs for the office."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import Max

from lms.access.rules import Actor, is_oneself, require
from lms.audit.services import record
from lms.filing.models import Agreement, AgreementText, Filing, FilingStep
from lms.filing.queries.agreements import text_on
from lms.filing.services.steps import add_step, filing_now, lock_unit, tell_staff
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.policies import source_problem
from lms.organisations.models import Organisation

MOST_UNDERTAKINGS = 20


@transaction.atomic
def publish_text(
    *, body: str, undertakings: Collection[str], effective_from: date, source: str, actor: Actor
) -> AgreementText:
    """Publish a version of the agreement's text (发布协议文本). What was signed keeps its version."""
    require(actor, "planning.edit")
    promised = [text.strip() for text in undertakings if text.strip()]
    wrong = source_problem(source)
    if not 20 <= len(body.strip()) <= 20_000:
        wrong["body"] = "请填写协议正文，20至20000个字。"
    if not 1 <= len(promised) <= MOST_UNDERTAKINGS or any(len(text) > 200 for text in promised):
        wrong["undertakings"] = f"承诺事项每行一条，1至{MOST_UNDERTAKINGS}条，每条最多200个字。"
    if wrong:
        raise InvalidError("协议文本有几处需要改正，请按提示修改。", fields=wrong)
    newest = AgreementText.objects.aggregate(newest=Max("version"))["newest"] or 0
    made = AgreementText.objects.create(
        version=newest + 1,
        effective_from=effective_from,
        body=body.strip(),
        undertakings=promised,
        source=source.strip(),
        published_by_id=actor.user_id,
    )
    record(actor, "filing.text_published", made, version=made.version)
    return made


@transaction.atomic
def sign_agreement(
    *, organisation: Organisation, year: int, version: int, promised: Collection[str], actor: Actor
) -> Agreement:
    """Sign the year's agreement for a unit (签署年度协议): the version that was read, with every undertaking.

    Raises InvalidError where an undertaking is missing, ConflictError where it is signed, changed, or the unit is not filed.
    """
    require(actor, "filing.sign", organisation)
    unit = lock_unit(organisation.pk)
    filing = filing_now(unit)
    if filing is None or filing.state == Filing.State.EXITED or filing.current is None:
        raise ConflictError("还没有完成备案，不能签署年度协议。请先提交备案申请。", code="not_filed")
    text = text_on(clock.today())
    if text is None or text.version != version:
        raise ConflictError("协议文本已更新，请刷新页面，阅读新版本后再签署。", code="agreement_changed")
    if year not in {clock.today().year, clock.today().year + 1}:
        raise ConflictError("只能签署今年或明年的协议，请从列表重新进入。", code="agreement_year")
    if missing := [text for text in text.undertakings if text not in promised]:
        sentence = f"还有{len(missing)}条承诺没有勾选，全部同意才能签署。"
        raise InvalidError(sentence, fields={"promised": sentence})
    if Agreement.objects.filter(organisation=unit, year=year).exists():
        raise ConflictError(f"{year}年度协议已签署，请刷新页面查看。", code="agreement_signed")
    made = Agreement.objects.create(organisation=unit, year=year, text=text, signed_by_id=actor.user_id or 0)
    add_step(unit, FilingStep.Kind.SIGNED, actor, words=f"{year}年度，{text}，承诺{len(text.undertakings)}条")
    return made


@transaction.atomic
def countersign_agreement(*, agreement: Agreement, actor: Actor) -> Agreement:
    """Sign an agreement for the office (区办签署): it holds from now on."""
    require(actor, "filing.accept", agreement)
    unit = lock_unit(agreement.organisation_id)
    held = Agreement.objects.select_related("signed_by", "text").get(pk=agreement.pk)
    if held.agreed_at is not None:
        raise ConflictError("这份协议已由区办签署，请刷新页面。", code="agreement_agreed")
    if is_oneself(actor, user_id=held.signed_by_id, person_id=held.signed_by.person_id):
        raise ForbiddenError("代表单位签署的人不能再代表区办签署。", code="four_eyes")
    held.agreed_by_id, held.agreed_at = actor.user_id, clock.now()
    held.save(update_fields=["agreed_by", "agreed_at"])
    step = add_step(unit, FilingStep.Kind.AGREED, actor, words=f"{held.year}年度，{held.text}")
    tell_staff(step, f"{held.year}年度协议已签署", "协议自区办签署起生效，可以在“机构备案”中查看。")
    return held
