"""What one was told, and the way from there to what it is about (我的消息)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.kernel.numbers import page_number
from lms.notifications.queries import notices_of, unread_count
from lms.notifications.services import mark_all_read, mark_read
from lms.portal.notice_links import address_of_subject

PAGE_SIZE = 20


@open_to(SIGNED_IN)
@require_GET
def notices(request: SignedInRequest) -> HttpResponse:
    """Show what one was told, the newest first; with `unread`, what is new."""
    actor, unread = actor_for(request.user), request.GET.get("unread") == "1"
    page = Paginator(notices_of(actor, unread=unread), PAGE_SIZE).get_page(page_number(request.GET.get("page", "")))
    context = {"page": page, "unread": unread, "new": unread_count(actor)}
    return render(request, "portal/learner/notices.html", context)


@open_to(SIGNED_IN)
@require_GET
@condition(etag_func=lambda request: f'"{unread_count(actor_for(request.user))}"')
@cache_control(private=True, no_cache=True)
def notice_count(request: SignedInRequest) -> JsonResponse:
    """Return how many are not read, for the frame's look every minute; unchanged, only that it is (未读条数)."""
    return JsonResponse({"unread": unread_count(actor_for(request.user))})


@open_to(SIGNED_IN)
@require_POST
def notice_open(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Note that a notice is read, and lead to what it is about."""
    return redirect(address_of_subject(mark_read(notice=uid, actor=actor_for(request.user))))


@open_to(SIGNED_IN)
@require_POST
def notices_read(request: SignedInRequest) -> HttpResponse:
    """Note that all is read."""
    count = mark_all_read(actor=actor_for(request.user))
    messages.success(request, f"{count}条消息已标为已读。" if count else "没有未读消息。")
    return redirect("my_notices")
