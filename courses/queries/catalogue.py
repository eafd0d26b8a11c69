"""The public catalogue: released courses, facets, search."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet, Sum

from courses.models import (
    CourseVersion,
    LessonVersion,
)
from courses.rules.authoring import search_words
from lms.access.rules import Actor, Role
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel.errors import NotFoundError
from lms.kernel.zh import bigrams


def lessons_of(course_version_id: int) -> list[LessonVersion]:
    """Return the lessons of a released version in order."""
    return list(LessonVersion.objects.filter(course_version_id=course_version_id).select_related("video"))


PER_PAGE = 12
FACETS = ("occupation", "level", "institution")


@dataclass(frozen=True, slots=True)
class CatalogueFilters:
    """What a visitor looks for (筛选条件); they stand in the address, so that it can be shared."""

    q: str = ""
    occupation: str = ""  # code
    level: str = ""  # rank
    institution: str = ""  # uid
    page: int = 1


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet with the number of courses it would leave (分面)."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CatalogueResult:
    """A page of the catalogue (课程目录)."""

    rows: list[CourseVersion]
    facets: dict[str, list[FacetValue]]
    total: int
    page: int
    page_count: int
    filters: CatalogueFilters = field(default_factory=CatalogueFilters)


def newest_versions() -> QuerySet[CourseVersion]:
    """Return the newest released version of every course that is not taken down (在架课程)."""
    newest = CourseVersion.objects.order_by().values("course").annotate(last=Max("pk")).values("last")
    return CourseVersion.objects.filter(pk__in=newest, course__live=True)


def catalogue(filters: CatalogueFilters) -> CatalogueResult:
    """Return a page of released courses and the facets' counts. The number of queries does not depend on the rows."""
    found = searched(newest_versions(), filters.q)
    rows = narrowed(found, filters)
    total = rows.count()
    page_count = max(1, -(-total // PER_PAGE))
    page = min(max(1, filters.page), page_count)
    shown = rows.select_related("occupation", "trade", "institution", "course__cover").order_by("-released_at", "-pk")
    return CatalogueResult(
        rows=list(shown[(page - 1) * PER_PAGE : page * PER_PAGE]),
        facets={name: facet(name, found, filters) for name in FACETS},
        total=total,
        page=page,
        page_count=page_count,
        filters=filters,
    )


def searched(versions: QuerySet[CourseVersion], q: str) -> QuerySet[CourseVersion]:
    """Return the versions in which every word is found. Words are pairs of characters, as the index has them."""
    for word in search_words(q):
        for pair in bigrams(word).split():
            versions = versions.filter(words__contains=pair)
    return versions


def narrowed(versions: QuerySet[CourseVersion], filters: CatalogueFilters) -> QuerySet[CourseVersion]:
    """Return the versions that fit the chosen facets."""
    if filters.occupation:
        versions = versions.filter(occupation__code=filters.occupation)
    if filters.level.isdigit():
        versions = versions.filter(level=int(filters.level))
    if filters.institution:
        versions = versions.filter(institution__uid=as_uid(filters.institution))
    return versions


def as_uid(text: str) -> UUID:
    """Return a uid of an address, or one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def cleared(name: str) -> dict[str, Any]:
    """Return the change that forgets a facet's choice."""
    return {name: ""}


def facet(name: str, found: QuerySet[CourseVersion], filters: CatalogueFilters) -> list[FacetValue]:
    """Return a facet's values, counted under the other facets' choices."""
    others = narrowed(found, replace(filters, **cleared(name)))
    chosen = getattr(filters, name)
    columns = {
        "occupation": ("occupation__code", "occupation__name"),
        "level": ("level", "level"),
        "institution": ("institution__uid", "institution__short_name"),
    }[name]
    rows = others.order_by().values_list(*columns).annotate(Count("pk")).order_by(columns[0])
    return [
        FacetValue(
            str(value), LEVEL_NAMES[SkillLevel(label)] if name == "level" else label, count, str(value) == chosen
        )
        for value, label, count in rows
    ]


def course_card(uid: UUID) -> CourseVersion:
    """Return the newest version of a course by its uid, with its lessons. Raises NotFoundError (课程详情)."""
    related = ("occupation", "trade", "institution", "course__cover")
    found = (
        newest_versions().filter(course__uid=uid).select_related(*related).prefetch_related("lessons__video").first()
    )
    if found is None:
        raise NotFoundError("没有找到这门课程，可能已下架。可以在课程目录里看看其他课程。", code="course_not_found")
    return found


def total_length_ms(course_version_id: int) -> int:
    """Return the sum of the lessons' lengths (课程总时长)."""
    found = LessonVersion.objects.filter(course_version_id=course_version_id).aggregate(Sum("length_ms"))
    return found["length_ms__sum"] or 0


def released_versions_for(actor: Actor) -> QuerySet[CourseVersion]:
    """Return the newest versions of the actor's institutions, for filing a class (可开班的课程)."""
    mine = newest_versions().filter(institution_id__in=actor.units(Role.INSTITUTION))
    return mine.select_related("occupation").order_by("title")
