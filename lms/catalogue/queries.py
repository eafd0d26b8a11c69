"""Reads of the occupational classification, of the published catalogues and of what is wanted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from lms.access.rules import Actor, Role
from lms.catalogue.models import CatalogueEntry, LearningMode, Occupation, TrainingDemand
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel.errors import NotFoundError
from lms.organisations.models import Organisation


@dataclass(slots=True)
class DemandLine:
    """How many want an occupation at a level (需求汇总行). Numbers only: nobody is named."""

    code: str
    occupation: str
    level: str
    learners: int = 0
    staff: int = 0
    modes: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Return how many there are together."""
        return self.learners + self.staff


def occupations_on(day: date) -> QuerySet[Occupation]:
    """Return the occupations valid on a day, by code (当日有效职业)."""
    valid = Q(valid_to=None) | Q(valid_to__gte=day)
    return Occupation.objects.filter(valid, valid_from__lte=day).prefetch_related("trades").order_by("code")


def entries_of(kind: str, year: int) -> QuerySet[CatalogueEntry]:
    """Return a published catalogue's lines of a year (目录条目)."""
    entries = CatalogueEntry.objects.filter(kind=kind, year=year).select_related("occupation", "industry")
    return entries.order_by("name", "level", "pk")


def published_years(kind: str) -> list[int]:
    """Return the years for which a catalogue was published, the newest first."""
    return sorted(set(CatalogueEntry.objects.filter(kind=kind).values_list("year", flat=True)), reverse=True)


def demand_years() -> list[int]:
    """Return the years for which demand was registered, the newest first."""
    return sorted(set(TrainingDemand.objects.values_list("year", flat=True)), reverse=True)


def demand_of(year: int) -> list[DemandLine]:
    """Return what is wanted in a year by occupation and level, the most wanted first (需求汇总). One query."""
    rows = (
        TrainingDemand.objects.filter(year=year)
        .order_by()
        .values_list("occupation__code", "occupation__name", "level", "mode", "time")
        .annotate(
            learners=Sum("headcount", filter=Q(enterprise=None), default=0),
            staff=Sum("headcount", filter=Q(person=None), default=0),
        )
    )
    lines: dict[tuple[str, int], DemandLine] = {}
    modes, times = dict(LearningMode.choices), dict(TrainingDemand.Time.choices)
    for code, name, level, mode, time, learners, staff in rows:
        line = lines.setdefault((code, level), DemandLine(code, name, LEVEL_NAMES[SkillLevel(level)]))
        line.learners += learners
        line.staff += staff
        line.modes[str(modes[mode])] += learners + staff
        line.times[str(times[time])] += learners + staff
    return sorted(lines.values(), key=lambda line: (-line.total, line.code, line.level))


def own_demand(actor: Actor, year: int) -> TrainingDemand | None:
    """Return what a learner registered for a year, or nothing (本人培训需求)."""
    mine = TrainingDemand.objects.filter(person_id=actor.person_id or 0, year=year)
    return mine.select_related("occupation").first()


def enterprises_of(actor: Actor) -> QuerySet[Organisation]:
    """Return the enterprises for which an actor may register (所属企业)."""
    return Organisation.objects.filter(pk__in=actor.units(Role.ENTERPRISE)).order_by("name")


def staff_demand(actor: Actor, year: int) -> QuerySet[TrainingDemand]:
    """Return what the actor's enterprises registered for a year (企业培训需求)."""
    found = TrainingDemand.objects.filter(enterprise_id__in=actor.units(Role.ENTERPRISE), year=year)
    return found.select_related("occupation", "enterprise").order_by("enterprise__name", "occupation__code", "level")


def staff_demand_by_uid(actor: Actor, uid: UUID) -> TrainingDemand:
    """Return a registration of the actor's enterprises. Raises NotFoundError for any other."""
    found = TrainingDemand.objects.filter(enterprise_id__in=actor.units(Role.ENTERPRISE), uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这条培训需求，可能已撤回。请刷新页面。", code="demand_not_found")
    return found
