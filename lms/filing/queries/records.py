"""Reads of units' files, scoped to who asks (机构档案)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from lms.access.models import Grant
from lms.access.rules import DISTRICT_WIDE, Actor, Role, is_permitted
from lms.filing.models import (
    Agreement,
    FiledOccupation,
    FiledPaper,
    FiledSite,
    FiledTeacher,
    Filing,
    FilingApplication,
    FilingStep,
)
from lms.filing.rules.checks import FIELDS, Papers
from lms.filing.rules.life import UNDECIDED, WAITING
from lms.kernel.errors import NotFoundError
from lms.organisations.models import Organisation

STAFF = (Role.INSTITUTION, Role.ENTERPRISE)
KINDS = (Organisation.Kind.INSTITUTION, Organisation.Kind.ENTERPRISE)
GONE = "没有找到这家单位的备案，可能不在您的管理范围内。请从列表重新进入。"
ROWS: dict[str, type[FiledOccupation | FiledSite | FiledTeacher | FiledPaper]] = {
    "catalogue": FiledOccupation,
    "sites": FiledSite,
    "teachers": FiledTeacher,
    "papers": FiledPaper,
}


def units_visible_to(actor: Actor) -> QuerySet[Organisation]:
    """Return the institutions and enterprises within an actor's reach, by name, with their filings."""
    found = Organisation.objects.filter(kind__in=KINDS).select_related("filing__current").order_by("name", "pk")
    if not is_permitted(actor, "filing.view"):
        return found.none()
    if actor.has(*DISTRICT_WIDE, Role.DEPARTMENT):
        return found
    return found.filter(pk__in=actor.units(*STAFF))


def own_units(actor: Actor) -> list[Organisation]:
    """Return the units whose staff an actor is (本单位)."""
    found = Organisation.objects.filter(pk__in=actor.units(*STAFF), kind__in=KINDS)
    return list(found.select_related("filing__current").order_by("name", "pk"))


def unit_for(actor: Actor, uid: UUID) -> Organisation:
    """Return a unit that the actor may see. Raises NotFoundError for any other."""
    found = units_visible_to(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError(GONE, code="unit_not_found")
    return found


def narrowed(
    units: QuerySet[Organisation], *, kind: str, state: str, licence: str, words: str, day: date, soon_days: int
) -> QuerySet[Organisation]:
    """Return the units that fit the filters. `licence`: soon | ended; `state`: of the filing, or none."""
    if kind:
        units = units.filter(kind=kind)
    if state:
        units = units.filter(filing=None) if state == "none" else units.filter(filing__state=state)
    if licence == "ended":
        units = units.filter(filing__current__licence_to__lt=day)
    elif licence:
        until = day + timedelta(days=soon_days)
        units = units.filter(filing__current__licence_to__gte=day, filing__current__licence_to__lte=until)
    if words:
        units = units.filter(Q(name__icontains=words) | Q(credit_code=words) | Q(filing__number__icontains=words))
    return units


def application_for(actor: Actor, uid: UUID) -> FilingApplication:
    """Return an application that the actor may see. Raises NotFoundError; a draft is its unit's and the office's own."""
    related = ("organisation", "created_by__person", "submitted_by__person", "checked_by__person")
    visible = FilingApplication.objects.filter(organisation__in=units_visible_to(actor).values("pk"))
    found = visible.filter(uid=uid).select_related(*related).first()
    if found is None:
        raise NotFoundError("没有找到这份备案申请，可能不在您的管理范围内。", code="filing_application_not_found")
    return found


def open_application(organisation: Organisation) -> FilingApplication | None:
    """Return a unit's application that is not decided yet, if there is one (办理中的申请)."""
    return FilingApplication.objects.filter(organisation=organisation, state__in=UNDECIDED).first()


def applications_of(organisation: Organisation) -> QuerySet[FilingApplication]:
    """Return a unit's applications, newest first."""
    return organisation.filing_applications.order_by("-pk")


def waiting_applications(actor: Actor) -> QuerySet[FilingApplication]:
    """Return the applications that wait for the office, the longest waiting first (待办备案)."""
    found = FilingApplication.objects.filter(state__in=WAITING, organisation__in=units_visible_to(actor).values("pk"))
    return found.select_related("organisation", "submitted_by__person", "checked_by__person").order_by("moved_at", "pk")


def waiting_measures(actor: Actor) -> QuerySet[FilingStep]:
    """Return what was proposed or reported and is not answered yet, oldest first (待复核的措施和整改报告)."""
    kinds = (FilingStep.Kind.PROPOSED, FilingStep.Kind.REPORTED)
    found = FilingStep.objects.filter(
        kind__in=kinds, answered=None, organisation__in=units_visible_to(actor).values("pk")
    )
    return found.select_related("organisation", "by__person", "note", "file").order_by("pk")


def waiting_count(actor: Actor) -> int:
    """Return how much of filing and supervision waits on the office's desk (待办). Three queries."""
    agreements = Agreement.objects.filter(agreed_at=None, organisation__in=units_visible_to(actor).values("pk"))
    return waiting_applications(actor).count() + waiting_measures(actor).count() + agreements.count()


def steps_of(organisation: Organisation) -> QuerySet[FilingStep]:
    """Return all that was done about a unit, newest first (办理记录)."""
    related = ("by__person", "note", "file", "application")
    return organisation.filing_steps.select_related(*related).order_by("-number")


def step_for(actor: Actor, uid: UUID) -> FilingStep:
    """Return a step about a unit that the actor may see. Raises NotFoundError."""
    visible = FilingStep.objects.filter(organisation__in=units_visible_to(actor).values("pk"), uid=uid)
    found = visible.select_related("organisation", "by__person", "file", "note").first()
    if found is None:
        raise NotFoundError("没有找到这条办理记录，请刷新页面。", code="filing_step_not_found")
    return found


def paper_for(actor: Actor, uid: UUID) -> FiledPaper:
    """Return a paper of an application that the actor may see. Raises NotFoundError."""
    visible = FiledPaper.objects.filter(application__organisation__in=units_visible_to(actor).values("pk"), uid=uid)
    found = visible.select_related("application__organisation", "file").first()
    if found is None:
        raise NotFoundError("没有找到这份附件，可能已移除。", code="filed_paper_not_found")
    return found


def papers_of(application: FilingApplication) -> Papers:
    """Return what an application holds, counted. Four queries."""
    values = {name: getattr(application, name) for name in FIELDS if hasattr(application, name) and name not in ROWS}
    return Papers(
        kind=application.organisation.kind,
        values=values,
        catalogue=application.catalogue.count(),
        sites=application.sites.count(),
        full_time=application.teachers.filter(is_full_time=True).count(),
        licence_scans=application.papers.filter(kind=FiledPaper.Kind.LICENCE).count(),
    )


def staff_of(organisation_id: int) -> set[int]:
    """Return the accounts of a unit's staff (本单位工作人员)."""
    return set(Grant.objects.filter(organisation=organisation_id, role__in=STAFF).values_list("user_id", flat=True))


def code_taken(code: str, organisation: Organisation) -> bool:
    """Return whether another unit has a credit code already (代码重复)."""
    others = Organisation.objects.filter(credit_code=code).exclude(pk=organisation.pk)
    filed = FilingApplication.objects.filter(credit_code=code, state__in=UNDECIDED).exclude(organisation=organisation)
    return others.exists() or filed.exists()


def ending_licences(day: date, days: int) -> QuerySet[Filing]:
    """Return the filings whose licence ends within so many days and is not over (许可将到期)."""
    until = day + timedelta(days=days)
    ending = Filing.objects.filter(current__licence_to__gte=day, current__licence_to__lte=until)
    return (
        ending.exclude(state=Filing.State.EXITED)
        .select_related("current", "organisation")
        .order_by(F("current__licence_to"))
    )
