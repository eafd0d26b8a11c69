"""What one would write first: a JSON consumer that takes each beat in an ORM transaction of its own, by the same rule."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.dev")
from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.db import database_sync_to_async  # noqa: E402 - the app registry must be ready
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.db import transaction  # noqa: E402
from django.urls import path  # noqa: E402

from attendance.models import Beat, Seat, StudySession  # noqa: E402
from attendance.rules import Claim, SeatState, pack, study, unpack  # noqa: E402
from attendance.services.facts import fact_of  # noqa: E402
from lms.kernel import clock  # noqa: E402
from lms.people.consumers import SignedInConsumer, signed_in_door  # noqa: E402

FIELDS = [name for name in SeatState.__dataclass_fields__ if name not in {"person", "covered"}]


@transaction.atomic
def take(session: StudySession, claims: list[Claim]) -> int:
    """Read, decide, write, in one transaction; return what is acknowledged."""
    row = Seat.objects.select_for_update().get(pk=session.person_id)
    state = SeatState(row.pk, **{name: getattr(row, name) for name in FIELDS}, covered=unpack(row.covered))
    terms = session.enrolment.training_class.study_terms()
    moved, pieces = study(state, terms, session.lesson.length_ms, clock.now_ms(), claims)
    for piece in pieces:
        Beat.objects.create(person_id=row.pk, **piece._asdict())
    for name in FIELDS:
        setattr(row, name, getattr(moved, name))
    row.covered = pack(moved.covered)
    row.save()
    return moved.acked


class NaiveConsumer(SignedInConsumer):
    """One learner's player."""

    async def entered(self) -> None:
        sessions = StudySession.objects.select_related("enrolment__training_class", "lesson", "person")
        self.session = await database_sync_to_async(sessions.get)(uid=self.scope["url_route"]["kwargs"]["session"])
        await self.send_json({"type": "ready"})

    async def received(self, message: dict[str, Any]) -> None:
        claims = [Claim(beat["seq"], beat["from"], beat["to"]) for beat in message["beats"]]
        acked = await database_sync_to_async(take)(self.session, claims)
        await self.send_json({"type": "ack", "acked_seq": acked, "token": fact_of(self.session).token(acked)})


urls = [path("ws/v1/study-sessions/<uuid:session>", signed_in_door(NaiveConsumer.as_asgi()))]
application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(urls)})
