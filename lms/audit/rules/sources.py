"""Which tables are evidence and how their rows are read: apps name theirs in `apps.ready()` (存证来源)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tape:
    """What makes a source a tape whose rows are sealed in segments (分段): one group, at most five minutes each.

    `group`: the column that a segment never crosses; `start`: when a row begins, in ms; `tails`: table, series and last
    number, and when it moved (ms), by which fresh rows are found without a look at the tape itself.
    """

    group: str
    start: str
    tails: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A table of evidence. `columns`: name and kind (see verifier.KINDS), in the order in which they are hashed.

    `key`: a number that never changes; `moment`: the column, among `columns`, that says when a row was written, of kind
    "time" or "int" (ms), if there is one. With `series` the key counts within a series.
    """

    name: str
    label: str
    table: str
    columns: tuple[tuple[str, str], ...]
    moment: str = ""
    key: str = "id"
    series: str = ""
    tape: Tape | None = field(default=None)
    names: list[str] = field(init=False, compare=False)
    kinds: list[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Take the columns' names and kinds apart once: both are read for every row."""
        object.__setattr__(self, "names", [name for name, _ in self.columns])
        object.__setattr__(self, "kinds", [kind for _, kind in self.columns])

    def as_json(self) -> dict[str, object]:
        """Return what an evidence package says of it."""
        return {"name": self.name, "label": self.label, "table": self.table, "columns": [list(c) for c in self.columns]}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the rows of a table must say because of other evidence (勾稽关系).

    `statement`: SQL for PostgreSQL and SQLite over columns of sources that returns key, stated and found of the rows that
    do not agree; `words`: the sentence for one of them.
    """

    label: str
    table: str
    statement: str
    words: str


SOURCES: dict[str, Source] = {}
AGREEMENTS: dict[str, Agreement] = {}
RETIRED: set[str] = set()


def log_source(source: Source) -> None:
    """Have the rows of a table logged (登记存证来源)."""
    SOURCES[source.name] = source


def retire_source(*names: str) -> None:
    """Let leaves of sources stay whose rows were logged again under other names: they prove the log, no row (停用来源)."""
    RETIRED.update(names)


def log_agreement(agreement: Agreement) -> None:
    """Have rows held to other evidence at each verification (登记勾稽关系)."""
    AGREEMENTS[agreement.words] = agreement


def columns_of(words: str) -> tuple[tuple[str, str], ...]:
    """Return columns of "name:kind name name:kind"; a name alone is a whole number."""
    return tuple((name, kind or "int") for name, _, kind in (word.partition(":") for word in words.split()))
