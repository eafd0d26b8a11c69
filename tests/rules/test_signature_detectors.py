"""What signatures at places look like when somebody forges them, and when nobody does."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from lms.anomalies.rules.findings import KINDS
from lms.anomalies.rules.signatures import SignRow, fast_travels, same_positions, shared_signers
from lms.anomalies.rules.terms import AnomalyTerms, terms_problems
from lms.practice.rules.places import Point

TERMS, WEEK, MINUTE = AnomalyTerms(), date(2026, 5, 4), 60_000
NEAR, FAR = Point(31.23, 121.47), Point(31.50, 121.47)  # 30 km apart


def signed(person, *, at=0, device="", session="a", point=NEAR, inside=True, metres=None, off=None):
    uid = f"{person}-{session}-{at}-{device}"
    return SignRow(uid, person, 10 + person, session, at * MINUTE, device or f"d{person}", inside, point, metres, off)


SHARED = [signed(person, device="phone") for person in (1, 2, 3)]
SAME = [signed(person, metres=12, off=20) for person in (1, 2, 3, 4)]
TRAVEL = [signed(1), signed(1, at=10, session="b", point=FAR)]
ROWS = {shared_signers: SHARED, same_positions: SAME, fast_travels: TRAVEL}


def persons(found):
    return [finding.person for finding in found]


@pytest.mark.parametrize(
    ("detector", "rows", "found"),
    [
        pytest.param(shared_signers, SHARED, [1, 2, 3], id="one phone for three"),
        pytest.param(shared_signers, SHARED[:2], [], id="one phone for two"),
        pytest.param(shared_signers, [*SHARED[:2], SHARED[0]], [], id="one phone often for two"),
        pytest.param(shared_signers, [row._replace(device="") for row in SHARED], [], id="phones without a mark"),
        pytest.param(same_positions, SAME, [1, 2, 3, 4], id="four in the same spot"),
        pytest.param(same_positions, SAME[:3], [], id="three in the same spot"),
        pytest.param(same_positions, [*SAME[:3], signed(4, metres=13, off=20)], [], id="a metre apart"),
        pytest.param(same_positions, [*SAME[:3], SAME[3]._replace(session="b")], [], id="another session"),
        pytest.param(same_positions, [signed(person) for person in range(9)], [], id="no positions at all"),
        pytest.param(fast_travels, TRAVEL, [1], id="30 km in ten minutes"),
        pytest.param(fast_travels, [signed(1), signed(1, at=13, session="b", point=FAR)], [], id="139 km an hour"),
        pytest.param(fast_travels, [signed(1), signed(2, at=1, session="b", point=FAR)], [], id="two persons"),
        pytest.param(fast_travels, [signed(1), signed(1, session="b", point=FAR, inside=False)], [], id="not inside"),
        pytest.param(fast_travels, [signed(1), signed(1, session="b", point=None)], [], id="a place nobody measured"),
    ],
)
def test_a_detector_finds_what_is_odd_and_nothing_else(detector, rows, found):
    assert persons(detector(rows, TERMS, WEEK)) == found


@pytest.mark.parametrize("detector", ROWS, ids=lambda one: one.__name__)
def test_the_order_of_the_rows_changes_nothing(detector):
    rows = list(ROWS[detector])
    random.Random(1).shuffle(rows)

    assert list(detector(rows, TERMS, WEEK)) == list(detector(ROWS[detector], TERMS, WEEK))


@pytest.mark.parametrize("detector", ROWS, ids=lambda one: one.__name__)
def test_a_finding_explains_itself(detector):
    for finding in detector(ROWS[detector], TERMS, WEEK):
        assert finding.kind in KINDS
        assert all(
            text.endswith("。") and len(text) <= 300 for text in (finding.seen, finding.compared, finding.innocent)
        )
        assert finding.figures
        assert finding.evidence["signatures"]


def test_a_policy_switches_them_off():
    off = replace(TERMS, sign_device_persons=None, sign_same_persons=None, sign_speed_kmh=None)

    assert [finding for detector, rows in ROWS.items() for finding in detector(rows, off, WEEK)] == []
    assert terms_problems(off) == {}
    assert set(terms_problems(replace(TERMS, sign_speed_kmh=5))) == {"sign_speed_kmh"}
