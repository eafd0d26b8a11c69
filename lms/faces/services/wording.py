"""How long is kept what people write in requests, rulings and opinions."""

from __future__ import annotations

from lms.faces.queries import policy_on
from lms.faces.rules import WORDS_DAYS
from lms.kernel import clock
from lms.people.models import Person
from lms.people.services import KeptWords, keep_words


def kept_words(person: Person, words: str) -> KeptWords:
    """Seal what was written about a person's face, for as long as the policy says (说明加密留存)."""
    policy = policy_on(clock.today())
    days = policy.face_terms().words_days if policy else WORDS_DAYS
    return keep_words(words, about=person, days=days)
