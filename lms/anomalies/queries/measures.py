"""What is in force: who is barred, which institution may open no class (生效措施)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import cast

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lms.anomalies.models import CaseStep, Measure
from lms.anomalies.rules.cases import day_words

WHAT_TO_DO = "如有异议，请登录后在“核查与申诉”中查看理由并提出申诉。"


def in_force(day: date) -> QuerySet[Measure]:
    """Return the measures that were confirmed, not lifted by an appeal, and not over on a day. `until` is the last day."""
    kinds = CaseStep.Kind
    confirmed = CaseStep.objects.filter(answers=OuterRef("ruling"), kind=kinds.CONFIRMED)
    return (
        Measure.objects.filter(Exists(confirmed), Q(until=None) | Q(until__gte=day))
        .exclude(pk__in=lifted_measures())
        .order_by("pk")
    )


def lifted_measures() -> QuerySet[Measure, dict[str, int]]:
    """Return the keys of the measures that a granted appeal of whom they hit has lifted."""
    granted = CaseStep.objects.filter(kind=CaseStep.Kind.GRANTED, answers__kind=CaseStep.Kind.APPEALED)
    same = Q(person=F("ruling__answered__person")) | Q(institution=F("ruling__answered__institution"))
    appealed = Q(ruling__answered__pk__in=granted.values("answers"))
    return cast(QuerySet[Measure, dict[str, int]], Measure.objects.filter(same, appealed).values("pk"))


def bars_of(person_ids: Collection[int], day: date) -> dict[int, str]:
    """Return why persons may not be enrolled on a day, a sentence each, by person; only those who are barred. One query."""
    found = in_force(day).filter(kind=Measure.Kind.BAR, person__in=person_ids).order_by("until")
    return {
        person: f"经核查处理，{day_words(until)}前不能报名。本人登录后可在“核查与申诉”中查看理由并申诉。"
        for person, until in found.values_list("person_id", "until")
        if until
    }


def suspension_of(institution_id: int, day: date) -> str:
    """Return why an institution may open no class on a day; nothing if it may. One query."""
    found = in_force(day).filter(kind=Measure.Kind.SUSPEND, institution=institution_id)
    until = found.order_by("-until").values_list("until", flat=True).first()
    if until is None:
        return ""
    return f"培训机构经核查处理，暂停开班至{day_words(until)}，期间不能提交和批准开班申请。{WHAT_TO_DO}"


def bars_that_ended(day: date) -> set[int]:
    """Return the persons whose bars ended in the month before a day and who are not barred on it: they may be enrolled again."""
    bars = Measure.objects.filter(kind=Measure.Kind.BAR, person__isnull=False)
    over = bars.filter(until__lt=day, until__gte=day - timedelta(days=30)).values_list("person_id", flat=True)
    still = in_force(day).filter(kind=Measure.Kind.BAR).values_list("person_id", flat=True)
    return {person for person in over if person} - {person for person in still if person}
