"""Courses, sections and lessons as drafts."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from courses.models import (
    CoursePage,
    LessonPage,
    SectionPage,
)
from courses.services.tree import open_studio
from lms.access.rules import Actor, require
from lms.organisations.models import Organisation


@transaction.atomic
def add_course(*, institution: Organisation, actor: Actor, **fields: Any) -> CoursePage:
    """Add a course as a draft (新建课程)."""
    require(actor, "courses.edit", institution)
    page = open_studio(institution=institution, actor=actor)
    course: CoursePage = page.add_child(instance=CoursePage(**fields, live=False))
    course.save_revision()
    return course


@transaction.atomic
def add_section(*, course: CoursePage, title: str) -> SectionPage:
    """Add a section as a draft."""
    section: SectionPage = course.add_child(instance=SectionPage(title=title, live=False))
    section.save_revision()
    return section


@transaction.atomic
def add_lesson(*, section: SectionPage, title: str, kind: str, **fields: Any) -> LessonPage:
    """Add a lesson as a draft."""
    lesson: LessonPage = section.add_child(instance=LessonPage(title=title, kind=kind, **fields, live=False))
    lesson.save_revision()
    return lesson
