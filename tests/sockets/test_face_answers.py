"""A face check says the same over the socket as over HTTP: a posted answer is none, moves that were made are one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async

from attendance.consumers import collector as collecting
from attendance.services import ask_face_for_check, submit_face
from tests.faces.acting import lay_face, lay_policy, made
from tests.sockets.conftest import TERMS

pytestmark = pytest.mark.django_db(transaction=True)
FACED = replace(TERMS, check_min_ms=10_000, check_max_ms=10_000, check_kinds=("face",))


@pytest.fixture
def faced(cast, people, settings):
    """Return 王芳 in a class that asks for faces, her own enrolled."""
    settings.FACES = {"gateway": "tests.faces.acting.Actors"}
    lay_policy(cast.actor("sun"))
    lay_face(cast.wang.person, cast.actor("wang"))
    training_class = people[0].enrolment.training_class
    training_class.frozen_terms = FACED.as_json()
    training_class.save(update_fields=["frozen_terms"])
    people[0].sit("k2")
    return people[0]


async def test_posted_answer_is_refused_and_the_moves_answer(faced, traveller):
    wang = await faced.connect()
    traveller.advance(seconds=10)
    await wang.say()
    check = (await wang.ack())["check"]
    answer = {"type": "answer", "check": check["id"], "answer": "face"}

    await wang.line.send_json_to(answer)
    refused = await wang.hear()
    drawn = await sync_to_async(ask_face_for_check)(
        session=wang.opened.session, number=check["id"], capture="camera", actor=wang.actor
    )
    traveller.advance(seconds=4)
    await sync_to_async(submit_face)(challenge=drawn.uid, frames=made(drawn.moves), actor=wang.actor)
    await wang.line.send_json_to(answer)
    answered = await wang.hear()
    await collecting.collector().stop()
    await wang.line.disconnect()
    await wang.line.wait()

    assert (check["kind"], check["question"]) == ("face", None)
    assert (refused["type"], refused["code"]) == ("refused", "face_needed")
    assert (answered["type"], answered["result"], answered["credited_seconds"]) == ("answered", "passed", 10)
