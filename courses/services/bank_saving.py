"""A question as a form sends it: it is saved with its new sounds, or neither is (保存试题)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.db import transaction

from courses.models import Question, QuestionAudio
from courses.services.bank import Draft, change_question, checked, create_question, tidied_draft
from courses.services.sounds import NewSound, keep_sound, stored_sounds
from lms.access.rules import Actor, require
from lms.organisations.models import Organisation


def save_question(
    *,
    question: Question | None,
    institution: Organisation,
    draft: Draft,
    sounds: Mapping[int, NewSound],
    actor: Actor,
    based_on: int | None = None,
) -> Question:
    """Add or change a question; `sounds`: new ones by place, 0 is the stem, n is part n of a case. Returns the question.

    A sound's file is looked at only once the rest is known to be fit. Raises InvalidError and ConflictError.
    """
    require(actor, "courses.edit", institution)
    checked(draft, institution)
    with stored_sounds(sounds, institution, actor) as stored, transaction.atomic():
        for place, sound in stored.items():
            keep_sound(sound=sound, size_bytes=sounds[place].size_bytes, actor=actor)
        heard = with_sounds(draft, stored)
        if question is None:
            return create_question(institution=institution, draft=heard, actor=actor)
        change_question(question=question, draft=heard, actor=actor, based_on=based_on)
    return question


def with_sounds(draft: Draft, stored: Mapping[int, QuestionAudio]) -> Draft:
    """Return a draft with new sounds at their places."""
    full = tidied_draft(draft)
    media, *parts = (
        replace(one, audio=stored.get(place, one.audio)) for place, one in enumerate((full.media, *full.parts))
    )
    return replace(full, media=media, parts=tuple(parts))
