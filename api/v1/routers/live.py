"""/me/live-sessions: what one's classes are taught live, and whether one may come in now."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Router

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.live import LiveDoorOut, LiveOut, LivePresenceOut, ReplayOut
from api.v1.schemas.study import MediaOut
from attendance.queries.lives import Moment, attendance_of, timeline_of
from courses.middleware import media_key
from courses.models import Video
from courses.queries.media import media_of
from courses.queries.subtitles import film_words
from lms.access.views import SignedInRequest
from lms.classes.queries import own_enrolment_in
from lms.live.models import LiveSession
from lms.live.queries.files import file_data, replay_files
from lms.live.queries.replays import (
    FilmPage,
    Line,
    counting_of,
    learned_live,
    lines_of,
    pages_of,
    replay_shown,
    watching_for,
)
from lms.live.queries.sessions import coming_of, entrance_of, live_of_learner, lives_of_learner
from lms.live.queries.slides import page_url
from lms.live.rules.lifecycle import OVER

router = Router()
MOST = 100


def live_out(session: LiveSession) -> dict[str, Any]:
    """Return a live lesson's fields."""
    same = ("title", "starts_at", "ends_at", "state", "reason", "began_at", "ended_at")
    return {name: getattr(session, name) for name in same} | {
        "id": session.uid,
        "training_class": session.training_class.uid,
        "opens_at": session.opens_at,
        "teacher": session.teacher.called,
    }


@router.get("/me/live-sessions", response={200: list[LiveOut], **PROBLEMS}, summary="我的直播课")
def my_live_sessions(request: SignedInRequest, show: Literal["coming", "over"] = "coming") -> Any:
    """Return the live lessons of one's classes: what comes, the nearest first, or what is over, the newest first.

    Open to everybody who is signed in.
    """
    person_id = actor_of(request).person_id
    over = lives_of_learner(person_id).filter(state__in=OVER).reverse()
    return [live_out(one) for one in (coming_of(person_id) if show == "coming" else over)[:MOST]]


@router.get("/me/live-sessions/{uuid:uid}", response={200: LiveDoorOut, **PROBLEMS}, summary="直播课与准入")
def my_live_session(request: SignedInRequest, uid: UUID) -> Any:
    """Return a live lesson of an own class, and why one may not come in now. Open to the learners of the class."""
    actor = actor_of(request)
    session = live_of_learner(actor, uid)
    entrance = entrance_of(actor, session)
    return live_out(session) | {"bar": entrance.bar, "bar_sentence": entrance.sentence}


def moment_out(one: Moment) -> dict[str, Any]:
    """Return a line's fields."""
    return {"at": one.at, "until": one.until, "seconds": one.ms // 1000, "counted": one.counted, "sentence": one.words}


@router.get(
    "/me/live-sessions/{uuid:uid}/attendance", response={200: LivePresenceOut, **PROBLEMS}, summary="本人到课情况"
)
def my_attendance(request: SignedInRequest, uid: UUID) -> Any:
    """Return when one was in a live lesson, what of it counted, what did not and why. Open to the learners of the class."""
    actor = actor_of(request)
    session = live_of_learner(actor, uid)
    enrolment = own_enrolment_in(actor, session.training_class.uid)
    found = attendance_of(session, enrolment)
    own = found.rows[0]
    return {
        "on_air_seconds": found.air.total_ms // 1000,
        "counted_seconds": own.credit_ms // 1000,
        "percent": own.percent,
        "least_percent": session.terms.live_minimum_percent,
        "is_enough": own.is_enough,
        "visits": own.visits,
        "lines": [moment_out(one) for one in timeline_of(session, enrolment)],
    }


def slide_out(session: LiveSession, one: FilmPage) -> dict[str, Any]:
    """Return a page's fields."""
    shown = (
        {"deck": one.deck, "url": page_url(session.uid, one.deck, one.page)}
        if one.page
        else {"deck": None, "url": None}
    )
    return shown | {name: getattr(one, name) for name in ("at_ms", "name", "page", "page_count")}


def line_out(one: Line) -> dict[str, Any]:
    """Return a line's fields."""
    return {name: getattr(one, name) for name in ("kind", "at_ms", "called", "text")} | {
        "id": one.uid,
        "results": [{"option": option, "count": count} for option, count in one.results],
        "url": one.sound or None,
        "seconds": one.seconds or None,
    }


def captions_out(video: Video | None, language: str) -> dict[str, Any] | None:
    """Return the subtitles of a language, else of the first; nothing where there are none."""
    words = film_words(video, language)
    if words is None:
        return None
    cues = [{"from_ms": cue.start_ms, "to_ms": cue.end_ms, "text": cue.text} for cue in words.cues]
    return {"language": words.language, "languages": [one for one, _ in words.languages], "cues": cues}


@router.get("/me/live-sessions/{uuid:uid}/replay", response={200: ReplayOut, **PROBLEMS}, summary="直播回放")
def my_replay(request: SignedInRequest, uid: UUID, language: str = "") -> Any:
    """Return a published replay: its chapters, slides, what was said, its captions and files. Open to who learns in the class.

    404 `replay_unpublished` before it is published, and once it was taken back.
    """
    session = learned_live(actor_of(request), uid)
    shown = replay_shown(session)
    counting = counting_of(shown)
    media = None
    if shown.video is not None and not counting.counts:
        grant = watching_for(session, request.user.pk)
        media = media_of(shown.video, grant=grant, key=media_key(request))
    return {
        "title": session.title,
        "length_ms": shown.film_ms,
        "counts": counting.counts,
        "counts_sentence": counting.sentence,
        "chapters": [{"at_ms": one.at_ms, "title": one.title} for one in shown.film_chapters()],
        "slides": [slide_out(session, one) for one in pages_of(shown)],
        "lines": [line_out(one) for one in lines_of(shown)],
        "captions": captions_out(shown.video, language),
        "files": [file_data(one) for one in replay_files(session)],
        "media": MediaOut.from_orm(media) if media else None,
    }
