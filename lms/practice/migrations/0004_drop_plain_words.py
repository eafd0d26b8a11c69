from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("practice", "0003_seal_words")]

    operations = [
        migrations.RemoveField(model_name="presencelist", name="words"),
        migrations.RemoveField(model_name="presencemark", name="reason"),
        migrations.RemoveField(model_name="listdecision", name="opinion"),
        append_only("practice_presencelist", "practice_presencemark", "practice_listdecision"),
    ]
