"""Consenting to face checks, enrolling a face, holding a person against it, erasing pictures. Doors import from here."""

from lms.faces.gateways.contract import FacesDownError
from lms.faces.services.checking import TooManyTriesError
from lms.faces.services.consents import give_consent, withdraw_consent
from lms.faces.services.enrolment import Enrolled, enrol, replace_reference
from lms.faces.services.exemptions import ask_exemption, decide_exemption
from lms.faces.services.liveness import (
    Taken,
    Verified,
    challenge_of,
    purge_challenges,
    start_challenge,
    submit_verification,
)
from lms.faces.services.pictures import OTHER_WAY, Shot
from lms.faces.services.policies import publish_policy
from lms.faces.services.providing import provider_for
from lms.faces.services.references import purge_references
from lms.faces.services.reviewing import Pictures, give_opinion, reveal_pictures
from lms.faces.services.wording import kept_words

__all__ = [
    "OTHER_WAY",
    "Shot",
    "Taken",
    "Enrolled",
    "FacesDownError",
    "Pictures",
    "TooManyTriesError",
    "Verified",
    "ask_exemption",
    "challenge_of",
    "decide_exemption",
    "enrol",
    "give_consent",
    "give_opinion",
    "kept_words",
    "provider_for",
    "replace_reference",
    "reveal_pictures",
    "publish_policy",
    "purge_challenges",
    "purge_references",
    "start_challenge",
    "submit_verification",
    "withdraw_consent",
]
