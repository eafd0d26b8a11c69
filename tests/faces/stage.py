"""A district in which faces may be looked at: a text, a policy, a gateway whose pictures say how alike they are."""

from __future__ import annotations

import itertools
from datetime import timedelta

from lms.faces import services
from lms.faces.gateways.contract import PictureError, Portrait
from lms.kernel import clock
from lms.people.models import ConsentText
from tests.faces.acting import TURNS
from tests.faces.terms import TERMS

GATEWAY = {"gateway": "tests.faces.stage.Scripted"}
serials = itertools.count(1)


class Scripted:
    """A gateway whose pictures say how alike they are, and in an act which move they show."""

    model_id = "scripted"

    def portrait(self, picture, terms):
        alike, _, rest = picture.partition(b" ")
        move = rest.partition(b" ")[0].decode(errors="replace")
        if alike == b"dark":
            raise PictureError("没有看到人脸。", code="no_face")
        if alike == b"down":
            raise TimeoutError
        return Portrait(alike, TURNS.get(move, 0.0), 0.4 if move == "closer" else 0.3)

    def similarity(self, one, other):
        return float(other)


def lay(cast):
    """Publish a text and a policy, and let 王芳 agree."""
    ConsentText.objects.get_or_create(
        kind="face",
        version="1",
        defaults={"title": "人脸信息处理告知书（示例）", "body": "示例", "effective_from": clock.today()},
    )
    services.publish_policy(terms=TERMS, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    services.give_consent(person=cast.wang.person, version="1", actor=cast.actor("wang"))


def shot(content=b"0.9", purpose="enrol", capture="camera"):
    return services.Shot(content, purpose, capture)


def enrolled(cast, content=b"1", **changes):
    """Enrol 王芳; return how it ended."""
    card = changes.pop("card", None)
    deed = shot(content, **changes)
    return services.enrol(person=cast.wang.person, shot=deed, actor=cast.actor("wang"), card=card)


def acted(cast, content=b"0.9", capture="camera"):
    """Let 王芳 make the moves that are drawn, in pictures so alike; return the check."""
    actor = cast.actor("wang")
    drawn = services.start_challenge(
        person=cast.wang.person, purpose="start", subject="示例", capture=capture, actor=actor
    )
    drawn.issued_at -= timedelta(seconds=5)
    drawn.save()
    shown = enumerate(["centre", *drawn.moves])
    frames = [services.Taken(content + f" {move} {next(serials)}".encode(), place * 1000) for place, move in shown]
    return services.submit_verification(challenge=drawn.uid, frames=frames, actor=actor).check
