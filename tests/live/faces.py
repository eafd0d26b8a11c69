"""A gateway for browsers without a face before them: whoever is asked for moves, makes them."""

from __future__ import annotations

from lms.faces.gateways.contract import Portrait
from lms.faces.models import FaceChallenge
from tests.faces.acting import TURNS

DOUBTED = "学员乙"  # nobody can tell whether it is this learner who answers a check


class Obliging:
    """Sees in picture after picture what the newest challenge asks for."""

    model_id = "obliging"

    def __init__(self):
        newest = FaceChallenge.objects.exclude(taken_at=None).order_by("-taken_at").first()
        self.left = ["centre", *(newest.moves if newest else ())]
        self.is_doubted = bool(newest and newest.session_uid and newest.person.name == DOUBTED)

    def portrait(self, picture, terms):
        move = self.left.pop(0)
        return Portrait(
            b"not quite that face" if self.is_doubted else b"one face", TURNS[move], 0.4 if move == "closer" else 0.3
        )

    def similarity(self, one, other):
        return 0.4 if self.is_doubted and one != other else 0.8
