"""A site with one stage laid in it (tests/live/stage.py), and people of the cast who are signed in already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browser import Visitor
from tests.live.servers import Servers

Site = tuple[str, dict[str, Any]]


@contextmanager
def staged(folder: Path, name: str, *, worker: bool = False) -> Iterator[Site]:
    """Give a site's address and what its stage told; with a worker where what is sent in is worked on."""
    where = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
    servers = Servers({**where, "STAFF_MFA_REQUIRED": "0"}, count=1)
    try:
        stage = json.loads(servers.run("tests.live.stage", name))
        servers.start()
        if worker:
            servers.start_worker()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage
    finally:
        servers.stop()


def enter(browser: Browser, site: Site, name: str, **options: Any) -> Visitor:
    """Let somebody of the cast in, at a browser of their own."""
    base, stage = site
    visitor = Visitor(browser, base, **options)
    visitor.context.add_cookies([{"name": "sessionid", "value": stage["tokens"][name], "url": base}])
    return visitor
