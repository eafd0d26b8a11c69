"""Reads of the yearly agreements and their text (申报签约)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from lms.access.rules import Actor
from lms.filing.models import Agreement, AgreementText
from lms.filing.queries.records import units_visible_to
from lms.kernel.errors import NotFoundError
from lms.organisations.models import Organisation


def text_on(day: date) -> AgreementText | None:
    """Return the version of the text in force on a day, none before the first (当日协议文本)."""
    return AgreementText.objects.filter(effective_from__lte=day).order_by("-effective_from", "-version").first()


def text_versions() -> QuerySet[AgreementText]:
    """Return all versions, newest first."""
    return AgreementText.objects.select_related("published_by__person").order_by("-version")


def agreements_of(organisation: Organisation) -> QuerySet[Agreement]:
    """Return a unit's agreements, the newest year first."""
    return organisation.agreements.select_related("text", "signed_by__person", "agreed_by__person").order_by("-year")


def waiting_agreements(actor: Actor) -> QuerySet[Agreement]:
    """Return the agreements that the office has not signed yet, oldest first (待签协议)."""
    found = Agreement.objects.filter(agreed_at=None, organisation__in=units_visible_to(actor).values("pk"))
    return found.select_related("organisation", "text", "signed_by__person").order_by("pk")


def agreement_for(actor: Actor, uid: UUID) -> Agreement:
    """Return an agreement of a unit that the actor may see. Raises NotFoundError."""
    visible = Agreement.objects.filter(organisation__in=units_visible_to(actor).values("pk"), uid=uid)
    found = visible.select_related("organisation", "text", "signed_by__person", "agreed_by__person").first()
    if found is None:
        raise NotFoundError("没有找到这份协议，可能不在您的管理范围内。", code="agreement_not_found")
    return found
