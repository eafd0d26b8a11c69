"""What the office does about a unit that is filed: warned, told to mend, suspended, lifted, out. One proposes, a lead confirms.

Nothing is undone: a suspension ends by a step of its own.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from django.db import transaction

from lms.access.rules import Actor, is_oneself, require
from lms.appeals.rules import Upload, file_problem
from lms.filing.models import Filing, FilingStep
from lms.filing.queries.policies import terms_on
from lms.filing.queries.standing import running_classes
from lms.filing.rules.life import EXIT, LEADS_TO, LIFT, RECTIFY, SUSPEND, due_problem, may_take
from lms.filing.services.applying import put_paper
from lms.filing.services.steps import add_step, checked_words, filing_now, lock_unit, tell_staff
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.organisations.models import Organisation

Kind, Measure = FilingStep.Kind, FilingStep.Measure
REASON = "请写明事实和依据（至少5个字），机构能看到这段话。"


def lock_filing(organisation: Organisation, measure: str) -> Filing:
    """Return a unit's filing, the unit locked, if a measure may be taken of it now."""
    unit = lock_unit(organisation.pk)
    filing = filing_now(unit)
    if filing is None:
        raise ConflictError("这家单位还没有备案，没有可以采取的监管措施。请先办理备案。", code="not_filed")
    if not may_take(measure, filing.state):
        label = Measure(measure).label
        sentence = f"备案现在是“{filing.get_state_display()}”，不能再“{label}”。请刷新页面查看最新状态。"
        raise ConflictError(sentence, code="filing_state")
    filing.organisation = unit
    return filing


@transaction.atomic
def propose_measure(
    *, organisation: Organisation, measure: str, reason: str, due_on: date | None, actor: Actor
) -> FilingStep:
    """Propose a measure against a unit (拟采取监管措施). Raises InvalidError at the field, ConflictError where it cannot be."""
    require(actor, "filing.check", organisation)
    if measure not in Measure.values:
        raise InvalidError("请选择措施。", fields={"measure": "请选择措施。"})
    filing = lock_filing(organisation, measure)
    if filing.organisation.filing_steps.filter(kind=Kind.PROPOSED, measure=measure, answered=None).exists():
        raise ConflictError("同样的措施已有一件在等待复核，请先办理那一件。", code="measure_waits")
    terms, today = terms_on(clock.today()), clock.today()
    most = terms.rectify_most_days if measure == RECTIFY else terms.suspend_most_days
    if problem := due_problem(measure, due_on, today, most):
        raise InvalidError(problem, fields={"due_on": problem})
    words = checked_words(reason, "reason", REASON)
    due = due_on if measure in {RECTIFY, SUSPEND} else None
    return add_step(filing.organisation, Kind.PROPOSED, actor, words=words, measure=measure, due_on=due)


@transaction.atomic
def decide_measure(*, proposal: FilingStep, agrees: bool, opinion: str, actor: Actor) -> FilingStep:
    """Have a measure hold, or send it back (复核措施). Never by who proposed it, by any of their accounts."""
    require(actor, "filing.accept", proposal)
    unit = lock_unit(proposal.organisation_id)
    waits(proposal, Kind.PROPOSED)
    refuse_same_hand(proposal, actor)
    words = checked_words(opinion, "opinion", "请写明复核意见（至少5个字），它将留痕备查。")
    about = {"measure": proposal.measure, "due_on": proposal.due_on, "answers": proposal}
    if not agrees:
        return add_step(unit, Kind.REFUSED, actor, words=words, **about)
    filing = lock_filing(unit, proposal.measure)
    if (problem := late(proposal)) and proposal.due_on is not None:
        raise ConflictError(problem, code="measure_late")
    step = add_step(unit, Kind.CONFIRMED, actor, words=words, **about)
    carry_out(filing, step)
    return step


def waits(step: FilingStep, kind: str) -> None:
    """Raise ConflictError where a step is not of the kind that waits, or was answered."""
    if step.kind != kind or FilingStep.objects.filter(answers=step).exists():
        raise ConflictError("这一件已由其他人办理，请刷新页面查看结果。", code="filing_step_answered")


def refuse_same_hand(step: FilingStep, actor: Actor) -> None:
    """Raise ForbiddenError for who made the step that is to be answered."""
    if step.by and is_oneself(actor, user_id=step.by_id, person_id=step.by.person_id):
        raise ForbiddenError("这一件是您提出的，须由另一位同事复核。", code="four_eyes")


def late(proposal: FilingStep) -> str:
    """Return a sentence where the last day of a measure has passed before it was confirmed."""
    if proposal.due_on is not None and proposal.due_on <= clock.today():
        return "这件措施的期限已过，请退回后由经办人重新提出。"
    return ""


def carry_out(filing: Filing, step: FilingStep) -> None:
    """Let a measure change how the unit stands, and tell its staff; classes that run go on."""
    if step.measure in LEADS_TO:
        filing.state = LEADS_TO[step.measure]
        filing.suspended_until = step.due_on if step.measure == SUSPEND else None
    if step.measure == RECTIFY:
        filing.rectify_by = step.due_on
    filing.moved_at = step.at
    filing.save(update_fields=["state", "suspended_until", "rectify_by", "moved_at"])
    label = Measure(step.measure).label
    tell_staff(step, f"区办决定：{label}", told(filing, step))


def told(filing: Filing, step: FilingStep) -> str:
    """Return what a unit's staff are told of a measure."""
    until = f"期限{step.due_on.year}年{step.due_on.month}月{step.due_on.day}日。" if step.due_on else ""
    if step.measure == LIFT:
        return "可以重新提交和开设班级。"
    if step.measure in {SUSPEND, EXIT}:
        count = len(running_classes(filing.organisation_id))
        classes = f"已开的{count}个班可以继续，请按期完成。" if count else ""
        return f"{until}期间不能提交和开设新班。{classes}请在“机构备案”中查看理由。"
    return f"{until}请在“机构备案”中查看理由和要求。"


@transaction.atomic
def report_rectified(
    *, organisation: Organisation, report: str, actor: Actor, upload: Upload | None = None
) -> FilingStep:
    """Report that what was to be mended is (提交整改报告). Raises ConflictError where nothing is, or one waits."""
    require(actor, "filing.apply", organisation)
    unit = lock_unit(organisation.pk)
    filing = filing_now(unit)
    if filing is None or filing.rectify_by is None:
        raise ConflictError("现在没有待完成的整改，不需要提交报告。请刷新页面。", code="nothing_to_rectify")
    if unit.filing_steps.filter(kind=Kind.REPORTED, answered=None).exists():
        raise ConflictError("已有一份整改报告在等区办验收，请等待结果。", code="report_waits")
    found = {
        "report": "" if len(report.strip()) >= 10 else "请写明整改情况（至少10个字）。",
        "file": file_problem(upload),
    }
    if wrong := {name: sentence for name, sentence in found.items() if sentence}:
        raise InvalidError("还没有提交，请按提示修改。", fields=wrong)
    about: dict[str, object] = {"due_on": filing.rectify_by, "measure": RECTIFY}
    if upload is not None:
        about |= {"file": put_paper(f"整改报告.{upload.kind}", upload, actor)}
        about |= {"file_sha256": sha256(upload.content).hexdigest()}
    return add_step(unit, Kind.REPORTED, actor, words=report.strip()[:1000], **about)


@transaction.atomic
def decide_report(*, report: FilingStep, accepts: bool, opinion: str, actor: Actor) -> FilingStep:
    """Find what was reported mended, or not (整改验收); if not, the same last day holds."""
    require(actor, "filing.check", report)
    unit = lock_unit(report.organisation_id)
    waits(report, Kind.REPORTED)
    refuse_same_hand(report, actor)
    words = checked_words(opinion, "opinion", "请写明验收意见（至少5个字），机构能看到这段话。")
    about = {"measure": RECTIFY, "due_on": report.due_on, "answers": report}
    step = add_step(unit, Kind.SETTLED if accepts else Kind.REJECTED, actor, words=words, **about)
    filing = filing_now(unit)
    if accepts and filing is not None:
        filing.rectify_by, filing.moved_at = None, step.at
        filing.save(update_fields=["rectify_by", "moved_at"])
    title = "整改验收通过" if accepts else "整改验收未通过"
    tell_staff(step, title, "请在“机构备案”中查看意见。")
    return step
