"""Detecting and deciding: the deeds. Doors import from here."""

from lms.anomalies.services.appeals import appeal, decide_appeal
from lms.anomalies.services.detecting import ask_for_detection, detect, detect_nightly
from lms.anomalies.services.handling import ask_for_statement, give_statement, take_up
from lms.anomalies.services.policies import publish_policy
from lms.anomalies.services.ruling import confirm_ruling, propose_ruling

__all__ = [
    "appeal",
    "ask_for_detection",
    "ask_for_statement",
    "confirm_ruling",
    "decide_appeal",
    "detect",
    "detect_nightly",
    "give_statement",
    "propose_ruling",
    "publish_policy",
    "take_up",
]
