"""What a session was opened for: immutable facts, one query for many sessions."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import blake2b
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

from attendance.models import StudySession
from attendance.rules import SeatState
from attendance.rules.replays import Reel, reel_of
from attendance.services.lives import followed_lives, played_replays
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.live.models import LiveSession, Replay
from lms.planning.rules import StudyTerms


class Standing(NamedTuple):
    """Whether a class is open, when its last day ends on the local clock, and the course's version it goes by (班级状态)."""

    is_open: bool
    ends_ms: int
    version_id: int | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A study session's facts. How the class stands and whether the learner is in it may change, the others never."""

    session_id: int
    uid: UUID
    person_id: int
    owner_id: int  # whose record that is: who signs in is the person that it was merged into
    enrolment_id: int
    class_id: int
    lesson_uid: UUID
    length_ms: int
    nonce: str
    terms: StudyTerms
    version_id: int
    standing: Standing
    is_enrolled: bool
    live_id: int | None = None  # the live lesson that it follows as it is given
    reel: Reel | None = None  # the recording that it plays of one that is over
    film_uid: UUID | None = None  # of that recording

    def is_over(self, moment: int) -> bool:
        """Return whether nothing counts any more at a moment in ms.

        The class is closed, past, or goes by another version, or the learner has left it.
        """
        goes_on = self.standing.is_open and self.is_enrolled and self.standing.version_id == self.version_id
        return not goes_on or moment > self.standing.ends_ms

    def token(self, seq: int) -> str:
        """Return the token that proves having read the acknowledgement of `seq` (心跳令牌)."""
        return blake2b(b"%d" % seq, key=self.nonce.encode(), digest_size=12).hexdigest()

    def proves(self, token: str, seq: int) -> bool:
        """Return whether a token continues the stream after `seq`."""
        return compare_digest(token.encode(errors="replace"), self.token(seq).encode())


def facts_of(uids: Iterable[UUID]) -> dict[UUID, Fact]:
    """Return the facts of sessions. One query, and two where there are live lessons among them."""
    related = ("enrolment__training_class", "lesson", "person")
    sessions = list(StudySession.objects.filter(uid__in=uids).select_related(*related))
    lives, replays = followed_lives(sessions), played_replays(sessions)
    return {
        session.uid: fact_of(session, lives.get(session.pk), replays.get(session.pk)) for session in sessions
    }  # fmt: skip


def fact_of(session: StudySession, live: LiveSession | None = None, replay: Replay | None = None) -> Fact:
    """Return the facts of a session whose relations are loaded. It follows `live`, or plays `replay`."""
    training_class = session.enrolment.training_class
    return Fact(
        session_id=session.pk,
        uid=session.uid,
        person_id=session.person_id,
        owner_id=session.person.owner_id,
        enrolment_id=session.enrolment_id,
        class_id=training_class.pk,
        lesson_uid=session.lesson.lesson_uid,
        length_ms=session.lesson.length_ms,
        nonce=session.nonce,
        terms=training_class.study_terms(),
        standing=standing(training_class.state, training_class.ends_on, training_class.course_version_id),
        version_id=session.lesson.course_version_id,
        is_enrolled=session.enrolment.state == Enrolment.State.ACTIVE,
        live_id=live.pk if live else None,
        reel=reel_of(replay.film_parts()) if replay else None,
        film_uid=replay.film_uid if replay else None,
    )


def standing_of(class_ids: Collection[int]) -> dict[int, Standing]:
    """Return how classes stand. One query."""
    rows = TrainingClass.objects.filter(pk__in=class_ids).values_list("pk", "state", "ends_on", "course_version_id")
    return {pk: standing(state, ends_on, version_id) for pk, state, ends_on, version_id in rows}


def standing(state: str, ends_on: date, version_id: int | None) -> Standing:
    """Return how a class stands that is in a state, ends with a day and goes by a version."""
    last = datetime.combine(ends_on, time.max, tzinfo=clock.SHANGHAI)
    return Standing(state == TrainingClass.State.OPEN, int(last.timestamp() * 1000), version_id)


def left_classes(class_ids: Collection[int]) -> set[int]:
    """Return the enrolments of classes that are over before the class is. One query."""
    left = Enrolment.objects.filter(training_class__in=class_ids).exclude(state=Enrolment.State.ACTIVE)
    return set(left.values_list("pk", flat=True))


def still_holds(fact: Fact) -> bool:
    """Return whether the class stands and the learner is in it as when a fact was read. One query."""
    columns = ("state", "training_class__state", "training_class__ends_on", "training_class__course_version_id")
    row = Enrolment.objects.filter(pk=fact.enrolment_id, training_class=fact.class_id).values_list(*columns).first()
    if row is None:
        return False
    state, *stands = row
    return fact.is_enrolled == (state == Enrolment.State.ACTIVE) and fact.standing == standing(*stands)


def draw_interval(terms: StudyTerms) -> int:
    """Return how much credited study until the next check, at random, from a source nobody can predict (随机抽查).

    0 where there are no checks: drawn when the person sits down in a class that has them.
    """
    if terms.check_min_ms is None or terms.check_max_ms is None:
        return 0
    return terms.check_min_ms + secrets.randbelow(terms.check_max_ms - terms.check_min_ms + 1)


def must_draw(seat: SeatState, terms: StudyTerms) -> bool:
    """Return whether the way to the next check must be drawn: never yet, or it is longer than these terms allow."""
    if terms.check_max_ms is None or seat.check_due:
        return False
    return seat.until_check <= 0 or seat.until_check > terms.check_max_ms
