"""Old words of lists live as long as those of today: by the terms of their class, not a fixed number of days."""

from django.db import migrations

from lms.kernel.wording import live_by_terms


class Migration(migrations.Migration):
    dependencies = [("practice", "0004_drop_plain_words"), ("people", "0012_drop_plain_words")]

    operations = [
        live_by_terms(
            "practice",
            {
                "PresenceList": ("session__training_class", "at"),
                "PresenceMark": ("presence_list__session__training_class", "presence_list__at"),
                "ListDecision": ("presence_list__session__training_class", "at"),
            },
            days=1095,
        )
    ]
