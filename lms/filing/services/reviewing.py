"""The office reviews an application: one checks, a lead decides; either returns it, with what is wrong at each field."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from lms.access.rules import Actor, is_oneself, require
from lms.filing.models import Filing, FilingApplication, FilingStep
from lms.filing.queries.policies import terms_on
from lms.filing.rules.checks import FIELDS
from lms.filing.rules.life import ACCEPTED, CHECKED, LONGEST, RETURNED, SUBMITTED
from lms.filing.services.steps import checked_words, filing_now, lock_application, move, tell_staff
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.organisations.models import Organisation
from lms.people.models import User

OPINION = "请写明意见（至少5个字），它将留痕备查。"
BASIS = "备案申请经初审、复核通过"


def reviewable(application: FilingApplication, permission: str, state: str, actor: Actor) -> FilingApplication:
    """Return an application, locked, if this actor may decide it at this state: nobody decides twice, or their own."""
    require(actor, permission, application)
    held = lock_application(application)
    if held.state != state:
        sentence = f"这份申请现在是“{held.get_state_display()}”，不能办理这一步。请刷新页面查看最新状态。"
        raise ConflictError(sentence, code="filing_state")
    known = (held.created_by_id, held.submitted_by_id, held.checked_by_id)
    hands = User.objects.filter(pk__in=[one for one in known if one is not None])
    if any(is_oneself(actor, user_id=one.pk, person_id=one.person_id) for one in hands):
        sentence = "填报、提交或初审过这份申请的人不能再办理这一步，请由另一位同事办理。"
        raise ForbiddenError(sentence, code="four_eyes")
    return held


@transaction.atomic
def check_application(*, application: FilingApplication, opinion: str, actor: Actor) -> FilingStep:
    """Find the papers in order (初审通过); a lead decides next."""
    held = reviewable(application, "filing.check", SUBMITTED, actor)
    words = checked_words(opinion, "opinion", OPINION)
    return move(held, CHECKED, actor, words=words, checked_by_id=actor.user_id)


@transaction.atomic
def return_application(
    *, application: FilingApplication, opinion: str, corrections: Mapping[str, str], actor: Actor
) -> FilingStep:
    """Send an application back, with what is wrong by field (退回补正). Raises InvalidError where nothing is said."""
    state = application.state if application.state == CHECKED else SUBMITTED
    held = reviewable(application, "filing.accept" if state == CHECKED else "filing.check", state, actor)
    named = {name: text.strip() for name, text in corrections.items() if name in FIELDS and text.strip()}
    if too_long := [name for name, text in named.items() if len(text) > 200]:
        raise InvalidError("补正意见每项最多200个字。", fields=dict.fromkeys(too_long, "每项最多200个字，请写短一些。"))
    if not named:
        checked_words(opinion, "opinion", "请写明退回意见（至少5个字），或在下面逐项写明哪里要改。")
    told = [opinion.strip(), *(f"{FIELDS[name]}：{text}" for name, text in named.items())]
    words = "；".join(text for text in told if text)
    step = move(held, RETURNED, actor, words=words[: LONGEST * 3], corrections=named)
    tell_staff(step, "备案申请退回补正", "请在“机构备案”中按意见修改后重新提交。")
    return step


@transaction.atomic
def accept_application(*, application: FilingApplication, opinion: str, actor: Actor) -> Filing:
    """File a unit, or file it anew (复核通过): a number by the policy's template, kept when it is filed again."""
    held = reviewable(application, "filing.accept", CHECKED, actor)
    words = checked_words(opinion, "opinion", OPINION)
    step = move(held, ACCEPTED, actor, words=words)
    unit = held.organisation
    unit.credit_code, unit.contact_phone = held.credit_code, held.contact_phone
    unit.save(update_fields=["credit_code", "contact_phone"])
    filing = filing_now(unit) or Filing(organisation=unit, filed_on=clock.today())
    again = filing.state == Filing.State.EXITED
    if again:
        filing.state, filing.filed_on, filing.rectify_by = Filing.State.FILED, clock.today(), None
    filing.number = filing.number or next_number(unit.kind)
    filing.current, filing.basis, filing.moved_at = held, BASIS, clock.now()
    filing.save()
    tell_staff(step, f"备案已受理，编号{filing.number}", "可以在“机构备案”中查看备案内容。")
    return filing


def next_number(kind: str) -> str:
    """Return the next number of a year, without holes or duplicates: two at once wait at the oldest unit's row (备案编号)."""
    Organisation.objects.select_for_update().order_by("pk").first()
    today = clock.today()
    terms = terms_on(today)
    stem = terms.number(kind, today.year, 0)[: -terms.serial_digits]
    held = Filing.objects.filter(number__startswith=stem).values_list("number", flat=True)
    serials = [int(text) for number in held if (text := str(number)[len(stem) :]).isdigit()]
    return terms.number(kind, today.year, max(serials, default=0) + 1)
