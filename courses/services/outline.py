"""The outline of a course: the order of sections and lessons, and what leaves the next version."""

from __future__ import annotations

from typing import Literal

from django.db import transaction
from wagtail.models import Page

from courses.models import CoursePage, LessonKind, LessonPage, SectionPage
from courses.services.authoring import add_lesson, add_section
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError

Part = SectionPage | LessonPage
Side = Literal["before", "after", "inside"]


def part_of(course: CoursePage, page_id: int) -> Part:
    """Return a section or lesson of a course. Raises NotFoundError for anything else."""
    page = course.get_descendants().filter(pk=page_id).first()
    if page is None:
        raise NotFoundError("这门课程里没有这一章或这一课，请刷新课程大纲。", code="part_not_found")
    part: Part = page.specific
    return part


def lock_outline(course: CoursePage) -> None:
    """Have two changes of one outline wait for each other: a tree that two hands move at once is torn."""
    Page.objects.select_for_update().get(pk=course.pk)


@transaction.atomic
def move_part(*, course: CoursePage, page_id: int, direction: Literal["up", "down"], actor: Actor) -> Page:
    """Move a section or lesson one place up or down (调整顺序).

    A lesson at the edge of its section goes on into the next one; at the end of the course it stays.
    """
    require(actor, "courses.edit", course.institution)
    lock_outline(course)
    part = part_of(course, page_id)
    is_up = direction == "up"
    if (neighbour := part.get_prev_sibling() if is_up else part.get_next_sibling()) is not None:
        part.move(neighbour, pos="left" if is_up else "right")
    elif isinstance(part, LessonPage) and (section := beside(part.get_parent(), is_up=is_up)) is not None:
        part.move(section, pos="last-child" if is_up else "first-child")
    else:
        return part
    record(actor, "courses.part_moved", course, part=str(part.uid), direction=direction)
    return part


def beside(section: Page, *, is_up: bool) -> Page | None:
    """Return the section before or after one."""
    found: Page | None = section.get_prev_sibling() if is_up else section.get_next_sibling()
    return found


@transaction.atomic
def place_part(*, course: CoursePage, page_id: int, target_id: int, side: Side, actor: Actor) -> Page:
    """Put a part before or after another of its kind, or a lesson at the end of a section (拖动排序)."""
    require(actor, "courses.edit", course.institution)
    lock_outline(course)
    part, target = part_of(course, page_id), part_of(course, target_id)
    if part.pk == target.pk:
        return part
    fits = isinstance(target, SectionPage) and isinstance(part, LessonPage) if side == "inside" else alike(part, target)
    if not fits:
        raise InvalidError("章只能放在章之间，课时只能放在章里面，请换一个位置。", code="outline_place")
    part.move(target, pos={"before": "left", "after": "right", "inside": "last-child"}[side])
    record(actor, "courses.part_moved", course, part=str(part.uid), side=side, beside=str(target.uid))
    return part


def alike(part: Part, other: Part) -> bool:
    """Return whether two parts are both sections or both lessons."""
    return isinstance(part, SectionPage) == isinstance(other, SectionPage)


@transaction.atomic
def add_part(*, course: CoursePage, title: str, actor: Actor, section_id: int | None = None, kind: str = "") -> Page:
    """Add an empty section at the end of the course, or an empty lesson at the end of a section (添加章、课时)."""
    require(actor, "courses.edit", course.institution)
    name = title.strip()
    if not 0 < len(name) <= 100:
        raise InvalidError("请填写1至100个字的标题。", fields={"title": "请填写1至100个字的标题。"})
    lock_outline(course)
    if section_id is None:
        part: Part = add_section(course=course, title=name)
    else:
        section = part_of(course, section_id)
        if not isinstance(section, SectionPage) or kind not in LessonKind.values:
            raise InvalidError("请选择要添加到哪一章、是哪一类课时。", code="outline_place")
        part = add_lesson(section=section, title=name, kind=kind)
    record(actor, "courses.part_added", course, part=str(part.uid))
    return part


@transaction.atomic
def withdraw_part(*, course: CoursePage, page_id: int, actor: Actor, is_withdrawn: bool = True) -> Page:
    """Leave a section or lesson out of the next version (移出), or take it back; what was released keeps it."""
    require(actor, "courses.edit", course.institution)
    lock_outline(course)
    part = part_of(course, page_id)
    if course.submissions.filter(state="submitted").exists():
        raise ConflictError("课程正在等待区办审核，审核结束后才能移出或恢复章节。", code="course_under_review")
    part.is_withdrawn = is_withdrawn
    part.save(update_fields=["is_withdrawn"])
    action = "courses.part_withdrawn" if is_withdrawn else "courses.part_restored"
    record(actor, action, course, part=str(part.uid))
    return part
