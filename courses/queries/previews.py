"""Drafts as a learner would see them (学员视角预览)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from courses.models import CoursePage, LessonKind, LessonPage, Video
from lms.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A lesson in the choice of what to preview (预览课时行)."""

    pk: int
    title: str
    section: str


@dataclass(frozen=True, slots=True)
class PreviewedLesson:
    """A lesson's newest draft (预览课时)."""

    title: str
    section: str
    kind: str
    kind_name: str
    body: Any
    video: Video | None
    draft: LessonPage


def preview_lines(course: CoursePage) -> list[PreviewLine]:
    """Return the lessons of a course in order, but those that were withdrawn. Two queries."""
    sections = {page.path: page for page in course.get_children().specific() if not page.is_withdrawn}
    lessons = LessonPage.objects.descendant_of(course).filter(is_withdrawn=False).order_by("path")
    return [
        PreviewLine(one.pk, one.draft_title, sections[one.path[: -one.steplen]].draft_title)
        for one in lessons
        if one.path[: -one.steplen] in sections
    ]


def previewed_lesson(course: CoursePage, page_id: int) -> PreviewedLesson:
    """Return the newest draft of a lesson of this course. Raises NotFoundError."""
    page = LessonPage.objects.descendant_of(course).filter(pk=page_id).first()
    if page is None:
        raise NotFoundError("这门课程里没有这一课，请从课程大纲重新进入。", code="lesson_not_found")
    draft = page.get_latest_revision_as_object() if page.latest_revision_id else page
    return PreviewedLesson(
        title=draft.title,
        section=page.get_parent().draft_title,
        kind=draft.kind,
        kind_name=draft.get_kind_display(),
        body=draft.body if draft.kind != LessonKind.QUIZ else "",
        video=draft.video if draft.kind == LessonKind.VIDEO else None,
        draft=draft,
    )
