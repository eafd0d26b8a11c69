"""From milliseconds to class hours (学时): once, from the sum, never from rounded parts."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal


def class_hours(total_ms: int, *, hour_minutes: int, step: Decimal = Decimal("0.1")) -> Decimal:
    """Return 学时 rounded down to `step` (0.1 or 0.5). `hour_minutes`: length of one 学时, a policy number."""
    exact = Decimal(total_ms) / Decimal(hour_minutes * 60_000)
    return (exact / step).to_integral_value(rounding=ROUND_DOWN) * step


def clock_face(milliseconds: int) -> str:
    """Return a length as people read it: 36:08 or 1:02:03."""
    minutes, seconds = divmod(max(milliseconds, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
