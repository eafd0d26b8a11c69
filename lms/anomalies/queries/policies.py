"""Reads of the policy by which something is called odd."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from lms.anomalies.models import AnomalyPolicy
from lms.anomalies.rules.terms import AnomalyTerms


def policy_on(day: date) -> AnomalyPolicy | None:
    """Return the version in force on a day, none before the first (当日线索口径)."""
    return AnomalyPolicy.objects.filter(effective_from__lte=day).order_by("-effective_from", "-version").first()


def terms_on(day: date) -> AnomalyTerms:
    """Return the numbers in force on a day; a house's own before the first version (当日数值)."""
    policy = policy_on(day)
    return policy.anomaly_terms() if policy else AnomalyTerms()


def policy_versions() -> QuerySet[AnomalyPolicy]:
    """Return all versions, newest first."""
    return AnomalyPolicy.objects.select_related("published_by__person").order_by("-version")
