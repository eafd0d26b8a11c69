"""People before a camera, without pictures: each frame says in JSON who it shows and how they hold their head."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

from lms.faces import services
from lms.faces.gateways.contract import PictureError, Portrait
from lms.faces.services import Taken
from lms.kernel import clock
from lms.people.models import ConsentText
from tests.faces.terms import TERMS

TURNS = {"left": 0.35, "right": -0.35, "centre": 0.02, "closer": 0.0}
serials = itertools.count(1)


class Actors:
    """A gateway that believes what a frame says: one person is 0.8 like themselves, two are 0.1."""

    model_id = "acting"

    def portrait(self, picture, terms):
        shown = json.loads(picture)
        if shown["who"] == "down":
            raise TimeoutError
        if shown["who"] == "nobody":
            raise PictureError("没有看到人脸。", code="no_face")
        return Portrait(shown["who"].encode(), shown["turn"], shown["share"])

    def similarity(self, one, other):
        if one == other:
            return 0.8
        return 0.4 if {one, other} == {b"wang", b"sister"} else 0.1


def frame(move: str, at_ms: int, who: str = "wang", **shown: float) -> Taken:
    """Return a frame of somebody who makes a move; a camera never takes the same picture twice."""
    share = 0.4 if move == "closer" else 0.3
    content = {"who": who, "turn": TURNS[move], "share": share, "serial": next(serials)} | shown
    return Taken(json.dumps(content).encode(), at_ms)


def made(moves: Sequence[str], who: str = "wang", **shown: float) -> list[Taken]:
    """Return the frames of somebody who follows the moves, a second each."""
    return [frame(move, place * 1000, who, **shown) for place, move in enumerate(["centre", *moves])]


def lay_policy(office, terms=TERMS):
    """Publish the text of the consent and a policy."""
    ConsentText.objects.create(kind="face", version="1", title="示例", body="示例", effective_from=clock.today())
    services.publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=office)


def lay_face(person, actor, picture=None):
    """Let a person agree and enrol a face."""
    services.give_consent(person=person, version="1", actor=actor)
    shot = services.Shot(picture or frame("centre", 0).content, "enrol", "camera")
    services.enrol(person=person, shot=shot, actor=actor)


def exempted(person, actor, office):
    """Let a person ask for another way, and the office grant it."""
    asked = services.ask_exemption(person=person, reason="disability", words="示例", actor=actor)
    return services.decide_exemption(exemption=asked.uid, granted=True, words="示例", actor=office)
