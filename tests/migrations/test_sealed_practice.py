"""What lists of practice said in the open is sealed by the migrations, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from lms.audit.services import sequence, verify
from lms.kernel import clock
from lms.kernel.wording import ERASED_WORDS
from lms.people.models import Person, SealedWords
from lms.people.services import forget_words, purge_words
from lms.planning.rules import StudyTerms
from lms.practice.models import ListDecision, PresenceList, PresenceMark
from tests.cast import make_cast
from tests.conftest import lay_root
from tests.factories import make_class, make_course_version, make_enrolment

pytestmark = [pytest.mark.migrations]
WORDS = "颈椎手术后不能转头（示例）"
BEFORE = [("practice", "0001_initial")]
WORDED = {
    "practice_presencelist": PresenceList,
    "practice_presencemark": PresenceMark,
    "practice_listdecision": ListDecision,
}


def write_plainly(old, enrolment):
    """Write a list with its words as rows were before, and one without any."""
    now, rows = clock.now(), {name: model.objects for name, model in old.all_models["practice"].items()}
    session = rows["practicesession"].create(training_class_id=enrolment.training_class_id, filed_at=now)
    for number, words in enumerate((WORDS, ""), 1):
        filed = rows["presencelist"].create(
            session=session, number=number, source="scans", note=words, needs_second=True, at=now
        )
        rows["presencemark"].create(
            presence_list=filed, enrolment_id=enrolment.pk, presence="absent", is_witnessed=False, reason=words
        )
        rows["listdecision"].create(presence_list=filed, outcome="returned", opinion=words, at=now)


@pytest.mark.django_db(transaction=True)
def test_old_words_live_by_the_terms_of_their_class(migrated_to):
    cast = make_cast()
    version = make_course_version(lay_root(), cast.institution_a)
    brief, usual = (
        make_enrolment(make_class(version, cast.department, terms=terms), cast.wang.person)
        for terms in (StudyTerms(appeal_words_days=90), StudyTerms())
    )
    old = migrated_to(BEFORE)
    for enrolment in (brief, usual):
        write_plainly(old, enrolment)

    migrated_to([])

    sequence(clock.now())
    assert purge_words(clock.now() + timedelta(days=89)) == 0
    assert purge_words(clock.now() + timedelta(days=90)) == 3
    for model in WORDED.values():
        told = [one.words for one in model.objects.exclude(note=None).select_related("note").order_by("pk")]
        assert told == [ERASED_WORDS, WORDS]
    sequence(clock.now())
    assert verify().findings == []
    assert purge_words(clock.now() + timedelta(days=1095)) == 3


@pytest.mark.django_db(transaction=True)
def test_words_of_lists_that_were_there_are_sealed(migrated_to, plain):
    cast = make_cast()
    training_class = make_class(make_course_version(lay_root(), cast.institution_a), cast.department)
    enrolment = make_enrolment(training_class, cast.wang.person)
    write_plainly(migrated_to(BEFORE), enrolment)

    migrated_to([])

    for table, model in WORDED.items():
        worded, silent = model.objects.select_related("note").order_by("pk")
        assert (worded.words, silent.words, silent.note) == (WORDS, "", None), table
        assert WORDS not in str(plain(f"SELECT * FROM {table}"))
        with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
            model.objects.filter(pk=worded.pk).update(words_hash="")
    assert not any(WORDS.encode() in bytes(blob) for (blob,) in plain("SELECT sealed FROM people_sealedwords"))
    sequence(clock.now())
    assert verify().findings == []
    forget_words(Person.objects.get(pk=enrolment.person_id), clock.now())
    assert SealedWords.objects.filter(sealed=None).count() == 1  # the mark alone is about one person
    assert purge_words(clock.now() + timedelta(days=1095)) == 2
    assert verify().findings == []
