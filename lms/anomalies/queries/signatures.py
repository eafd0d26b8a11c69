"""The signatures at places that detectors read (签到取数)."""

from __future__ import annotations

from collections.abc import Iterator

from lms.anomalies.queries.rows import Week
from lms.anomalies.rules.signatures import SignRow
from lms.practice.models import Signature, TimetableStep
from lms.practice.rules.places import Point


def signatures_in(week: Week) -> list[SignRow]:
    """Return a week's signatures at places, in order. Two queries."""
    rows = Signature.objects.filter(at_ms__gte=week.start_ms, at_ms__lt=week.end_ms).order_by("at_ms", "pk")
    points = dict(points_of(week))
    return [
        SignRow(
            str(row.uid), row.enrolment.person_id, row.enrolment_id, str(row.session_id), row.at_ms, row.device,
            row.place == Signature.Place.INSIDE, points.get(row.session_id), row.distance_m, row.accuracy_m,
        )
        for row in rows.select_related("enrolment")
    ]  # fmt: skip


def points_of(week: Week) -> Iterator[tuple[int, Point | None]]:
    """Yield where the sessions are that were signed at in a week, by their newest steps."""
    signed = Signature.objects.filter(at_ms__gte=week.start_ms, at_ms__lt=week.end_ms).values("session")
    for step in TimetableStep.objects.filter(session__in=signed).order_by("number"):
        yield step.session_id, step.point()
