import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import open_to_change


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_add_log_of_evidence"), ("people", "0012_drop_plain_words")]

    operations = [
        open_to_change("audit_auditentry"),
        migrations.AddField(
            model_name="auditentry",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="words_hash",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
    ]
