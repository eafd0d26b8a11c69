"""The numbers by which learning time is recognised (学时认定口径), as plain values. Pure.

Sources: docs/sources.md. Every number is a policy of a region and a date; None switches a rule off.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class StudyTerms:
    """学时认定口径: what a class was approved under; frozen into it.

    Times in milliseconds unless the name says otherwise.
    """

    hour_minutes: int = 45  # 1 学时
    hours_step: str = "0.1"  # 学时 are rounded down to this, once, from the sum
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
    check_min_ms: int | None = 600_000  # 随机抽查间隔, counted in credited study
    check_max_ms: int | None = 1_200_000
    check_answer_ms: int = 90_000
    check_rearms: int = 1  # how often a check is asked again after silence
    second_device: str = "takeover"  # takeover | refuse
    minimum_assurance: int = 1  # 实名等级
    lesson_coverage_percent: int = 90  # 课时完成: how much must be covered
    class_hours_percent: int = 100  # 结业: share of the required hours
    quiz_pass_percent: int = 60
    quiz_attempts: int | None = 3
    lessons_in_order: bool = True  # 按顺序解锁

    def as_json(self) -> dict[str, Any]:
        """Return what is frozen into a class."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> StudyTerms:
        """Return the terms of a frozen copy; a number that a later release added has its default."""
        return cls(**{name: value for name, value in data.items() if name in cls.__dataclass_fields__})

    @property
    def step(self) -> Decimal:
        """Return the rounding step of 学时."""
        return Decimal(self.hours_step)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as learners and offices read it (规则说明)."""

    label: str
    value: str
    sentence: str


def minutes(milliseconds: int) -> str:
    """Return 10分钟 or 90秒."""
    return f"{milliseconds // 60_000}分钟" if milliseconds % 60_000 == 0 else f"{milliseconds // 1000}秒"


def clock_time(minute: int) -> str:
    """Return 06:00 of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def describe_terms(terms: StudyTerms) -> list[RuleLine]:
    """Return the rules of a class in sentences, those that a learner meets first (学时认定规则)."""
    lines = [
        RuleLine(
            "学时",
            f"{terms.hour_minutes}分钟",
            f"每{terms.hour_minutes}分钟有效学习计1学时，按总时长向下取整到{terms.hours_step}。",
        ),
        seeking(terms),
        RuleLine(
            "倍速",
            f"{terms.max_rate_percent / 100:g}倍",
            f"播放速度最高{terms.max_rate_percent / 100:g}倍，超过的部分不计入。",
        ),
        rewatching(terms),
        RuleLine("离开页面", "不计入", "暂停、切到后台或锁屏时不计入，回来后接着计。"),
    ]
    if terms.check_min_ms is not None and terms.check_max_ms is not None:
        lines.append(checking(terms, terms.check_min_ms, terms.check_max_ms))
    if terms.daily_cap_ms is not None:
        lines.append(
            RuleLine("每日上限", minutes(terms.daily_cap_ms), f"每天最多认定{minutes(terms.daily_cap_ms)}，次日继续。")
        )
    if terms.window_from_minute is not None and terms.window_to_minute is not None:
        span = f"{clock_time(terms.window_from_minute)}至{clock_time(terms.window_to_minute)}"
        lines.append(RuleLine("学习时段", span, f"每天{span}之间学习才计入。"))
    return [*lines, devices(terms), identity(terms), order(terms), quizzes(terms), completion(terms)]


def seeking(terms: StudyTerms) -> RuleLine:
    """Return the rule on skipping."""
    if terms.skip_allowed:
        return RuleLine("拖动进度", "允许", "可以拖动进度，没有看的部分不计入。")
    return RuleLine("拖动进度", "首次不可向前拖", "第一次学习不能向前拖动，学过的部分可以随意回看。")


def rewatching(terms: StudyTerms) -> RuleLine:
    """Return the rule on what was studied already."""
    if terms.rewatch_credited:
        return RuleLine("回看", "计入", "学过的部分再看一遍，也计入学时。")
    return RuleLine("回看", "不重复计", "学过的部分可以随时回看，不重复计学时。")


def checking(terms: StudyTerms, least_ms: int, most_ms: int) -> RuleLine:
    """Return the rule on being asked whether one is there."""
    again = f"断网没有收到的，恢复后最多再请您确认{terms.check_rearms}次；" if terms.check_rearms else ""
    return RuleLine(
        "在岗确认",
        f"约每{minutes(least_ms)}至{minutes(most_ms)}一次",
        f"学习中会随机请您点一下确认，请在{minutes(terms.check_answer_ms)}内完成；{again}未确认的时间可以重学补上。",
    )


def devices(terms: StudyTerms) -> RuleLine:
    """Return the rule on several devices."""
    if terms.second_device == "refuse":
        return RuleLine("多台设备", "同时一台", "正在一台设备上学习时，不能在另一台打开。")
    return RuleLine("多台设备", "同时一台", "换一台设备继续学时，原来的设备会自动停下，时间不会重复计。")


def identity(terms: StudyTerms) -> RuleLine:
    """Return the rule on who may study."""
    if terms.minimum_assurance <= 0:
        return RuleLine("实名", "不要求", "没有登记实名也可以开始学习。")
    if terms.minimum_assurance == 1:
        return RuleLine("实名", "须登记", "登记姓名和证件号码并通过校验后，才能开始学习。")
    return RuleLine("实名", "须核验", "实名信息经区办核验后，才能开始学习。")


def order(terms: StudyTerms) -> RuleLine:
    """Return the rule on which lesson comes next."""
    if terms.lessons_in_order:
        return RuleLine("学习顺序", "按顺序", "请按课程顺序学习，完成前一课后才能打开后一课。")
    return RuleLine("学习顺序", "不限", "各课可以按任意顺序学习。")


def quizzes(terms: StudyTerms) -> RuleLine:
    """Return the rule on quizzes."""
    passing = f"{terms.quiz_pass_percent}分及格" if terms.quiz_pass_percent else "提交答卷即算通过"
    limit = terms.quiz_attempts
    if limit is None:
        return RuleLine("随堂测验", "不限次数", f"{passing}，没有通过可以再做，不限次数。")
    return RuleLine("随堂测验", f"最多{limit}次", f"{passing}，每个测验最多可以做{limit}次，次数用完请联系班主任。")


def completion(terms: StudyTerms) -> RuleLine:
    """Return the rule on completing."""
    share = min(terms.class_hours_percent, terms.lesson_coverage_percent)
    sentence = (
        f"每课学满{terms.lesson_coverage_percent}%算完成，测验须通过；"
        f"全部完成，且累计学时不少于课程应学时长的{share}%，即可结业。"
    )
    return RuleLine("完成标准", f"{terms.lesson_coverage_percent}%", sentence)


def policy_problems(name: str, source: str, effective_from: date, effective_to: date | None) -> dict[str, str]:
    """Return a sentence for everything about a version, besides its numbers, that cannot stay (口径检查)."""
    wrong = {}
    if not 0 < len(name.strip()) <= 60:
        wrong["name"] = "请填写口径的名称，最多60个字。"
    if not 0 < len(source.strip()) <= 200:
        wrong["source"] = "请填写口径的依据文件，最多200个字。"
    if effective_to is not None and effective_to < effective_from:
        wrong["effective_to"] = "失效日期不能早于生效日期。"
    return wrong


LIMITS: dict[str, tuple[int, int, str]] = {
    "hour_minutes": (10, 120, "每学时应在10至120分钟之间。"),
    "slack_ms": (0, 60_000, "迟到宽限应在0至60秒之间。"),
    "daily_cap_ms": (60_000, 24 * 3_600_000, "每日上限应在1分钟至24小时之间；不设上限请留空。"),
    "window_from_minute": (0, 24 * 60, "学习时段应在00:00至24:00之间。"),
    "max_rate_percent": (100, 400, "最高倍速应在100%至400%之间。"),
    "seek_slop_ms": (0, 60_000, "拖动误差应在0至60秒之间。"),
    "check_min_ms": (10_000, 24 * 3_600_000, "抽查间隔应在10秒至24小时之间。"),
    "check_answer_ms": (10_000, 600_000, "确认时限应在10秒至10分钟之间，过短会让学员来不及点。"),
    "check_rearms": (0, 10, "再次确认应在0至10次之间。"),
    "minimum_assurance": (0, 2, "请选择实名要求。"),
    "lesson_coverage_percent": (0, 100, "百分比应在0至100之间。"),
    "class_hours_percent": (0, 100, "百分比应在0至100之间。"),
    "quiz_pass_percent": (0, 100, "百分比应在0至100之间。"),
    "quiz_attempts": (1, 100, "测验次数应在1至100次之间；不限次数请留空。"),
}
STEPS = ("0.01", "0.1", "0.5", "1")


def terms_problems(terms: StudyTerms) -> dict[str, str]:
    """Return a sentence for every number that makes no sense (口径检查)."""
    wrong = {name: sentence for name, (least, most, sentence) in LIMITS.items() if beyond(terms, name, least, most)}
    if not 0 < terms.beat_ms <= terms.lease_ms:
        wrong["beat_ms"] = "上报间隔应大于0，且不超过容许的静默时间。"
    if (terms.check_min_ms is None) != (terms.check_max_ms is None):
        wrong["check_max_ms"] = "抽查间隔的下限和上限要么都填，要么都不填。"
    elif (terms.check_min_ms or 0) > (terms.check_max_ms or 0):
        wrong["check_max_ms"] = "抽查间隔的上限不能小于下限。"
    if sentence := window_problem(terms.window_from_minute, terms.window_to_minute):
        wrong["window_to_minute"] = sentence
    if terms.hours_step not in STEPS:
        wrong["hours_step"] = "请选择学时的取整单位。"
    if terms.second_device not in {"takeover", "refuse"}:
        wrong["second_device"] = "请选择：新设备接管，或拒绝新设备。"
    return wrong


def beyond(terms: StudyTerms, name: str, least: int, most: int) -> bool:
    """Return whether a number lies outside its limits; a rule that is off does not."""
    value = getattr(terms, name)
    return value is not None and not least <= value <= most


def window_problem(begin: int | None, end: int | None) -> str:
    """Return what is wrong with the hours of study, or nothing."""
    if (begin is None) != (end is None):
        return "学习时段的开始和结束要么都填，要么都不填。"
    if begin is not None and end is not None and not begin < end <= 24 * 60:
        return "学习时段的结束应晚于开始，且不超过24:00。"
    return ""
