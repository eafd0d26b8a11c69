"""Reads of the occupational classification."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from lms.catalogue.models import Occupation


def occupations_on(day: date) -> QuerySet[Occupation]:
    """Return the occupations valid on a day, by code (当日有效职业)."""
    valid = Q(valid_to=None) | Q(valid_to__gte=day)
    return Occupation.objects.filter(valid, valid_from__lte=day).prefetch_related("trades").order_by("code")
