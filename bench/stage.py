"""Lay tables and learners who sit at a lesson, in the environment's database: python -m bench.stage COUNT [STORED].

Tables without migrations, which take long; what the migrations add to the beats (months, triggers) is added here.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attendance.services import Opened
    from lms.classes.models import TrainingClass
    from lms.people.models import User

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")


def lay(count: int) -> dict[str, object]:
    """Return what the clients need: a session, its token and a key to sign in with, for each learner."""
    from django.db import connection, transaction

    from lms.classes.models import TrainingClass
    from lms.kernel.triggers import FUNCTION, statements
    from tests.live.stage import lay_class, lay_tables, signed_in

    lay_tables()
    postgres = connection.vendor == "postgresql"
    with connection.schema_editor() as editor:
        import_module("attendance.migrations.0004_part_beats_by_month").part(None, editor)
        for statement in [FUNCTION] * postgres + statements("attendance_beat", postgres=postgres):
            editor.execute(statement, params=None)
    stage = lay_class(0, daily_cap_ms=None)
    training_class = TrainingClass.objects.get(uid=stage["training_class"])
    learners = []
    with transaction.atomic():  # one commit instead of ten per learner
        for _ in range(count):
            user, opened = seat(training_class, stage["lesson"])
            one = {"token": signed_in(user), "session": str(opened.session), "beat_token": opened.ack.token}
            learners.append(one)
    return {"learners": learners}


def seat(training_class: TrainingClass, lesson_uid: object) -> tuple[User, Opened]:
    """Make a learner who sits at a lesson."""
    from attendance.services import open_session
    from lms.access.queries import actor_for
    from lms.classes.models import Enrolment
    from lms.people.models import Assurance, Person, User

    name = f"bench-{uuid.uuid4().hex}"
    person = Person.objects.create(name="示例", document_index=name, assurance=Assurance.DECLARED)
    user = User.objects.create(username=name, person=person)
    enrolment = Enrolment.objects.create(training_class=training_class, person=person)
    opened = open_session(
        enrolment=enrolment, lesson_uid=lesson_uid, client="pc", device="bench", key="bench", actor=actor_for(user)
    )
    return user, opened


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(lay(int(sys.argv[1]))))
