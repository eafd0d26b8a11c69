"""Lay a class whose live lesson is about to begin, and its learners: python -m bench.live_stage COUNT."""

from __future__ import annotations

import json
import os
import sys
import uuid

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")


def lay(count: int) -> dict[str, object]:
    """Return the lesson, the key of who teaches and those of so many learners."""
    from django.db import transaction

    from lms.classes.models import Enrolment, TrainingClass
    from lms.people.models import Assurance, Person, User
    from tests.live.stage import lay_live, signed_in

    stage = lay_live()
    training_class, learners = TrainingClass.objects.get(), []
    with transaction.atomic():
        for _ in range(count):
            name = f"bench-{uuid.uuid4().hex}"
            person = Person.objects.create(name="示例", document_index=name, assurance=Assurance.DECLARED)
            user = User.objects.create(username=name, person=person)
            Enrolment.objects.create(training_class=training_class, person=person)
            learners.append(signed_in(user))
    return {"live": stage["live"], "teacher": stage["staff"]["li"], "learners": learners}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(lay(int(sys.argv[1]))))
