import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0012_drop_plain_words")]

    operations = [
        migrations.AddField(
            model_name="identitycase",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AddField(
            model_name="identitycase",
            name="words_hash",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
    ]
