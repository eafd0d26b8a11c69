"""Statements of the sequencer and of the verifier: tables by their names, as the registry of sources gives them.

Written by hand: the sequencer knows no model of the apps above it, and the verifier trusts none. Names come from the
code's own registry, never from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from lms.audit.rules.checking import Leaf, Row
from lms.audit.rules.merkle import Node
from lms.audit.rules.sources import Source

MOST_PIECES = 20_000  # of a tape that are read at once
LEAF = ["position", "source", "series", "first", "last", "salt", "hash", "marks"]


def quoted(names: Iterable[str], alias: str = "") -> str:
    """Return column names; `at` and `first` are words of SQL."""
    return ", ".join(f'{alias}"{name}"' for name in names)


def fetched(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return all rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def row_of(raw: Sequence[Any]) -> Row:
    """Return a row of series, number and values."""
    return Row(int(raw[0]), int(raw[1]), raw[2:])


def fresh_rows(source: Source, after: int, limit: int) -> list[Row]:
    """Return rows whose key lies behind `after` and that are no leaf yet, in the order of their keys."""
    statement = (
        f'SELECT 0, own."{source.key}", {quoted(source.names, "own.")} FROM {source.table} AS own '
        f'WHERE own."{source.key}" > %s AND NOT EXISTS (SELECT 1 FROM audit_logleaf AS leaf '
        f'WHERE leaf.source = %s AND leaf.series = 0 AND leaf."first" = own."{source.key}") '
        f'ORDER BY own."{source.key}" LIMIT {int(limit)}'
    )
    return [row_of(raw) for raw in fetched(statement, [after, source.name])]


def newest_key(source: Source) -> int:
    """Return the highest key of a table, or 0."""
    return int(fetched(f'SELECT max("{source.key}") FROM {source.table}', [])[0][0] or 0)


def fresh_tails(source: Source, since_ms: int, after: int, limit: int) -> list[tuple[int, int]]:
    """Return (series, last sealed number) of tapes that moved since then and have rows behind it, by series."""
    if source.tape is None:
        return []
    table, series, last, moved = source.tape.tails
    statement = (
        f'SELECT series, sealed FROM (SELECT tail."{series}" AS series, tail."{last}" AS newest, COALESCE('
        f'(SELECT leaf."last" FROM audit_logleaf AS leaf WHERE leaf.source = %s AND leaf.series = tail."{series}" '
        f'ORDER BY leaf."first" DESC LIMIT 1), 0) AS sealed FROM {table} AS tail WHERE tail."{moved}" >= %s '
        f'AND tail."{series}" > %s) AS tails WHERE newest > sealed ORDER BY series LIMIT {int(limit)}'
    )
    return [(int(one), int(sealed)) for one, sealed in fetched(statement, [source.name, since_ms, after])]


def fresh_pieces(source: Source, tails: Sequence[tuple[int, int]]) -> list[Row]:
    """Return what tapes hold behind what is sealed, at most MOST_PIECES, in the order of series and number."""
    marks = ", ".join(["(%s, %s)"] * len(tails))
    statement = (
        f"WITH tail(series, sealed) AS (VALUES {marks}) "
        f'SELECT own."{source.series}", own."{source.key}", {quoted(source.names, "own.")} FROM {source.table} AS own '
        f'JOIN tail ON own."{source.series}" = tail.series AND own."{source.key}" > tail.sealed '
        f"ORDER BY 1, 2 LIMIT {MOST_PIECES}"
    )
    return [row_of(raw) for raw in fetched(statement, [number for tail in tails for number in tail])]


def hashes(level: int, start: int, end: int) -> list[bytes]:
    """Return the stored hashes of a level (0: the leaves), [start, end)."""
    if level == 0:
        statement = "SELECT hash FROM audit_logleaf WHERE position >= %s AND position < %s ORDER BY position"
        return [bytes(one) for (one,) in fetched(statement, [start, end])]
    statement = "SELECT hash FROM audit_lognode WHERE level = %s AND place >= %s AND place < %s ORDER BY place"
    return [bytes(one) for (one,) in fetched(statement, [level, start, end])]


def write(leaves: Sequence[Leaf], nodes: Sequence[Node], at_ms: int) -> None:
    """Append leaves and the nodes that they complete."""
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * (len(LEAF) + 1))
        cursor.executemany(
            f'INSERT INTO audit_logleaf ({quoted(LEAF)}, "at_ms") VALUES ({marks})',
            [(*leaf, at_ms) for leaf in leaves],
        )
        if nodes:
            cursor.executemany("INSERT INTO audit_lognode (level, place, hash) VALUES (%s, %s, %s)", nodes)


def marks_for(values: Sequence[int]) -> str:
    """Return as many placeholders."""
    return ", ".join(["%s"] * len(values))


def rows_in(source: Source, column: str, values: Sequence[int]) -> list[Row]:
    """Return rows by the values of a column, in the order of series and key."""
    series = f'"{source.series}"' if source.series else "0"
    statement = (
        f'SELECT {series}, "{source.key}", {quoted(source.names)} FROM {source.table} '
        f'WHERE "{column}" IN ({marks_for(values)}) ORDER BY 1, 2'
    )
    return [row_of(raw) for raw in fetched(statement, values)] if values else []


def rows_between(source: Source, series: int, first: int, last: int) -> list[Row]:
    """Return the rows of one leaf."""
    own = f' AND "{source.series}" = {int(series)}' if source.series else ""
    statement = (
        f'SELECT {int(series)}, "{source.key}", {quoted(source.names)} FROM {source.table} '
        f'WHERE "{source.key}" BETWEEN %s AND %s{own} ORDER BY 2'
    )
    return [row_of(raw) for raw in fetched(statement, [first, last])]


def leaf_at(raw: Sequence[Any]) -> Leaf:
    """Return a leaf of its columns."""
    position, name, series, first, last, salt, value, marks = raw
    return Leaf(position, name, series, first, last, bytes(salt), bytes(value), bytes(marks))


def leaves_at(source: Source, keys: Sequence[int]) -> list[Leaf]:
    """Return the leaves of rows by their keys, in key order."""
    where = f'source = %s AND series = 0 AND "first" IN ({marks_for(keys)})'
    statement = f'SELECT {quoted(LEAF)} FROM audit_logleaf WHERE {where} ORDER BY "first"'
    return [leaf_at(raw) for raw in fetched(statement, [source.name, *keys])]


def leaves_of_series(source: Source, series: Sequence[int]) -> list[Leaf]:
    """Return the leaves of whole tapes, in order."""
    where = f"source = %s AND series IN ({marks_for(series)})"
    statement = f'SELECT {quoted(LEAF)} FROM audit_logleaf WHERE {where} ORDER BY series, "first"'
    return [leaf_at(raw) for raw in fetched(statement, [source.name, *series])] if series else []


def leaf_over(source: Source, series: int, number: int) -> Leaf | None:
    """Return the leaf that covers a row."""
    statement = (
        f'SELECT {quoted(LEAF)} FROM audit_logleaf WHERE source = %s AND series = %s AND "first" <= %s AND "last" >= %s'
    )
    return next((leaf_at(raw) for raw in fetched(statement, [source.name, series, number, number])), None)
