"""Screens of live lessons for those who plan and teach them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.middleware import media_key
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.classes.queries import class_for
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError
from lms.kernel.powers import with_studio
from lms.live import services
from lms.live.models import LiveSession
from lms.live.queries.feeds import stream_key as stream_key_of
from lms.live.queries.sessions import live_for, lives_in_reach, lives_of_class, teaching_obstacle
from lms.live.rules.lifecycle import OVER, Event, after
from lms.portal.live_attendance import attendance_context, way_context
from lms.portal.live_pages import live_facts, live_line, live_lines, slide_limits, slide_limits_for, stream_of
from lms.portal.provider.live_forms import LiveChangeForm, LivePlanForm
from lms.portal.provider.views import STAFF, framed
from lms.portal.workspaces import page_of


@open_to(*STAFF)
@require_GET
def lives(request: SignedInRequest) -> HttpResponse:
    """Show the live lessons of one's classes: what comes, or what is over (直播课)."""
    found = lives_in_reach(actor_for(request.user))
    is_over = request.GET.get("show") == "over"
    found = found.filter(state__in=OVER).reverse() if is_over else found.exclude(state__in=OVER)
    page = page_of(found, request.GET.get("page", "1"))
    return framed(request, "lives.html", {"page": page, "rows": live_lines(page), "is_over": is_over})


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def class_live(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a class's live lessons, and plan another (班级直播课)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    form = LivePlanForm(request.POST or None, training_class=training_class)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = services.plan_live(training_class=training_class, plan=form.plan(), actor=actor)
        except InvalidError as error:
            form.take(error)
        except DomainError as error:
            refusal = error.message
        else:
            messages.success(request, "直播课已安排，学员在“我的学习”里能看到时间。")
            return redirect("institution_live", uid=made.uid)
    context = {
        "training_class": training_class,
        "rows": live_lines(lives_of_class(training_class)),
        "form": form,
        "refusal": refusal,
    }
    bad = bool(refusal or (form.is_bound and form.errors))
    return framed(request, "class_live.html", context, status=422 if bad else 200)


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def live(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a live lesson, and change it while nobody opened it (直播课)."""
    actor = actor_for(request.user)
    session = live_for(actor, uid)
    form = LiveChangeForm(
        request.POST or None, training_class=session.training_class, initial=LiveChangeForm.values_of(session)
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_live(session=session, plan=form.plan(), reason=form.cleaned_data["reason"], actor=actor)
        except InvalidError as error:
            form.take(error)
        except DomainError as error:
            return show(request, session, status=error.status, form=form, refusal=error.message)
        else:
            messages.success(request, "直播课已调整，学员能看到新的时间和原因。")
            return redirect("institution_live", uid=uid)
    return show(request, session, status=422 if form.is_bound and form.errors else 200, form=form)


def show(request: HttpRequest, session: LiveSession, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Return a live lesson's page, with what a refused post had to say."""
    form = extra.pop("form", None) or LiveChangeForm(
        training_class=session.training_class, initial=LiveChangeForm.values_of(session)
    )
    context = {
        "session": session,
        "line": live_line(session),
        "facts": live_facts(session),
        "form": form,
        "may_cancel": after(session.state, Event.CANCEL) is not None,
        "may_teach": teaching_obstacle(actor_for(request.user), session) is None,
        "slide_limits": slide_limits_for(actor_for(request.user), session),
    }
    return framed(request, "live.html", context | extra, status=status)


@open_to(*STAFF)
@require_GET
def attendance(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show who was in a live lesson, and for how long (直播到课)."""
    context = attendance_context(live_for(actor_for(request.user), uid))
    return framed(request, "live_attendance.html", context)


@open_to(*STAFF)
@require_GET
def attendance_of_one(request: SignedInRequest, uid: UUID, enrolment: UUID) -> HttpResponse:
    """Show a learner's way through a live lesson (到课时间线)."""
    context = way_context(live_for(actor_for(request.user), uid), enrolment)
    return framed(request, "live_way.html", context)


@open_to(*STAFF)
@require_POST
def cancel(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Cancel a live lesson before its picture began (取消直播课)."""
    actor = actor_for(request.user)
    session = live_for(actor, uid)
    try:
        services.cancel_live(session=session, reason=request.POST.get("reason", ""), actor=actor)
    except DomainError as error:
        return show(request, session, status=error.status, refusal=error.message)
    messages.success(request, "这次直播课已取消，学员在课表里能看到原因。")
    return redirect("institution_live", uid=uid)


@open_to(Role.INSTRUCTOR)
@require_GET
@never_cache
@with_studio
def studio(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show the page that puts a live lesson on the air, to who teaches it (开播)."""
    actor = actor_for(request.user)
    session = live_for(actor, uid)
    if (refusal := teaching_obstacle(actor, session)) is not None:
        return show(request, session, status=refusal.status, refusal=refusal.message)
    elapsed = clock.now() - session.began_at if session.began_at else timedelta()
    context = {
        "session": session,
        "elapsed_ms": int(elapsed.total_seconds() * 1000),
        "slide_limits": slide_limits(),
        "stream_key": stream_key_of(session, request.user.pk),
        "whip_server": request.build_absolute_uri(reverse("live_whip")),
        "stream": stream_of(session, request.user.pk, media_key(request)),
    }
    return render(request, "portal/provider/live_studio.html", context)


@open_to(Role.INSTRUCTOR)
@require_POST
def stream_key(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Give a lesson another stream key (更换推流码)."""
    actor = actor_for(request.user)
    session = live_for(actor, uid)
    try:
        services.renew_stream_key(session=session, actor=actor)
    except DomainError as error:
        return show(request, session, status=error.status, refusal=error.message)
    messages.success(request, "推流码已更换，旧的推流码已作废。请把新的推流码填到推流软件里。")
    return redirect("live_studio", uid=uid)


@open_to(Role.INSTRUCTOR)
@require_POST
def end(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """End a live lesson (结束直播)."""
    actor = actor_for(request.user)
    session = live_for(actor, uid)
    try:
        services.end_live(session=session, actor=actor)
    except DomainError as error:
        return show(request, session, status=error.status, refusal=error.message)
    messages.success(request, "直播课已结束，录制已保存。")
    return redirect("institution_live", uid=uid)
