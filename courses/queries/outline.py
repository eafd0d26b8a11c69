"""The outline of a course as its authors see it (课程大纲)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from courses.models import CoursePage, LessonPage, ReviewComment, SectionPage
from courses.queries.reviews import told_comments


@dataclass(frozen=True, slots=True)
class OutlinePart:
    """A section or lesson in the outline (大纲行)."""

    pk: int
    uid: UUID
    title: str
    kind: str
    state: str
    is_section: bool
    section_pk: int
    is_withdrawn: bool
    is_first: bool
    is_last: bool
    comments: list[ReviewComment]


def outline_of(course: CoursePage) -> list[OutlinePart]:
    """Return the sections and lessons of a course in order (课程大纲). The number of queries does not depend on them."""
    sections = {page.path: page for page in SectionPage.objects.child_of(course)}
    found = LessonPage.objects.descendant_of(course).select_related("video", "package")
    pages: list[SectionPage | LessonPage] = sorted([*sections.values(), *found], key=lambda page: page.path)
    edges, told = edges_of(pages), told_comments(course)
    return [
        outline_part(
            page, sections[page.path[: len(course.path) + page.steplen]].pk, edges, told.get(str(page.uid), [])
        )
        for page in pages
    ]


def edges_of(pages: list[Any]) -> set[tuple[int, str]]:
    """Return which parts can go no further up or down; a lesson goes on into the next section."""
    sections = [page for page in pages if isinstance(page, SectionPage)]
    if not sections:
        return set()
    first, last = sections[0], sections[-1]
    ends = {(first.pk, "first"), (last.pk, "last")}
    ends |= {(page.pk, "first") for page in [page for page in pages if page.is_child_of(first)][:1]}
    return ends | {(page.pk, "last") for page in [page for page in pages if page.is_child_of(last)][-1:]}


def outline_part(page: Any, section_pk: int, edges: set[tuple[int, str]], comments: list[ReviewComment]) -> OutlinePart:
    """Return a row of the outline."""
    is_section = isinstance(page, SectionPage)
    return OutlinePart(
        pk=page.pk,
        uid=page.uid,
        title=page.draft_title or page.title,
        kind="章" if is_section else page.get_kind_display(),
        state="" if is_section else state_of(page),
        is_section=is_section,
        section_pk=section_pk,
        is_withdrawn=page.is_withdrawn,
        is_first=(page.pk, "first") in edges,
        is_last=(page.pk, "last") in edges,
        comments=comments,
    )


def state_of(lesson: Any) -> str:
    """Return how far the processing of a lesson's file is, or nothing for what has none."""
    file = {"video": lesson.video, "scorm": lesson.package}.get(lesson.kind)
    return file.get_state_display() if file else ""
