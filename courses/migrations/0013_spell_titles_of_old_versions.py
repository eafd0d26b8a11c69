from django.db import migrations

from lms.kernel.triggers import append_only
from lms.kernel.zh import pinyin

VERSIONS = append_only("courses_courseversion", "courses_lessonversion")


def spell_titles(apps, schema_editor):
    """Let versions from before be found by the pinyin of their titles too."""
    versions = apps.get_model("courses", "CourseVersion").objects
    for pk, title in versions.values_list("pk", "title").iterator(chunk_size=200):
        versions.filter(pk=pk).update(pinyin=pinyin(title))


class Migration(migrations.Migration):
    # The tables lose their triggers while the new column is filled, and get them again: SQLite dropped them anyway.
    dependencies = [("courses", "0012_add_nature_and_mode")]
    operations = [
        migrations.RunPython(VERSIONS.reverse_code, migrations.RunPython.noop),
        migrations.RunPython(spell_titles, migrations.RunPython.noop),
        VERSIONS,
    ]
