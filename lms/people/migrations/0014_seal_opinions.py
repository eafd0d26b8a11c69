"""Opinions in identity cases go into sealed notes, which end with the person."""

from django.db import migrations

from lms.kernel.wording import seal_words


class Migration(migrations.Migration):
    dependencies = [("people", "0013_hold_opinions_apart")]

    operations = [seal_words("people", {"IdentityCase": ("opinion", ("person_id",))}, days=None, at="opened_at")]
