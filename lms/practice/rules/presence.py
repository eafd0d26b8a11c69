"""When somebody was there, what proves it, and who must look a second time. Pure. Times in ms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from lms.practice.rules.codes import IN, OUT
from lms.practice.rules.places import INSIDE, OUTSIDE

PRESENT, LATE, LEFT_EARLY, PARTLY, ABSENT = "present", "late", "left_early", "partly", "absent"


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when a session is (课次时间)."""

    starts_ms: int
    ends_ms: int

    @property
    def length_ms(self) -> int:
        """Return how long it is."""
        return self.ends_ms - self.starts_ms


@dataclass(frozen=True, slots=True)
class Scan:
    """A signature as the list reads it (签到记录)."""

    enrolment: int
    way: str
    at_ms: int
    place: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """What somebody's signatures say (本人签到情况): first in, last out, and what is odd about them."""

    in_ms: int | None = None
    out_ms: int | None = None
    oddities: tuple[str, ...] = ()
    is_placed: bool = False  # both at the place, by the browser's word

    @property
    def is_whole(self) -> bool:
        """Return whether the signatures alone prove the presence between them."""
        return self.in_ms is not None and self.out_ms is not None and self.is_placed and not self.oddities


def signed_by_enrolment(scans: Iterable[Scan]) -> dict[int, Signed]:
    """Return what the signatures of a session say, by enrolment."""
    scans = list(scans)
    people: dict[str, set[int]] = defaultdict(set)
    rows: dict[int, list[Scan]] = defaultdict(list)
    for scan in scans:
        rows[scan.enrolment].append(scan)
        if scan.device:
            people[scan.device].add(scan.enrolment)
    shared = {device for device, who in people.items() if len(who) > 1}
    return {enrolment: signed(own, shared) for enrolment, own in rows.items()}


def signed(scans: list[Scan], shared: set[str]) -> Signed:
    """Return what one person's signatures say. `shared`: devices that signed for several people."""
    ins = [scan.at_ms for scan in scans if scan.way == IN]
    outs = [scan.at_ms for scan in scans if scan.way == OUT]
    odd = []
    if any(scan.device in shared for scan in scans):
        odd.append("同一台设备为多人签到")
    if len({scan.device for scan in scans if scan.device}) > 1:
        odd.append("签到和签退用了不同设备")
    if len(ins) > 1 or len(outs) > 1:
        odd.append("重复签到或签退")
    if any(scan.place == OUTSIDE for scan in scans):
        odd.append("签到位置不在实操地点")
    placed = all(scan.place == INSIDE for scan in scans)
    return Signed(min(ins, default=None), max(outs, default=None), tuple(odd), placed)


def default_interval(signatures: Signed, hours: Hours) -> tuple[int, int] | None:
    """Return what the signatures suggest, within the session; nothing unless both ways were signed."""
    if signatures.in_ms is None or signatures.out_ms is None:
        return None
    begin, end = max(signatures.in_ms, hours.starts_ms), min(signatures.out_ms, hours.ends_ms)
    return (begin, end) if begin < end else None


def presence_of(begin_ms: int, end_ms: int, hours: Hours) -> str:
    """Return how an interval stands to the session (到场情况)."""
    late, early = begin_ms > hours.starts_ms, end_ms < hours.ends_ms
    return PARTLY if late and early else LATE if late else LEFT_EARLY if early else PRESENT


def is_witnessed(signatures: Signed, begin_ms: int, end_ms: int) -> bool:
    """Return whether somebody's own signatures prove an interval: the teacher is not the only witness."""
    if not signatures.is_whole or signatures.in_ms is None or signatures.out_ms is None:
        return False
    return signatures.in_ms <= begin_ms and end_ms <= signatures.out_ms


def needs_second(witnessed: Iterable[bool], *, source: str, is_correction: bool) -> bool:
    """Return whether a list waits for a second pair of eyes (是否需要复核).

    A sheet and a correction always do; otherwise it does as soon as the teacher is the only witness of one presence.
    """
    return source != "scans" or is_correction or not all(witnessed)


def share_percent(begin_ms: int, end_ms: int, hours: Hours) -> int:
    """Return which share of the session an interval is, in whole percent, rounded down (到场比例)."""
    return 100 * (min(end_ms, hours.ends_ms) - max(begin_ms, hours.starts_ms)) // hours.length_ms


def is_enough(begin_ms: int, end_ms: int, hours: Hours, minimum_percent: int | None) -> bool:
    """Return whether somebody was there long enough for the session to count (最低到场比例)."""
    return minimum_percent is None or share_percent(begin_ms, end_ms, hours) >= minimum_percent
