"""What was written in the open goes into sealed notes; the rows keep a digest and are logged anew under new names."""

from django.db import migrations

from lms.kernel.wording import seal_words

# Its words keep their numbers, which are in the log: nobody else's may take them first.
FACES = ("faces", "0012_use_shared_words")


class Migration(migrations.Migration):
    dependencies = [("people", "0010_hold_words_apart"), FACES]

    operations = [
        seal_words("people", {"IdentityCheck": ("words", ("person_id",))}, days=None),
        seal_words("people", {"PersonMerge": ("reason", ("absorbed_id",))}, days=None, also="survivor_id"),
        seal_words("people", {"MergeStep": ("words", ("merge__absorbed_id",))}, days=None, also="merge__survivor_id"),
    ]
