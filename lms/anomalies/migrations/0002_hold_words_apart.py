import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import open_to_change


class Migration(migrations.Migration):
    dependencies = [("anomalies", "0001_initial"), ("people", "0009_add_sealed_words")]

    operations = [
        open_to_change("anomalies_casestep"),
        migrations.AddField(
            model_name="casestep",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AddField(
            model_name="casestep",
            name="words_hash",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
    ]
