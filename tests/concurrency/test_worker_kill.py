"""The drill of `make drills ONLY=worker` in its small size, on both databases, and its controls."""

from __future__ import annotations

import os

import pytest

from tests.drills.study import sqlite_in
from tests.drills.worker import KILLS, worked
from tests.live.clusters import database_beside


@pytest.mark.sqlite
def test_no_task_is_lost_or_done_twice_on_sqlite(tmp_path):
    tasks, hit, faults = worked(sqlite_in(tmp_path), KILLS["small"])

    assert faults == []
    assert 0 < hit < tasks


@pytest.mark.postgres
def test_no_task_is_lost_or_done_twice_on_postgresql(tmp_path):
    with database_beside(os.environ["DATABASE_URL"]) as address:
        tasks, hit, faults = worked({"VAR_DIR": str(tmp_path), "DATABASE_URL": address}, KILLS["small"])

    assert faults == []
    assert 0 < hit < tasks


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("weak", "kills"),
    [
        pytest.param("sweep", KILLS["small"], id="nobody takes up what the dead held"),
        pytest.param("take", 5, id="workers look first and take then"),  # two begin nearly every task
    ],
)
def test_a_careless_site_is_caught(tmp_path, weak, kills):
    """The control: the same drill finds what is lost and what is done twice."""
    _, _, faults = worked({**sqlite_in(tmp_path), "WEAK": weak}, kills)

    assert faults != []
