"""Whether an institution may open classes, and of what (能否开班)."""

from __future__ import annotations

from datetime import date

from courses.models import CourseVersion
from lms.classes.models import TrainingClass
from lms.filing.models import Agreement, FiledOccupation, Filing
from lms.filing.queries.policies import terms_on
from lms.filing.rules.opening import agreement_obstacle, course_obstacle, opening_obstacle


def filing_of(organisation_id: int) -> Filing | None:
    """Return a unit's filing with the papers that it rests on, none where there is none (备案)."""
    return Filing.objects.filter(organisation=organisation_id).select_related("current", "organisation").first()


def opening_bar_of(institution_id: int, day: date) -> str:
    """Return why an institution may open no class on a day; nothing if it may. Three queries."""
    filing, terms = filing_of(institution_id), terms_on(day)
    found = opening_obstacle(filing.standing() if filing else None, terms, day)
    return found or agreement_obstacle(agreed_years(institution_id), terms, day)


def agreed_years(organisation_id: int) -> frozenset[int]:
    """Return the years for which a unit and the office have both signed (已签协议的年度)."""
    signed = Agreement.objects.filter(organisation=organisation_id).exclude(agreed_at=None)
    return frozenset(signed.values_list("year", flat=True))


def course_bar_of(institution_id: int, version: CourseVersion, day: date) -> str:
    """Return why an institution may not teach a course on a day; nothing if it may. Two queries."""
    filed = FiledOccupation.objects.filter(
        application__in=Filing.objects.filter(organisation=institution_id).values("current")
    )
    catalogue = frozenset(filed.values_list("occupation_id", "level"))
    named = f"{version.occupation.name}（{version.get_level_display()}）"
    return course_obstacle(catalogue, (version.occupation_id, version.level), named, terms_on(day))


def running_classes(organisation_id: int) -> list[TrainingClass]:
    """Return an institution's classes that are open, the first to end first (在办班级)."""
    running = TrainingClass.objects.filter(institution=organisation_id, state=TrainingClass.State.OPEN)
    return list(running.order_by("ends_on", "pk"))
