import django.db.models.deletion
from django.db import migrations, models

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("faces", "0008_seal_words")]

    operations = [
        migrations.AlterField(
            model_name="faceexemption",
            name="note",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faces.facewords"
            ),
        ),
        migrations.RemoveField(model_name="faceexemption", name="words"),
        migrations.AlterField(
            model_name="exemptionruling",
            name="note",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faces.facewords"
            ),
        ),
        migrations.RemoveField(model_name="exemptionruling", name="words"),
        migrations.AlterField(
            model_name="faceopinion",
            name="note",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faces.facewords"
            ),
        ),
        migrations.RemoveField(model_name="faceopinion", name="words"),
        append_only("faces_faceexemption", "faces_exemptionruling", "faces_faceopinion"),
    ]
