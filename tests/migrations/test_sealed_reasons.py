"""Reasons about people that the operation log held in the open are sealed by the migrations, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from lms.audit.models import AuditEntry
from lms.audit.services import sequence, verify
from lms.kernel import clock
from lms.kernel.wording import ERASED_WORDS
from lms.live.models import RoomMember, RoomMessage
from lms.people.models import IdentityCase
from lms.people.services import forget_words, purge_words
from lms.planning.models import StudyPolicy
from lms.planning.rules import StudyTerms
from tests.cast import make_cast, make_person
from tests.conftest import lay_root
from tests.factories import make_class, make_course_version, make_enrolment, make_live

pytestmark = [pytest.mark.migrations]
WORDS = "颈椎手术后不能转头（示例）"
BEFORE = [("audit", "0004_add_log_of_evidence")]
DAYS = 1095


def lay():
    """Return the persons concerned, and deeds as (action, target, data) with whom each is about: keys of two persons."""
    cast, gone = make_cast(), make_person("已清除", 62)
    gone.erased_at = clock.now()
    gone.save()
    training_class = make_class(make_course_version(lay_root(), cast.institution_a), cast.department)
    enrolment = make_enrolment(training_class, cast.wang.person)
    live = make_live(training_class, cast.li)
    case = IdentityCase.objects.create(claimant=cast.lu, person=cast.wang.person, claimed_name="王芳")
    member = RoomMember.objects.create(
        session=live, user=cast.wang, enrolment=enrolment, place="learner", called="王芳"
    )
    said = RoomMessage.objects.create(session=live, member=member, text="示例", request_key="1", version=1)
    wang, lu = cast.wang.person_id, cast.lu.person_id
    deeds = {
        "people.document_revealed": (cast.wang.person, {}, (wang, None)),
        "people.case_phones_revealed": (case, {}, (wang, lu)),
        "live.member_removed": (live, {"member": str(member.uid)}, (wang, None)),
        "live.message_deleted": (live, {"message": str(said.uid)}, (wang, None)),
        "attendance.offline_corrected": (enrolment, {"ms": 1}, (wang, None)),
        "access.role_revoked": (training_class, {"user": str(cast.lu.uid)}, (lu, None)),
        "practice.list_returned": (training_class, {"number": 1}, (None, None)),
        "people.merge_refused": (gone, {}, (gone.pk, None)),
    }
    return cast, deeds


def write_plainly(old, deeds):
    """Write entries with their reasons as they were before, and one whose reason is a class's."""
    entries = old.get_model("audit", "AuditEntry").objects
    for action, (target, data, _) in deeds.items():
        kind = {"target_type": target._meta.label, "target_uid": target.uid}
        entries.create(action=action, role="office_checker", reason=WORDS, data=data, **kind)
    entries.create(action="classes.returned", role="office_checker", reason="课时不够（示例）")


@pytest.mark.django_db(transaction=True)
def test_reasons_that_were_there_are_sealed(migrated_to, plain):
    cast, deeds = lay()
    write_plainly(migrated_to(BEFORE), deeds)

    migrated_to([])

    entries = {one.action: one for one in AuditEntry.objects.select_related("note")}
    for action, (_, _, whom) in deeds.items():
        entry = entries[action]
        assert (entry.words, entry.reason) == (WORDS, ""), action
        assert (entry.note.person_id, entry.note.also_id) == whom, action
    assert (entries["classes.returned"].words, entries["classes.returned"].note) == ("课时不够（示例）", None)
    assert WORDS not in str(plain("SELECT * FROM audit_auditentry"))
    assert not any(WORDS.encode() in bytes(blob) for (blob,) in plain("SELECT sealed FROM people_sealedwords"))
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        AuditEntry.objects.update(words_hash="")
    sequence(clock.now())
    assert verify().findings == []
    assert purge_words(clock.now()) == 1  # of whoever was erased before
    forget_words(cast.wang.person, clock.now())
    assert AuditEntry.objects.get(action="people.document_revealed").words == ERASED_WORDS
    assert AuditEntry.objects.get(action="access.role_revoked").words == WORDS
    assert purge_words(clock.now() + timedelta(days=DAYS)) == 1  # what no person's end ended
    sequence(clock.now())
    assert verify().findings == []


@pytest.mark.django_db(transaction=True)
def test_old_reasons_live_by_their_class_else_by_the_policy_of_that_day(migrated_to):
    cast = make_cast()
    version = make_course_version(lay_root(), cast.institution_a)
    brief = make_class(version, cast.department, terms=StudyTerms(appeal_words_days=90))
    StudyPolicy.objects.update(effective_from=date(2026, 1, 1), terms=StudyTerms(appeal_words_days=200).as_json())
    entries = migrated_to(BEFORE).get_model("audit", "AuditEntry").objects
    for label, uid in ((brief._meta.label, brief.uid), ("", None)):
        kind = {"target_type": label, "target_uid": uid}
        entries.create(action="practice.list_returned", role="institution", reason=WORDS, **kind)

    migrated_to([])

    sequence(clock.now())
    assert purge_words(clock.now() + timedelta(days=89)) == 0
    assert purge_words(clock.now() + timedelta(days=90)) == 1
    of_class, of_nobody = AuditEntry.objects.filter(action="practice.list_returned").order_by("pk")
    assert (of_class.words, of_nobody.words) == (ERASED_WORDS, WORDS)
    assert purge_words(clock.now() + timedelta(days=199)) == 0
    assert purge_words(clock.now() + timedelta(days=200)) == 1
    sequence(clock.now())
    assert verify().findings == []
