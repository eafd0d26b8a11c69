"""What was written in the open goes into sealed notes; the rows keep a digest and are logged anew under new names."""

import hashlib
import secrets
from datetime import timedelta

from django.db import migrations

KEPT = timedelta(days=365)


def seal_words(apps, schema_editor):
    """Seal the words of every row, for a year from when they were written."""
    notes = apps.get_model("faces", "FaceWords")
    owners = {
        "FaceExemption": "person_id",
        "ExemptionRuling": "exemption__person_id",
        "FaceOpinion": "check_row__person_id",
    }
    for name, person in owners.items():
        model = apps.get_model("faces", name)
        rows = list(model.objects.order_by("pk").values_list("pk", person, "words", "at"))
        for pk, owner, words, at in rows:
            held = secrets.token_hex(16) + words
            note = notes.objects.create(person_id=owner, sealed=held, expires_at=at + KEPT)
            model.objects.filter(pk=pk).update(note=note, words_hash=hashlib.sha256(held.encode()).hexdigest())


def open_words(apps, schema_editor):
    """Write the words into the rows again; those that were erased stay away."""
    for name in ("FaceExemption", "ExemptionRuling", "FaceOpinion"):
        model = apps.get_model("faces", name)
        for row in model.objects.select_related("note"):
            model.objects.filter(pk=row.pk).update(words=(row.note.sealed or "")[32:])


class Migration(migrations.Migration):
    dependencies = [("faces", "0007_hold_words_apart"), ("kernel", "0004_add_clock_anchor")]

    operations = [migrations.RunPython(seal_words, open_words)]
