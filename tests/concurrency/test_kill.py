"""The kill drill in its small size, on both databases, and its control."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.drills import study
from tests.drills.study import KILLS, LEARNERS, kill, sqlite_in, studied
from tests.live.clusters import binaries, database_beside
from tests.needs import needs


@pytest.fixture
def on_sqlite(tmp_path):
    return sqlite_in(tmp_path)


@pytest.fixture
def on_postgresql(tmp_path):
    with database_beside(os.environ["DATABASE_URL"]) as address:
        yield {"VAR_DIR": str(tmp_path), "DATABASE_URL": address, "DATABASE_POOL": "4"}


@pytest.mark.sqlite
def test_kills_lose_nothing_on_sqlite(on_sqlite):
    learners, lost = studied(on_sqlite, [kill] * KILLS, count=LEARNERS)

    assert lost == []
    assert sum(learner.acked for learner in learners) > KILLS
    assert sum(learner.by_socket for learner in learners) > 0


@pytest.mark.postgres
def test_kills_lose_nothing_on_postgresql(on_postgresql):
    learners, lost = studied(on_postgresql, [kill] * KILLS, count=LEARNERS)

    assert lost == []
    assert sum(learner.acked for learner in learners) > KILLS
    assert sum(learner.by_socket for learner in learners) > 0


@pytest.mark.sqlite
def test_a_server_that_acknowledges_first_is_caught(on_sqlite):
    """The control: the same drill finds the loss where there is one."""
    _, lost = studied({**on_sqlite, "WEAK": "1"}, [kill] * KILLS, count=LEARNERS, wait=0)

    assert lost != []


@pytest.mark.sqlite
@needs(binaries() and shutil.which("redis-server"), "PostgreSQL and Redis (packages postgresql, redis-server)")
def test_whatever_breaks_nothing_acknowledged_is_lost():
    assert study.drill("small").faults == []
