"""Screens of replays for who teaches and plans live lessons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from courses.middleware import media_key
from courses.queries.catalogue import as_uid
from courses.queries.media import preview_for
from lms.access.queries import actor_for
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import DomainError, InvalidError
from lms.live import services
from lms.live.models import LiveSession, Replay
from lms.live.queries.files import files_of
from lms.live.queries.replays import Making, counting_of, making_for, replay_for, replay_of
from lms.live.queries.sessions import live_for
from lms.portal.provider.replay_forms import ChapterRows, CutForm
from lms.portal.provider.views import STAFF, framed
from lms.portal.replay_pages import film_of


@open_to(*STAFF)
@require_GET
@never_cache
def replay(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show how a live lesson's replay stands, and the film when it is there (直播回放)."""
    return show(request, live_for(actor_for(request.user), uid))


def show(request: HttpRequest, session: LiveSession, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Return a replay's page, with what a refused post had to say."""
    found = replay_of(session)
    making = making_for(session, found)
    context: dict[str, Any] = {"session": session, "replay": found, "making": making}
    if found is not None and making is not None and making.is_ready:
        found.session = session
        context |= reviewed(request, found)
    return framed(request, "replay.html", context | extra, status=status)


def reviewed(request: HttpRequest, found: Replay) -> dict[str, Any]:
    """Return what the page of a finished replay shows to who looks it through."""
    film = film_of(found, grant=preview_for(request.user.pk), key=media_key(request), all_lines=True)
    return {
        "film": film,
        "ticked": [line.uid for line in film.lines if line.is_hidden],
        "counting": counting_of(found) if found.is_published else None,
        "cut": CutForm(initial=CutForm.values_of(found)),
        "rows": ChapterRows.of(found),
        "files": files_of(found.session),
    }


@open_to(*STAFF)
@require_GET
@never_cache
def progress(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Return how far a replay is, as JSON."""
    session = live_for(actor_for(request.user), uid)
    making = making_for(session, replay_of(session)) or Making("直播课还没有结束")
    words = {"is_waiting": making.is_waiting, "percent": making.percent, "state": making.words, "error": making.error}
    return JsonResponse(words)


def done(
    request: SignedInRequest, uid: UUID, deed: Callable[[LiveSession], object], words: str, **typed: str
) -> HttpResponse:
    """Do something with a replay and go back to its page, or say why not beside what was typed."""
    session = live_for(actor_for(request.user), uid)
    try:
        deed(session)
    except DomainError as error:
        return show(request, session, status=error.status, refusal=error.message, **typed)
    messages.success(request, words)
    return redirect("institution_replay", uid=uid)


@open_to(*STAFF)
@require_POST
def retry(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Try a replay again that failed (重新制作)."""
    actor = actor_for(request.user)
    words = "已重新开始制作，完成后可以在这里审阅。"
    return done(request, uid, lambda session: services.retry_replay(session=session, actor=actor), words)


@open_to(*STAFF)
@require_POST
def publish(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a replay to its class (发布回放)."""
    actor = actor_for(request.user)
    words = "回放已发布，班级学员可以观看，并收到通知。"
    return done(request, uid, lambda session: services.publish_replay(session=session, actor=actor), words)


@open_to(*STAFF)
@require_POST
def withdraw(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take a replay back (撤回回放)."""
    actor, reason = actor_for(request.user), request.POST.get("reason", "")
    words = "回放已撤回，学员不能再观看；已经认定的学时不变。"

    def deed(session: LiveSession) -> object:
        return services.withdraw_replay(session=session, reason=reason, actor=actor)

    return done(request, uid, deed, words, reason=reason)


@open_to(*STAFF)
@require_POST
def withdraw_file(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take a file back that a live lesson shared (撤下资料)."""
    actor, chosen = actor_for(request.user), as_uid(request.POST.get("file", ""))

    def deed(session: LiveSession) -> object:
        return services.withdraw_file(session=session, file=chosen, actor=actor)

    return done(request, uid, deed, "这份资料已撤下，学员不能再下载。")


@open_to(*STAFF)
@require_POST
def review(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Keep chapters and what is hidden (审阅回放)."""
    actor = actor_for(request.user)
    session, rows, hidden = live_for(actor, uid), ChapterRows.typed(request.POST), request.POST.getlist("hidden")
    try:
        services.review_replay(session=session, chapters=rows.chapters(), hidden=hidden, actor=actor)
    except InvalidError as error:
        rows.take(error)
        return show(request, session, status=422, refusal=error.message, rows=rows, ticked=hidden)
    except DomainError as error:
        return show(request, session, status=error.status, refusal=error.message)
    messages.success(request, "章节和隐去的发言已保存。")
    return redirect("institution_replay", uid=uid)


@open_to(*STAFF)
@require_POST
def cut(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Cut beginning and end off (裁剪)."""
    actor = actor_for(request.user)
    session, form = live_for(actor, uid), CutForm(request.POST)
    found = replay_for(session)
    if form.is_valid():
        begin, end = form.ends(found)
        try:
            services.cut_replay(session=session, cut_from_ms=begin, cut_to_ms=end, actor=actor)
        except InvalidError as error:
            form.take(error)
        except DomainError as error:
            return show(request, session, status=error.status, refusal=error.message)
        else:
            messages.success(request, "正在按新的头尾重新制作，完成后再看一遍、发布。")
            return redirect("institution_replay", uid=uid)
    return show(request, session, status=422, cut=form)
