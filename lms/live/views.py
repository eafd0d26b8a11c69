"""The doors of live streams: the playlist that is made now, the pieces that it names, and what media servers ask."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.middleware import MEDIA_KEY
from courses.views.sending import sent
from lms.access.queries import actor_for
from lms.access.views import PUBLIC, SIGNED_IN, SignedInRequest, open_to
from lms.kernel.errors import DomainError
from lms.live import stores
from lms.live.queries.playing import Standing, direct_mark, open_stream, ways_made
from lms.live.queries.relaying import authorise
from lms.live.queries.rooms import lesson_of_reader
from lms.live.queries.slides import page_file
from lms.live.queries.voices import voice_file
from lms.live.rules.callbacks import asked
from lms.live.rules.feeds import said
from lms.live.rules.lifecycle import STATE_NAMES
from lms.live.rules.playlists import KINDS, STATE_NAME, kind_of
from lms.live.rules.renditions import MASTER_NAME, PLAYLISTS
from lms.live.rules.whip import LARGEST_OFFER
from lms.live.services import (
    keep_direct,
    leave_direct,
    leave_line,
    publish_offer,
    standing_of,
    start_direct,
    take_call,
    watch_direct,
)

NEVER = "private, no-store"
FOR_AN_HOUR = "private, max-age=3600, immutable"


@open_to(PUBLIC)  # as the stream itself
@require_safe
def live_door(request: HttpRequest, token: str) -> HttpResponse:
    """Tell nginx whether a browser may have the pieces of an address, and in which folder they lie (播放许可)."""
    try:
        found = open_stream(token, request.COOKIES.get(MEDIA_KEY, ""))
    except DomainError:  # nginx knows yes and no
        return HttpResponse(status=403)
    return HttpResponse(headers={"X-Live-Folder": str(found.session)})


@open_to(PUBLIC)  # the signed token in the path is the permission: it was given to this account in this browser
@require_safe
def live_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Return the playlist, a piece, or how the lesson stands. In production nginx sends the pieces."""
    try:
        found = open_stream(token, request.COOKIES.get(MEDIA_KEY, ""))
    except DomainError as refusal:  # a player asks, nobody reads a page
        answer = HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
        answer.headers["Cache-Control"] = NEVER
        return answer
    if name == STATE_NAME:
        words = {
            "state": found.state, "name": STATE_NAMES[found.state], "ways": ways_made(found.session),
            "direct": direct_mark(found.session), "cut": found.cut,
        }  # fmt: skip
        return JsonResponse(words, headers={"Cache-Control": NEVER})
    if name in PLAYLISTS or name == MASTER_NAME:
        return playlist(found, name)
    return piece(request, found, name)


def playlist(found: Standing, name: str) -> HttpResponse:
    """Return a playlist as it is now, never from a cache."""
    text = stores.playlist(found.session, name, is_over=found.is_over)
    if not text:
        raise Http404
    return HttpResponse(text, content_type=KINDS["m3u8"], headers={"Cache-Control": NEVER})


def piece(request: HttpRequest, found: Standing, name: str) -> HttpResponseBase:
    """Return a piece, with Range. In production nginx sends it."""
    kind = kind_of(name)
    if not kind:
        raise Http404
    file = stores.live_file(found.session, name)
    if file is None:
        raise Http404
    response = sent(request, file, kind)
    response.headers["Cache-Control"] = FOR_AN_HOUR
    return response


@open_to(SIGNED_IN)
@require_safe
def slide_page(request: SignedInRequest, uid: UUID, deck: UUID, page: int) -> HttpResponseBase:
    """Return the picture of a page of slides to who may read the room, to the class's staff at any time (课件页面)."""
    session = lesson_of_reader(actor_for(request.user), uid)
    response = sent(request, page_file(session, deck, page), "image/jpeg")
    response.headers["Cache-Control"] = FOR_AN_HOUR
    return response


@open_to(SIGNED_IN)
@require_safe
def voice_sound(request: SignedInRequest, uid: UUID, message: UUID) -> HttpResponseBase:
    """Return a voice message to who may read the room, to the class's staff at any time (课堂语音)."""
    session = lesson_of_reader(actor_for(request.user), uid)
    response = sent(request, voice_file(session, message), "audio/mp4")
    response.headers["Cache-Control"] = NEVER  # one that is deleted is heard no more
    return response


@csrf_exempt  # a media server asks, it has no page of ours
@open_to(PUBLIC)  # what is asked about is a signed token: without one the answer is no
@require_POST
def live_authorise(request: HttpRequest) -> HttpResponse:
    """Answer a media server: 200 and `0` let it go on, 403 turns it away (媒体服务器回调)."""
    try:
        authorise(asked(fields_of(request)))
    except DomainError as refusal:
        return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
    return HttpResponse("0", content_type="text/plain")


@csrf_exempt  # a media server asks, it has no page of ours
@open_to(PUBLIC)  # what is asked about is a signed token: without one the answer is no
@require_POST
def live_ingest(request: HttpRequest) -> HttpResponse:
    """Answer the server at which software publishes: 302 names the stream anew, 403 turns it away (推流回调)."""
    try:
        feed = take_call(said(fields_of(request)))
    except DomainError as refusal:
        return HttpResponse(refusal.message, status=403, content_type="text/plain; charset=utf-8")
    if feed:
        return HttpResponse(status=302, headers={"Location": feed})
    return HttpResponse("0", content_type="text/plain")


@csrf_exempt  # OBS asks too, and a page is known by the key that it sends
@open_to(PUBLIC)  # the stream key that is sent is the permission: without one the answer is no
@require_POST
def live_whip(request: HttpRequest) -> HttpResponse:
    """Take what a page or OBS offers by WHIP: 201 with the answer and, in Location, what ends it (WHIP 推流)."""
    if not settings.LIVE_JANUS:
        raise Http404
    if request.content_type != "application/sdp":
        return plain("请发送SDP（Content-Type: application/sdp）。", 415)
    if len(request.body) > LARGEST_OFFER:
        return plain("发来的SDP太长。", 413)
    offer = request.body.decode("utf-8", "replace")
    try:
        made = publish_offer(token=bearer(request), offer=offer, source=request.GET.get("source", ""))
    except DomainError as refusal:
        return refused(refusal)
    where = reverse("live_whip_line", args=[made.broadcast.uid])
    return HttpResponse(made.answer, status=201, content_type="application/sdp", headers={"Location": where})


@csrf_exempt
@open_to(PUBLIC)  # the stream key that is sent is the permission
@require_http_methods(["GET", "DELETE"])  # RFC 9725: a server that takes no trickled candidates answers PATCH with 405
def live_whip_line(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End what is published by WHIP, or say to its page how it stands (WHIP 推流的结束与状态)."""
    try:
        if request.method == "GET":
            return JsonResponse(standing_of(token=bearer(request), uid=uid), headers={"Cache-Control": NEVER})
        leave_line(token=bearer(request), uid=uid)
    except DomainError as refusal:
        return refused(refusal)
    return HttpResponse(status=200)


@csrf_exempt
@open_to(PUBLIC)  # the play token that is sent is the permission: it was given to this account
@require_POST
def live_watch(request: HttpRequest) -> HttpResponse:
    """Offer the picture by WebRTC: 201 with Janus' offer and, in Location, where the browser's answer goes (低延迟观看)."""
    if not settings.LIVE_JANUS:
        raise Http404
    try:
        seen = watch_direct(bearer(request))
    except DomainError as refusal:
        return refused(refusal)
    where = reverse("live_watch_line", args=[seen.name])
    return HttpResponse(seen.offer, status=201, content_type="application/sdp", headers={"Location": where})


@csrf_exempt
@open_to(PUBLIC)  # the signed name in the path is the permission; behind it the door is asked anew
@require_http_methods(["GET", "PATCH", "DELETE"])
def live_watch_line(request: HttpRequest, name: str) -> HttpResponse:
    """Take the browser's answer, keep the line, or end it (低延迟观看的应答、续看与结束)."""
    if len(request.body) > LARGEST_OFFER:
        return plain("发来的SDP太长。", 413)
    try:
        if request.method == "PATCH":
            start_direct(name, request.body.decode("utf-8", "replace"))
        elif request.method == "DELETE":
            leave_direct(name)
        else:
            keep_direct(name)
    except DomainError as refusal:
        return refused(refusal)
    return HttpResponse(status=204, headers={"Cache-Control": NEVER})


def bearer(request: HttpRequest) -> str:
    """Return the token that was sent, or nothing."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def refused(refusal: DomainError) -> HttpResponse:
    """Return a refusal for a program: its words, and its code beside them."""
    response = plain(refusal.message, refusal.status)
    response.headers["X-Refusal"] = refusal.code
    if refusal.status == 503:
        response.headers["Retry-After"] = "5"
    return response


def plain(words: str, status: int) -> HttpResponse:
    """Return words for who reads no pages."""
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


def fields_of(request: HttpRequest) -> dict[str, Any]:
    """Return what was sent, as a form or as JSON; nothing for what is neither."""
    if request.content_type != "application/json":
        return dict(request.POST.items())
    try:
        sent = json.loads(request.body)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}
