"""What the office wrote in identity cases in the open is sealed by the migrations, on both databases."""

from __future__ import annotations

import pytest

from lms.kernel import clock
from lms.kernel.wording import ERASED_WORDS
from lms.people.models import IdentityCase, Person
from lms.people.services import erase_person
from tests.cast import make_cast

pytestmark = [pytest.mark.migrations]
WORDS = "电话核实是同一人（示例）"
BEFORE = [("people", "0012_drop_plain_words")]


@pytest.mark.django_db(transaction=True)
def test_opinions_that_were_there_are_sealed_and_end_with_either_person(migrated_to, plain):
    cast = make_cast()
    cases = migrated_to(BEFORE).get_model("people", "IdentityCase").objects
    sides = (cast.lu, cast.wang.person), (cast.wang, cast.lu.person)
    for place, (claimant, person) in enumerate(sides):
        words = WORDS if place == 0 else ""
        cases.create(
            claimant_id=claimant.pk, person_id=person.pk, claimed_name="示例", state="rejected", opinion=words
        )

    migrated_to([])

    worded, silent = IdentityCase.objects.select_related("note").order_by("pk")
    assert (worded.words, worded.note.person_id, worded.note.expires_at) == (WORDS, cast.wang.person_id, None)
    assert (silent.words, silent.note) == ("", None)
    assert WORDS not in str(plain("SELECT * FROM people_identitycase"))
    assert not any(WORDS.encode() in bytes(blob) for (blob,) in plain("SELECT sealed FROM people_sealedwords"))
    erase_person(person=Person.objects.get(pk=cast.lu.person_id), reason="保存期限已满", moment=clock.now())
    assert IdentityCase.objects.select_related("note").get(pk=worded.pk).words == ERASED_WORDS
