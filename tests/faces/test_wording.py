"""What people write of a face is sealed, ends before the evidence does, and leaves a digest that tells nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import connection

from lms.audit.models import AuditEntry
from lms.audit.services import sequence, verify
from lms.faces import services
from lms.faces.models import FaceExemption
from lms.faces.queries import asked_exemption
from lms.kernel import clock
from lms.kernel.wording import ERASED_WORDS, FORGED_WORDS, SALT
from lms.people.models import SealedWords
from lms.people.services import forget_words, purge_words
from tests.cast import make_person
from tests.faces.terms import TERMS

WORDS, RULED = "颈椎手术后不能转头（示例）", "材料齐全（示例）"


@pytest.fixture
def asked(cast, at):
    """Return 王芳's request for another way, that was granted."""
    at(2026, 5, 6, 9, 0)
    services.publish_policy(terms=TERMS, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    made = services.ask_exemption(
        person=cast.wang.person, reason="disability", words=f" {WORDS} ", actor=cast.actor("wang")
    )
    services.decide_exemption(exemption=made.uid, granted=True, words=RULED, actor=cast.actor("sun"))
    return made


def test_words_lie_sealed_and_are_read_by_the_office(cast, asked):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM people_sealedwords")
        stored = [bytes(value) for (value,) in cursor.fetchall()]

    assert not any(word.encode() in blob for blob in stored for word in (WORDS, RULED))
    found = asked_exemption(cast.wang.person)
    assert (found.words, found.ruling.words) == (WORDS, RULED)
    assert WORDS not in str(list(AuditEntry.objects.values()))


def test_the_digest_cannot_be_guessed_from_the_words(asked):
    assert asked.words_hash != hashlib.sha256(WORDS.encode()).hexdigest()
    assert len(set(FaceExemption.objects.values_list("words_hash", flat=True))) == 1


def test_words_end_with_their_life_and_the_evidence_verifies(cast, asked, at):
    sequence(clock.now())
    ends = clock.now() + timedelta(days=TERMS.words_days)

    assert purge_words(ends - timedelta(seconds=1)) == 0
    assert purge_words(ends) == 2
    assert purge_words(ends) == 0

    found = asked_exemption(cast.wang.person)
    assert (found.words, found.ruling.words, found.ruling.granted) == (ERASED_WORDS, ERASED_WORDS, True)
    assert AuditEntry.objects.filter(action="people.words_erased").count() == 2
    sequence(clock.now())
    assert verify().findings == []


def test_words_that_were_put_in_the_place_of_others_are_called_that(cast, asked):
    note = SealedWords.objects.get(pk=asked.note_id)
    note.sealed = "0" * SALT + "一切正常"
    note.save()

    assert asked_exemption(cast.wang.person).words == FORGED_WORDS


def test_only_the_words_of_whoever_is_erased_go(cast, asked):
    other = services.kept_words(make_person("学员乙", 88), "示例")["note"]

    forget_words(cast.wang.person, clock.now())

    assert list(SealedWords.objects.filter(erased_at=None)) == [other]
    assert other.sealed.endswith("示例")
