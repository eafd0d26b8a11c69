"""Lessons that everybody may try (免费试看)."""

from __future__ import annotations

from uuid import UUID

from courses.models import CourseVersion, LessonKind, LessonPage, LessonVersion
from lms.kernel.errors import NotFoundError

FOR_CLASSES = (LessonKind.QUIZ, LessonKind.SCORM, LessonKind.PRACTICE, LessonKind.LIVE)


def samples_of(version: CourseVersion) -> set[UUID]:
    """Return the uids of the course's lessons that everybody may try (免费试看)."""
    pages = LessonPage.objects.descendant_of(version.course).filter(is_sample=True, live=True)
    return set(pages.exclude(kind__in=FOR_CLASSES).values_list("uid", flat=True))


def sample_lesson(version: CourseVersion, lesson_uid: UUID) -> LessonVersion:
    """Return a lesson that everybody may try, as it was released. Raises NotFoundError."""
    lesson = next((one for one in version.lessons.all() if one.lesson_uid == lesson_uid), None)
    if lesson is None or lesson_uid not in samples_of(version):
        raise NotFoundError("这一课不能试看，或已不再提供试看。可以在课程页面看看其他课时。", code="no_sample")
    return lesson
