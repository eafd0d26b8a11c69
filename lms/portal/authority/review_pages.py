"""What a reviewer sees of a submitted course: exactly the noted revisions (课程审核)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from courses.models import CourseSubmission, LessonPage, SectionPage
from courses.queries.media import Media, media_of
from courses.queries.studio import submitted_pages
from courses.services.review import questions_of
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel import clock

PLAYABLE_MS = 4 * 3_600_000
QUESTION_KINDS = {"single": "单选题", "multiple": "多选题", "judgement": "判断题"}


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """A question with its answers (试题)."""

    kind: str
    stem: str
    options: list[dict[str, Any]]
    explanation: str


@dataclass(frozen=True, slots=True)
class ReviewedLesson:
    """A lesson as it was submitted (课时)."""

    title: str
    kind: str
    section: str
    length: str
    html: SafeString
    media: Media | None
    questions: list[ReviewedQuestion]


@dataclass(frozen=True, slots=True)
class ReviewedCourse:
    """A course as it was submitted (课程)."""

    title: str
    occupation: str
    level: str
    class_hours: str
    summary: str
    outcomes: list[str]
    lessons: list[ReviewedLesson]


def reviewed_course(submission: CourseSubmission) -> ReviewedCourse:
    """Return the whole course of a submission, in the order of its tree."""
    pages: list[Any] = list(submitted_pages(submission))
    course, section, lessons = pages[0], "", []
    for page in pages[1:]:
        if isinstance(page, SectionPage):
            section = page.title
        elif isinstance(page, LessonPage):
            lessons.append(reviewed_lesson(page, section))
    return ReviewedCourse(
        title=course.title,
        occupation=course.occupation.name,
        level=LEVEL_NAMES[SkillLevel(course.level)],
        class_hours=f"{course.class_hours:.1f}",
        summary=course.summary,
        outcomes=[line for line in course.outcomes.splitlines() if line.strip()],
        lessons=lessons,
    )


def reviewed_lesson(page: LessonPage, section: str) -> ReviewedLesson:
    """Return a lesson with its text, its film or its questions."""
    is_film, is_quiz = page.kind == "video", page.kind == "quiz"
    return ReviewedLesson(
        title=page.title,
        kind=page.get_kind_display(),
        section=section,
        length=length_of(page),
        html=mark_safe(str(page.body)) if page.body else SafeString(""),  # noqa: S308 - the blocks escape what was typed
        media=media_of(page.video, expires_ms=clock.now_ms() + PLAYABLE_MS) if is_film else None,
        questions=[reviewed_question(question) for question in questions_of(page)] if is_quiz else [],
    )


def length_of(page: LessonPage) -> str:
    """Return how long a lesson is, in words."""
    if page.kind == "video" and page.video:
        seconds = round(page.video.duration_ms / 1000)
        return f"{seconds // 60}分{seconds % 60:02}秒"
    return f"参考时长{page.nominal_minutes}分钟" if page.nominal_minutes else ""


def reviewed_question(question: dict[str, Any]) -> ReviewedQuestion:
    """Return a question for the page."""
    return ReviewedQuestion(
        QUESTION_KINDS[question["kind"]], question["stem"], question["options"], question["explanation"]
    )
