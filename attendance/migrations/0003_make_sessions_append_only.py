from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("attendance", "0002_add_package_reports")]
    operations = [append_only("attendance_studysession")]
