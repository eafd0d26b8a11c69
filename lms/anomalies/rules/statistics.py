"""What became of flags, counted by detector and month: so that one which only cries wolf is seen (线索统计). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from statistics import median

ERROR, IRREGULARITY, FRAUD, OVERTURNED, OPEN = ENDINGS = ("error", "irregularity", "fraud", "overturned", "open")
UPHELD = frozenset({IRREGULARITY, FRAUD})


@dataclass(frozen=True, slots=True)
class Fate:
    """A flag and how it ended (线索去向). `month`: as 2026-05; `days`: until it was decided, None while it is open."""

    kind: str
    month: str
    ending: str
    days: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Flags of one detector, of a month or of all (计数). `endings`: how many ended so, by ENDINGS."""

    kind: str
    month: str
    endings: tuple[int, ...]
    median_days: float | None

    @property
    def raised(self) -> int:
        """Return how many were raised."""
        return sum(self.endings)

    @property
    def decided(self) -> int:
        """Return how many were decided."""
        return self.raised - self.endings[ENDINGS.index(OPEN)]

    @property
    def upheld(self) -> int:
        """Return how many were decided to be an irregularity or fraud, and no appeal has overturned it."""
        return sum(count for ending, count in zip(ENDINGS, self.endings, strict=True) if ending in UPHELD)

    @property
    def upheld_percent(self) -> int | None:
        """Return the share of what was decided that was upheld; None where nothing was decided."""
        return round(100 * self.upheld / self.decided) if self.decided else None


def tally(kind: str, month: str, fates: Collection[Fate]) -> Tally:
    """Return how many flags ended how, and after how many days at the median."""
    ended = [one.ending for one in fates]
    days = [one.days for one in fates if one.days is not None]
    return Tally(kind, month, tuple(ended.count(ending) for ending in ENDINGS), median(days) if days else None)


def by_kind(fates: Iterable[Fate], kinds: Iterable[str]) -> list[Tally]:
    """Return a tally for each detector, those that are upheld least first, those of which nothing was decided last (按规则)."""
    held = list(fates)
    found = [tally(kind, "", [one for one in held if one.kind == kind]) for kind in kinds]
    return sorted(found, key=lambda one: (one.upheld_percent is None, one.upheld_percent or 0, -one.raised))


def by_month(fates: Iterable[Fate], kinds: Iterable[str]) -> list[Tally]:
    """Return a tally for each month and detector that raised anything, the newest month first (按月)."""
    held: dict[tuple[str, str], list[Fate]] = {}
    for one in fates:
        held.setdefault((one.month, one.kind), []).append(one)
    order = list(kinds)
    keys = sorted((key for key in held if key[1] in order), key=lambda key: order.index(key[1]))
    return [tally(kind, month, held[month, kind]) for month, kind in sorted(keys, key=lambda key: key[0], reverse=True)]
