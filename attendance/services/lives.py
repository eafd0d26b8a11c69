"""Attendance at live lessons: who may sit in one, and what the server knows of its picture (直播学习)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from attendance.models import StudySession
from courses.models import LessonKind, LessonVersion
from lms.access.rules import Actor
from lms.classes.models import Enrolment
from lms.kernel.errors import ConflictError, ForbiddenError
from lms.live.models import LiveSession, Replay
from lms.live.queries.air import lives_taught, ms_of
from lms.live.queries.replays import makeup_now, published_replay, replays_given
from lms.live.queries.sessions import entrance_of, given_lesson
from lms.live.rules.admission import Place
from lms.live.rules.lifecycle import ENDED, SCHEDULED
from lms.live.rules.replays import MAKEUP_SENTENCES, Makeup


def refuse_absent_live(enrolment: Enrolment, lesson: LessonVersion, actor: Actor) -> None:
    """Raise unless a lesson that is given live may be studied now: the room is open, and one may come in.

    ConflictError `live_not_planned`, `live_not_open` or what the door says; ForbiddenError for who teaches it.
    """
    session = given_lesson(enrolment.training_class, lesson.lesson_uid)
    if session is None:
        raise ConflictError(
            "这一课是直播课，还没有安排时间。请留意班级的直播安排，或咨询培训机构。", code="live_not_planned"
        )
    entrance = entrance_of(actor, session)
    replay = published_replay(session) if session.state == ENDED and entrance.place == Place.LEARNER else None
    if replay is not None:
        refuse_replay(replay)
        return
    if entrance.bar is not None:
        raise ConflictError(entrance.sentence, code=entrance.bar.value)
    if entrance.place != Place.LEARNER:
        raise ForbiddenError("您是这次直播课的教师，不计学时。", code="not_a_learner")
    if session.state == SCHEDULED:
        raise ConflictError("教师还没有进入教室。请在直播课页面等候，开播后自动开始计时。", code="live_not_open")


def refuse_replay(replay: Replay) -> None:
    """Raise ConflictError unless a published replay makes up for its lesson now: with why not (补课)."""
    found = makeup_now(replay)
    if found != Makeup.COUNTS:
        raise ConflictError(MAKEUP_SENTENCES[found], code=found.value)


def played_replays(sessions: Iterable[StudySession]) -> dict[int, Replay]:
    """Return the replay that each study session plays, by the session's key; none for those that follow it live.

    One query, or none.
    """
    live = [one for one in sessions if one.lesson.kind == LessonKind.LIVE]
    found = replays_given([place_of(one) for one in live]) if live else {}
    return {
        one.pk: found[place_of(one)]
        for one in live
        if place_of(one) in found and not is_present(one, found[place_of(one)].session)
    }


def followed_lives(sessions: Iterable[StudySession]) -> dict[int, LiveSession]:
    """Return the live lesson that each study session follows, by the session's key; none for films. One query, or none.

    A session follows the lesson as it is given when it was opened before that ended; later ones play its recording.
    """
    live = [one for one in sessions if one.lesson.kind == LessonKind.LIVE]
    if not live:
        return {}
    taught = lives_taught([place_of(one) for one in live])
    found = {one.pk: session for one in live if (session := taught.get(place_of(one))) is not None}
    return {one.pk: found[one.pk] for one in live if one.pk in found and is_present(one, found[one.pk])}


def place_of(session: StudySession) -> tuple[int, UUID]:
    """Return the class and lesson of a study session."""
    return session.enrolment.training_class_id, session.lesson.lesson_uid


def is_present(session: StudySession, live: LiveSession) -> bool:
    """Return whether a study session was opened while its live lesson was not over."""
    return live.ended_at is None or session.opened_ms <= ms_of(live.ended_at)
