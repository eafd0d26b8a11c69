"""What people write about people in cases, appeals and the like: sealed apart from the evidence, erased when its life ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from django.db import transaction
from django.db.models import Q, QuerySet

from lms.access.rules import SYSTEM
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.wording import digest_of, salted
from lms.people.models import Person, SealedWords

MOST = 500  # of one run


class KeptWords(TypedDict):
    """What a row of evidence has of its words."""

    note: SealedWords | None
    words_hash: str


def keep_words(
    words: str, *, about: Person | int | None, also: Person | None = None, days: int | None = None
) -> KeptWords:
    """Seal what was written and return what evidence keeps (说明加密留存); of no words nothing."""
    kept = sealed_words(words, about=about, also=also, days=days)
    if kept["note"] is not None:
        kept["note"].save()
    return kept


def sealed_words(
    words: str, *, about: Person | int | None, also: Person | None = None, days: int | None = None
) -> KeptWords:
    """Return what `keep_words` keeps, not saved: many rows save theirs at once.

    `about`: whom it is about, with whose data it ends; nobody where it is about a device or a place; `also`: a second
    person; `days`: how long at most, None: as long as the persons are kept.
    """
    if not words.strip():
        return KeptWords(note=None, words_hash="")
    held = salted(words)
    ends = None if days is None else clock.now() + timedelta(days=days)
    whose = about.pk if isinstance(about, Person) else about
    note = SealedWords(person_id=whose, also=also, sealed=held, expires_at=ends)
    return KeptWords(note=note, words_hash=digest_of(held))


def purge_words(moment: datetime) -> int:
    """Erase the words whose life is over, and log it (说明到期清除). Returns how many. The evidence stays as it is."""
    with transaction.atomic():
        return erase(SealedWords.objects.filter(expires_at__lte=moment), moment)


@transaction.atomic
def forget_words(person: Person, moment: datetime, *, more: Q | None = None) -> None:
    """Erase what was written about a person whose data is past its keeping, and `more` of it that names others (清除说明)."""
    whose = Q(person=person) | Q(also=person) | (more or Q(pk=None))
    while erase(SealedWords.objects.filter(whose), moment):
        pass


def erase(words: QuerySet[SealedWords], moment: datetime) -> int:
    """Erase some words; return how many."""
    ended = list(words.filter(erased_at=None).select_for_update().order_by("pk")[:MOST])
    for note in ended:
        note.sealed, note.erased_at = None, moment
        note.save(update_fields=["sealed", "erased_at"])
        record(SYSTEM, "people.words_erased", note)
    return len(ended)
