"""The outline of a course in the studio: order, add, take out (课程大纲)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from courses.models import CoursePage, LessonKind
from courses.queries.outline import outline_of
from courses.queries.reviews import told_comments
from courses.queries.studio import course_for
from courses.queries.versions import version_difference, version_for, versions_of
from courses.services.outline import add_part, move_part, place_part, withdraw_part
from courses.services.remarks import settle_comment
from lms.access.queries import actor_for
from lms.access.rules import Actor, Role
from lms.access.views import open_to
from lms.kernel.errors import DomainError, InvalidError

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)
FRAGMENT = "outline"  # what the custom element asks for in X-Fragment


@open_to(*STAFF)
def outline(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show a course's sections and lessons in order, and take one change of them (课程大纲)."""
    actor = actor_for(request.user)
    course = course_for(actor, page_id)
    if request.method != "POST":
        return shown(request, "outline.html", course)
    try:
        said, status = changed_outline(request, course, actor), 200
    except DomainError as error:
        said, status = error.message, error.status
    if request.headers.get("X-Fragment") == FRAGMENT:
        return shown(request, "outline_parts.html", course, said=said, status=status)
    messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, said)
    return redirect("studio:outline", page_id)


def shown(
    request: HttpRequest, template: str, course: CoursePage, *, said: str = "", status: int = 200
) -> HttpResponse:
    """Return the outline: the whole page, or only its list with what happened."""
    parts = outline_of(course)
    context = {
        "course": course,
        "parts": parts,
        "sections": [part for part in parts if part.is_section],
        "kinds": LessonKind.choices,
        "whole": told_comments(course).get(str(course.uid), []),
        "said": said,
    }
    return render(request, f"courses/studio/{template}", context, status=status)


def changed_outline(request: HttpRequest, course: CoursePage, actor: Actor) -> str:
    """Do what a button of the outline or a drag asks for, and say so."""
    part, step = number(request, "part"), request.POST.get("step", "")
    match step:
        case "up" | "down":
            moved = move_part(course=course, page_id=part, direction=step, actor=actor)
            return f"已移动“{moved.draft_title}”。"
        case "before" | "after" | "inside":
            target = number(request, "target")
            placed = place_part(course=course, page_id=part, target_id=target, side=step, actor=actor)
            return f"已移动“{placed.draft_title}”。"
        case "withdraw":
            out = withdraw_part(course=course, page_id=part, actor=actor)
            return f"“{out.draft_title}”不再进入下一版，已发布的版本不变。"
        case "restore":
            restored = withdraw_part(course=course, page_id=part, actor=actor, is_withdrawn=False)
            return f"“{restored.draft_title}”已恢复，将进入下一版。"
        case "add":
            return added(request, course, actor)
        case "settle" | "reopen":
            return settled(request, course, actor, is_done=step == "settle")
    raise InvalidError("没有看懂要怎样调整，请刷新课程大纲后重试。", code="outline_step")


def added(request: HttpRequest, course: CoursePage, actor: Actor) -> str:
    """Add a section, or a lesson to the section that the form names."""
    title, kind = request.POST.get("title", ""), request.POST.get("kind", "")
    section = number(request, "part") or None
    made = add_part(course=course, title=title, section_id=section, kind=kind, actor=actor)
    return f"已添加“{made.draft_title}”。"


def settled(request: HttpRequest, course: CoursePage, actor: Actor, *, is_done: bool) -> str:
    """Mark a comment of the reviewer as dealt with, or open it again."""
    try:
        uid = UUID(request.POST.get("comment", ""))
    except ValueError as error:
        raise InvalidError("没有看懂是哪一条批注，请刷新课程大纲后重试。", code="outline_step") from error
    settle_comment(course=course, uid=uid, actor=actor, is_done=is_done)
    return "批注已标为处理完，重新送审时审核人会看到。" if is_done else "批注已改回未处理。"


def number(request: HttpRequest, name: str) -> int:
    """Return a posted page id, or 0."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() else 0


@open_to(*STAFF)
@require_GET
def version_list(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show a course's versions with what changed (版本)."""
    course = course_for(actor_for(request.user), page_id)
    return render(request, "courses/studio/versions.html", {"course": course, "versions": versions_of(course)})


@open_to(*STAFF)
@require_GET
def version_page(request: HttpRequest, page_id: int, number: int) -> HttpResponse:
    """Show what changed from the version before (版本差异)."""
    course = course_for(actor_for(request.user), page_id)
    new, old = version_for(course, number), version_for(course, max(number - 1, 1))
    context = {"course": course, "new": new, "old": old, "difference": version_difference(old, new)}
    return render(request, "courses/studio/version.html", context)
