from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("people", "0011_seal_words")]

    operations = [
        migrations.RemoveField(model_name="personmerge", name="reason"),
        migrations.RemoveField(model_name="mergestep", name="words"),
        migrations.RemoveField(model_name="identitycheck", name="words"),
        append_only("people_personmerge", "people_mergestep", "people_identitycheck"),
    ]
