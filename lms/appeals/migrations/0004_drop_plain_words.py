from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("appeals", "0003_seal_words")]

    operations = [
        migrations.RemoveField(model_name="appealstep", name="words"),
        append_only("appeals_appealstep"),
    ]
