"""Small drawings of times (用时图): each a row of dots that says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

WIDTH, HEIGHT, EDGE = 600, 140, 8
MOST_DOTS = 240


@dataclass(frozen=True, slots=True)
class Dot:
    """A value's place in the drawing."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Times in order, drawn, and the figures that one would read from it. `mean_y`: where the line of the mean lies."""

    title: str
    unit: str
    dots: list[Dot]
    mean_y: float
    count: int
    mean: str
    least: str
    most: str
    deviation: str

    @property
    def words(self) -> str:
        """Return what the drawing says."""
        return (
            f"{self.title}：{self.count}个，平均{self.mean}{self.unit}，最短{self.least}{self.unit}，"
            f"最长{self.most}{self.unit}，标准差{self.deviation}{self.unit}"
        )


def chart_of(title: str, times_ms: Sequence[int]) -> Chart | None:
    """Return a drawing of times, from nought at the bottom to the longest at the top; nothing for fewer than two."""
    if len(times_ms) < 2:
        return None
    mean = sum(times_ms) / len(times_ms)
    deviation = sqrt(sum((one - mean) ** 2 for one in times_ms) / len(times_ms))
    step = max(1, -(-len(times_ms) // MOST_DOTS))
    drawn, top = times_ms[::step], max(times_ms) * 1.1 or 1
    wide = (WIDTH - 2 * EDGE) / max(1, len(drawn) - 1)
    return Chart(
        title=title,
        unit="秒",
        dots=[Dot(round(EDGE + place * wide, 1), height_of(one, top)) for place, one in enumerate(drawn)],
        mean_y=height_of(mean, top),
        count=len(times_ms),
        mean=f"{mean / 1000:.2f}",
        least=f"{min(times_ms) / 1000:.2f}",
        most=f"{max(times_ms) / 1000:.2f}",
        deviation=f"{deviation / 1000:.3f}",
    )


def height_of(value: float, top: float) -> float:
    """Return where a value lies; y grows downwards."""
    return round(HEIGHT - EDGE - value / top * (HEIGHT - 2 * EDGE), 1)
