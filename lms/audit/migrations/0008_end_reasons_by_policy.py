"""Old reasons live by the terms of the class that they belong to, else by the policy that was in force when they were given."""

from datetime import timedelta, timezone
from functools import cache, partial

from django.db import migrations
from django.db.models import Q

BATCH = 500
DAYS = 1095  # the fixed life that 0006 gave
EAST8 = timezone(timedelta(hours=8))
# From what an entry names to the class that it belongs to.
CLASSES = {
    "classes.TrainingClass": "frozen_terms",
    "classes.Enrolment": "training_class__frozen_terms",
    "live.LiveSession": "training_class__frozen_terms",
    "practice.PracticeSession": "training_class__frozen_terms",
}


def terms_of(apps, entries):
    """Return the frozen terms of the classes that entries belong to, by what they name. One query for each kind."""
    found = {}
    for label, path in CLASSES.items():
        uids = {entry.target_uid for entry in entries if entry.target_type == label}
        if uids:
            found |= dict(apps.get_model(*label.split(".")).objects.filter(uid__in=uids).values_list("uid", path))
    return found


def policy_days(apps, day):
    """Return for how long the policy keeps words that was in force on a day; the fixed days where none was."""
    holds = Q(effective_to=None) | Q(effective_to__gte=day)
    policies = apps.get_model("planning", "StudyPolicy").objects.filter(holds, effective_from__lte=day)
    newest = policies.order_by("-effective_from", "-version").first()
    return newest.terms.get("appeal_words_days", DAYS) if newest else DAYS


def settle(apps, schema_editor):
    """Give the notes of old entries the life that the policy says; those that end with their persons keep theirs."""
    entries = apps.get_model("audit", "AuditEntry").objects.filter(note__erased_at=None, note__expires_at__isnull=False)
    notes, last = apps.get_model("people", "SealedWords").objects, 0
    days_on = cache(partial(policy_days, apps))
    while batch := list(entries.filter(pk__gt=last).select_related("note").order_by("pk")[:BATCH]):
        last = batch[-1].pk
        fixed = [one for one in batch if one.note.expires_at == one.at + timedelta(days=DAYS)]
        terms = terms_of(apps, fixed)
        for entry in fixed:
            own = terms.get(entry.target_uid)
            days = own.get("appeal_words_days", DAYS) if own else days_on(entry.at.astimezone(EAST8).date())
            if days != DAYS:
                notes.filter(pk=entry.note_id).update(expires_at=entry.at + timedelta(days=days))


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0007_close_entries_again"),
        ("classes", "0001_initial"),
        ("live", "0003_add_rooms"),
        ("planning", "0001_initial"),
        ("practice", "0001_initial"),
    ]

    operations = [migrations.RunPython(settle, migrations.RunPython.noop)]
