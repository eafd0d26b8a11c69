"""A course that asks questions of the bank: written, submitted and released through the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from courses.models import CoursePage, CourseVersion, LessonPage, Question, Video
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.review import release_course, submit_course
from tests.cast import Cast
from tests.factories import make_occupation

LENGTH_MS = 60_000


def make_asking_course(
    cast: Cast,
    *,
    quiz: Sequence[Question] = (),
    popups: Sequence[tuple[str, Question]] = (),
    checks: Sequence[tuple[str, Question]] = (),
    title: str = "焊工安全",
) -> CoursePage:
    """Return a course of institution A as drafts: a film with its questions, and a quiz if there are questions for it."""
    course = add_course(
        institution=cast.institution_a,
        actor=cast.actor("li"),
        title=title,
        occupation=make_occupation(),
        level=1,
        class_hours=2,
        summary="入门",
        outcomes="能检查焊机",
    )
    section = add_section(course=course, title="第一章")
    video = Video.objects.create(
        institution=cast.institution_a,
        title="片",
        source_name="a.mp4",
        state=Video.State.READY,
        duration_ms=LENGTH_MS,
    )
    asked = [("popup", {"at": at, "question": question}) for at, question in popups]
    marked = [("check", {"at": at, "question": question}) for at, question in checks]
    add_lesson(section=section, title="看片", kind="video", video=video, popups=asked, check_questions=marked)
    if quiz:
        add_lesson(section=section, title="测一测", kind="quiz", quiz=[("bank", question) for question in quiz])
    return course


def release(cast: Cast, course: CoursePage) -> CourseVersion:
    """Return the version of a course, submitted and released by two people."""
    submission = submit_course(course=course, actor=cast.actor("li"))
    return release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))


def redraft(lesson: LessonPage, **values: Any) -> None:
    """Save another draft of a lesson, as the editor does."""
    for name, value in values.items():
        setattr(lesson, name, value)
    lesson.save_revision()
