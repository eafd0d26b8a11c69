"""What was written in the open goes into sealed notes; the rows keep a digest and are logged anew under new names."""

from django.db import migrations

from lms.kernel.wording import seal_words

DAYS = 1095  # the class's `appeal_words_days` where nobody chose another


class Migration(migrations.Migration):
    dependencies = [("practice", "0002_hold_words_apart")]

    operations = [
        seal_words("practice", {"PresenceList": ("words", ())}, days=DAYS),
        seal_words(
            "practice", {"PresenceMark": ("reason", ("enrolment__person_id",))}, days=DAYS, at="presence_list__at"
        ),
        seal_words("practice", {"ListDecision": ("opinion", ())}, days=DAYS),
    ]
