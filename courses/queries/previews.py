"""Drafts as a learner would see them (学员视角预览)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from courses.models import CoursePage, LessonKind, LessonPage, Video
from courses.queries.asked import checks_of, popups_of, questions_of
from courses.rules.differences import clock_words
from courses.rules.questions import without_answers
from lms.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A lesson in the choice of what to preview (预览课时行)."""

    pk: int
    title: str
    section: str


@dataclass(frozen=True, slots=True)
class PreviewedPopup:
    """A question of a film, or of checks in a lesson (预览弹题). `at`: nothing where it may come at any time."""

    at: str
    question: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PreviewedLesson:
    """A lesson's newest draft (预览课时), and what it asks without the answers."""

    title: str
    section: str
    kind: str
    kind_name: str
    video: Video | None
    draft: LessonPage
    questions: list[dict[str, Any]]
    popups: list[PreviewedPopup]
    checks: list[PreviewedPopup]


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
        video=draft.video if draft.kind == LessonKind.VIDEO else None,
        draft=draft,
        questions=[without_answers(one) for one in questions_of(draft)] if draft.kind == LessonKind.QUIZ else [],
        popups=[previewed(one) for one in popups_of(draft)],
        checks=[previewed(one) for one in checks_of(draft)],
    )


def previewed(placed: Mapping[str, Any]) -> PreviewedPopup:
    """Return a question with its time."""
    at = clock_words(placed["at_ms"]) if placed["at_ms"] else ""
    return PreviewedPopup(at, without_answers(placed["question"]))
