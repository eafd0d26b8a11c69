"""The study protocol: open, beats, checks, close. Pages, apps and WeChat use the same; the socket says the same words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Header, Router, Status

from api.v1.auth import actor_of, person_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.study import (
    AckOut,
    AnswerIn,
    AnswerOut,
    BeatsIn,
    CmiOut,
    FilmOut,
    MediaOut,
    PackageOut,
    PackageReportIn,
    PackageReportOut,
    SessionIn,
    SessionOut,
)
from attendance import services
from attendance.queries import newest_report
from attendance.rules import Origin
from attendance.services import BeatsRequest, Claims, shared_facts
from courses.middleware import media_key
from courses.queries.films import TextFilm, films_of
from courses.queries.media import Media, media_for, media_of
from courses.queries.packages import PassKind, stage_of
from courses.rules.playback import LONGEST_MS, Grant, GrantKind
from lms.classes.models import Enrolment
from lms.classes.queries import own_enrolment
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.people.queries import address_of

router = Router()


@router.post("/study-sessions", response={201: SessionOut, **PROBLEMS}, summary="开始学习")
def open_session(
    request: HttpRequest,
    payload: SessionIn,
    idempotency_key: str = Header(..., alias="Idempotency-Key"),  # type: ignore[type-arg]
) -> Any:
    """Open a study session. Open to the learner of the enrolment; another device is taken over, or refused by policy.

    The addresses in `media` and `films` work while this session sits and beats come, and only together with the cookie
    `media_key` that this answer sets: send it with every file.
    """
    actor = actor_of(request)
    enrolment = own_enrolment(actor, payload.enrolment)
    opened = services.open_session(
        enrolment=enrolment,
        lesson_uid=payload.lesson,
        client=payload.client,
        device=payload.device,
        key=idempotency_key,
        actor=actor,
        origin=Origin(media_key(request), address_of(request)),
    )
    grant = Grant(GrantKind.SESSION, opened.session.hex, clock.now_ms() + LONGEST_MS)
    key = media_key(request)
    film = opened.replay.video if opened.replay else None
    media = media_of(film, grant=grant, key=key) if film else media_for(opened.lesson, grant=grant, key=key)
    return Status(
        201,
        SessionOut(
            id=opened.session,
            resume_at=opened.resume_ms,
            beat_seconds=opened.beat_ms // 1000,
            length_seconds=opened.length_ms // 1000,
            media=MediaOut.from_orm(media) if media else None,
            films=[film_out(film, film.media) for film in films_of(opened.lesson, grant=grant, key=key) if film.media],
            package=package_out(opened, enrolment),
            **opened.ack.fields(),
        ),
    )


def film_out(film: TextFilm, media: Media) -> FilmOut:
    """Return a film of the lesson's text with its addresses."""
    return FilmOut(
        id=UUID(film.uid), title=film.title, length_seconds=film.length_ms // 1000, media=MediaOut.from_orm(media)
    )


def package_out(opened: services.Opened, enrolment: Enrolment) -> PackageOut | None:
    """Return where the lesson's package plays and what it finds again; nothing for lessons without one."""
    stage = stage_of(opened.lesson.package, kind=PassKind.SESSION, subject=opened.session)
    if stage is None:
        return None
    last = newest_report(enrolment, opened.lesson.lesson_uid)
    return PackageOut(
        url=stage.url,
        origin=stage.origin,
        sandbox=stage.sandbox,
        mastery_score=stage.mastery_score,
        expires_at=stage.expires_at,
        cmi=CmiOut(
            lesson_status=last.status if last else "not attempted",
            lesson_location=last.location if last else "",
            score_raw=number_of(last.score) if last else None,
            suspend_data=last.suspend_data if last else "",
        ),
    )


def number_of(score: Decimal | None) -> float | None:
    """Return a score as JSON's number."""
    return None if score is None else float(score)


@router.post(
    "/study-sessions/{uuid:session}/package", response={200: PackageReportOut, **PROBLEMS}, summary="保存课件自报"
)
def report_package(
    request: HttpRequest,
    session: UUID,
    payload: PackageReportIn,
    idempotency_key: str = Header(..., alias="Idempotency-Key"),  # type: ignore[type-arg]
) -> Any:
    """Keep what a course package says of itself; it credits nothing. Open to the learner who opened the session."""
    claims = Claims(payload.lesson_status, payload.lesson_location, payload.score_raw, payload.suspend_data)
    kept = services.report_package(session=session, claims=claims, key=idempotency_key, actor=actor_of(request))
    return PackageReportOut(lesson_status=kept.status, score_raw=number_of(kept.score), saved_at=kept.at)


@router.post("/study-sessions/{uuid:session}/beats", response={200: AckOut, **PROBLEMS}, summary="上报心跳")
def beats(request: HttpRequest, session: UUID, payload: BeatsIn) -> Any:
    """Take beats. Open to the learner who opened the session. The same beats again get the same answer."""
    now = clock.now_ms()
    asked = BeatsRequest(session, payload.token, payload.claims(), person_of(request), now)
    answer = services.post_beats([asked], shared_facts.memory_for(session, now))[0]
    if isinstance(answer, DomainError):
        raise answer
    return AckOut(**answer.fields())


@router.post(
    "/study-sessions/{uuid:session}/checks/{int:check}", response={200: AnswerOut, **PROBLEMS}, summary="应答抽查"
)
def answer_check(request: HttpRequest, session: UUID, check: int, payload: AnswerIn) -> Any:
    """Answer a presence check: `"here"` to a tap, ids of options to a question. Open to the learner who opened the session.

    The answer never says what would have been right. `again`: it was wrong, and `check` asks a further question.
    """
    answered = services.answer_check(session=session, number=check, answer=payload.answer, actor=actor_of(request))
    return AnswerOut(**answered.fields())


@router.get(
    "/study-sessions/{uuid:session}/checks/{int:check}", response={200: AnswerOut, **PROBLEMS}, summary="查看抽查结果"
)
def ended_check(request: HttpRequest, session: UUID, check: int) -> Any:
    """Return how a presence check ended. Open to the learner who opened the session; it answers nothing.

    A check that is gone from an acknowledgement without an answer was settled by the server: here it says how.
    """
    ended = services.ended_check(session=session, number=check, actor=actor_of(request))
    return AnswerOut(**ended.fields())


@router.post("/study-sessions/{uuid:session}/close", response={200: AckOut, **PROBLEMS}, summary="结束学习")
def close(request: HttpRequest, session: UUID) -> Any:
    """End a session; never needed for credit. Open to the learner who opened it.

    A page that goes away sends a form by sendBeacon, which cannot set headers: the CSRF token stands in the form.
    """
    return AckOut(**services.close_session(session=session, actor=actor_of(request)).fields())
