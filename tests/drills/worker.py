"""Workers are killed (SIGKILL) at random moments while they work: no task is lost and none is done twice.

Without the sweeper tasks must be missing, and with a worker that looks first and takes then some must be done twice, or
the drill shows nothing.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.drills import Outcome
from tests.live.clusters import own_services
from tests.live.servers import Servers

KILLS = {"small": 20, "full": 60}


def worked(environment: dict[str, str], kills: int) -> tuple[int, int, list[str]]:
    """Return how many tasks there were, how many a kill broke off, and what did not hold."""
    said = json.loads(Servers({"REDIS_URL": "", **environment}).run("tests.live.workers", str(kills)))
    return said["tasks"], said["hit"], said["faults"]


def drill(size: str) -> Outcome:
    """Kill workers on SQLite and on PostgreSQL; then let both controls show that the drill sees."""
    said, faults = [], []
    with own_services() as (postgres, _), tempfile.TemporaryDirectory(prefix="drill-") as place:

        def in_folder(name: str) -> dict[str, str]:
            folder = Path(place) / name
            folder.mkdir()
            return {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'work.sqlite3'}"}

        on_postgres = in_folder("postgres") | {"DATABASE_URL": postgres.database("work")}
        for name, where in (("SQLite", in_folder("sqlite")), ("PostgreSQL", on_postgres)):
            tasks, hit, found = worked(where, KILLS[size])
            said.append(f"{name}: {KILLS[size]} kills, {hit} of {tasks} tasks broken off, {len(found)} faults")
            faults += found
        for weak in ("sweep", "take"):
            _, _, found = worked(in_folder(weak) | {"WEAK": weak}, 5)
            said.append(f"control {weak}: {len(found)} found")
            faults += [] if found else [f"control {weak}: the fault was not found"]
    return Outcome("; ".join(said), faults)
