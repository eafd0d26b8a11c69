import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import open_to_change


class Migration(migrations.Migration):
    dependencies = [("appeals", "0001_initial"), ("people", "0009_add_sealed_words")]

    operations = [
        open_to_change("appeals_appealstep"),
        migrations.AddField(
            model_name="appealstep",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AddField(
            model_name="appealstep",
            name="words_hash",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
    ]
