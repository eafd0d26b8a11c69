"""Finished values of a learner's pages of live lessons."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from attendance.queries import LessonStudy, lessons_studied
from attendance.rules.words import waiting_for
from lms.access.rules import Actor
from lms.classes.queries import own_enrolment_in
from lms.live.models import LiveSession
from lms.planning.rules import StudyTerms


@dataclass(frozen=True, slots=True)
class LiveStudy:
    """What the page needs to have time in a live lesson counted (直播学习)."""

    enrolment: UUID
    lesson: UUID
    terms: StudyTerms
    credited_ms: int

    @property
    def waits(self) -> str:
        """Return what makes pending time count."""
        return waiting_for(self.terms)


def live_study(actor: Actor, session: LiveSession) -> LiveStudy | None:
    """Return what a learner's page reports for; nothing where the live lesson teaches no lesson of the course."""
    lesson = session.lesson_uid
    if lesson is None:
        return None
    enrolment = own_enrolment_in(actor, session.training_class.uid)
    known = lessons_studied([enrolment.pk]).get((enrolment.pk, lesson), LessonStudy())
    return LiveStudy(enrolment.uid, lesson, session.terms, known.credited_ms)
