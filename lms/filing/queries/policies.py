"""Reads of the policy of filing and supervision."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from lms.filing.models import FilingPolicy
from lms.filing.rules.terms import FilingTerms


def policy_on(day: date) -> FilingPolicy | None:
    """Return the version in force on a day, none before the first (当日机构管理口径)."""
    return FilingPolicy.objects.filter(effective_from__lte=day).order_by("-effective_from", "-version").first()


def terms_on(day: date) -> FilingTerms:
    """Return the numbers in force on a day; a house's own before the first version (当日数值)."""
    policy = policy_on(day)
    return policy.filing_terms() if policy else FilingTerms()


def policy_versions() -> QuerySet[FilingPolicy]:
    """Return all versions, newest first."""
    return FilingPolicy.objects.select_related("published_by__person").order_by("-version")
