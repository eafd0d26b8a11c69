"""Words that were written of faces move to the table of all such words, under the numbers that the log has of them."""

from django.core.management.color import no_style
from django.db import migrations

from lms.kernel.triggers import open_to_change


def move_words(apps, schema_editor):
    """Seal each note anew in the shared table: a ciphertext opens only in the column it was made for."""
    copy_words(apps.get_model("faces", "FaceWords"), apps.get_model("people", "SealedWords"), schema_editor.connection)


def move_back(apps, schema_editor):
    """Seal each note of a face anew in the faces' own table."""
    copy_words(apps.get_model("people", "SealedWords"), apps.get_model("faces", "FaceWords"), schema_editor.connection)


def copy_words(old, new, connection):
    """Copy notes with their numbers, and let the next number come after them."""
    for note in old.objects.exclude(expires_at=None).order_by("pk").iterator(chunk_size=500):
        names = ("pk", "uid", "person_id", "sealed", "expires_at", "erased_at")
        new.objects.create(**{name: getattr(note, name) for name in names})
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [new]):
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("faces", "0010_ask_providers"), ("people", "0009_add_sealed_words")]

    operations = [
        migrations.RunPython(move_words, move_back),
        open_to_change("faces_faceexemption", "faces_exemptionruling", "faces_faceopinion"),
    ]
