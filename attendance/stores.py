"""The hot statements: seats moved by compare-and-set, many learners at once, feeding the tape in the same statement.

The statement decides; whoever loses reloads and applies again (docs/adr/0008). Written by hand because the ORM has no
multi-row compare-and-set. On PostgreSQL one statement in autocommit; on SQLite one immediate transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from weakref import WeakSet

from django.db import connection, transaction

from attendance.rules import Piece, SeatState, pack, unpack

NUMBERS = [name for name in SeatState.__dataclass_fields__ if name not in {"person", "covered"}]
HOT = [*(name for name in NUMBERS if name != "settled"), "covered"]  # the needle moves in rich transactions only
PIECE = list(Piece._fields)
TEXTS = {"covered", "why"}
read_hot = attrgetter(*HOT[:-1])
read_all = attrgetter(*NUMBERS)


class Move(NamedTuple):
    """A seat on its way from version `was`, with the pieces it passed."""

    was: int
    seat: SeatState
    pieces: list[Piece]


def seat_of(row: Sequence[Any]) -> SeatState:
    """Return the state of a row: person, numbers, covered."""
    return SeatState(**dict(zip(["person", *NUMBERS], row[:-1], strict=True)), covered=unpack(row[-1]))


def load(persons: Iterable[int]) -> dict[int, SeatState]:
    """Return the seats of persons, as they are now."""
    wanted = list(persons)
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT person_id, {', '.join(NUMBERS)}, covered FROM attendance_seat WHERE person_id IN ({marks})",
            wanted,
        )
        return {row[0]: seat_of(row) for row in cursor.fetchall()}


def hold(person: int) -> SeatState:
    """Return a person's seat, locked until the transaction ends; the first call makes it."""
    columns = ["person_id", *NUMBERS, "covered"]
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    fresh = SeatState(person)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO attendance_seat ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) "
            "ON CONFLICT DO NOTHING",
            [person, *read_all(fresh), ""],
        )
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM attendance_seat WHERE person_id = %s{lock}",
            [person],
        )
        return seat_of(cursor.fetchone())


def hold_all(persons: Iterable[int]) -> dict[int, SeatState]:
    """Return the seats of persons, locked in the order of their keys: all records of somebody are held together."""
    return {person: hold(person) for person in sorted(persons)}


def save(seat: SeatState) -> None:
    """Write a seat that is held."""
    columns = [*NUMBERS, "covered"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE attendance_seat SET {', '.join(f'{name} = %s' for name in columns)} WHERE person_id = %s",
            [*read_all(seat), pack(seat.covered), seat.person],
        )


def commit(moves: Sequence[Move]) -> set[int]:
    """Write the moves, sorted by person; return whose version still held. Nothing of the others was written."""
    if not moves:
        return set()
    return commit_postgres(moves) if connection.vendor == "postgresql" else commit_sqlite(moves)


def literal(values: Iterable[int]) -> str:
    """Return PostgreSQL's text of an integer array: psycopg's list adapter costs four times as much."""
    return "{" + ",".join(map(str, values)) + "}"


def arrays(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return one array per column."""
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(names)
    return [list(column) if name in TEXTS else literal(column) for name, column in zip(names, columns, strict=True)]


def unnest(names: Sequence[str], alias: str, first: int) -> str:
    """Return the FROM item that makes rows of arrays, the parameters from `first` on."""
    marks = ", ".join(f"${place}" for place in range(first, first + len(names)))
    return f"unnest({marks}) AS {alias}({', '.join(quoted(names))})"


def quoted(names: Iterable[str]) -> list[str]:
    """Return column names; `cursor` and `at` are words of SQL."""
    return [f'"{name}"' for name in names]


SEAT_COLUMNS = ["person", "was", *HOT]
TAPE_COLUMNS = ["person", *PIECE]
ARRAYS = [*SEAT_COLUMNS, *TAPE_COLUMNS]
PREPARE = f"""
PREPARE move_seats ({", ".join("text[]" if name in TEXTS else "bigint[]" for name in ARRAYS)}) AS
WITH moved AS (SELECT * FROM {unnest(SEAT_COLUMNS, "moved", 1)}),
 won AS (UPDATE attendance_seat AS seat SET {", ".join(f'"{name}" = moved."{name}"' for name in HOT)} FROM moved
         WHERE seat.person_id = moved.person AND seat.ver = moved.was RETURNING seat.person_id),
 written AS (INSERT INTO attendance_beat (person_id, {", ".join(quoted(PIECE))})
         SELECT piece.* FROM {unnest(TAPE_COLUMNS, "piece", len(SEAT_COLUMNS) + 1)} JOIN won ON won.person_id = piece.person)
SELECT person_id FROM won
"""
EXECUTE = f"EXECUTE move_seats ({', '.join(['%s'] * len(ARRAYS))})"
_prepared: WeakSet[Any] = WeakSet()  # connections that know the statement


def commit_postgres(moves: Sequence[Move]) -> set[int]:
    """Move all seats in one statement. A connection plans it once: for a few seats that costs more than to carry it out."""
    seats = [(move.seat.person, move.was, *read_hot(move.seat), pack(move.seat.covered)) for move in moves]
    pieces = [(move.seat.person, *piece) for move in moves for piece in move.pieces]
    with connection.cursor() as cursor:
        if connection.connection not in _prepared:
            cursor.execute(PREPARE)
            _prepared.add(connection.connection)
        cursor.execute(EXECUTE, arrays(SEAT_COLUMNS, seats) + arrays(TAPE_COLUMNS, pieces))
        return {row[0] for row in cursor.fetchall()}


UPDATE_SEAT = (
    f"UPDATE attendance_seat SET {', '.join(f'{name} = %s' for name in quoted(HOT))} WHERE person_id = %s AND ver = %s"
)
INSERT_PIECE = (
    f"INSERT INTO attendance_beat (person_id, {', '.join(quoted(PIECE))}) "
    f"VALUES ({', '.join(['%s'] * (len(PIECE) + 1))})"
)


def commit_sqlite(moves: Sequence[Move]) -> set[int]:
    """Move the seats one after another in one transaction."""
    won = set()
    with transaction.atomic(), connection.cursor() as cursor:
        for move in moves:
            seat = move.seat
            cursor.execute(UPDATE_SEAT, [*read_hot(seat), pack(seat.covered), seat.person, move.was])
            if cursor.rowcount:
                won.add(seat.person)
                cursor.executemany(INSERT_PIECE, [(seat.person, *piece) for piece in move.pieces])
    return won


# What an entry was written for out of turn lies after the needle and waits no more (attendance.services.withdrawals).
STILL_WAITS = """NOT EXISTS (
    SELECT 1 FROM attendance_hoursentry AS decided
    WHERE decided.person_id = beat.person_id AND decided.tape_from > {needle}
    AND beat.n BETWEEN decided.tape_from AND decided.tape_to
)"""
PENDING = f"""
SELECT session.enrolment_id, sum(beat.credit)
FROM attendance_seat AS seat
JOIN attendance_beat AS beat ON beat.person_id = seat.person_id AND beat.n > seat.settled
JOIN attendance_studysession AS session ON session.id = beat.session
WHERE session.enrolment_id IN ({{marks}}) AND {STILL_WAITS.format(needle="seat.settled")}
GROUP BY session.enrolment_id
"""


def pending_rows(enrolment_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return (enrolment, ms) of what lies after the needle."""
    if not enrolment_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(PENDING.format(marks=", ".join(["%s"] * len(enrolment_ids))), list(enrolment_ids))
        return list(cursor.fetchall())


def months_of_beats() -> set[str] | None:
    """Return the names of the months' tables; nothing where beats lie in one table."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = 'attendance_beat'::regclass")
        if cursor.fetchone()[0] != "p":
            return None
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'attendance_beat'::regclass")
        return {name for (name,) in cursor.fetchall()}


def make_month_of_beats(name: str, begin_ms: int, end_ms: int) -> None:
    """Make the table of beats that arrive in [begin, end). The trigger that refuses changes comes with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF attendance_beat FOR VALUES FROM ({begin_ms}) TO ({end_ms})"
        )


def has_strays() -> bool:
    """Return whether beats lie outside of all months' tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM attendance_beat_other)")
        return bool(cursor.fetchone()[0])
