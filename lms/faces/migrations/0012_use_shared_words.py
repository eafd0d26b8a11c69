import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("faces", "0011_move_words")]

    operations = [
        migrations.AlterField(
            model_name="faceexemption",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AlterField(
            model_name="faceexemption",
            name="words_hash",
            field=models.CharField(blank=True, max_length=64, verbose_name="原文摘要"),
        ),
        migrations.AlterField(
            model_name="exemptionruling",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AlterField(
            model_name="exemptionruling",
            name="words_hash",
            field=models.CharField(blank=True, max_length=64, verbose_name="原文摘要"),
        ),
        migrations.AlterField(
            model_name="faceopinion",
            name="note",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.sealedwords"
            ),
        ),
        migrations.AlterField(
            model_name="faceopinion",
            name="words_hash",
            field=models.CharField(blank=True, max_length=64, verbose_name="原文摘要"),
        ),
        migrations.DeleteModel(name="FaceWords"),
        append_only("faces_faceexemption", "faces_exemptionruling", "faces_faceopinion"),
    ]
