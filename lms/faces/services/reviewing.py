"""What people of the office say of a check that a machine could not decide, and what they look at (人工核验)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.faces.models import FaceCheck, FaceOpinion, FaceReference
from lms.faces.queries import is_for_people
from lms.faces.rules import decision_of
from lms.faces.services.references import erase_reference
from lms.faces.services.wording import kept_words
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.models import SealedFile
from lms.kernel.vault import open_file, purge_expired
from lms.people.services import note_reason

LEAST_WORDS, MOST_WORDS = 5, 200


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is left to see of a check: its own picture, and the one that it is held against."""

    taken: bytes | None
    reference: bytes | None


@transaction.atomic
def give_opinion(*, check: FaceCheck, is_same: bool, words: str, actor: Actor) -> bool | None:
    """Say whether a check shows its person; return what two agree on, nothing before (人工核验).

    An enrolled face that two call somebody else's is erased. Raises InvalidError, ConflictError, ForbiddenError.
    """
    require(actor, "faces.review")
    if not LEAST_WORDS <= len(words.strip()) <= MOST_WORDS:
        sentence = "请写明怎样核对、结果如何（5至200个字），留痕备查。"
        raise InvalidError(sentence, fields={"words": sentence}, code="opinion_needed")
    held = FaceCheck.objects.select_for_update(of=("self",)).select_related("person", "reference").get(pk=check.pk)
    said = list(held.opinions.all())
    refuse_opinion(held, said, actor)
    told = kept_words(held.person, words)
    FaceOpinion.objects.create(check_row=held, is_same=is_same, user_id=actor.user_id, **told)
    decided = decision_of([*(one.is_same for one in said), is_same])
    record(actor, "faces.reviewed", held, is_same=is_same, decided=decided)
    if decided is False and held.purpose == FaceCheck.Purpose.ENROL and held.reference is not None:
        drop(held.reference, actor)
    return decided


def refuse_opinion(check: FaceCheck, said: list[FaceOpinion], actor: Actor) -> None:
    """Raise an error where nothing is to be said, or not by this colleague."""
    if not is_for_people(check):
        raise ConflictError("这次核验已由机器判定，不需要人工核验。", code="review_not_needed")
    if check.person_id == actor.person_id:
        raise ForbiddenError("不能核验自己的记录，请由同事处理。", code="own_check")
    if decision_of([one.is_same for one in said]) is not None:
        raise ConflictError("这次核验刚才已有结论，请刷新列表。", code="review_decided")
    if any(one.user_id == actor.user_id for one in said):
        raise ConflictError("您已提过意见，还需要另一位同事核验。", code="second_needed")


def drop(reference: FaceReference, actor: Actor) -> None:
    """Erase an enrolled face that is not its person's."""
    if reference.erased_at is None:
        erase_reference(reference, "not_the_person", clock.now(), actor)
        transaction.on_commit(lambda: purge_expired(clock.now()))


@transaction.atomic
def reveal_pictures(*, check: FaceCheck, reason: str, actor: Actor) -> Pictures:
    """Return the pictures of a check while they live; the reason is noted first (查看照片). Raises InvalidError."""
    require(actor, "faces.view")
    require(actor, "people.reveal")
    note_reason(check, "faces.pictures_revealed", reason, actor, about=check.person)
    reference = check.reference
    return Pictures(content_of(check.picture), content_of(reference.picture) if reference else None)


def content_of(picture: SealedFile | None) -> bytes | None:
    """Return what a sealed picture holds, nothing when its life is over."""
    if picture is None:
        return None
    try:
        return open_file(picture).read()
    except NotFoundError:
        return None
