"""A unit applies to be filed, first or again: the papers are filled in piece by piece and submitted whole."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lms.access.rules import Actor, require
from lms.appeals.rules import Upload, file_problem
from lms.audit.services import record
from lms.filing.models import FiledOccupation, FiledPaper, FiledSite, FiledTeacher, FilingApplication, FilingStep
from lms.filing.queries.policies import terms_on
from lms.filing.queries.records import ROWS, code_taken, open_application, papers_of
from lms.filing.rules.checks import dates_problem, missing
from lms.filing.rules.life import EDITABLE, SUBMITTED, WITHDRAWN
from lms.filing.services.steps import filing_now, lock_application, lock_unit, move
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError
from lms.kernel.models import SealedFile
from lms.kernel.vault import put_file
from lms.organisations.models import Organisation
from lms.organisations.rules import credit_code_problem, tidy_code
from lms.organisations.services import add_organisation

COPIED = ("credit_code", "address", "contact_phone", "licence_number", "licence_issuer", "licence_from", "licence_to")


@transaction.atomic
def add_unit(*, kind: str, name: str, short_name: str, credit_code: str, actor: Actor) -> FilingApplication:
    """Enter a unit that is not known yet, with a draft of its application (区办登记单位). Raises InvalidError at the field."""
    require(actor, "filing.add_unit")
    code, wanted = tidy_code(credit_code), name.strip()
    if problem := credit_code_problem(code):
        raise InvalidError(problem, fields={"credit_code": problem})
    wrong = {}
    if Organisation.objects.filter(kind=kind, name=wanted).exists():
        wrong["name"] = "已有同名的单位，请在列表中找到它，为它填报备案。"
    if code_taken(code, Organisation(pk=0)):
        wrong["credit_code"] = "这个统一社会信用代码已属于另一家单位，请核对。"
    if wrong:
        raise InvalidError("还没有登记，请按提示修改。", fields=wrong)
    unit = add_organisation(kind=kind, name=wanted, short_name=short_name.strip(), credit_code=code, actor=actor)
    return start_application(organisation=unit, actor=actor)


@transaction.atomic
def start_application(*, organisation: Organisation, actor: Actor) -> FilingApplication:
    """Begin an application, from what is filed already (填报备案或变更备案). One that is open is returned as it is."""
    require(actor, "filing.apply", organisation)
    unit = lock_unit(organisation.pk)
    if (known := open_application(unit)) is not None:
        return known
    filing = filing_now(unit)
    base = filing.current if filing else None
    values = {name: getattr(base, name) for name in COPIED} if base else {}
    values.setdefault("credit_code", unit.credit_code)
    values.setdefault("contact_phone", unit.contact_phone)
    made = FilingApplication.objects.create(organisation=unit, created_by_id=actor.user_id, **values)
    if base:
        copy_rows(base, made)
    record(actor, "filing.started", made, organisation=str(unit.uid))
    return made


def copy_rows(base: FilingApplication, made: FilingApplication) -> None:
    """Begin with the rows that are filed; of papers the files are the same."""
    for model in ROWS.values():
        names = [field.name for field in model._meta.concrete_fields if field.name not in {"id", "uid", "application"}]
        rows: Any = model._default_manager
        rows.bulk_create(
            model(application=made, **{name: getattr(row, name) for name in names})
            for row in rows.filter(application=base).order_by("pk")
        )


def lock_editable(application: FilingApplication, actor: Actor) -> FilingApplication:
    """Return an application, locked, if it may be changed now."""
    require(actor, "filing.apply", application)
    held = lock_application(application)
    if held.state not in EDITABLE:
        sentence = "申请已提交或已办结，不能再修改。已提交的等区办办理；已备案的请另提变更备案。"
        raise ConflictError(sentence, code="filing_locked")
    return held


@transaction.atomic
def change_application(*, application: FilingApplication, actor: Actor, **changes: Any) -> FilingApplication:
    """Change what an application says of the unit and its licence (填写备案信息). Raises InvalidError at every field."""
    held = lock_editable(application, actor)
    changes["credit_code"] = code = tidy_code(changes.get("credit_code", held.credit_code))
    wrong = dates_problem(changes.get("licence_from"), changes.get("licence_to"))
    if code and (problem := credit_code_problem(code)):
        wrong["credit_code"] = problem
    elif code and code_taken(code, held.organisation):
        wrong["credit_code"] = "这个统一社会信用代码已属于另一家单位，请核对；如确属本单位，请联系区办。"
    if wrong:
        raise InvalidError("还没有保存，请按提示修改。", fields=wrong)
    changed = [name for name, value in changes.items() if getattr(held, name) != value]
    for name in changed:
        setattr(held, name, changes[name])
    held.corrections = {name: text for name, text in held.corrections.items() if name not in changed}
    held.save(update_fields=[*changed, "corrections"])
    record(actor, "filing.changed", held, fields=sorted(changed))
    return held


@transaction.atomic
def add_row(*, application: FilingApplication, part: str, actor: Actor, **values: Any) -> Any:
    """Add an occupation, a site, a teacher or a paper (添加目录、场地、师资或附件). Raises InvalidError at the field."""
    held = lock_editable(application, actor)
    if part == "papers":
        made: Any = keep_paper(held, actor, **values)
    else:
        made = add_plain(held, part, values)
    follow_correction(held, part)
    record(actor, "filing.row_added", held, part=part)
    return made


def follow_correction(held: FilingApplication, part: str) -> None:
    """Note that what was to be corrected in a part was touched."""
    if held.corrections.pop("files" if part == "papers" else part, None) is not None:
        held.save(update_fields=["corrections"])


def add_plain(held: FilingApplication, part: str, values: dict[str, Any]) -> FiledOccupation | FiledSite | FiledTeacher:
    """Add a row without a file; an occupation with its level stands once."""
    rows: Any = ROWS[part]._default_manager
    try:
        with transaction.atomic():
            made: FiledOccupation | FiledSite | FiledTeacher = rows.create(application=held, **values)
    except IntegrityError as error:
        sentence = "这个职业和等级已在目录里。"
        raise InvalidError(sentence, fields={"occupation": sentence}) from error
    return made


def keep_paper(held: FilingApplication, actor: Actor, *, kind: str, upload: Upload | None) -> FiledPaper:
    """Seal a scan and note its digest."""
    problem = file_problem(upload) if upload else "请选择要上传的文件。"
    if upload is None or problem:
        raise InvalidError(problem, fields={"file": problem})
    file = put_paper(f"{FiledPaper.Kind(kind).label}.{upload.kind}", upload, actor)
    digest = sha256(upload.content).hexdigest()
    return FiledPaper.objects.create(application=held, kind=kind, file=file, file_sha256=digest)


def put_paper(name: str, upload: Upload, actor: Actor) -> SealedFile:
    """Seal a file for as long as the policy says."""
    kept = timedelta(days=365 * terms_on(clock.today()).file_years)
    return put_file(name=name, content=upload.content, purpose="备案附件", owner_id=actor.user_id, kept=kept)


@transaction.atomic
def remove_row(*, application: FilingApplication, part: str, row: UUID, actor: Actor) -> None:
    """Take a row out of an application that is still being filled in (移除). What was accepted stays as it was."""
    held = lock_editable(application, actor)
    rows: Any = ROWS[part]._default_manager
    if not rows.filter(application=held, uid=row).delete()[0]:
        raise NotFoundError("这一行已经移除，请刷新页面。", code="filing_row_not_found")
    follow_correction(held, part)
    record(actor, "filing.row_removed", held, part=part)


@transaction.atomic
def submit_application(*, application: FilingApplication, actor: Actor) -> FilingStep:
    """Submit an application to the office (提交备案申请). Raises InvalidError with everything that it lacks, by field.

    What was to be corrected and was not touched stays noted for who reviews it.
    """
    held = lock_editable(application, actor)
    today = clock.today()
    if wrong := missing(papers_of(held), terms_on(today), today):
        sentence = "还不能提交，请先补齐下面标出的内容。"
        raise InvalidError(sentence, fields=wrong, code="filing_incomplete")
    return move(held, SUBMITTED, actor, submitted_by_id=actor.user_id, checked_by_id=None)


@transaction.atomic
def withdraw_application(*, application: FilingApplication, actor: Actor) -> FilingStep:
    """Give up an application that is not with the office (撤回备案申请)."""
    return move(lock_editable(application, actor), WITHDRAWN, actor)
