"""Detectors over simulated people: honest learners raise no strong flag, a script that answers at a constant delay does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lms.anomalies.models import AnomalyFlag, AnomalyPolicy
from lms.anomalies.rules.findings import KINDS as FLAGS
from lms.anomalies.rules.terms import AnomalyTerms
from lms.anomalies.services import detect
from tests.redteam.cheats.checks import until_asked
from tests.redteam.device import Line, Person
from tests.redteam.honest import KINDS, POLICY
from tests.redteam.world import CHECKED, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_root")]
OFTEN = replace(POLICY, check_min_ms=60_000, check_max_ms=60_000)


def flagged() -> list[str]:
    """Return the kinds of flags that the detectors raise."""
    AnomalyPolicy.objects.create(
        version=1, effective_from=date(2026, 1, 1), source="示例", terms=AnomalyTerms().as_json()
    )
    detect()
    return sorted(AnomalyFlag.objects.values_list("kind", flat=True))


def test_honest_learners_raise_no_strong_flag():
    with stage(7) as world:
        people = [kind.meet(world, 600) for kind in KINDS]
        for person in people:
            person.live(600)

        found = flagged()

    assert [kind for kind in found if FLAGS[kind].is_strong] == []


def test_whoever_answers_many_checks_as_people_do_raises_none():
    with stage(8) as world:
        person = Person(world.learner(OFTEN), Line(world.dice))
        person.live(700)

        assert flagged() == []


@pytest.mark.parametrize("delay_seconds", [0, 45])
def test_a_script_that_answers_at_a_constant_delay_is_flagged(delay_seconds):
    """It gains nothing that was not played, so no rule stands in its way: it is told to a person instead."""
    with stage(9) as world:
        screen = world.learner(CHECKED).sit()
        for _ in range(8):
            number = until_asked(screen)
            world.wait(delay_seconds)
            screen.answer(number)
        screen.close()

        assert flagged() == ["even_answers"]
        assert world.gain_ms() == 0
