"""The months of the table of beats on PostgreSQL, made ahead of time."""

from __future__ import annotations

import logging
from datetime import datetime

from attendance import stores
from attendance.rules import month_after, month_begin_ms, month_of

log = logging.getLogger(__name__)
MONTHS_AHEAD = 3


def make_months(moment: datetime) -> list[str]:
    """Make the tables of this month and of those ahead, where beats lie by month; return the names of the new ones (心跳分区).

    A beat without a month's table is stored too, beside them; it is an error of the clock or of the ticker, and logged.
    """
    known = stores.months_of_beats()
    if known is None:
        return []
    if stores.has_strays():
        log.error("beats lie outside of all months: see docs/operations.md, Clock")
    made, month = [], month_of(int(moment.timestamp() * 1000))
    for _ in range(MONTHS_AHEAD + 1):
        name = f"attendance_beat_{month.year}_{month.month:02}"
        if name not in known:
            stores.make_month_of_beats(name, month_begin_ms(month), month_begin_ms(month_after(month)))
            made.append(name)
        month = month_after(month)
    return made
