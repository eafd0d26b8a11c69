from django.db import migrations, models

from lms.kernel.triggers import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0002_add_parts_of_points_and_popup_answers'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='popupanswer',
            constraint=models.UniqueConstraint(fields=('enrolment', 'lesson_uid', 'popup_id', 'version_uid'), name='popup_version_answered_once'),
        ),
        migrations.RemoveConstraint(
            model_name='popupanswer',
            name='popup_answered_once',
        ),
        append_only("exams_popupanswer"),
    ]
