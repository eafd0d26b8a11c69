"""What was written in the open is sealed by the migrations; the rows are logged anew and the log still verifies."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from attendance.models import HoursEntry
from lms.anomalies.models import CaseStep
from lms.appeals.models import AppealStep
from lms.audit.models import LogLeaf
from lms.audit.services import sequence, verify
from lms.faces.models import FaceExemption
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.people.models import IdentityCheck, MergeStep, PersonMerge, SealedWords, User
from tests.cast import make_cast, make_person
from tests.conftest import lay_root
from tests.factories import make_class, make_course_version, make_enrolment

pytestmark = [pytest.mark.migrations]
WORDS = "颈椎手术后不能转头（示例）"
BEFORE = [
    ("faces", "0006_make_opinions_append_only"),
    ("people", "0008_ask_providers"),
    ("appeals", "0001_initial"),
    ("anomalies", "0001_initial"),
]
WORDED = {
    "faces_faceexemption": FaceExemption,
    "people_identitycheck": IdentityCheck,
    "people_personmerge": PersonMerge,
    "people_mergestep": MergeStep,
    "anomalies_casestep": CaseStep,
    "appeals_appealstep": AppealStep,
}


def withheld(person):
    """Return what somebody may appeal: an enrolment and an entry."""
    cast = make_cast()
    training_class = make_class(make_course_version(lay_root(), cast.institution_a), cast.department)
    enrolment = make_enrolment(training_class, person)
    return enrolment, HoursEntry.objects.create(
        person_id=person.pk, enrolment=enrolment, lesson_uid=new_uid(), day=clock.today(), ms=1, kind="withheld"
    )


def write_plainly(old, person, other, enrolment, entry):
    """Write into every table as its rows were before."""
    ids, now = {"person_id": person.pk}, clock.now()
    old.get_model("faces", "FaceExemption").objects.create(**ids, reason="disability", words=WORDS, at=now)
    old.get_model("people", "IdentityCheck").objects.create(**ids, method="office", passed=True, note=WORDS, at=now)
    both = {"absorbed_id": person.pk, "survivor_id": other.pk}
    merge = old.get_model("people", "PersonMerge").objects.create(**both, reason=WORDS, at=now)
    old.get_model("people", "MergeStep").objects.create(merge=merge, kind="refused", words=WORDS, at=now)
    case = old.get_model("anomalies", "AnomalyCase").objects.create(number="1", subject_key="1", **ids, opened_at=now)
    steps = old.get_model("anomalies", "CaseStep").objects
    steps.create(case=case, kind="ruled", words=WORDS, at=now)
    steps.create(case=case, kind="confirmed", words="", at=now)
    appeal = old.get_model("appeals", "HoursAppeal").objects.create(entry_id=entry.pk, enrolment_id=enrolment.pk)
    said = {"appeal": appeal, "number": 1, "kind": "filed", "by_id": User.objects.order_by("pk")[0].pk}
    old.get_model("appeals", "AppealStep").objects.create(**said, words=WORDS, at=now)


@pytest.mark.django_db(transaction=True)
def test_words_that_were_there_are_sealed(migrated_to, plain):
    if connection.vendor != "postgresql":
        pytest.skip("takes minutes on SQLite, which copies a table for each change of it; small ones run there too")
    person, other = make_person("王芳", 60), make_person("王芳", 61)
    about = withheld(person)
    write_plainly(migrated_to(BEFORE), person, other, *about)
    migrated_to([("faces", "0010_ask_providers")])
    noted = plain("SELECT note_id, words_hash FROM faces_faceexemption")

    migrated_to([])

    for table, model in WORDED.items():
        row = model.objects.select_related("note").order_by("pk")[0]
        assert (row.words, row.note.person_id) == (WORDS, person.pk), table
        assert WORDS not in str(plain(f"SELECT * FROM {table}"))
        with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
            model.objects.filter(pk=row.pk).update(words_hash="")
    assert CaseStep.objects.get(kind="confirmed").words == ""
    assert PersonMerge.objects.get().note.also_id == other.pk
    assert plain("SELECT note_id, words_hash FROM faces_faceexemption") == noted
    assert not any(WORDS.encode() in bytes(blob) for (blob,) in plain("SELECT sealed FROM people_sealedwords"))
    sequence(clock.now())
    assert LogLeaf.objects.filter(source="exemption_request").count() == 1
    assert verify().findings == []
    SealedWords.objects.update(sealed=None)
    assert verify().findings == []
