"""What a session was opened for: immutable facts, one query for many sessions."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import blake2b
from hmac import compare_digest
from uuid import UUID

from attendance.models import StudySession
from attendance.rules import AUTO_SETTLE_MS
from lms.classes.models import TrainingClass
from lms.kernel import clock
from lms.planning.rules import StudyTerms


@dataclass(frozen=True, slots=True)
class Fact:
    """A study session's facts. `ends_ms`: when the class's last day ends on the local clock."""

    session_id: int
    uid: UUID
    person_id: int
    enrolment_id: int
    lesson_uid: UUID
    length_ms: int
    nonce: str
    terms: StudyTerms
    ends_ms: int
    is_running: bool

    def token(self, seq: int) -> str:
        """Return the token that proves having read the acknowledgement of `seq` (心跳令牌)."""
        return blake2b(b"%d" % seq, key=self.nonce.encode(), digest_size=12).hexdigest()

    def proves(self, token: str, seq: int) -> bool:
        """Return whether a token continues the stream after `seq`."""
        return compare_digest(token.encode(), self.token(seq).encode())


def facts_of(uids: Iterable[UUID]) -> dict[UUID, Fact]:
    """Return the facts of sessions. One query."""
    related = ("enrolment__training_class", "lesson")
    return {
        session.uid: fact_of(session) for session in StudySession.objects.filter(uid__in=uids).select_related(*related)
    }


def fact_of(session: StudySession) -> Fact:
    """Return the facts of a session whose relations are loaded."""
    training_class = session.enrolment.training_class
    return Fact(
        session_id=session.pk,
        uid=session.uid,
        person_id=session.person_id,
        enrolment_id=session.enrolment_id,
        lesson_uid=session.lesson.lesson_uid,
        length_ms=session.lesson.length_ms,
        nonce=session.nonce,
        terms=training_class.study_terms(),
        ends_ms=end_of_day_ms(training_class),
        is_running=training_class.state == TrainingClass.State.OPEN,
    )


def end_of_day_ms(training_class: TrainingClass) -> int:
    """Return the last millisecond of the class's last day, on the local clock."""
    last = datetime.combine(training_class.ends_on, time.max, tzinfo=clock.SHANGHAI)
    return int(last.timestamp() * 1000)


def draw_interval(terms: StudyTerms) -> int:
    """Return how much credited study until the next check, at random, from a source nobody can predict (随机抽查)."""
    if terms.check_min_ms is None or terms.check_max_ms is None:
        return AUTO_SETTLE_MS
    return terms.check_min_ms + secrets.randbelow(terms.check_max_ms - terms.check_min_ms + 1)


def longest_interval(terms: StudyTerms) -> int:
    """Return the longest that a check may be away under these terms."""
    return AUTO_SETTLE_MS if terms.check_max_ms is None else terms.check_max_ms
