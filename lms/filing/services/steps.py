"""How a step is written: the unit is locked first, the words are sealed, the unit's staff are told."""

from __future__ import annotations

from typing import Any

from lms.access.rules import Actor
from lms.audit.services import record
from lms.filing.models import Filing, FilingApplication, FilingStep
from lms.filing.queries.policies import terms_on
from lms.filing.queries.records import staff_of
from lms.filing.rules.life import may_become, words_problem
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.notifications.rules import Message
from lms.notifications.services import tell_users
from lms.organisations.models import Organisation
from lms.people.services import keep_words


def lock_unit(organisation_id: int) -> Organisation:
    """Return a unit, locked: what is done about one unit's filing is done one after another."""
    return Organisation.objects.select_for_update().get(pk=organisation_id)


def lock_application(application: FilingApplication) -> FilingApplication:
    """Return an application as it is now, its unit locked."""
    unit = lock_unit(application.organisation_id)
    held = FilingApplication.objects.get(pk=application.pk)
    held.organisation = unit
    return held


def filing_now(organisation: Organisation) -> Filing | None:
    """Return a unit's filing as it is now; the unit is locked."""
    return Filing.objects.filter(organisation=organisation).select_related("current").first()


def checked_words(words: str, field: str, sentence: str) -> str:
    """Return words that will do. Raises InvalidError at the field."""
    if problem := words_problem(words, sentence):
        raise InvalidError(problem, fields={field: problem})
    return words.strip()


def add_step(organisation: Organisation, kind: str, actor: Actor, *, words: str = "", **fields: Any) -> FilingStep:
    """Write a step about a locked unit, with its place in the operation log."""
    kept = keep_words(words, about=None, days=terms_on(clock.today()).words_days)
    number = organisation.filing_steps.count() + 1
    made = FilingStep.objects.create(
        organisation=organisation, number=number, kind=kind, by_id=actor.user_id, at=clock.now(), **kept, **fields
    )
    record(actor, f"filing.{kind}", made, **kept, measure=made.measure, organisation=str(organisation.uid))
    return made


def move(held: FilingApplication, state: str, actor: Actor, *, words: str = "", **changes: Any) -> FilingStep:
    """Take a locked application to a state, with its evidence. Raises ConflictError where it cannot go there."""
    if not may_become(held.state, state):
        sentence = f"这份申请现在是“{held.get_state_display()}”，不能办理这一步。请刷新页面查看最新状态。"
        raise ConflictError(sentence, code="filing_state")
    values = changes | {"state": state, "moved_at": clock.now()}
    for name, value in values.items():
        setattr(held, name, value)
    held.save(update_fields=list(values))
    return add_step(held.organisation, state, actor, words=words, application=held)


def tell_staff(step: FilingStep, title: str, text: str) -> None:
    """Tell the staff of a unit what was decided about it (通知本单位)."""
    about = Message("filing_decided", step.organisation.uid, f"filing:{step.uid}", title, text)
    tell_users(staff_of(step.organisation_id) - {step.by_id or 0}, about)
