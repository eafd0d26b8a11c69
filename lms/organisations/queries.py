"""Reads of units and places."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from lms.organisations.models import Division, Organisation


def divisions_on(day: date, *, parent: str = "") -> QuerySet[Division]:
    """Return the places whose name and code held on a day, by code (当日有效区划)."""
    valid = Q(valid_to=None) | Q(valid_to__gte=day)
    found = Division.objects.filter(valid, valid_from__lte=day).order_by("code")
    return found.filter(parent_code=parent) if parent else found


def units() -> QuerySet[Organisation]:
    """Return all units, those of one kind together (全部单位)."""
    return Organisation.objects.order_by("kind", "name")


def units_named(text: str) -> QuerySet[Organisation]:
    """Return the units of a full name or of a unified social credit code (按名称或统一社会信用代码找单位)."""
    return Organisation.objects.filter(Q(name=text.strip()) | Q(credit_code=text.strip())).exclude(name="")


def institutions() -> QuerySet[Organisation]:
    """Return the training institutions by name (培训机构)."""
    return Organisation.objects.filter(kind=Organisation.Kind.INSTITUTION).order_by("name")
