"""The numbers by which learning time is recognised (学时认定口径), as plain values. Pure.

Sources: docs/sources.md. Every number is a policy of a region and a date; None switches a rule off.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from lms.planning.rules.quizzes import QuizRules


@dataclass(frozen=True, slots=True)
class StudyTerms:
    """学时认定口径: what a class was approved under; frozen into it.

    Times in milliseconds unless the name says otherwise.
    """

    hour_minutes: int = 45  # 1 学时
    hours_step: str = "0.1"  # 学时 are rounded down to this, once, from the sum
    credit_basis: str = "time"  # time | lesson: every minute counts, or those of completed lessons (认定单位)
    beat_ms: int = 10_000  # how often the player reports
    lease_ms: int = 60_000  # silence that may still be credited
    slack_ms: int = 10_000  # unclaimed time kept for late packets
    daily_cap_ms: int | None = 8 * 3_600_000  # 每日认定上限, local calendar day
    window_from_minute: int | None = 6 * 60  # 允许学习时段, minutes of the local day
    window_to_minute: int | None = 23 * 60
    max_rate_percent: int = 100  # 最高倍速
    skip_allowed: bool = False  # 首次学习可拖动
    seek_slop_ms: int = 3_000
    rewatch_credited: bool = False
    hidden_credited: bool = False  # 页面在后台时是否计入
    check_min_ms: int | None = 600_000  # 随机抽查间隔, counted in credited study
    check_max_ms: int | None = 1_200_000
    check_answer_ms: int = 90_000
    check_rearms: int = 1  # how often a check is asked again after silence
    check_kinds: tuple[str, ...] = ("tap",)  # what a check may ask, drawn by the server
    check_further_questions: int = 1  # how often a wrong answer is followed by another question
    failed_check: str = "stop"  # stop | continue: whether the sitting ends with a failed check
    appeal_days: int | None = 15  # 申诉期限: how long what a check withheld may be appealed; None: not at all
    appeal_file_days: int = 90  # 申诉附件保存天数
    appeal_words_days: int = 1095  # 申诉、意见和到场说明文字的保存天数
    second_device: str = "takeover"  # takeover | refuse
    minimum_assurance: int = 1  # 实名等级
    lesson_coverage_percent: int = 90  # 课时完成: how much must be covered
    class_hours_percent: int = 100  # 结业: share of the required hours
    quiz_pass_percent: int = 60
    quiz_attempts: int | None = 3
    exam: str = "none"  # none | last_quiz: whether the course's last quiz is its final test (结业测试)
    exam_pass_percent: int = 60
    exam_attempts: int | None = 2
    exam_wait_hours: int | None = None  # 补考间隔: hours between two sittings
    exam_ready_percent: int | None = None  # 参加条件: share of the class's hours that must count before it opens
    lessons_in_order: bool = True  # 按顺序解锁
    retention_years: int | None = None  # 个人信息保存年限, from the class's last day on
    minimum_attendance_percent: int | None = None  # 线下实操: least share of a session that one must be there
    practice_code_seconds: int = 30  # how long a sign-in code is shown
    practice_door_minutes: int = 30  # how long before the begin and after the end codes are taken
    practice_paper_years: int = 6  # how long the signed paper of a sheet is kept
    live_checks: str = "scheduled"  # scheduled | roll_call: what asks in a live lesson whether one is there
    live_minimum_percent: int | None = None  # 直播课: least share of it that one must be there for it to count
    live_door_minutes: int = 30  # 直播课: how long before its begin the door stands open
    live_drop_seconds: int = 20  # a break of the teacher's line that costs nobody anything
    live_silence_seconds: int = 40  # of the teacher's line, after which the lesson is interrupted
    live_replay: str = "none"  # none | makeup: whether a replay makes up for what one missed of a live lesson (补课)
    live_replay_days: int | None = 30  # 补课期限: days after it was first published; None: as long as the class runs
    live_replay_percent: int | None = None  # 补课: least share of the lesson that one must have covered for it to count
    live_replay_names: str = "family"  # family | full | hidden: how a replay calls the learners who wrote
    live_recording_days: int = 30  # 直播录制保存天数, after the lesson; its replay stays
    face_at_start: bool = False  # 开始学习前核验人脸; at random: a kind of check
    face_start_minutes: int = 10  # how long a pass opens its lesson
    face_at_end: bool = False  # 课时结束时核验人脸
    face_capture: str = "camera"  # camera | file: whether photographs taken outside of the page will do
    face_tries: int = 3  # how often the moves may be made for one check
    face_instead: str = "question"  # question | tap: what whoever is exempt is asked

    def as_json(self) -> dict[str, Any]:
        """Return what is frozen into a class."""
        return asdict(self) | {"check_kinds": list(self.check_kinds)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> StudyTerms:
        """Return the terms of a frozen copy; a number that a later release added has its default."""
        known = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        if "check_kinds" in known:
            known["check_kinds"] = tuple(known["check_kinds"])
        return cls(**known)

    @property
    def has_exam(self) -> bool:
        """Return whether the course's last quiz is its final test (结业测试)."""
        return self.exam == "last_quiz"

    def quiz_rules(self, *, is_exam: bool) -> QuizRules:
        """Return the rules of a quiz, or of the final test."""
        if not (is_exam and self.has_exam):
            return QuizRules(self.quiz_pass_percent, self.quiz_attempts)
        return QuizRules(
            self.exam_pass_percent,
            self.exam_attempts,
            is_exam=True,
            wait_hours=self.exam_wait_hours,
            ready_percent=self.exam_ready_percent,
        )

    @property
    def step(self) -> Decimal:
        """Return the rounding step of 学时."""
        return Decimal(self.hours_step)

    @property
    def asks_for_face(self) -> bool:
        """Return whether a face is asked for at any time."""
        return self.face_at_start or self.face_at_end or "face" in self.check_kinds

    @property
    def face_captures(self) -> tuple[str, ...]:
        """Return the ways of taking pictures of a face that are accepted (采集方式)."""
        return ("camera", "file") if self.face_capture == "file" else ("camera",)

    def appealable_until(self, withheld_on: date) -> date | None:
        """Return the last day on which what was withheld may be appealed (申诉期限); None where there is no appeal."""
        return None if self.appeal_days is None else withheld_on + timedelta(days=self.appeal_days)


CHECK_KINDS = {
    "tap": "点一下确认",
    "question": "回答一道刚学过的题",
    "face": "对着摄像头核验人脸",
}  # what a policy may name
