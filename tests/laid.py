"""What many tests start from is laid once per run; later tests get its rows put back, in a tenth of the time.

The rows are put back under their old keys, so this holds only where they were laid: beside the rows that were there then,
and not before the moment they were laid at. Everywhere else everything is laid anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from lms.kernel import clock

Rows = dict[str, dict[Any, tuple[Any, ...]]]  # by table and key
Memory = dict[tuple[Hashable, ...], "Laid"]
STAGES: Memory = {}
MOST = 900  # parameters of one statement
MANY = 100  # stages are kept at most, each with what the tables held
FEW = 100  # rows: of a larger table only their number is compared


@dataclass(frozen=True, slots=True)
class Laid:
    """A stage, its rows, and what the tables held before: all of them, or for the cast those that it filled."""

    stage: Any
    at: datetime
    rows: Rows
    changed: Rows  # rows that were there, as they were left
    before: Rows

    def fits(self) -> bool:
        return clock.now() >= self.at and self.is_room()

    def is_room(self) -> bool:
        """Return whether the tables hold the same as before."""
        counts = [len(rows) for rows in self.before.values()]
        return counts_of(self.before) == counts and all(
            rows_of(table) == rows for table, rows in self.before.items() if 0 < len(rows) <= FEW
        )

    def put_back(self) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                width = len(next(iter(rows.values())))
                places, most = f"({', '.join(['%s'] * width)})", max(1, MOST // width)
                several = list(rows.values())
                for start in range(0, len(several), most):
                    some = several[start : start + most]
                    values = ", ".join([places] * len(some))
                    cursor.execute(f'INSERT INTO "{table}" VALUES {values}', [one for row in some for one in row])
            for table, rows in self.changed.items():
                names = columns_of(table)
                cells = ", ".join(f'"{name}" = %s' for name in names)
                for key, row in rows.items():
                    cursor.execute(f'UPDATE "{table}" SET {cells} WHERE "{keys_of_tables()[table]}" = %s', [*row, key])
        return deepcopy(self.stage)


def laid(memory: Memory, lay: Callable[[], Any], *name: Hashable) -> Any:
    """Return the stage that `lay` lays: its rows put back where they fit, else laid; `memory` keeps it for the run.

    `name` tells stages apart: by the keys of what they stand on, and by what they were laid with. A stage with a name is put
    back only where all is as it was. Kept by day, so that nothing is older than it would be.
    """
    era = ContentType.objects.order_by("pk").values_list("pk", flat=True)[0]  # a flush gives new keys
    key = era, clock.today(), *name
    if key in memory and memory[key].fits():
        return memory[key].put_back()
    if connection.in_atomic_block and (key not in memory or clock.now() < memory[key].at):
        return remember(memory, key, lay)
    return lay()


def relaid(lay: Callable[[], Any], *name: Hashable) -> Any:
    """Return what `lay` lays, put back where the clock stands and the tables hold what they held; else laid.

    The clock goes on to where laying left it.
    """
    traveller = clock._traveller
    if traveller is None:
        return lay()

    def timed() -> tuple[Any, datetime]:
        return lay(), clock.now()

    stage, moment = laid(STAGES, timed, clock.now(), *name)
    traveller.move_to(moment)
    return stage


def remember(memory: Memory, key: tuple[Hashable, ...], lay: Callable[[], Any]) -> Any:
    at, before = clock.now(), all_rows()
    stage = lay()
    made, changed = {}, {}
    for table, rows in all_rows().items():
        was = before[table]
        if was.keys() - rows.keys():
            return stage  # it took something away: not to be had by putting rows back
        made[table] = {key: row for key, row in rows.items() if key not in was}
        changed[table] = {key: row for key, row in rows.items() if key in was and row != was[key]}
    made, changed = ({table: rows for table, rows in some.items() if rows} for some in (made, changed))
    if len(memory) >= MANY:
        memory.clear()
    watched = before if key[2:] else {table: before[table] for table in made | changed}
    memory[key] = Laid(deepcopy(stage), at, made, changed, watched)
    return stage


def counts_of(tables: Rows) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables))
        return list(cursor.fetchone())


def all_rows() -> Rows:
    """Return what the tables of all models hold."""
    return {table: rows_of(table) for table in keys_of_tables()}


def rows_of(table: str) -> dict[Any, tuple[Any, ...]]:
    """Return what a table holds, by key."""
    key = keys_of_tables()[table]
    place = columns_of(table).index(key) if key else None
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        return {row if place is None else row[place]: row for row in cursor.fetchall()}


@cache
def columns_of(table: str) -> list[str]:
    """Return the names of a table's columns, in its order."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')
        return [column[0] for column in cursor.description]


@cache
def keys_of_tables() -> dict[str, str | None]:
    """Return the tables of all models, each with the column of its key."""
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed and not one._meta.proxy]
    return {one._meta.db_table: one._meta.pk.column for one in models}
