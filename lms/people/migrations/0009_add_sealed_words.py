import django.db.models.deletion
from django.db import migrations, models

import lms.kernel.ids
import lms.kernel.sealing


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_add_clock_anchor"), ("people", "0008_ask_providers")]

    operations = [
        migrations.CreateModel(
            name="SealedWords",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=lms.kernel.ids.new_uid, editable=False, unique=True)),
                ("sealed", lms.kernel.sealing.SealedField(null=True, verbose_name="原文")),
                ("expires_at", models.DateTimeField(db_index=True, null=True, verbose_name="到期时间")),
                ("erased_at", models.DateTimeField(null=True, verbose_name="清除时间")),
                (
                    "also",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
            ],
        ),
    ]
