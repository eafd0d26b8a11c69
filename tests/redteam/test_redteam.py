"""Every cheat gains nothing, and gains where its rule is missing; honest learners lose less than a hundredth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.redteam import weak
from tests.redteam.honest import KINDS, MOST_LOST, honest_dead_spots, honest_jitter
from tests.redteam.report import DOCUMENT, LEAST_MS, cheat_row, honest_row, markdown
from tests.redteam.strategies import CHEATS

STRATEGY = re.compile(r"^def ((?:cheat|honest)_\w+)\(world: World", re.MULTILINE)
BOTH_LANGUAGES = re.compile(r"[\u4e00-\u9fff].* · [A-Z][ -~]+")
HOUR = 2_700  # one 学时


def committing(one):
    return [pytest.mark.django_db(transaction=True)] if one.commits else []


@pytest.mark.usefixtures("site_root")
@pytest.mark.parametrize("one", [pytest.param(one, id=one.name, marks=committing(one)) for one in CHEATS])
def test_a_cheat_gains_nothing_and_would_without_its_rule(one):
    row = cheat_row(one)

    assert row.ours_ms == 0
    assert row.weakened_ms >= LEAST_MS
    assert markdown(row) in DOCUMENT.read_text("utf-8"), "run `make redteam`: the document tells other figures"


@pytest.mark.usefixtures("site_root")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_honest_learner_loses_less_than_a_hundredth(kind):
    assert honest_row(kind, people=1, seconds=HOUR, seed=1).worst < MOST_LOST
    assert kind.name in DOCUMENT.read_text("utf-8")


@pytest.mark.usefixtures("site_root")
@pytest.mark.parametrize(
    ("meet", "without"),
    [
        pytest.param(honest_jitter, weak.under(slack_ms=0), id="jitter, where time is lost at once"),
        pytest.param(honest_dead_spots, weak.under(lease_ms=10_000), id="dead spots, where a beat's silence is a gap"),
    ],
)
def test_an_honest_learner_would_lose_on_a_stricter_server(meet, without):
    """The control: the measure finds losses where there are any."""
    kind = next(kind for kind in KINDS if kind.meet is meet)

    with without():
        assert kind.lost_share(seconds=HOUR, seed=3) > MOST_LOST


@pytest.mark.parametrize("one", [*CHEATS, *KINDS], ids=lambda one: one.name)
def test_it_says_what_it_does_in_both_languages(one):
    assert BOTH_LANGUAGES.fullmatch(one.words)


def test_no_strategy_is_left_out_of_the_register():
    files = Path(__file__).parent.glob("**/*.py")
    named = [name for file in files for name in STRATEGY.findall(file.read_text("utf-8"))]

    assert sorted(named) == sorted(one.name for one in [*CHEATS, *KINDS])
    assert len({one.words for one in CHEATS}) == len(CHEATS)
