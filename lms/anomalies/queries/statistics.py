"""What became of the flags that the detectors raised (线索统计)."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Exists, OuterRef, Q, Subquery

from lms.access.rules import Actor
from lms.anomalies.models import AnomalyCase, AnomalyFlag, CaseStep
from lms.anomalies.queries.cases import cases_visible_to
from lms.anomalies.rules.statistics import OPEN, OVERTURNED, Fate
from lms.kernel import clock

DAY_SECONDS = 86_400
State, Kind = AnomalyCase.State, CaseStep.Kind


def fates_between(actor: Actor, first: date, last: date) -> list[Fate]:
    """Return the flags within reach that were raised on these days, with how their cases ended. One query.

    While an appeal waits its outcome stands; one that was granted to whom the flag is about overturns it.
    """
    begin, end = (datetime.combine(day, time(), tzinfo=clock.SHANGHAI) for day in (first, last))
    steps = CaseStep.objects.filter(case=OuterRef("case"))
    granted = steps.filter(kind=Kind.GRANTED, person__isnull=False)
    flags = AnomalyFlag.objects.filter(case__in=cases_visible_to(actor), at__gte=begin, at__lt=end).annotate(
        decided_at=Subquery(steps.filter(kind=Kind.CONFIRMED).order_by("-pk").values("at")[:1]),
        overturned=Exists(granted.filter(person=OuterRef("person"))) | Q(person=None) & Exists(granted),
    )
    rows = flags.values_list("kind", "at", "case__state", "case__outcome", "decided_at", "overturned")
    return [fate_of(*row) for row in rows.order_by("pk")]


def fate_of(kind: str, at: datetime, state: str, outcome: str, decided_at: datetime | None, overturned: bool) -> Fate:
    """Return what became of a flag."""
    month = f"{clock.local(at):%Y-%m}"
    if state not in (State.CLOSED, State.APPEALED) or decided_at is None:
        return Fate(kind, month, OPEN, None)
    days = (decided_at - at).total_seconds() / DAY_SECONDS
    return Fate(kind, month, OVERTURNED if overturned else outcome, days)


def first_year(actor: Actor) -> int | None:
    """Return the year in which the first flag within reach was raised. One query."""
    found = AnomalyFlag.objects.filter(case__in=cases_visible_to(actor)).order_by("at").values_list("at", flat=True)
    newest = found.first()
    return clock.local(newest).year if newest else None
