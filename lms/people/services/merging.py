"""Two registered persons turn out to be one: proposed by one, confirmed by another, undone by a further step (人员合并)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.people.models import IdentityCheck, MergeStep, Person, PersonMerge, User
from lms.people.rules import merge_obstacle
from lms.people.services.accounts import note_reason, sign_out_everywhere
from lms.people.services.wording import keep_words

Kind = MergeStep.Kind
AFTER_MERGE: list[str] = []
AFTER_PARTING: list[str] = []
Follower = Callable[[MergeStep, Actor], object]


def when_merged(function: str) -> None:
    """Have `function(step, actor)` called in the transaction that merges two persons; higher apps name theirs."""
    if function not in AFTER_MERGE:
        AFTER_MERGE.append(function)


def when_parted(function: str) -> None:
    """Have `function(step, actor)` called in the transaction that undoes a merge."""
    if function not in AFTER_PARTING:
        AFTER_PARTING.append(function)


@transaction.atomic
def propose_merge(*, survivor: Person, absorbed: Person, reason: str, actor: Actor) -> PersonMerge:
    """Propose that two records are one person's (提出人员合并). Nothing changes before somebody else has confirmed it.

    Raises InvalidError at `reason`, ConflictError where the two cannot be merged, or are proposed already.
    """
    require(actor, "people.resolve_case")
    reason = checked_words(reason, "reason", "请写明为什么认定是同一人（至少10个字），复核人员据此核对。", least=10)
    survivor, absorbed = lock_pair(survivor.pk, absorbed.pk)
    refuse_obstacle(survivor, absorbed)
    if PersonMerge.objects.filter(absorbed__in=(survivor, absorbed), steps=None).exists():
        raise ConflictError("这份档案已有一件待复核的合并，请先办理那一件。", code="merge_waiting")
    kept = keep_words(reason, about=absorbed, also=survivor)
    made = PersonMerge.objects.create(survivor=survivor, absorbed=absorbed, by_id=actor.user_id, **kept)
    record(actor, "people.merge_proposed", made)
    return made


@transaction.atomic
def decide_merge(
    *, merge: PersonMerge, agrees: bool, opinion: str, actor: Actor, is_verified: bool = False
) -> MergeStep:
    """Merge two records, or send the proposal back (复核人员合并). Never by who proposed it.

    Accounts move to the record that stays; evidence keeps the record that it was written for.
    """
    require(actor, "people.resolve_case")
    if merge.by_id == actor.user_id:
        raise ForbiddenError("合并是您提出的，复核须由另一位工作人员办理。", code="four_eyes")
    words = checked_words(opinion, "opinion", "请写明复核意见（至少5个字），它将留痕备查。")
    if agrees and not is_verified:
        sentence = "合并之前，请先核对两份档案的证件和本人，并勾选下面的确认。"
        raise InvalidError(sentence, fields={"verified": sentence}, code="not_verified")
    survivor, absorbed = lock_pair(merge.survivor_id, merge.absorbed_id)
    if not agrees:
        return step_of(merge, Kind.REFUSED, words, actor)
    refuse_obstacle(survivor, absorbed)
    users = list(User.objects.filter(person=absorbed).order_by("pk"))
    step = step_of(merge, Kind.CONFIRMED, words, actor, accounts=[user.pk for user in users])
    tie(absorbed, survivor, users)
    note_check(survivor, passed=True)
    follow(AFTER_MERGE, step, actor)
    return step


@transaction.atomic
def undo_merge(*, merge: PersonMerge, opinion: str, actor: Actor) -> MergeStep:
    """Part two records that were merged by mistake (撤销人员合并): a new step, by somebody else than who confirmed it.

    The accounts that moved go back; what the merge reversed in the ledger is given back by new entries.
    """
    require(actor, "people.resolve_case")
    words = checked_words(opinion, "opinion", "请写明撤销合并的理由（至少5个字），它将留痕备查。")
    survivor, absorbed = lock_pair(merge.survivor_id, merge.absorbed_id)
    confirmed = merge.steps.filter(kind=Kind.CONFIRMED).first()
    if confirmed is None or absorbed.merged_into_id != survivor.pk:
        raise ConflictError("这两份档案现在没有合并，请刷新页面查看。", code="not_merged")
    if confirmed.by_id == actor.user_id:
        raise ForbiddenError("合并是您复核的，撤销须由另一位工作人员办理。", code="four_eyes")
    users = list(User.objects.filter(pk__in=confirmed.accounts, person=survivor).order_by("pk"))
    step = step_of(merge, Kind.UNDONE, words, actor, accounts=[user.pk for user in users])
    follow(AFTER_PARTING, step, actor)
    tie(absorbed, None, users)
    note_check(survivor, passed=False)
    return step


def lock_pair(survivor_id: int, absorbed_id: int) -> tuple[Person, Person]:
    """Return both records, locked in the order of their keys; evidence may be written for them meanwhile."""
    held = Person.objects.select_for_update(no_key=True).filter(pk__in=(survivor_id, absorbed_id)).order_by("pk")
    found = {person.pk: person for person in held}
    return found[survivor_id], found[absorbed_id]


def refuse_obstacle(survivor: Person, absorbed: Person) -> None:
    """Raise ConflictError where two records cannot be merged."""
    sentence = merge_obstacle(
        is_same=survivor.pk == absorbed.pk,
        is_erased=bool(survivor.erased_at or absorbed.erased_at),
        survivor_is_absorbed=survivor.merged_into_id is not None,
        absorbed_is_absorbed=absorbed.merged_into_id is not None,
        absorbed_has_others=Person.objects.filter(merged_into=absorbed).exists(),
    )
    if sentence:
        raise ConflictError(sentence, code="merge_impossible")


def step_of(merge: PersonMerge, kind: str, words: str, actor: Actor, *, accounts: list[int] | None = None) -> MergeStep:
    """Write a step; a merge is decided once and undone once, whoever asks at the same time."""
    try:
        with transaction.atomic():
            kept = keep_words(words, about=merge.absorbed, also=merge.survivor)
            made = MergeStep.objects.create(
                merge=merge, kind=kind, accounts=accounts or [], by_id=actor.user_id, **kept
            )
    except IntegrityError as error:
        raise ConflictError("这件合并已经办理过，请刷新页面查看结果。", code="merge_decided") from error
    record(actor, f"people.merge_{kind}", merge)
    return made


def tie(absorbed: Person, survivor: Person | None, users: list[User]) -> None:
    """Let a record belong to another, or to itself again, and its accounts with it; they sign in anew."""
    absorbed.merged_into = survivor
    absorbed.save(update_fields=["merged_into"])
    User.objects.filter(pk__in=[user.pk for user in users]).update(person=survivor or absorbed)
    for user in users:
        sign_out_everywhere(user)


def note_check(person: Person, *, passed: bool) -> None:
    """Write that the office looked at who somebody is."""
    IdentityCheck.objects.create(person=person, method=IdentityCheck.Method.OFFICE, passed=passed)


def follow(names: list[str], step: MergeStep, actor: Actor) -> None:
    """Have the higher apps do their part."""
    for name in names:
        function: Follower = import_string(name)
        function(step, actor)


def checked_words(text: str, field: str, sentence: str, *, least: int = 5) -> str:
    """Return words that are long enough to say something. Raises InvalidError at their field."""
    if len(text.strip()) < least:
        raise InvalidError(sentence, fields={field: sentence})
    return text.strip()[:300]


@dataclass(frozen=True, slots=True)
class MergeDocuments:
    """The full numbers of both records, for comparing (两份档案的证件号码)."""

    survivor: str
    absorbed: str


@transaction.atomic
def reveal_merge_documents(*, survivor: Person, absorbed: Person, reason: str, actor: Actor) -> MergeDocuments:
    """Return both records' full numbers, with the reason noted first, at each of them (查看两份档案的证件号码)."""
    require(actor, "people.resolve_case")
    require(actor, "people.reveal")
    for person in (survivor, absorbed):
        note_reason(person, "people.document_revealed", reason, actor, about=survivor, also=absorbed)
    return MergeDocuments(str(survivor.document_number or "已清除"), str(absorbed.document_number or "已清除"))
