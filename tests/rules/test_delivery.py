"""When a notice goes out: gathering, quiet hours, retries, and what a letter says in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lms.notifications.rules import KINDS
from lms.notifications.rules.delivery import (
    EXAMPLE_TERMS,
    DeliveryTerms,
    after_quiet,
    describe_terms,
    first_due,
    is_stale,
    next_due,
    next_morning,
    terms_problems,
)
from lms.notifications.rules.letters import LANGUAGES, SUBJECTS, Item, letter_of

TERMS = EXAMPLE_TERMS  # 21:30 to 08:00, 10 minutes of gathering
NIGHT_AND_DAY = replace(TERMS, quiet_from_minute=0, quiet_to_minute=0)


def on(day, hour, minute=0):
    return datetime(2026, 4, day, hour, minute)  # noqa: DTZ001  Shanghai's wall clock


@pytest.mark.parametrize(
    ("moment", "free"),
    [
        pytest.param(on(1, 21, 29), on(1, 21, 29), id="a minute before the evening"),
        pytest.param(on(1, 21, 30), on(2, 8), id="the evening begins"),
        pytest.param(on(1, 0, 0), on(1, 8), id="after midnight the same morning"),
        pytest.param(on(1, 7, 59), on(1, 8), id="the last quiet minute"),
        pytest.param(on(1, 8), on(1, 8), id="the first free minute"),
    ],
)
def test_quiet_hours_last_over_midnight(moment, free):
    assert after_quiet(moment, TERMS) == free


def test_quiet_hours_within_a_day():
    noon = replace(TERMS, quiet_from_minute=12 * 60, quiet_to_minute=14 * 60)

    assert [after_quiet(on(1, hour), noon).hour for hour in (11, 12, 13, 14)] == [11, 14, 14, 14]


def test_same_start_and_end_is_no_quiet_hour():
    assert after_quiet(on(1, 23, 59), NIGHT_AND_DAY) == on(1, 23, 59)


@pytest.mark.parametrize(
    ("moment", "kind", "due"),
    [
        pytest.param(on(1, 9), "enrolled", on(1, 9, 10), id="waits for others"),
        pytest.param(on(1, 9), "live_changed", on(1, 9), id="urgent ones do not wait"),
        pytest.param(on(1, 21, 25), "enrolled", on(2, 8), id="gathered into the night"),
        pytest.param(on(1, 23), "live_changed", on(2, 8), id="urgent ones leave people alone at night too"),
    ],
)
def test_first_due(moment, kind, due):
    assert first_due(moment, kind, TERMS) == due


def test_pauses_grow_fourfold_to_a_bound_and_end():
    dues = [next_due(on(1, 9), attempts, TERMS) for attempts in range(1, 6)]

    assert [due and (due - on(1, 9)) // timedelta(minutes=1) for due in dues] == [2, 8, 32, 120, None]


def test_a_retry_at_night_waits_for_the_morning():
    assert next_due(on(1, 21, 29), 1, TERMS) == on(2, 8)


def test_what_is_over_the_days_bound_waits_for_the_next_morning():
    assert next_morning(on(1, 9), TERMS) == on(2, 8)


@pytest.mark.parametrize(("hours", "stale"), [(48, False), (49, True)])
def test_stale(hours, stale):
    assert is_stale(on(1, 9), on(1, 9) + timedelta(hours=hours), TERMS) is stale


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"most_attempts": 0}, "most_attempts"),
        ({"gather_minutes": -1}, "gather_minutes"),
        ({"quiet_to_minute": 1440}, "quiet_to_minute"),
        ({"longest_pause_minutes": 1}, "longest_pause_minutes"),
        ({"sms_kinds": ("unknown",)}, "sms_kinds"),
        ({"most_sms_per_day": 0}, "most_sms_per_day"),
    ],
)
def test_figures_that_cannot_be_are_named(change, field):
    assert list(terms_problems(replace(TERMS, **change))) == [field]


def test_terms_are_kept_whole_and_described_whole():
    assert DeliveryTerms.from_json(TERMS.as_json()) == TERMS
    assert terms_problems(TERMS) == {}
    words = "".join(sentence for _, sentence in describe_terms(TERMS))
    assert [word for word in ("10分钟", "21:30至08:00", "5次", "48小时", "5条短信") if word not in words] == []
    assert "没有免打扰时段" in "".join(sentence for _, sentence in describe_terms(NIGHT_AND_DAY))


def test_every_kind_has_its_letter_in_every_language():
    assert {kind: set(told) for kind, told in SUBJECTS.items()} == dict.fromkeys(KINDS, set(LANGUAGES))


def test_one_notice_is_told_by_its_kind():
    letter = letter_of([Item("enrolled", "您已入学“焊工班”", "学习时间4月")], "zh", "https://x.example/my/notices/")

    assert (letter.subject, letter.template) == ("您已入学", "notice.enrolled.zh")
    assert letter.parameters == {"kind": "您已入学", "title": "您已入学“焊工班”"}
    assert letter.text.split("\n") == [
        "您已入学“焊工班”", "学习时间4月", "", "请登录平台查看：https://x.example/my/notices/", ""
    ]  # fmt: skip


def test_several_are_told_by_their_number():
    items = [Item("enrolled", "甲", ""), Item("live_changed", "乙", ""), Item("class_closed", "丙", "")]

    assert letter_of(items, "zh", "x").subject == "您有3件事要办"
    english = letter_of(items, "en", "x")
    assert (english.subject, english.template) == ("You have 3 things to look at", "notices.en")
    assert english.parameters == {"count": "3"}


def test_what_a_vendor_would_refuse_as_too_long_is_cut():
    letter = letter_of([Item("enrolled", "很长的班级名称" * 10, "")], "zh", "x")

    assert len(letter.parameters["title"]) == 35
