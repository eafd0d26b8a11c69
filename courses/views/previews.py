"""A course's drafts as a learner sees them, on a phone and on a PC (预览)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from courses.middleware import media_key
from courses.queries.films import draft_reading
from courses.queries.media import media_of, preview_for
from courses.queries.previews import preview_lines, previewed_lesson
from courses.queries.studio import course_for
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import open_to

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)
DEVICES = {"both": "手机和电脑", "phone": "手机", "pc": "电脑"}


@open_to(*STAFF)
@require_GET
def preview(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show a lesson's draft in frames as wide as a phone and as a PC (学员视角预览)."""
    course = course_for(actor_for(request.user), page_id)
    lines = preview_lines(course)
    asked = request.GET.get("lesson", "")
    chosen = next((line for line in lines if str(line.pk) == asked), lines[0] if lines else None)
    device = request.GET.get("device", "both")
    context = {
        "course": course,
        "lines": lines,
        "chosen": chosen,
        "device": device if device in DEVICES else "both",
        "devices": DEVICES.items(),
    }
    return render(request, "courses/studio/preview.html", context)


@xframe_options_sameorigin
@open_to(*STAFF)
@require_GET
def preview_frame(request: HttpRequest, page_id: int, lesson_id: int) -> HttpResponse:
    """Return a lesson's draft as a learner sees it, for a frame of our own (预览内容)."""
    lesson = previewed_lesson(course_for(actor_for(request.user), page_id), lesson_id)
    grant, key = preview_for(request.user.pk), media_key(request)
    context = {
        "lesson": lesson,
        "media": media_of(lesson.video, grant=grant, key=key),
        "reading": draft_reading(lesson.draft, grant=grant, key=key),
        "questions": lesson.questions,
        "popups": lesson.popups,
        "checks": lesson.checks,
    }
    return render(request, "courses/preview_lesson.html", context)
