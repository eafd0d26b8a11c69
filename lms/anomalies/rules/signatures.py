"""Detectors over signatures at places (签到线索): one phone for many, one position for many, too fast from place to place. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from lms.anomalies.rules.detectors import MOST_EVIDENCE, clock_words
from lms.anomalies.rules.findings import Finding
from lms.anomalies.rules.terms import AnomalyTerms
from lms.practice.rules.places import Point, distance_m

HOUR_MS = 3_600_000


class SignRow(NamedTuple):
    """A signature at a place. `point`: where the session was; of the phone only distance and accuracy are known."""

    uid: str
    person: int
    enrolment: int
    session: str
    at_ms: int
    device: str
    is_inside: bool
    point: Point | None
    distance_m: int | None
    accuracy_m: int | None


def shared_signers(rows: Iterable[SignRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find phones that signed for many persons, a finding for each of them (一机多签)."""
    if terms.sign_device_persons is None:
        return
    marks: dict[str, list[SignRow]] = defaultdict(list)
    for row in rows:
        if row.device:
            marks[row.device].append(row)
    for mark, signed in sorted(marks.items()):
        count = len({row.person for row in signed})
        if count < terms.sign_device_persons:
            continue
        seen = f"这一周有{count}人用同一台手机在线下实操签到，共{len(signed)}次，最近一次是{clock_words(latest(signed).at_ms)}。"
        compared = f"同一台手机一周内为{terms.sign_device_persons}人签到即列为线索。"
        figures = (("人数", f"{count}人"), ("签到次数", f"{len(signed)}次"))
        yield from for_each("shared_signer", signed, week, seen, compared, figures, twist=mark[:12])


def same_positions(rows: Iterable[SignRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find sessions at which many phones say the same distance and accuracy to the metre (定位相同)."""
    if terms.sign_same_persons is None:
        return
    places: dict[tuple[str, int, int], list[SignRow]] = defaultdict(list)
    for row in rows:
        if row.distance_m is not None and row.accuracy_m is not None:
            places[row.session, row.distance_m, row.accuracy_m].append(row)
    for (session, metres, off), signed in sorted(places.items()):
        count = len({row.person for row in signed})
        if count < terms.sign_same_persons:
            continue
        seen = f"同一次实操课有{count}人签到时的定位完全一样：离地点{metres}米，误差{off}米。"
        compared = f"同一次课有{terms.sign_same_persons}人的距离和误差都一样即列为线索；各人的手机通常相差几米。"
        figures = (("人数", f"{count}人"), ("距离", f"{metres}米"), ("误差", f"{off}米"))
        yield from for_each(
            "same_position", signed, week, seen, compared, figures, twist=f"{session[:8]}-{metres}-{off}"
        )


def fast_travels(rows: Iterable[SignRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find persons who signed at two places sooner than anybody gets from one to the other (两地签到过快)."""
    if terms.sign_speed_kmh is None:
        return
    persons: dict[int, list[SignRow]] = defaultdict(list)
    for row in rows:
        if row.is_inside and row.point is not None:
            persons[row.person].append(row)
    for _, signed in sorted(persons.items()):
        ordered = sorted(signed, key=lambda row: (row.at_ms, row.uid))
        legs = [(speed_kmh(one, other), one, other) for one, other in pairwise(ordered)]
        fast = [leg for leg in legs if leg[0] > terms.sign_speed_kmh]
        if not fast:
            continue
        speed, one, other = max(fast, key=lambda leg: (leg[0], leg[1].uid))
        minutes, metres = max(1, (other.at_ms - one.at_ms) // 60_000), distance(one, other)
        seen = (
            f"{clock_words(one.at_ms)}和{clock_words(other.at_ms)}在两个地点签到，相距{metres / 1000:.1f}公里，"
            f"只隔{minutes}分钟。"
        )
        compared = f"按两地直线距离算，时速超过{terms.sign_speed_kmh}公里即列为线索。"
        figures = (("距离", f"{metres / 1000:.1f}公里"), ("间隔", f"{minutes}分钟"), ("次数", f"{len(fast)}次"))
        yield from for_each("fast_travel", [one, other], week, seen, compared, figures)


def for_each(
    kind: str, signed: list[SignRow], week: date, seen: str, compared: str, figures: tuple[tuple[str, str], ...],
    twist: str = "",
) -> Iterator[Finding]:  # fmt: skip
    """Yield the same finding for every person of signatures, each with the own ones as evidence."""
    for person in sorted({row.person for row in signed}):
        own = sorted((row for row in signed if row.person == person), key=lambda row: (row.at_ms, row.uid))
        yield Finding.of_person(
            person,
            week,
            kind,
            seen=seen,
            compared=compared,
            figures=figures,
            evidence={"signatures": [row.uid for row in own][:MOST_EVIDENCE]},
            enrolment=own[-1].enrolment,
            twist=twist,
        )


def latest(signed: list[SignRow]) -> SignRow:
    """Return the latest of signatures."""
    return max(signed, key=lambda row: (row.at_ms, row.uid))


def distance(one: SignRow, other: SignRow) -> int:
    """Return the metres between the places of two signatures; nothing where one of them is not known."""
    return distance_m(one.point, other.point) if one.point and other.point else 0


def speed_kmh(one: SignRow, other: SignRow) -> float:
    """Return how fast somebody came from one place to the other; within the same moment, very fast."""
    return distance(one, other) / 1000 / (max(1, other.at_ms - one.at_ms) / HOUR_MS)
