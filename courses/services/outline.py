"""The outline of a course: the order of sections and lessons, and what leaves the next version."""

from __future__ import annotations

from typing import Literal

from django.db import transaction
from wagtail.models import Page

from courses.models import CoursePage, LessonPage, SectionPage
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, NotFoundError


def part_of(course: CoursePage, page_id: int) -> SectionPage | LessonPage:
    """Return a section or lesson of a course. Raises NotFoundError for anything else."""
    page = course.get_descendants().filter(pk=page_id).first()
    if page is None:
        raise NotFoundError("这门课程里没有这一章或这一课，请刷新课程大纲。", code="part_not_found")
    part: SectionPage | LessonPage = page.specific
    return part


@transaction.atomic
def move_part(*, course: CoursePage, page_id: int, direction: Literal["up", "down"], actor: Actor) -> Page:
    """Move a section or lesson one place up or down among its neighbours (调整顺序); at the end it stays."""
    require(actor, "courses.edit", course.institution)
    part = part_of(course, page_id)
    neighbour = part.get_prev_sibling() if direction == "up" else part.get_next_sibling()
    if neighbour is not None:
        part.move(neighbour, pos="left" if direction == "up" else "right")
        record(actor, "courses.part_moved", course, part=str(part.uid), direction=direction)
    return part


@transaction.atomic
def withdraw_part(*, course: CoursePage, page_id: int, actor: Actor, is_withdrawn: bool = True) -> Page:
    """Leave a section or lesson out of the next version (移出), or take it back; what was released keeps it."""
    require(actor, "courses.edit", course.institution)
    part = part_of(course, page_id)
    if course.submissions.filter(state="submitted").exists():
        raise ConflictError("课程正在等待区办审核，审核结束后才能移出或恢复章节。", code="course_under_review")
    part.is_withdrawn = is_withdrawn
    part.save(update_fields=["is_withdrawn"])
    action = "courses.part_withdrawn" if is_withdrawn else "courses.part_restored"
    record(actor, action, course, part=str(part.uid))
    return part
