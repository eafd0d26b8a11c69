"""Finished values of the public pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from courses.models import CourseVersion, LessonVersion
from courses.queries.catalogue import (
    FACETS,
    SORTS,
    CatalogueFilters,
    CatalogueResult,
    FacetValue,
    course_card,
    newest_versions,
    with_card,
)
from courses.queries.samples import samples_of
from lms.access.rules import Actor
from lms.classes.models import Enrolment, TrainingClass
from lms.classes.queries import course_catalogue, enrolments_of, open_classes
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
class Link:
    """A way to another view of the catalogue: a condition taken off, another order, a way out of an empty list."""

    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet as the page shows it (分面)."""

    name: str
    legend: str
    values: list[FacetValue]


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """课程目录."""

    result: CatalogueResult
    facets: list[Facet]
    chips: list[Link]
    chosen_count: int
    sorts: list[Link]
    ways_out: list[Link]
    nearby: list[CourseVersion]


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
    samples: set[UUID]


def home(actor: Actor) -> HomePage:
    """Return the home page's values."""
    result = course_catalogue(CatalogueFilters())
    going_on = [one for one in my_enrolments(actor) if not one.completion.is_completed] if actor.person_id else []
    return HomePage(result.rows[:6], result.facets["occupation"], result.total, going_on[:2])


def courses(result: CatalogueResult) -> CataloguePage:
    """Return the catalogue's values; when nothing is found also the ways out, and three courses that are there."""
    filters = result.filters
    chips = chips_of(result)
    orders = [name for name in SORTS if filters.q or name != "relevance"]
    return CataloguePage(
        result=result,
        facets=[Facet(name, legend, result.facets[name]) for name, legend in FACETS.items() if result.facets[name]],
        chips=chips,
        chosen_count=len(chips) - bool(filters.q),
        sorts=[Link(SORTS[name], address(filters, sort=name), name == filters.order) for name in orders],
        ways_out=[] if result.rows else ways_out(result),
        nearby=[] if result.rows else list(with_card(newest_versions())[:3]),
    )


def address(filters: CatalogueFilters, **changes: Any) -> str:
    """Return the address of the catalogue's first page with some filters changed."""
    now = replace(filters, **changes)
    pairs = [(name, value) for name, values in now.chosen.items() for value in values]
    own = [(name, value) for name, value in (("q", now.q), ("sort", now.sort)) if value]
    return f"{reverse('courses')}?{urlencode(pairs + own)}"


def without(filters: CatalogueFilters, name: str, value: str = "") -> str:
    """Return the address without a chosen value of a facet, or without all of them."""
    left = tuple(one for one in filters.chosen[name] if value and one != value)
    return address(filters, chosen=filters.chosen | {name: left})


def chips_of(result: CatalogueResult) -> list[Link]:
    """Return what is chosen in words, each with the address without it."""
    filters = result.filters
    found = [Link(f"“{filters.q}”", address(filters, q=""))] if filters.q else []
    return found + [
        Link(one.label, without(filters, name, one.value))
        for name, values in result.facets.items()
        for one in values
        if one.is_chosen
    ]


def ways_out(result: CatalogueResult) -> list[Link]:
    """Return what to change when nothing is found: the same sound in other characters, or one condition less."""
    filters = result.filters
    ways = []
    if result.sounds_like:
        ways.append(Link(f"按读音“{result.sounds_like}”查找", address(filters, q=result.sounds_like)))
    for name, count in result.without.items():
        label = f"不限搜索词“{filters.q}”" if name == "q" else f"不限{FACETS[name]}"
        ways.append(Link(f"{label}，有{count}门", address(filters, q="") if name == "q" else without(filters, name)))
    return ways


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
        samples=samples_of(version),
    )


def chapters_of(lessons: list[LessonVersion]) -> list[Chapter]:
    """Return lessons by section, in order."""
    return [
        Chapter(title, list(group))
        for (_, title), group in groupby(lessons, lambda one: (one.section_uid, one.section_title))
    ]
