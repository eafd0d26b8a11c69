"""Finished values of the public pages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from courses.models import CourseVersion, LessonVersion
from courses.queries.catalogue import CatalogueFilters, CatalogueResult, FacetValue, catalogue, course_card
from lms.access.rules import Actor
from lms.classes.models import Enrolment, TrainingClass
from lms.classes.queries import enrolments_of, open_classes
from lms.dossier.queries import LearnerProgress, my_enrolments
from lms.kernel import clock


@dataclass(frozen=True, slots=True)
class HomePage:
    """首页."""

    newest: list[CourseVersion]
    occupations: list[FacetValue]
    course_count: int
    going_on: list[LearnerProgress]


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter that can be taken off."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section with its lessons."""

    title: str
    lessons: list[LessonVersion]


@dataclass(frozen=True, slots=True)
class CourseDetail:
    """课程详情."""

    version: CourseVersion
    outcomes: list[str]
    chapters: list[Chapter]
    length_ms: int
    classes: list[TrainingClass]
    own: Enrolment | None


def home(actor: Actor) -> HomePage:
    """Return the home page's values."""
    result = catalogue(CatalogueFilters())
    going_on = [one for one in my_enrolments(actor) if not one.completion.is_completed] if actor.person_id else []
    return HomePage(result.rows[:6], result.facets["occupation"], result.total, going_on[:2])


def chips(result: CatalogueResult) -> list[Chip]:
    """Return what is chosen, in words."""
    found = [Chip("q", f"“{result.filters.q}”")] if result.filters.q else []
    for name, values in result.facets.items():
        found += [Chip(name, value.label) for value in values if value.is_chosen]
    return found


def course(actor: Actor, uid: UUID) -> CourseDetail:
    """Return a course's values."""
    version = course_card(uid)
    lessons = list(version.lessons.all())
    own = enrolments_of(actor.person_id).filter(training_class__course_version__course__uid=uid).first()
    return CourseDetail(
        version=version,
        outcomes=[line.strip() for line in version.outcomes.splitlines() if line.strip()],
        chapters=chapters_of(lessons),
        length_ms=sum(lesson.length_ms for lesson in lessons),
        classes=list(open_classes(clock.today(), course_uid=uid)),
        own=own,
    )


def chapters_of(lessons: list[LessonVersion]) -> list[Chapter]:
    """Return lessons by section, in order."""
    return [
        Chapter(title, list(group))
        for (_, title), group in groupby(lessons, lambda one: (one.section_uid, one.section_title))
    ]
