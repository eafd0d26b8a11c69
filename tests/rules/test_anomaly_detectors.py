"""Each detector sees what it is for, lets pass what only nearly looks so, and does not depend on the order of the rows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.anomalies.rules import detectors
from lms.anomalies.rules.detectors import BeatsRow, CheckRow, FaceRow, QuizRow, SessionRow, StudyRow
from lms.anomalies.rules.findings import KINDS
from lms.anomalies.rules.readings import characters_of
from lms.anomalies.rules.terms import AnomalyTerms, terms_problems

WEEK = date(2026, 5, 4)
MONDAY = int(datetime(2026, 5, 4, tzinfo=timezone(timedelta(hours=8))).timestamp() * 1000)
HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1_000
TERMS = AnomalyTerms()


def sessions(*persons, device="d1", address="a1", network="203.0.113.*"):
    return [
        SessionRow(f"s{place}", person, person * 10, device, address, network, MONDAY + place * HOUR, MONDAY)
        for place, person in enumerate(persons)
    ]


def checks(*delays, person=1):
    return [
        CheckRow(f"c{place:03}", person, 10, MONDAY + place * HOUR, MONDAY + place * HOUR + delay)
        for place, delay in enumerate(delays)
    ]


def beats(*gaps, person=1, session="s1"):
    at, arrivals = MONDAY, [MONDAY]
    for gap in gaps:
        at += gap
        arrivals.append(at)
    return BeatsRow(session, person, 10, arrivals)


def quiz(person, submitted_s, *, lesson="q1", wrong=(), free_s=None, characters=1000):
    return QuizRow(
        f"t{person}{lesson}", person, person * 10, lesson, "安全测验", MONDAY + submitted_s * SECOND, characters,
        frozenset((question, "['b']") for question in wrong), None if free_s is None else free_s * SECOND,
    )  # fmt: skip


def night(day, minutes, *, hour=23):
    start = MONDAY + day * 24 * HOUR + hour * HOUR
    return StudyRow(f"s{day}", 1, 10, start, start + minutes * MINUTE)


def hops(count, *, apart_s=5, networks=("203.0.113.*", "198.51.100.*"), devices=("d1", "d2")):
    rows, at = [], MONDAY
    for place in range(count + 1):
        rows.append(SessionRow(f"s{place}", 1, 10, devices[place % 2], "a", networks[place % 2], at, at + MINUTE))
        at += MINUTE + apart_s * SECOND
    return rows


def faces(*scores, threshold=60.0):
    return [FaceRow(f"f{place}", 1, 10, MONDAY + place * HOUR, score, threshold) for place, score in enumerate(scores)]


def kinds(found):
    return [finding.kind for finding in found]


@pytest.mark.parametrize(
    ("persons", "found"),
    [
        pytest.param((1, 2, 3), ["shared_device"], id="three persons on one browser"),
        pytest.param((1, 2, 2, 1, 1), [], id="two persons, however often"),
        pytest.param(tuple(range(1, 31)), ["shared_device", "shared_address"], id="thirty behind one address"),
    ],
)
def test_shared_devices(persons, found):
    assert kinds(detectors.shared_devices(sessions(*persons), TERMS, WEEK)) == found


def test_a_browser_that_is_not_known_is_nobodys_device():
    rows = sessions(1, 2, 3, 4, device="", address="")

    assert kinds(detectors.shared_devices(rows, TERMS, WEEK)) == []


def test_a_finding_names_all_whom_it_concerns():
    [finding] = detectors.shared_devices(sessions(3, 1, 2, 1), TERMS, WEEK)

    assert finding.key == "shared_device:device:d1:2026-05-04"
    assert (finding.persons, finding.enrolments) == ((1, 2, 3), (10, 20, 30))
    assert finding.seen == "这一周有3人在同一个浏览器上学习，共4次，最近一次是5月4日 03:00。"
    assert finding.evidence == {"sessions": ["s0", "s1", "s2", "s3"]}


@pytest.mark.parametrize(
    ("gaps", "found"),
    [
        pytest.param([10_000] * 180, ["even_beats"], id="180 gaps of exactly ten seconds"),
        pytest.param([10_000] * 179, [], id="one gap too few"),
        pytest.param([10_000, 10_008] * 90, [], id="four milliseconds of spread, as timers have"),
        pytest.param([10_000, 10_002] * 90, ["even_beats"], id="one millisecond of spread"),
        pytest.param([0, 10_000] * 90, [], id="beats of one request are one arrival"),
    ],
)
def test_even_beats(gaps, found):
    assert kinds(detectors.even_beats([beats(*gaps)], TERMS, WEEK)) == found


@pytest.mark.parametrize(
    ("delays", "found"),
    [
        pytest.param([3_000, 3_040, 2_990, 3_010] * 2, ["even_answers"], id="three seconds, a network's jitter"),
        pytest.param([3_000] * 8, ["even_answers"], id="a script without any jitter"),
        pytest.param([3_000] * 7, [], id="too few to say so"),
        pytest.param([3_000, 3_600, 2_500, 3_300] * 2, [], id="a quick and steady person"),
        pytest.param([0] * 8, ["even_answers"], id="at once, every time"),
    ],
)
def test_even_answers(delays, found):
    assert kinds(detectors.even_answers(checks(*delays), TERMS, WEEK)) == found


def test_people_who_answer_as_people_do_are_not_called_even():
    dice = random.Random(5)
    called = sum(
        bool(kinds(detectors.even_answers(checks(*(dice.randrange(2_000, 15_000) for _ in range(8))), TERMS, WEEK)))
        for _ in range(20_000)
    )

    assert called == 0


@pytest.mark.parametrize(
    ("row", "found"),
    [
        pytest.param(quiz(1, 900, free_s=39), ["fast_quiz"], id="1000 characters in 39 seconds"),
        pytest.param(quiz(1, 900, free_s=40), [], id="just long enough"),
        pytest.param(quiz(1, 900, free_s=None), [], id="nothing says when it was begun"),
        pytest.param(quiz(1, 900, free_s=1, characters=149), [], id="hardly anything to read"),
    ],
)
def test_fast_quizzes(row, found):
    assert kinds(detectors.fast_quizzes([row], TERMS, WEEK)) == found


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param(
            [quiz(1, 900, wrong="ab"), quiz(2, 903, wrong="abc")],
            ["twin_answers"] * 2,
            id="two wrong answers in common",
        ),
        pytest.param([quiz(1, 900, wrong="ab"), quiz(2, 904, wrong="ab")], [], id="a second too far apart"),
        pytest.param([quiz(1, 900, wrong="a"), quiz(2, 900, wrong="a")], [], id="one wrong answer in common"),
        pytest.param([quiz(1, 900, wrong="ab"), quiz(1, 901, wrong="ab")], [], id="one person is no pair"),
        pytest.param(
            [quiz(one, 900 + n, lesson=f"q{n}") for n in range(3) for one in (1, 2)],
            ["twin_answers"] * 2,
            id="three quizzes together",
        ),
        pytest.param(
            [quiz(one, 900 + n, lesson=f"q{n}") for n in range(2) for one in (1, 2)], [], id="two quizzes together"
        ),
    ],
)
def test_twin_answers(rows, found):
    assert kinds(detectors.twin_answers(rows, TERMS, WEEK)) == found


def test_each_of_a_pair_is_told_of_by_a_finding_of_their_own():
    first, second = detectors.twin_answers([quiz(1, 900, wrong="ab"), quiz(2, 901, wrong="ab")], TERMS, WEEK)

    assert (first.person, second.person) == (1, 2)
    assert (first.enrolment, second.enrolment) == (10, 20)
    assert first.key != second.key
    assert "2题错得一样" in first.seen


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param([night(day, 60) for day in (0, 1, 2)], ["night_study"], id="an hour in each of three nights"),
        pytest.param([night(day, 59) for day in (0, 1, 2)], [], id="a minute short each night"),
        pytest.param([night(day, 90) for day in (0, 1)], [], id="two nights"),
        pytest.param([night(day, 240, hour=19) for day in range(5)], [], id="until eleven in the evening"),
        pytest.param([night(day, 120, hour=5) for day in range(5)], [], id="early risers"),
        pytest.param(
            [night(day, 40) for day in (0, 1, 2)] + [night(day, 30, hour=24) for day in (0, 1, 2)],
            ["night_study"],
            id="a night goes on over midnight",
        ),
    ],
)
def test_night_study(rows, found):
    assert kinds(detectors.night_study(rows, TERMS, WEEK)) == found


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param(hops(4), ["two_networks"], id="to and fro four times"),
        pytest.param(hops(3), [], id="three times"),
        pytest.param(hops(4, apart_s=61), [], id="a minute between"),
        pytest.param(hops(4, networks=("203.0.113.*",) * 2), [], id="two devices at home"),
        pytest.param(hops(4, devices=("d1",) * 2), [], id="one phone that changes from wifi to 5G"),
        pytest.param(hops(4, networks=("", "203.0.113.*")), [], id="a network that is not known"),
    ],
)
def test_two_networks(rows, found):
    assert kinds(detectors.two_networks(rows, TERMS, WEEK)) == found


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param(faces(59.9, 80, 40, 55), ["low_faces"], id="three below what was asked"),
        pytest.param(faces(60, 60, 60, 55, 50), [], id="what is asked is enough"),
    ],
)
def test_low_faces(rows, found):
    assert kinds(detectors.low_faces(rows, TERMS, WEEK)) == found


ROWS = {
    detectors.shared_devices: sessions(*range(1, 32), 5, 6, 7),
    detectors.even_beats: [beats(*[10_000] * 200, session=f"s{n}") for n in range(3)],
    detectors.even_answers: checks(*[3_000] * 8) + checks(*[4_000] * 3, 9_000, 2_000, 7_000, person=2),
    detectors.fast_quizzes: [quiz(person, 900, free_s=free) for person, free in ((1, 5), (2, 30), (3, 90))],
    detectors.twin_answers: [quiz(person, 900 + person // 2, wrong="ab") for person in range(1, 6)],
    detectors.night_study: [night(day, 61 + day) for day in range(5)],
    detectors.two_networks: hops(6),
    detectors.low_faces: faces(10, 20, 30, 90, 20),
}


@pytest.mark.parametrize("detector", ROWS, ids=lambda one: one.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_the_order_of_the_rows_changes_nothing(detector, data):
    shuffled = data.draw(st.permutations(ROWS[detector]))

    found = list(detector(shuffled, TERMS, WEEK))

    assert found == list(detector(ROWS[detector], TERMS, WEEK))
    assert found


@pytest.mark.parametrize("detector", ROWS, ids=lambda one: one.__name__)
def test_a_finding_explains_itself(detector):
    for finding in detector(ROWS[detector], TERMS, WEEK):
        assert finding.kind in KINDS
        assert all(text.endswith("。") for text in (finding.seen, finding.compared, finding.innocent))
        assert all(len(text) <= 300 for text in (finding.seen, finding.compared, finding.innocent))
        assert finding.figures
        assert all(value for value in finding.evidence.values())


OFF = {
    "device_persons": None, "address_persons": None, "beat_cv_ppm": None, "answer_cv_percent": None,
    "reading_per_second": None, "twin_seconds": None, "night_minutes": None, "network_switches": None, "face_low": None,
}  # fmt: skip


@pytest.mark.parametrize("detector", ROWS, ids=lambda one: one.__name__)
def test_a_policy_switches_it_off(detector):
    assert list(detector(ROWS[detector], replace(TERMS, **OFF), WEEK)) == []


@given(delays=st.lists(st.integers(0, 90_000), min_size=8, max_size=30), factor=st.integers(2, 9))
@settings(max_examples=40)
def test_spread_is_a_matter_of_shape_and_not_of_speed(delays, factor):
    slower = [delay * factor for delay in delays]

    assert detectors.spread(slower) == pytest.approx(detectors.spread(delays))


def test_what_there_is_to_read_counts_stems_options_and_parts():
    question = {"stem": "四个字呀", "options": [{"text": "甲乙"}, {"text": "丙"}], "parts": [{"stem": "再三"}]}

    assert characters_of([question, {"stem": "一"}]) == 4 + 3 + 2 + 1


def test_terms_are_kept_as_json_and_checked():
    assert AnomalyTerms.from_json(TERMS.as_json() | {"of_a_later_release": 1}) == TERMS
    assert terms_problems(TERMS) == {}
    assert terms_problems(replace(TERMS, **OFF)) == {}
    assert set(terms_problems(replace(TERMS, device_persons=1, night_days=8))) == {"device_persons", "night_days"}
