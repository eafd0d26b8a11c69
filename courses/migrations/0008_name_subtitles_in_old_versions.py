import hashlib

from django.db import migrations

from lms.kernel.triggers import append_only

VERSIONS = append_only("courses_courseversion", "courses_lessonversion")


def name_subtitles(apps, schema_editor):
    """Let versions from before name the subtitles that their learners see: until now there was one of each language."""
    Subtitle = apps.get_model("courses", "Subtitle")
    LessonVersion = apps.get_model("courses", "LessonVersion")
    for track in Subtitle.objects.order_by("pk").iterator(chunk_size=200):
        track.digest = hashlib.sha256(track.webvtt.encode()).hexdigest()
        track.save(update_fields=["digest"])
        named = {"uid": str(track.uid), "language": track.language, "label": track.label, "digest": track.digest}
        for lesson in LessonVersion.objects.filter(video_id=track.video_id).iterator(chunk_size=200):
            lesson.subtitles = [*lesson.subtitles, named]
            lesson.save(update_fields=["subtitles"])


class Migration(migrations.Migration):
    # The tables lose their triggers while the new column is filled, and get them again: SQLite dropped them anyway.
    dependencies = [("courses", "0007_number_subtitles_and_name_them_in_versions")]
    operations = [
        migrations.RunPython(VERSIONS.reverse_code, migrations.RunPython.noop),
        migrations.RunPython(name_subtitles, migrations.RunPython.noop),
        VERSIONS,
    ]
