"""What a class was approved under, in sentences: a number that concerns a learner never changes unseen."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from lms.planning.rules import StudyTerms, describe_terms, policy_problems, terms_problems

OTHER = {
    "hour_minutes": 50,
    "hours_step": "0.5",
    "daily_cap_ms": 4 * 3_600_000,
    "window_from_minute": 7 * 60,
    "window_to_minute": 22 * 60,
    "max_rate_percent": 150,
    "skip_allowed": True,
    "rewatch_credited": True,
    "check_min_ms": 300_000,
    "check_max_ms": 1_500_000,
    "check_answer_ms": 60_000,
    "check_rearms": 0,
    "second_device": "refuse",
    "minimum_assurance": 2,
    "lesson_coverage_percent": 80,
    "class_hours_percent": 70,
    "quiz_pass_percent": 80,
    "quiz_attempts": 5,
    "lessons_in_order": False,
}
MACHINERY = {"beat_ms", "lease_ms", "slack_ms", "seek_slop_ms"}  # how the player and the server talk


def sentences(terms):
    return [line.sentence for line in describe_terms(terms)]


def test_every_number_is_either_a_learners_or_the_machinerys():
    assert set(OTHER) | MACHINERY == {field.name for field in fields(StudyTerms)}


@pytest.mark.parametrize("name", OTHER)
def test_a_learner_reads_the_difference(name):
    assert describe_terms(replace(StudyTerms(), **{name: OTHER[name]})) != describe_terms(StudyTerms())


@pytest.mark.parametrize(
    ("change", "label"),
    [
        pytest.param({"daily_cap_ms": None}, "每日上限", id="no cap"),
        pytest.param({"window_from_minute": None, "window_to_minute": None}, "学习时段", id="at any hour"),
        pytest.param({"check_min_ms": None, "check_max_ms": None}, "在岗确认", id="no checks"),
    ],
)
def test_a_rule_that_is_off_is_not_told(change, label):
    assert label in {line.label for line in describe_terms(StudyTerms())}
    assert label not in {line.label for line in describe_terms(replace(StudyTerms(), **change))}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quiz_attempts": None}, "不限次数"),
        ({"quiz_attempts": 2}, "最多可以做2次"),
        ({"quiz_pass_percent": 0}, "提交答卷即算通过"),
        ({"lessons_in_order": True}, "完成前一课后"),
        ({"lessons_in_order": False}, "任意顺序"),
        ({"minimum_assurance": 0}, "没有登记实名也可以"),
        ({"minimum_assurance": 1}, "登记姓名和证件号码"),
        ({"minimum_assurance": 2}, "经区办核验"),
    ],
)
def test_sentences(change, words):
    assert any(words in sentence for sentence in sentences(replace(StudyTerms(), **change)))


def test_each_rule_is_told_once_in_a_whole_sentence():
    lines = describe_terms(StudyTerms())

    assert len({line.label for line in lines}) == len(lines)
    assert all(line.value and line.sentence.endswith("。") for line in lines)


def test_a_frozen_copy_is_read_by_a_later_release():
    frozen = StudyTerms(hour_minutes=50).as_json()
    del frozen["quiz_attempts"]

    assert StudyTerms.from_json(frozen | {"a_number_since_removed": 1}) == StudyTerms(hour_minutes=50)


def test_the_usual_terms_make_sense():
    assert terms_problems(StudyTerms()) == {}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"hour_minutes": 9}, "hour_minutes"),
        ({"hour_minutes": 121}, "hour_minutes"),
        ({"hours_step": "0"}, "hours_step"),
        ({"hours_step": "zehn"}, "hours_step"),
        ({"beat_ms": 0}, "beat_ms"),
        ({"beat_ms": 60_001}, "beat_ms"),
        ({"slack_ms": -1}, "slack_ms"),
        ({"seek_slop_ms": -1}, "seek_slop_ms"),
        ({"daily_cap_ms": 0}, "daily_cap_ms"),
        ({"daily_cap_ms": 24 * 3_600_000 + 1}, "daily_cap_ms"),
        ({"max_rate_percent": 99}, "max_rate_percent"),
        ({"max_rate_percent": 401}, "max_rate_percent"),
        ({"check_min_ms": None}, "check_max_ms"),
        ({"check_max_ms": 1}, "check_max_ms"),
        ({"check_min_ms": 0}, "check_min_ms"),
        ({"check_answer_ms": 9_999}, "check_answer_ms"),
        ({"check_rearms": -1}, "check_rearms"),
        ({"window_to_minute": None}, "window_to_minute"),
        ({"window_to_minute": 360}, "window_to_minute"),
        ({"window_from_minute": -1}, "window_from_minute"),
        ({"window_to_minute": 1441}, "window_to_minute"),
        ({"second_device": "both"}, "second_device"),
        ({"minimum_assurance": 3}, "minimum_assurance"),
        ({"lesson_coverage_percent": 101}, "lesson_coverage_percent"),
        ({"class_hours_percent": -1}, "class_hours_percent"),
        ({"quiz_pass_percent": 101}, "quiz_pass_percent"),
        ({"quiz_attempts": 0}, "quiz_attempts"),
    ],
)
def test_a_number_that_makes_no_sense_is_named(change, name):
    problems = terms_problems(replace(StudyTerms(), **change))

    assert list(problems) == [name]
    assert problems[name].endswith("。")


def test_a_version_needs_name_source_and_dates_in_order():
    from datetime import date

    first, before = date(2026, 5, 1), date(2026, 4, 30)

    assert policy_problems("口径", "文号", first, None) == policy_problems("口径", "文号", first, first) == {}
    assert list(policy_problems(" ", "", first, before)) == ["name", "source", "effective_to"]
    assert list(policy_problems("长" * 61, "长" * 201, first, None)) == ["name", "source"]
