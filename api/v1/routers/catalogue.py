"""/occupations and /courses: what the district offers. Open to everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from ninja import Query, Router
from ninja.decorators import decorate_view

from api.v1.errors import PROBLEMS
from api.v1.schemas.catalogue import (
    CourseDetailOut,
    CourseOut,
    CoursesIn,
    CoursesOut,
    FacetValueOut,
    LessonOut,
    OccupationOut,
)
from courses.models import CourseVersion
from courses.queries.catalogue import FACETS, CatalogueFilters, course_card
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.classes.queries import course_catalogue
from lms.kernel.numbers import page_number
from lms.kernel.visitors import kept_for_visitors

router = Router(auth=None)
public = decorate_view(kept_for_visitors, conditional_page, cache_control(public=True, max_age=60))


def values_of(version: CourseVersion) -> dict[str, Any]:
    """Return a course's values."""
    return {
        "uid": version.course.uid,
        "version_uid": version.uid,
        "title": version.title,
        "summary": version.summary,
        "occupation_code": version.occupation.code,
        "occupation": version.occupation.name,
        "trade": version.trade.name if version.trade else None,
        "level": version.level,
        "level_name": LEVEL_NAMES[SkillLevel(version.level)],
        "nature": version.nature,
        "nature_name": version.get_nature_display(),
        "mode": version.mode,
        "mode_name": version.get_mode_display(),
        "is_accessible": version.is_accessible,
        "class_hours": version.class_hours,
        "institution_uid": version.institution.uid,
        "institution": version.institution.name,
    }


@router.get("/occupations", response={200: list[OccupationOut], **PROBLEMS}, summary="有课程的职业")
@public
def occupations(request: HttpRequest) -> Any:
    """Return the occupations that have released courses. Open to everybody."""
    found = course_catalogue(CatalogueFilters()).facets["occupation"]
    return [OccupationOut(code=one.value, name=one.label, course_count=one.count) for one in found]


@router.get("/courses", response={200: CoursesOut, **PROBLEMS}, summary="课程目录")
@public
def courses(request: HttpRequest, asked: Query[CoursesIn]) -> Any:
    """Return a page of released courses with the facets' counts. Open to everybody."""
    chosen = {name: tuple(getattr(asked, name)) for name in FACETS}
    found = course_catalogue(
        CatalogueFilters(q=asked.q, chosen=chosen, sort=asked.sort, page=page_number(asked.cursor))
    )
    return CoursesOut(
        items=[CourseOut(**values_of(version)) for version in found.rows],
        total=found.total,
        next_cursor=str(found.page + 1) if found.page < found.page_count else None,
        facets={
            name: [FacetValueOut(value=one.value, label=one.label, count=one.count) for one in values]
            for name, values in found.facets.items()
        },
    )


@router.get("/courses/{uid}", response={200: CourseDetailOut, **PROBLEMS}, summary="课程详情")
@public
def course(request: HttpRequest, uid: UUID) -> Any:
    """Return a released course and its lessons. Open to everybody."""
    version = course_card(uid)
    lessons = [
        LessonOut(
            uid=lesson.lesson_uid,
            position=lesson.position,
            section_title=lesson.section_title,
            title=lesson.title,
            kind=lesson.kind,
            length_seconds=lesson.length_ms // 1000,
        )
        for lesson in version.lessons.all()
    ]
    outcomes = [line for line in version.outcomes.splitlines() if line.strip()]
    return CourseDetailOut(**values_of(version), outcomes=outcomes, lessons=lessons)
