import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import open_to_change

TABLES = ("presencelist", "presencemark", "listdecision")


def noted(model):
    """Return the operations that give a table of evidence a note and its digest."""
    note = models.OneToOneField(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
    )
    digest = models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要")
    return [
        migrations.AddField(model_name=model, name="note", field=note),
        migrations.AddField(model_name=model, name="words_hash", field=digest, preserve_default=False),
    ]


class Migration(migrations.Migration):
    dependencies = [("practice", "0001_initial"), ("people", "0012_drop_plain_words")]

    operations = [
        open_to_change(*(f"practice_{name}" for name in TABLES)),
        migrations.RenameField(model_name="presencelist", old_name="note", new_name="words"),
        *(operation for name in TABLES for operation in noted(name)),
    ]
