"""Workers that make replays are killed (SIGKILL) at twenty random moments: no lesson is without its replay, none has two."""

from __future__ import annotations

import json
import os

import pytest

from tests.drills.study import sqlite_in
from tests.live.clusters import database_beside
from tests.live.servers import Servers


def filmed(environment: dict[str, str], kills: int) -> tuple[int, dict[str, int], list[str]]:
    """Return how many replays there were, which tasks a kill broke off, and what did not hold."""
    said = json.loads(Servers({"REDIS_URL": "", **environment}).run("tests.live.replayers", str(kills)))
    return said["replays"], said["hit"], said["faults"]


@pytest.mark.postgres
def test_no_replay_is_lost_or_made_twice(tmp_path):
    with database_beside(os.environ["DATABASE_URL"]) as address:
        replays, hit, faults = filmed({"VAR_DIR": str(tmp_path), "DATABASE_URL": address}, 20)

    assert faults == []
    assert replays >= 40
    assert hit


@pytest.mark.sqlite
def test_the_drill_sees_what_nobody_takes_up(tmp_path):
    """The control: without the sweeper what the dead held is missing."""
    _, _, faults = filmed({**sqlite_in(tmp_path), "WEAK": "sweep"}, 3)

    assert faults != []
