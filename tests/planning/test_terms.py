"""What a class was approved under, in sentences: a number that concerns a learner never changes unseen."""

from __future__ import annotations

import json
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
    "hidden_credited": True,
    "check_min_ms": 300_000,
    "check_max_ms": 1_500_000,
    "check_answer_ms": 60_000,
    "check_rearms": 0,
    "failed_check": "continue",
    "appeal_days": None,
    "appeal_file_days": 30,
    "appeal_words_days": 365,
    "check_kinds": ("question",),
    "second_device": "refuse",
    "minimum_assurance": 2,
    "lesson_coverage_percent": 80,
    "class_hours_percent": 70,
    "quiz_pass_percent": 80,
    "quiz_attempts": 5,
    "exam": "last_quiz",
    "lessons_in_order": False,
    "minimum_attendance_percent": 80,
    "retention_years": 6,
    "credit_basis": "lesson",
    "face_at_start": True,
    "face_at_end": True,
    "live_checks": "roll_call",
    "live_minimum_percent": 80,
    "live_replay": "makeup",
}
# how the player and the server talk, and how the screen at a place goes
MACHINERY = {"beat_ms", "lease_ms", "slack_ms", "seek_slop_ms", "practice_code_seconds", "practice_door_minutes"} | {
    "live_door_minutes",
    "live_drop_seconds",
    "live_silence_seconds",
    "live_recording_days",
}


FACED = {"face_start_minutes": 20, "face_capture": "file", "face_tries": 5, "face_instead": "tap"}
EXAMINED = {"exam_pass_percent": 80, "exam_attempts": None, "exam_wait_hours": 24, "exam_ready_percent": 80}
REPLAYED = {"live_replay_days": None, "live_replay_percent": 80, "live_replay_names": "hidden"}


def sentences(terms):
    return [line.sentence for line in describe_terms(terms)]


def test_every_number_is_either_a_learners_or_the_machinerys():
    assert set(OTHER) | MACHINERY | {"check_further_questions", "practice_paper_years"} | set(FACED) | set(
        REPLAYED
    ) | set(EXAMINED) == {field.name for field in fields(StudyTerms)}


@pytest.mark.parametrize("name", OTHER)
def test_a_learner_reads_the_difference(name):
    assert describe_terms(replace(StudyTerms(), **{name: OTHER[name]})) != describe_terms(StudyTerms())


@pytest.mark.parametrize("name", EXAMINED)
def test_a_learner_reads_what_the_final_test_asks_where_there_is_one(name):
    with_exam = replace(StudyTerms(), exam="last_quiz")
    assert describe_terms(replace(with_exam, **{name: EXAMINED[name]})) != describe_terms(with_exam)
    assert describe_terms(replace(StudyTerms(), **{name: EXAMINED[name]})) == describe_terms(StudyTerms())


def test_a_learner_reads_how_often_a_wrong_answer_may_be_made_up_for():
    told = [sentences(StudyTerms(check_kinds=("question",), check_further_questions=often)) for often in (0, 1, 2)]

    assert told[0] != told[1] != told[2]


def test_a_learner_of_practice_reads_how_long_the_signed_paper_is_kept():
    told = [sentences(StudyTerms(minimum_attendance_percent=80, practice_paper_years=years)) for years in (3, 6)]

    assert told[0] != told[1]


@pytest.mark.parametrize("name", FACED)
def test_a_learner_of_a_class_that_asks_for_faces_reads_the_difference(name):
    faced = StudyTerms(face_at_start=True, face_at_end=True)

    assert describe_terms(replace(faced, **{name: FACED[name]})) != describe_terms(faced)


@pytest.mark.parametrize("name", REPLAYED)
def test_a_learner_of_a_class_whose_replays_count_reads_the_difference(name):
    replayed = StudyTerms(live_replay="makeup")

    assert describe_terms(replace(replayed, **{name: REPLAYED[name]})) != describe_terms(replayed)


@pytest.mark.parametrize(
    ("change", "when"),
    [
        ({"face_at_start": True}, "每课开始前"),
        ({"check_kinds": ("tap", "face")}, "学习中随机"),
        ({"face_at_start": True, "face_at_end": True}, "每课开始前、每课学完时"),
    ],
)
def test_a_learner_reads_when_the_face_is_asked_for_and_that_there_is_another_way(change, when):
    line = next(line for line in describe_terms(replace(StudyTerms(), **change)) if line.label == "人脸核验")

    assert line.value == when
    assert "可以申请免人脸核验" in line.sentence


def test_frozen_terms_come_back_as_they_were():
    terms = StudyTerms(check_kinds=("tap", "question"))

    assert StudyTerms.from_json(json.loads(json.dumps(terms.as_json()))) == terms


@pytest.mark.parametrize(
    ("change", "label"),
    [
        pytest.param({"daily_cap_ms": None}, "每日上限", id="no cap"),
        pytest.param({"window_from_minute": None, "window_to_minute": None}, "学习时段", id="at any hour"),
        pytest.param({"check_min_ms": None, "check_max_ms": None}, "在岗确认", id="no checks"),
        pytest.param({"appeal_days": None}, "学时申诉", id="no appeals"),
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
        ({"failed_check": "forgive"}, "failed_check"),
        ({"appeal_days": 0}, "appeal_days"),
        ({"appeal_file_days": 0}, "appeal_file_days"),
        ({"appeal_words_days": 7}, "appeal_words_days"),
        ({"check_kinds": ()}, "check_kinds"),
        ({"check_kinds": ("tap", "riddle")}, "check_kinds"),
        ({"check_further_questions": 4}, "check_further_questions"),
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
        ({"exam": "every_quiz"}, "exam"),
        ({"exam_pass_percent": 101}, "exam_pass_percent"),
        ({"exam_attempts": 0}, "exam_attempts"),
        ({"exam_wait_hours": 0}, "exam_wait_hours"),
        ({"exam_ready_percent": 101}, "exam_ready_percent"),
        ({"face_start_minutes": 0}, "face_start_minutes"),
        ({"face_tries": 11}, "face_tries"),
        ({"face_capture": "sketch"}, "face_capture"),
        ({"face_instead": "nothing"}, "face_instead"),
        ({"face_at_end": True, "check_min_ms": None, "check_max_ms": None}, "face_at_end"),
        ({"check_kinds": ("face",), "check_min_ms": None, "check_max_ms": None}, "check_kinds"),
        ({"check_kinds": ("face",), "check_answer_ms": 30_000}, "check_answer_ms"),
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
