"""One anchor of the clock per boot of a host, from the database's clock: all processes of a host agree to the millisecond."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, connection

from lms.kernel import clock
from lms.kernel.models import ClockAnchor

log = logging.getLogger(__name__)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
MOST_APART_MS = 1_000


def adopt() -> None:
    """Go by the anchor of this boot; the first process of the boot writes it. Called when a server starts.

    Without tables or without a database the process keeps its own anchor and says so.
    """
    try:
        anchor, _ = ClockAnchor.objects.get_or_create(
            boot_id=BOOT_ID.read_text("ascii").strip(), defaults={"anchor_ms": database_ms() - clock.boot_ms()}
        )
    except DatabaseError:
        log.error("no anchor of the clock in the database: this process goes by its own")
        return
    clock.go_by(anchor.anchor_ms)
    watch()


def database_ms() -> int:
    """Return the database's clock; SQLite has none but the host's."""
    if connection.vendor != "postgresql":
        return clock.wall_ms()
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        return int(cursor.fetchone()[0])


def watch(moment: datetime | None = None) -> int:
    """Alarm when the anchored clock and the host's are apart; return by how many ms (时钟偏差).

    Either somebody set the host's clock since it booted, which study does not notice, or it was wrong at boot: see
    docs/operations.md.
    """
    apart = clock.ahead_ms()
    if abs(apart) > MOST_APART_MS:
        log.error("the clock of this boot is %d ms ahead of the host's: see docs/operations.md, Clock", apart)
    return apart
