from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("classes", "0002_initial")]
    operations = [append_only("classes_classdecision")]
