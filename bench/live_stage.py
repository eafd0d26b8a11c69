"""Lay a class whose live lesson is about to begin, and its learners: python -m bench.live_stage COUNT."""

from __future__ import annotations

import json
import os
import sys
import uuid

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")
MEDIA_COOKIE = "bench"


def lay(count: int) -> dict[str, object]:
    """Return the lesson, the key of who teaches, those of so many learners, and where the last of them watches."""
    from django.db import transaction

    from lms.classes.models import Enrolment, TrainingClass
    from lms.live.models import LiveSession
    from lms.live.queries.playing import stream_address
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
    session = LiveSession.objects.get(uid=stage["live"])
    watched = stream_address(session, user.pk, MEDIA_COOKIE)
    return {"live": stage["live"], "teacher": stage["staff"]["li"], "learners": learners, "watched": watched}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(lay(int(sys.argv[1]))))
