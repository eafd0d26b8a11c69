"""Where somebody was when signing, as the browser says: recorded, never a reason to refuse. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_000
INSIDE, OUTSIDE, UNCLEAR, WITHHELD, NOT_ASKED = "inside", "outside", "unclear", "withheld", "not_asked"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Fix:
    """What a browser says of where it is (定位)."""

    point: Point
    accuracy_m: int


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near somebody was (位置结论); distance and accuracy are kept, the point is not."""

    verdict: str
    distance_m: int | None = None
    accuracy_m: int | None = None


def distance_m(one: Point, other: Point) -> int:
    """Return the metres between two points."""
    a, b = radians(one.latitude), radians(other.latitude)
    across = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return round(2 * EARTH_M * asin(min(1.0, sqrt(across))))


def nearness(place: Point | None, radius_m: int | None, fix: Fix | None) -> Nearness:
    """Return whether somebody was at the place: surely in, surely out, or it cannot be said (位置判断)."""
    if place is None or radius_m is None:
        return Nearness(NOT_ASKED)
    if fix is None:
        return Nearness(WITHHELD)
    metres = distance_m(place, fix.point)
    verdict = UNCLEAR
    if metres + fix.accuracy_m <= radius_m:
        verdict = INSIDE
    elif metres - fix.accuracy_m > radius_m:
        verdict = OUTSIDE
    return Nearness(verdict, metres, fix.accuracy_m)


def is_point(point: Point) -> bool:
    """Return whether it is a place on the earth."""
    return -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180
