"""What was written in the open goes into sealed notes; the rows keep a digest and are logged anew under new names."""

from django.db import migrations

from lms.kernel.wording import seal_words

# Its words keep their numbers, which are in the log: nobody else's may take them first.
FACES = ("faces", "0012_use_shared_words")


class Migration(migrations.Migration):
    dependencies = [("anomalies", "0002_hold_words_apart"), FACES]

    operations = [
        seal_words(
            "anomalies",
            {"CaseStep": ("words", ("person_id", "case__person_id"))},
            days=1825,
        )
    ]
