"""The numbers by which something is called odd (线索口径), as plain values. Pure.

No public rule states them: they are a house's own, dated and sourced, and marked 示例 where they are made up. None
switches a detector off. What they find decides nothing; people do.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AnomalyTerms:
    """线索口径. A week is a calendar week, Monday to Sunday, Asia/Shanghai."""

    device_persons: int | None = 3  # persons on one browser in a week
    address_persons: int | None = 30  # persons behind one network address in a week
    beat_cv_ppm: int | None = 200  # spread of the gaps between beats over their mean, in millionths
    beats_least: int = 180  # gaps without which a spread says nothing
    answer_cv_percent: int | None = 5  # spread of the delays of answered checks over their mean
    answers_least: int = 8  # people who answer within 2 to 15 s look even less often than once in 20,000 weeks
    reading_per_second: int | None = 25  # characters that nobody reads faster
    reading_least: int = 150  # characters without which a quiz says nothing
    twin_seconds: int | None = 3  # how close two submissions of a quiz must lie
    twin_wrong: int = 2  # the same wrong answers in one quiz
    twin_quizzes: int = 3  # or so many quizzes handed in together
    night_minutes: int | None = 60  # study in a night
    night_days: int = 3  # nights of a week
    night_from_minute: int = 23 * 60
    night_to_minute: int = 5 * 60
    network_switches: int | None = 4  # to and fro between networks in a week
    network_gap_seconds: int = 60  # how soon after the last beat of the other
    face_low: int | None = 3  # comparisons below their threshold in a week
    sign_device_persons: int | None = 3  # persons for whom one phone signs at places in a week
    sign_same_persons: int | None = 4  # persons of a session whose phones say the same distance and accuracy
    sign_speed_kmh: int | None = 150  # as the crow flies, between two places
    statement_days: int = 5  # how long somebody has for a statement
    appeal_days: int = 15  # how long an outcome may be appealed
    bar_most_days: int = 1095  # the longest bar or suspension
    words_days: int = 1825  # how long is kept what people wrote in a case

    def as_json(self) -> dict[str, Any]:
        """Return what a version stores."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> AnomalyTerms:
        """Return the terms of a stored version; a number that a later release added has its default."""
        return cls(**{name: value for name, value in data.items() if name in cls.__dataclass_fields__})


LIMITS: dict[str, tuple[int, int, str]] = {
    "device_persons": (2, 1000, "同一浏览器的人数应在2至1000之间。"),
    "address_persons": (2, 100_000, "同一网络地址的人数应在2至100000之间。"),
    "beat_cv_ppm": (1, 100_000, "心跳间隔的离散程度应在百万分之1至100000之间。"),
    "beats_least": (30, 10_000, "至少要看的心跳次数应在30至10000之间，太少会误判。"),
    "answer_cv_percent": (1, 50, "应答用时的离散程度应在1%至50%之间。"),
    "answers_least": (4, 1000, "至少要看的应答次数应在4至1000之间，太少会误判。"),
    "reading_per_second": (5, 500, "阅读速度应在每秒5至500字之间。"),
    "reading_least": (20, 100_000, "题目至少字数应在20至100000之间。"),
    "twin_seconds": (1, 600, "交卷相差应在1至600秒之间。"),
    "twin_wrong": (1, 100, "相同错答应在1至100题之间。"),
    "twin_quizzes": (2, 100, "同时交卷应在2至100次之间。"),
    "night_minutes": (1, 600, "一夜学习应在1至600分钟之间。"),
    "night_days": (1, 7, "夜数应在1至7之间。"),
    "night_from_minute": (0, 1439, "请填写夜间开始的时刻。"),
    "night_to_minute": (0, 1439, "请填写夜间结束的时刻。"),
    "network_switches": (2, 1000, "网络切换应在2至1000次之间。"),
    "network_gap_seconds": (1, 3600, "间隔应在1至3600秒之间。"),
    "face_low": (1, 1000, "低分比对应在1至1000次之间。"),
    "sign_device_persons": (2, 1000, "一台手机签到的人数应在2至1000之间。"),
    "sign_same_persons": (2, 1000, "定位相同的人数应在2至1000之间。"),
    "sign_speed_kmh": (30, 1000, "两地签到的时速应在30至1000公里之间。"),
    "statement_days": (1, 60, "说明期限应在1至60天之间。"),
    "appeal_days": (1, 180, "申诉期限应在1至180天之间。"),
    "bar_most_days": (1, 3650, "最长期限应在1至3650天之间。"),
    "words_days": (30, 7300, "说明和理由的保存天数应在30至7300之间。"),
}


def terms_problems(terms: AnomalyTerms) -> dict[str, str]:
    """Return a sentence for every number that makes no sense (口径检查)."""
    wrong = {name: sentence for name, (least, most, sentence) in LIMITS.items() if beyond(terms, name, least, most)}
    if terms.words_days < terms.bar_most_days + terms.appeal_days:
        wrong.setdefault(
            "words_days", "说明和理由的保存天数不能少于申诉期限与最长措施之和：措施有效期内，当事人还要能查到理由。"
        )
    return wrong


def beyond(terms: AnomalyTerms, name: str, least: int, most: int) -> bool:
    """Return whether a number lies outside its limits; a detector that is off does not."""
    value = getattr(terms, name)
    return value is not None and not least <= value <= most
