"""The public catalogue: released courses, facets, search."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet, Sum, Value
from django.db.models.expressions import Combinable

from courses.models import CourseNature, CourseVersion, LessonVersion
from courses.queries.search import FOUND_BY, matching, same_sound
from courses.rules.search import relevance, search_words
from lms.access.rules import Actor, Role
from lms.catalogue.models import KeyIndustry, LearningMode
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel.errors import NotFoundError

PER_PAGE = 12
# The facets in the order of the page; each value of an address is one of these, several may be chosen.
FACETS = {
    "nature": "培训性质",
    "occupation": "职业",
    "level": "等级",
    "mode": "培训方式",
    "industry": "重点产业",
    "state": "开班状态",
    "accessible": "无障碍",
    "institution": "培训机构",
}
STATES = {"running": "正在开班", "soon": "即将开班", "none": "暂未开班"}
FIXED: dict[str, dict[str, str]] = {
    "nature": {value: str(label) for value, label in CourseNature.choices},
    "level": {str(int(level)): name for level, name in LEVEL_NAMES.items()},
    "mode": {value: str(label) for value, label in LearningMode.choices},
    "state": STATES,
    "accessible": {"yes": "有字幕和文字描述"},
}
SORTS = {"relevance": "最相关", "newest": "最新发布", "hours": "学时从少到多", "learners": "学员最多"}
IN_OWN_ORDER = {*FIXED, "industry"}
COLUMNS = (
    "pk", "released_at", "class_hours", "nature", "level", "mode", "occupation_id", "occupation__code",
    "occupation__name", "institution__uid", "institution__short_name", "is_found", "class_state", "learner_count",
    "is_accessible",
)  # fmt: skip
NOBODY = "（没有课程的条件）"


@dataclass(frozen=True, slots=True)
class CatalogueFilters:
    """What a visitor looks for (筛选条件); they stand in the address, so that it can be shared."""

    q: str = ""
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)  # facet: its chosen values
    sort: str = ""
    page: int = 1

    @property
    def order(self) -> str:
        """Return how the courses are ordered: by relevance when words are sought, else the newest first."""
        if self.sort in SORTS and (self.q or self.sort != "relevance"):
            return self.sort
        return "relevance" if self.q else "newest"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet with the number of courses it would leave (分面)."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CatalogueResult:
    """A page of the catalogue (课程目录). `without`: how many courses there would be without one of the conditions."""

    rows: list[CourseVersion]
    facets: dict[str, list[FacetValue]]
    total: int
    page: int
    page_count: int
    filters: CatalogueFilters
    without: dict[str, int]
    sounds_like: str = ""  # nothing is written so, but this pinyin is found


@dataclass(frozen=True, slots=True)
class Entry:
    """What the facets, the search and the order need of one course."""

    pk: int
    values: dict[str, tuple[str, ...]]
    is_found: bool
    rank: tuple[Any, ...]

    def failing(self, chosen: dict[str, tuple[str, ...]]) -> list[str]:
        """Return the conditions that the course does not fit; `q` is one of them."""
        failed = [name for name, values in chosen.items() if values and not set(values) & set(self.values[name])]
        return failed if self.is_found else [*failed, "q"]


def lessons_of(course_version_id: int) -> list[LessonVersion]:
    """Return the lessons of a released version in order."""
    return list(LessonVersion.objects.filter(course_version_id=course_version_id).select_related("video"))


def newest_versions() -> QuerySet[CourseVersion]:
    """Return the newest released version of every course that is not taken down (在架课程)."""
    newest = CourseVersion.objects.order_by().values("course").annotate(last=Max("pk")).values("last")
    return CourseVersion.objects.filter(pk__in=newest, course__live=True)


def catalogue(filters: CatalogueFilters, *, state: Combinable, learners: Combinable) -> CatalogueResult:
    """Return a page of released courses and the facets' counts; four queries, however many courses there are.

    `state` and `learners` are expressions over a version: those of STATES that hold, with spaces between, and how many
    learn it. Classes know them.
    """
    labels = {name: dict(FIXED.get(name, {})) for name in FACETS}
    entries = entries_of(filters, labels, state=state, learners=learners)
    failures = [(entry, entry.failing(filters.chosen)) for entry in entries]
    fitting = sorted((entry for entry, failed in failures if not failed), key=lambda entry: entry.rank)
    page_count = max(1, -(-len(fitting) // PER_PAGE))
    page = min(max(1, filters.page), page_count)
    shown = [entry.pk for entry in fitting[(page - 1) * PER_PAGE : page * PER_PAGE]]
    return CatalogueResult(
        rows=cards(shown),
        facets={name: facet(name, failures, labels[name], filters.chosen.get(name, ())) for name in FACETS},
        total=len(fitting),
        page=page,
        page_count=page_count,
        filters=filters,
        without=Counter(failed[0] for _, failed in failures if len(failed) == 1),
        sounds_like="" if any(entry.is_found for entry in entries) else same_sound(newest_versions(), filters.q),
    )


def entries_of(
    filters: CatalogueFilters, labels: dict[str, dict[str, str]], *, state: Combinable, learners: Combinable
) -> list[Entry]:
    """Return all courses in the catalogue as the facets see them; names of what they hold are added to `labels`."""
    industries = industries_by_occupation(labels)
    words = search_words(filters.q)
    rows = newest_versions().annotate(
        is_found=matching(words),
        class_state=state,
        learner_count=learners if filters.order == "learners" else Value(0),
    )
    columns = [*COLUMNS, *(FOUND_BY if words else ())]
    return [entry_of(row, labels, industries, filters.order, words) for row in rows.order_by("pk").values(*columns)]


def entry_of(
    row: dict[str, Any],
    labels: dict[str, dict[str, str]],
    industries: dict[int, tuple[str, ...]],
    order: str,
    words: list[str],
) -> Entry:
    """Return one course as the facets see it."""
    code, uid = row["occupation__code"], str(row["institution__uid"])
    labels["occupation"][code] = row["occupation__name"]
    labels["institution"][uid] = row["institution__short_name"]
    values = {
        "nature": (row["nature"],),
        "occupation": (code,),
        "level": (str(row["level"]),),
        "mode": (row["mode"],),
        "industry": industries.get(row["occupation_id"], ()),
        "state": tuple(row["class_state"].split()),
        "accessible": ("yes",) if row["is_accessible"] else (),
        "institution": (uid,),
    }
    return Entry(row["pk"], values, bool(row["is_found"]), rank_of(row, order, words))


def rank_of(row: dict[str, Any], order: str, words: list[str]) -> tuple[Any, ...]:
    """Return by what a course is ordered, the smallest first; among equals the newest comes first."""
    newest = (-row["released_at"].timestamp(), -row["pk"])
    if order == "relevance" and words:
        return (-relevance(words, **{name: row[column] for column, name in FOUND_BY.items()}), *newest)
    if order == "hours":
        return (row["class_hours"], *newest)
    return (-row["learner_count"], *newest)  # nobody is counted unless that was asked


def industries_by_occupation(labels: dict[str, dict[str, str]]) -> dict[int, tuple[str, ...]]:
    """Return the key industries' codes by occupation; all of their names are added to `labels`, those of none too."""
    found: dict[int, tuple[str, ...]] = {}
    for code, name, occupation in KeyIndustry.objects.order_by("sequence").values_list(
        "code", "name", "occupations__pk"
    ):
        labels["industry"][code] = name
        if occupation is not None:
            found[occupation] = (*found.get(occupation, ()), code)
    return found


def facet(
    name: str, failures: list[tuple[Entry, list[str]]], labels: dict[str, str], chosen: tuple[str, ...]
) -> list[FacetValue]:
    """Return a facet's values, counted under the other conditions; key industries are named even where none is taught."""
    counts = Counter(value for entry, failed in failures if failed in ([], [name]) for value in entry.values[name])
    known = labels | {value: NOBODY for value in chosen if value not in labels}
    order = known if name in IN_OWN_ORDER else sorted(known)
    return [
        FacetValue(value, known[value], counts[value], value in chosen)
        for value in order
        if counts[value] or value in chosen or name == "industry"
    ]


def with_card(versions: QuerySet[CourseVersion]) -> QuerySet[CourseVersion]:
    """Return versions with what a card shows, the newest first."""
    related = ("occupation", "trade", "institution", "course__cover")
    return versions.select_related(*related).order_by("-released_at", "-pk")


def cards(pks: list[int]) -> list[CourseVersion]:
    """Return versions in the order of the keys, with what a card shows."""
    found = with_card(CourseVersion.objects.all()).in_bulk(pks)
    return [found[pk] for pk in pks]


def as_uid(text: str) -> UUID:
    """Return a uid of an address, or one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def course_card(uid: UUID) -> CourseVersion:
    """Return the newest version of a course by its uid, with its lessons. Raises NotFoundError (课程详情)."""
    related = ("occupation", "trade", "institution", "course__cover")
    found = (
        newest_versions().filter(course__uid=uid).select_related(*related).prefetch_related("lessons__video").first()
    )
    if found is None:
        raise NotFoundError("没有找到这门课程，可能已下架。可以在课程目录里看看其他课程。", code="course_not_found")
    return found


@dataclass(frozen=True, slots=True)
class Specialty:
    """An occupation that an institution teaches, with its levels (机构专业)."""

    institution: str
    phone: str
    code: str
    occupation: str
    levels: list[str]
    course_count: int


def specialties() -> list[Specialty]:
    """Return what each institution teaches, by released courses (培训机构专业). One query."""
    columns = ("institution__name", "institution__contact_phone", "occupation__code", "occupation__name")
    rows = newest_versions().order_by("institution__name", "occupation__code", "level").values_list(*columns, "level")
    found = []
    for (institution, phone, code, occupation), group in groupby(rows, lambda row: row[:4]):
        counted = Counter(row[4] for row in group)
        levels = [LEVEL_NAMES[SkillLevel(level)] for level in counted]
        found.append(Specialty(institution, phone, code, occupation, levels, counted.total()))
    return found


def total_length_ms(course_version_id: int) -> int:
    """Return the sum of the lessons' lengths (课程总时长)."""
    found = LessonVersion.objects.filter(course_version_id=course_version_id).aggregate(Sum("length_ms"))
    return found["length_ms__sum"] or 0


def released_versions_for(actor: Actor) -> QuerySet[CourseVersion]:
    """Return the newest versions of the actor's institutions, for filing a class (可开班的课程)."""
    mine = newest_versions().filter(institution_id__in=actor.units(Role.INSTITUTION))
    return mine.select_related("occupation").order_by("title")
