"""学时明细: from sitting down to the last contact every moment is in one line, and API and pages show the same lines (A8)."""

from __future__ import annotations

import pytest
from django.test import Client

from attendance.models import Beat
from attendance.queries import hours_lines
from lms.portal.learner.pages import my_hours
from tests.redteam.honest import KINDS
from tests.redteam.world import stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_root")]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def lived(request):
    """Return a learner who studied for a quarter of an hour on one of the networks that there are, and left."""
    with stage(5) as world:
        person = request.param.meet(world, 900)
        person.live(900)
        person.device.screen.close()
        yield person.learner


def test_every_moment_is_in_one_line(lived):
    enrolment = lived.enrolments[0]
    pieces = Beat.objects.filter(person_id=lived.person_id).order_by("n")

    at = 0
    for piece in pieces:
        assert piece.start >= at
        at = piece.start + piece.credit + piece.lost
    spent = sum(screen.heard_ms - screen.opened_ms for screen in lived.screens)
    assert sum(piece.credit + piece.lost for piece in pieces) == spent > 0
    told, short = sum(line.ms for line in hours_lines(enrolment)), len(lived.screens) * 3
    assert spent - 1_000 * short < told <= spent  # what is shorter than a second is not told


def test_api_and_page_tell_the_same(lived):
    enrolment, browser = lived.enrolments[0], Client()
    browser.force_login(lived.user)

    api = browser.get(f"/api/v1/me/hours?enrolment={enrolment.uid}").json()
    page = my_hours(lived.screens[0].actor, enrolment.uid)

    lines = [one.line for day in page.days for one in day.lines]
    shown = [(line.kind, line.ms // 1000, line.sentence) for line in lines]
    assert [(line["kind"], line["seconds"], line["sentence"]) for line in api["lines"]] == shown
    totals = page.progress.completion.totals
    assert (api["confirmed_seconds"], api["pending_seconds"]) == (
        totals.confirmed_ms // 1000,
        totals.pending_ms // 1000,
    )
    assert shown
