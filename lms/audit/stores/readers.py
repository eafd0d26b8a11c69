"""What is verified: this database, a SQLite file, a PostgreSQL address or a plain dump, read by plain SQL.

No model of the application takes part: tables and columns are those of the registry of sources.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from django.db import connection

from lms.audit.rules.sources import Source
from lms.kernel.errors import InvalidError

Query = Callable[[str], Iterator[Sequence[Any]]]
MANY = 2000
COPY = re.compile(r'^COPY (?:"?\w+"?\.)?"?(\w+)"? \((.*)\) FROM stdin;$')
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
ESCAPED = re.compile(r"\\(.)")
LOG_COLUMNS = {
    "audit_logleaf": ["position", "source", "series", "first", "last", "salt", "hash", "marks", "at_ms"],
    "audit_loghead": ["size", "root", "at_ms", "key", "signature"],
    "audit_logkey": ["id", "public", "previous", "since_size", "since_ms", "endorsement", "acceptance"],
}
UNREADABLE = "读不了这个文件：它不是 SQLite 数据库、pg_dump 的纯文本转储，也不是证据包。"


class Cursor(Protocol):
    """What all databases have in common."""

    def execute(self, query: Any, /) -> Any:
        """Run a statement."""

    def fetchmany(self, size: int) -> Sequence[Sequence[Any]]:
        """Return some rows."""


def streamed(cursor: Cursor, statement: str) -> Iterator[Sequence[Any]]:
    """Yield the rows of a statement, some at a time."""
    cursor.execute(statement)
    while rows := cursor.fetchmany(MANY):
        yield from rows


@contextmanager
def opened(target: str, sources: Iterable[Source]) -> Iterator[Query]:
    """Give what answers queries about a target: nothing for this database, else a path or an address.

    Raises InvalidError for what cannot be read.
    """
    if not target:
        yield own_database
    elif target.startswith(("postgresql://", "postgres://")):
        with psycopg.connect(target) as line:
            line.read_only = True
            line.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield named_cursors(line)
    else:
        with opened_file(Path(target), sources) as line_to_file:
            yield lambda statement: streamed(line_to_file.cursor(), statement)


def own_database(statement: str) -> Iterator[Sequence[Any]]:
    """Yield rows of the database that the settings name."""
    with connection.chunked_cursor() as cursor:
        yield from streamed(cursor, statement)


def named_cursors(line: psycopg.Connection[Any]) -> Query:
    """Return queries that PostgreSQL answers bit by bit."""
    numbers = iter(range(1_000_000))

    def query(statement: str) -> Iterator[Sequence[Any]]:
        with line.cursor(name=f"verify_{next(numbers)}") as cursor:
            yield from streamed(cursor, statement)

    return query


@contextmanager
def opened_file(path: Path, sources: Iterable[Source]) -> Iterator[sqlite3.Connection]:
    """Open a SQLite file for reading, or lay a dump's tables into a temporary one."""
    if not path.is_file():
        raise InvalidError(f"找不到文件 {path}。", code="file_not_found")
    with path.open("rb") as handle:
        magic = handle.read(16)
    if magic.startswith(b"PGDMP"):
        raise InvalidError(
            "这是 pg_dump 的自定义格式。请先用 pg_restore -f 转储.sql 文件 转成纯文本，再核验。", code="dump_is_custom"
        )
    if magic == b"SQLite format 3\0":
        line = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            yield line
        finally:
            line.close()
        return
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        line = sqlite3.connect(Path(folder) / "dump.sqlite3")
        try:
            if not lay_dump(path, line, wanted_columns(sources)):
                raise InvalidError(UNREADABLE, code="file_unreadable")
            yield line
        finally:
            line.close()


def wanted_columns(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Return the columns of every table that is looked at."""
    wanted = dict(LOG_COLUMNS)
    for source in sources:
        wanted[source.table] = [name for name in (source.series, source.key) if name] + source.names
    return wanted


def lay_dump(path: Path, line: sqlite3.Connection, wanted: dict[str, list[str]]) -> int:
    """Lay the tables of a plain dump into SQLite; return how many there were."""
    for table, names in wanted.items():
        columns = ", ".join(f'"{name}"' for name in dict.fromkeys(names))
        line.execute(f"CREATE TABLE {table} ({columns})")
    laid = 0
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as handle:
        for text in handle:
            head = COPY.match(text.rstrip("\n"))
            if head and head[1] in wanted:
                lay_table(head[1], head[2], list(dict.fromkeys(wanted[head[1]])), handle, line)
                laid += 1
    line.commit()
    return laid


def lay_table(table: str, columns: str, wanted: list[str], lines: Iterable[str], line: sqlite3.Connection) -> None:
    """Lay one COPY block. Raises InvalidError when a column is missing."""
    names = [name.strip().strip('"') for name in columns.split(",")]
    if missing := set(wanted) - set(names):
        raise InvalidError(f"转储里的表 {table} 缺少列：{'、'.join(sorted(missing))}。", code="column_missing")
    places = [names.index(name) for name in wanted]

    def rows() -> Iterator[list[object]]:
        for text in lines:
            cells = text.rstrip("\n").split("\t")
            if cells == ["\\."]:
                return
            yield [cell_of(cells[place]) for place in places]

    line.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(wanted))})", rows())


def cell_of(text: str) -> object:
    """Return what a cell of COPY's text format says; whole numbers as such, so that they are ordered as numbers."""
    if text == r"\N":
        return None
    if text.isascii() and text.lstrip("-").isdigit() and (text == "0" or text.lstrip("-")[0] != "0") and len(text) < 19:
        return int(text)
    return ESCAPED.sub(lambda match: ESCAPES.get(match[1], match[1]), text)


def as_bytes(value: Any) -> bytes:
    """Return the bytes of a binary column."""
    return bytes.fromhex(value.removeprefix("\\x")) if isinstance(value, str) else bytes(value)
