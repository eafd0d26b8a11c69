import django.db.models.deletion
from django.db import migrations, models

import lms.kernel.ids
import lms.kernel.sealing
from lms.kernel.triggers import open_to_change


class Migration(migrations.Migration):
    dependencies = [("faces", "0006_make_opinions_append_only"), ("people", "0007_add_person_merges")]

    operations = [
        open_to_change("faces_faceexemption", "faces_exemptionruling", "faces_faceopinion"),
        migrations.CreateModel(
            name="FaceWords",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=lms.kernel.ids.new_uid, editable=False, unique=True)),
                ("sealed", lms.kernel.sealing.SealedField(null=True, verbose_name="原文")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="到期时间")),
                ("erased_at", models.DateTimeField(null=True, verbose_name="清除时间")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="faceexemption",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faces.facewords"
            ),
        ),
        migrations.AddField(
            model_name="faceexemption",
            name="words_hash",
            field=models.CharField(default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="exemptionruling",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faces.facewords"
            ),
        ),
        migrations.AddField(
            model_name="exemptionruling",
            name="words_hash",
            field=models.CharField(default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="faceopinion",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faces.facewords"
            ),
        ),
        migrations.AddField(
            model_name="faceopinion",
            name="words_hash",
            field=models.CharField(default="", max_length=64, verbose_name="原文摘要"),
            preserve_default=False,
        ),
    ]
