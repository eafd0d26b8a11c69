from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("anomalies", "0003_seal_words")]

    operations = [
        migrations.RemoveField(model_name="casestep", name="words"),
        append_only("anomalies_casestep"),
    ]
