from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_initial")]
    operations = [append_only("courses_courseversion", "courses_lessonversion")]
