import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import open_to_change


class Migration(migrations.Migration):
    dependencies = [("people", "0009_add_sealed_words")]

    operations = [
        open_to_change("people_personmerge", "people_mergestep", "people_identitycheck"),
        migrations.RenameField(model_name="identitycheck", old_name="note", new_name="words"),
        migrations.AddField(
            model_name="personmerge",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AddField(
            model_name="personmerge",
            name="words_hash",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="mergestep",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AddField(
            model_name="mergestep",
            name="words_hash",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identitycheck",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AddField(
            model_name="identitycheck",
            name="words_hash",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
    ]
