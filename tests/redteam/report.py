"""The table: what each cheat gains on our server and on one without its rule, and what honest learners lose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.redteam import cheats  # noqa: F401 (fills the register)
from tests.redteam.honest import KINDS, MOST_LOST, Kind
from tests.redteam.strategies import CHEATS, Cheat

DOCUMENT = Path(__file__).parents[2] / "docs" / "redteam.md"
BEGIN, END = "<!-- table: written by `make redteam` -->\n", "<!-- end of the table -->\n"
LEAST_MS = 1_000  # a control that gains less than a second shows nothing


@dataclass(frozen=True, slots=True)
class CheatRow:
    """A strategy's figures."""

    cheat: Cheat
    ours_ms: int
    weakened_ms: int

    @property
    def holds(self) -> bool:
        """Return whether nothing is gained, and the control shows that something could be."""
        return self.ours_ms == 0 and self.weakened_ms >= LEAST_MS


@dataclass(frozen=True, slots=True)
class HonestRow:
    """A kind's figures: which share of their time learners lost, the worst and the mean of several."""

    kind: Kind
    people: int
    worst: float
    mean: float

    @property
    def holds(self) -> bool:
        """Return whether nobody lost too much."""
        return self.worst < MOST_LOST


def cheat_row(one: Cheat) -> CheatRow:
    """Play a strategy on both servers."""
    return CheatRow(one, one.gain_ms(weakened=False), one.gain_ms(weakened=True))


def honest_row(kind: Kind, *, people: int, seconds: int, seed: int) -> HonestRow:
    """Let several of a kind study."""
    shares = [kind.lost_share(seconds=seconds, seed=seed + place) for place in range(people)]
    return HonestRow(kind, people, max(shares), sum(shares) / people)


def cheat_rows() -> Iterable[CheatRow]:
    """Yield all strategies, one after another."""
    return map(cheat_row, CHEATS)


def honest_rows(*, people: int, seconds: int, seed: int) -> Iterable[HonestRow]:
    """Yield all kinds, one after another."""
    return (honest_row(kind, people=people, seconds=seconds, seed=seed) for kind in KINDS)


def seconds(ms: int) -> str:
    """Return seconds as they are printed."""
    return f"{ms / 1000:.1f}".removesuffix(".0")


def line_of(row: CheatRow | HonestRow) -> str:
    """Return a row for the terminal: figures first, words of any width last."""
    mark = "  " if row.holds else "!!"
    if isinstance(row, CheatRow):
        figures = f"{seconds(row.ours_ms):>8} {seconds(row.weakened_ms):>10}"
        return f"{mark} {figures}  {row.cheat.name:32} {row.cheat.words}"
    return f"{mark} {row.worst:>8.2%} {row.mean:>10.2%}  {row.kind.name:32} {row.kind.words}"


def markdown(row: CheatRow | HonestRow) -> str:
    """Return a row of the document."""
    if isinstance(row, CheatRow):
        weakened, ours = seconds(row.weakened_ms), seconds(row.ours_ms)
        return f"| `{row.cheat.name}` | {row.cheat.words} | {row.cheat.rule} | {weakened} | {ours} |"
    return f"| `{row.kind.name}` | {row.kind.words} | {row.people} | {row.worst:.2%} | {row.mean:.2%} |"


def write_document(found: list[CheatRow], honest: list[HonestRow], *, seed: int) -> None:
    """Put the tables into the document, in the place of the last ones."""
    text = DOCUMENT.read_text("utf-8")
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    lines = [
        f"Seed {seed}.",
        "",
        "| 手法 strategy | 做什么 what it does | 挡住它的规则 rule in its way | 去掉规则后多得（秒） gain without the rule (s) "
        "| 多得（秒） gain (s) |",
        "|---|---|---|---|---|",
        *map(markdown, found),
        "",
        "| 诚实学员 honest learner | 遇到什么 what happens | 人数 people | 最多损失 worst loss | 平均损失 mean loss |",
        "|---|---|---|---|---|",
        *map(markdown, honest),
    ]
    DOCUMENT.write_text(head + BEGIN + "\n".join(lines) + "\n" + END + tail, "utf-8")
