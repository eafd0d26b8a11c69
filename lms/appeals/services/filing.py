"""A learner appeals what a failed check withheld: once, in time, with a reason and perhaps a file; or takes it back."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from attendance.models import HoursEntry
from attendance.services import restorable
from lms.access.rules import Actor, require
from lms.appeals.models import AppealStep, HoursAppeal
from lms.appeals.queries.records import stretch_of, withdrawn_sessions
from lms.appeals.rules import Upload, file_problem, may_become, words_problem
from lms.audit.services import record
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.models import SealedFile
from lms.kernel.vault import put_file
from lms.people.services import KeptWords, keep_words

State, Kind = HoursAppeal.State, AppealStep.Kind
LONGEST_KEY = 64


def file_appeal(*, entry: HoursEntry, reason: str, key: str, actor: Actor, upload: Upload | None = None) -> HoursAppeal:
    """Appeal a withheld entry of one's own (提出学时申诉). The same key again gives the same appeal.

    Raises InvalidError for a reason or a file that will not do, ConflictError when it is too late, was done before, or
    nothing is left to give back.
    """
    enrolment = Enrolment.objects.select_related("training_class__programme").get(pk=entry.enrolment_id)
    require(actor, "appeals.file", enrolment)
    if (known := appeal_of_key(entry, key, actor)) is not None:
        return known
    check_words(reason, upload)
    check_open(entry, enrolment)
    kept = keep(upload, enrolment, actor)
    try:
        with transaction.atomic():
            return write_appeal(entry, enrolment, reason, key, actor, kept, upload)
    except IntegrityError as error:
        if kept is not None:
            SealedFile.objects.filter(pk=kept.pk).update(expires_at=clock.now())
        if (known := appeal_of_key(entry, key, actor)) is not None:
            return known
        raise already(entry) from error


def appeal_of_key(entry: HoursEntry, key: str, actor: Actor) -> HoursAppeal | None:
    """Return the appeal that a key was used for. Raises ConflictError when it was another stretch's."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidError("提交申诉的请求有误，请刷新页面重试。", code="key_invalid")
    step = AppealStep.objects.filter(by_id=actor.user_id, request_key=key).select_related("appeal").first()
    if step is None:
        return None
    if step.entry_id != entry.pk:
        raise ConflictError("这次提交已用于另一份申诉，请刷新页面后重新提交。", code="key_used")
    return step.appeal


def check_words(reason: str, upload: Upload | None) -> None:
    """Raise InvalidError at the field that will not do."""
    found = {"reason": words_problem(reason, "learner"), "file": file_problem(upload)}
    wrong = {name: sentence for name, sentence in found.items() if sentence}
    if wrong:
        raise InvalidError("申诉还没有提交，请按提示修改。", fields=wrong)


def check_open(entry: HoursEntry, enrolment: Enrolment) -> None:
    """Raise ConflictError when this entry cannot be appealed any more."""
    if HoursAppeal.objects.filter(entry=entry).exists():
        raise already(entry)
    stretch = stretch_of(entry, None, enrolment, withdrawn_sessions(enrolment))
    if not stretch.may_appeal:
        raise ConflictError(stretch.note, code="appeal_not_open")
    if not restorable(entry):
        raise ConflictError(
            "这段内容您已经重新学过并补上，或当天、本课的时间已满，没有可以恢复的时间，不需要申诉。",
            code="nothing_to_restore",
        )


def already(entry: HoursEntry) -> ConflictError:
    """Return the refusal of a second appeal."""
    sentence = "这段时间您已经申诉过。每段时间可以申诉一次，进展和结果显示在“我的学时申诉”。"
    return ConflictError(sentence, code="appealed_already", entry=str(entry.uid))


def keep(upload: Upload | None, enrolment: Enrolment, actor: Actor) -> SealedFile | None:
    """Seal a file for as long as the class's terms say."""
    if upload is None:
        return None
    days = enrolment.training_class.study_terms().appeal_file_days
    name = f"申诉附件-{enrolment.uid.hex[:8]}.{upload.kind}"
    kept = timedelta(days=days)
    return put_file(name=name, content=upload.content, purpose="学时申诉附件", owner_id=actor.user_id, kept=kept)


def write_appeal(
    entry: HoursEntry,
    enrolment: Enrolment,
    reason: str,
    key: str,
    actor: Actor,
    kept: SealedFile | None,
    upload: Upload | None,
) -> HoursAppeal:
    """Write the appeal and its first step; the database lets an entry be appealed once."""
    made = HoursAppeal.objects.create(entry=entry, enrolment=enrolment)
    AppealStep.objects.create(
        appeal=made,
        number=1,
        kind=Kind.FILED,
        entry=entry,
        **kept_words(made, reason),
        file=kept,
        file_sha256=sha256(upload.content).hexdigest() if upload else "",
        request_key=key,
        by_id=actor.user_id or 0,
    )
    record(actor, "appeals.filed", made, entry=str(entry.uid))
    return made


@transaction.atomic
def withdraw_appeal(*, appeal: HoursAppeal, actor: Actor) -> HoursAppeal:
    """Take back an own appeal while it is undecided (撤回申诉); taking back again changes nothing."""
    held = lock_appeal(appeal)
    require(actor, "appeals.file", held)
    if held.state == State.WITHDRAWN:
        return held
    if not may_become(held.state, State.WITHDRAWN):
        raise ConflictError("这份申诉已经有结果，不能撤回。请刷新页面查看。", code="appeal_decided")
    add_step(held, Kind.WITHDRAWN, State.WITHDRAWN, actor)
    return held


def lock_appeal(appeal: HoursAppeal) -> HoursAppeal:
    """Return an appeal, locked, with what its reach depends on."""
    related = ("enrolment__training_class__programme", "entry")
    return HoursAppeal.objects.select_for_update(of=("self",)).select_related(*related).get(pk=appeal.pk)


def kept_words(held: HoursAppeal, words: str) -> KeptWords:
    """Seal what was said in an appeal for as long as the class's terms say; of it the evidence keeps a digest."""
    days = held.enrolment.training_class.study_terms().appeal_words_days
    return keep_words(words, about=held.enrolment.person_id, days=days)


def add_step(
    held: HoursAppeal, kind: str, state: str, actor: Actor, *, words: str = "", **fields: object
) -> AppealStep:
    """Write a step and take the appeal to the state that follows."""
    moment = clock.now()
    number, kept = held.steps.count() + 1, kept_words(held, words)
    made = AppealStep.objects.create(
        appeal=held, number=number, kind=kind, by_id=actor.user_id or 0, at=moment, **kept, **fields
    )
    held.state, held.moved_at = state, moment
    held.save(update_fields=["state", "moved_at"])
    record(actor, f"appeals.{kind}", held, state=state)
    return made
