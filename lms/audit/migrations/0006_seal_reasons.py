"""Reasons about people go into sealed notes; all entries are logged anew under a new name of the source."""

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from django.db import migrations
from django.db.models import Q
from django.db.models.functions import Now

from lms.kernel.wording import BATCH, SALT, digest_of, salted

DAYS = 1095  # `appeal_words_days` where nobody chose another: of what is about a class too, or about nobody known
# Whose reason is about people, and whether it lives as long as they are kept.
ACTIONS = {
    "people.document_revealed": True,
    "people.case_phones_revealed": True,
    "people.case_decided": True,
    "people.account_separated": True,
    "people.merge_proposed": True,
    "people.merge_confirmed": True,
    "people.merge_refused": True,
    "people.merge_undone": True,
    "faces.pictures_revealed": True,
    "faces.reference_replaced": True,
    "access.role_revoked": True,
    "attendance.offline_corrected": False,
    "live.member_removed": False,
    "live.message_deleted": False,
    "practice.list_confirmed": False,
    "practice.list_returned": False,
}
# From what an entry names to the persons: the first path that leads to somebody, and to the second person.
PERSONS = {
    "people.Person": (("pk",), ()),
    "people.User": (("person_id",), ()),
    "people.IdentityCase": (("person_id",), ("claimant__person_id",)),
    "people.PersonMerge": (("absorbed_id",), ("survivor_id",)),
    "faces.FaceCheck": (("person_id",), ()),
    "faces.FaceReference": (("person_id",), ()),
    "classes.Enrolment": (("person_id",), ()),
    "live.RoomMember": (("enrolment__person_id", "user__person_id"), ()),
    "live.RoomMessage": (("member__enrolment__person_id", "member__user__person_id"), ()),
}
NAMED = {
    "access.role_revoked": ("user", "people.User"),
    "live.member_removed": ("member", "live.RoomMember"),
    "live.message_deleted": ("message", "live.RoomMessage"),
}


def named(entry):
    """Return the kind and uid of what leads from an entry to a person."""
    key, label = NAMED.get(entry.action, ("", ""))
    if key in entry.data:
        return label, UUID(entry.data[key])
    return entry.target_type, entry.target_uid


def persons_of(apps, entries):
    """Return whom entries are about: of what they name the person and the second one. One query for each kind."""
    wanted = defaultdict(set)
    for entry in entries:
        label, uid = named(entry)
        if label in PERSONS:
            wanted[label].add(uid)
    found = {}
    for label, uids in wanted.items():
        first, second = PERSONS[label]
        rows = apps.get_model(*label.split(".")).objects.filter(uid__in=uids)
        for uid, *keys in rows.values_list("uid", *first, *second):
            about = next((key for key in keys[: len(first)] if key), None)
            found[label, uid] = (about, *keys[len(first) :], None)[:2]
    return found


def seal(apps, schema_editor):
    """Seal the reasons of old entries."""
    entries = apps.get_model("audit", "AuditEntry").objects
    notes = apps.get_model("people", "SealedWords")
    worded = entries.filter(action__in=ACTIONS).exclude(reason="").order_by("pk")
    while batch := list(worded[:BATCH]):
        persons = persons_of(apps, batch)
        for entry in batch:
            person, also = persons.get(named(entry), (None, None))
            held, lasts = salted(entry.reason), ACTIONS[entry.action] and person
            ends = None if lasts else entry.at + timedelta(days=DAYS)
            entry.note = notes(person_id=person, also_id=also, sealed=held, expires_at=ends)
            entry.reason, entry.words_hash = "", digest_of(held)
        notes.objects.bulk_create([entry.note for entry in batch])
        entries.bulk_update(batch, ["reason", "note", "words_hash"])
    gone = Q(person__erased_at__isnull=False) | Q(also__erased_at__isnull=False)
    notes.objects.filter(gone, erased_at=None, expires_at=None).update(expires_at=Now())  # the next purge ends them


def unseal(apps, schema_editor):
    """Bring the reasons back into the open."""
    entries = apps.get_model("audit", "AuditEntry").objects
    for entry in entries.exclude(note=None).select_related("note"):
        entries.filter(pk=entry.pk).update(reason=(entry.note.sealed or "")[SALT:], note=None, words_hash="")
        entry.note.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_hold_reasons_apart"),
        ("faces", "0012_use_shared_words"),  # its notes keep their numbers, which are in the log
        ("people", "0012_drop_plain_words"),
        ("classes", "0001_initial"),
        ("live", "0003_add_rooms"),
    ]

    operations = [migrations.RunPython(seal, unseal)]
