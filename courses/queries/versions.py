"""The versions of a course, and what changed between two states of it (版本)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from courses.models import (
    CHECKED,
    CoursePage,
    CourseSubmission,
    CourseVersion,
    LessonKind,
    LessonPage,
    LessonVersion,
    SectionPage,
)
from courses.queries.films import film_ids_of
from courses.queries.studio import submitted_pages
from courses.rules.differences import Difference, Edition, Face, difference_of, plain_lines
from lms.access.rules import Actor, require
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel.errors import NotFoundError

KINDS = dict(LessonKind.choices)
TOLD_IN_TEXT = (LessonKind.ARTICLE, LessonKind.PRACTICE, LessonKind.LIVE)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list (版本行)."""

    number: int
    title: str
    released_at: datetime
    class_hours: str
    lesson_count: int
    summary: str


def versions_of(course: CoursePage) -> list[VersionLine]:
    """Return a course's versions, newest first, each with what changed. The number of queries does not depend on them."""
    versions = list(course.versions.select_related("occupation", "trade").order_by("number"))
    lessons: dict[int, list[LessonVersion]] = defaultdict(list)
    for lesson in LessonVersion.objects.filter(course_version__in=versions).order_by("position"):
        lessons[lesson.course_version_id].append(lesson)
    lines, before = [], None
    for version in versions:
        edition = edition_of(version, lessons[version.pk])
        summary = difference_of(before, edition, with_text=False).summary if before else "第一次发布。"
        lines.append(version_line(version, len(lessons[version.pk]), summary))
        before = edition
    return lines[::-1]


def version_line(version: CourseVersion, lesson_count: int, summary: str) -> VersionLine:
    """Return a version for the list."""
    return VersionLine(
        number=version.number,
        title=version.title,
        released_at=version.released_at,
        class_hours=f"{version.class_hours:.1f}",
        lesson_count=lesson_count,
        summary=summary,
    )


def version_for(course: CoursePage, number: int) -> CourseVersion:
    """Return a version of a course. Raises NotFoundError."""
    found: CourseVersion | None = course.versions.filter(number=number).select_related("occupation", "trade").first()
    if found is None:
        raise NotFoundError("这门课程没有这一版，请从版本列表中选择。", code="version_not_found")
    return found


def course_of_versions(actor: Actor, uid: UUID) -> CoursePage:
    """Return a course for the office. Raises NotFoundError."""
    require(actor, "evidence.view")
    found: CoursePage | None = CoursePage.objects.filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这门课程。", code="course_not_found")
    return found


def version_difference(old: CourseVersion, new: CourseVersion) -> Difference:
    """Return what changed from one version to another (版本差异)."""
    return difference_of(edition_of(old, old.lessons.all()), edition_of(new, new.lessons.all()))


def edition_of(version: CourseVersion, lessons: Iterable[LessonVersion]) -> Edition:
    """Return a released version as it can be compared."""
    return Edition(head_of(version), [face_of_version(lesson) for lesson in lessons])


def head_of(course: Any) -> Mapping[str, str]:
    """Return what a course says of itself."""
    return {
        "课程名称": course.title,
        "一句话介绍": course.summary,
        "学完能做什么": course.outcomes,
        "职业": course.occupation.name,
        "工种": course.trade.name if course.trade else "",
        "等级": LEVEL_NAMES[SkillLevel(course.level)],
        "培训性质": course.get_nature_display(),
        "培训方式": course.get_mode_display(),
        "学时": f"{course.class_hours:.1f}",
    }


def face_of_version(lesson: LessonVersion) -> Face:
    """Return a released lesson as it can be compared."""
    return Face(
        uid=str(lesson.lesson_uid),
        section=lesson.section_title,
        title=lesson.title,
        kind=str(KINDS.get(LessonKind(lesson.kind), lesson.kind)),
        length_ms=lesson.length_ms,
        films=tuple(map(str, film_ids_of(lesson))),
        lines=tuple(plain_lines(lesson.body)) if lesson.kind in TOLD_IN_TEXT else (),
        questions=by_id(lesson.quiz),
        popups=by_id(lesson.popups),
        check_questions=by_id(lesson.check_questions),
    )


def by_id(questions: Iterable[Any]) -> dict[str, Any]:
    """Return questions by their ids."""
    return {str(question["id"]): question for question in questions}


def submission_edition(submission: CourseSubmission) -> Edition:
    """Return a course as it was submitted, as it can be compared."""
    pages: list[Any] = list(submitted_pages(submission))
    section, faces = "", []
    for page in pages[1:]:
        if isinstance(page, SectionPage):
            section = page.title
        elif isinstance(page, LessonPage):
            faces.append(face_of_page(page, section))
    return Edition(head_of(pages[0]), faces)


def face_of_page(page: LessonPage, section: str) -> Face:
    """Return a submitted lesson as it can be compared."""
    is_film, is_article = page.kind == LessonKind.VIDEO, page.kind in TOLD_IN_TEXT
    film_ms = page.video.duration_ms if is_film and page.video else 0
    return Face(
        uid=str(page.uid),
        section=section,
        title=page.title,
        kind=page.get_kind_display(),
        length_ms=(page.nominal_minutes or 0) * 60_000 if is_article else film_ms,
        films=tuple(map(str, film_ids_of(page))),
        lines=tuple(plain_lines(list(page.body.raw_data))) if is_article else (),
        questions=blocks_by_id(page.quiz) if page.kind == LessonKind.QUIZ else {},
        popups=blocks_by_id(page.popups) if is_film else {},
        check_questions=blocks_by_id(page.check_questions) if page.kind in CHECKED else {},
    )


def blocks_by_id(stream: Any) -> dict[str, Any]:
    """Return the values of a stream's blocks by their ids."""
    return {str(block.get("id")): block.get("value") for block in map(dict, stream.raw_data)}


def submission_before(submission: CourseSubmission) -> CourseSubmission | None:
    """Return the decided submission before one: what its reviewer compares it with (上一次送审)."""
    earlier = CourseSubmission.objects.filter(course_id=submission.course_id, pk__lt=submission.pk)
    return earlier.exclude(state=CourseSubmission.State.SUBMITTED).order_by("-pk").first()


def submission_difference(submission: CourseSubmission) -> tuple[CourseSubmission, Difference] | None:
    """Return the submission before, and what changed since; nothing for the first one (送审差异)."""
    before = submission_before(submission)
    if before is None:
        return None
    return before, difference_of(submission_edition(before), submission_edition(submission))
