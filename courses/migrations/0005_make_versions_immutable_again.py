from django.db import migrations

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):
    # SQLite made the table anew when 0004 added a column, and dropped its triggers.
    dependencies = [("courses", "0004_add_version_words")]
    operations = [append_only("courses_courseversion", "courses_lessonversion")]
