"""When a notice goes out by which channel, how often it is tried, and when nobody tries any more. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from lms.notifications.rules import KINDS

SMS, EMAIL, WECHAT = "sms", "email", "wechat"
CHANNELS = {SMS: "短信", WECHAT: "微信", EMAIL: "电子邮件"}
STAFF_KINDS = frozenset(
    {"class_decided", "course_decided", "case_institution", "live_unattended"}
)  # nobody without a role is told these
DAY_MINUTES = 24 * 60
KIND_FIELDS = frozenset({"sms_kinds", "email_kinds", "wechat_kinds", "urgent_kinds"})
REASONS = {
    "down": "通道暂时发不出去，稍后自动重试",
    "exhausted": "多次没有发出去",
    "refused": "通道拒收",
    "blocked": "对方号码或邮箱拒收（停机、黑名单或退订）",
    "quota": "通道的条数、余额或频率用完",
    "template": "通道没有批准这个模板或签名",
    "unconfirmed": "通道没有答复，不知道发出没有，为免重复不自动重发",
    "stale": "太久没有发出去，已经过时",
    "read": "本人已在站内看过",
    "unwanted": "本人不接收",
    "no_address": "没有可用的号码或地址",
}


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """通知投递口径: which kinds go out by which channel, and when. Minutes of the day are Shanghai's."""

    sms_kinds: tuple[str, ...]
    email_kinds: tuple[str, ...]
    urgent_kinds: tuple[str, ...]  # do not wait for others to go with them; the quiet hours hold for them as well
    gather_minutes: int  # how long one waits for more of the same person, so that all go in one message
    quiet_from_minute: int
    quiet_to_minute: int
    most_attempts: int
    first_pause_minutes: int  # after the first failure; four times as long after each further one
    longest_pause_minutes: int
    stale_hours: int  # what could not be sent by then is not sent at all
    most_sms_per_day: int  # messages to one person; more wait for the next day
    wechat_kinds: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> DeliveryTerms:
        """Return the terms of a policy; a figure that a later release added has its default. Raises KeyError for another."""
        known = [item.name for item in fields(cls) if item.default is MISSING or item.name in raw]
        read: dict[str, Any] = {name: raw[name] for name in known}
        for name in KIND_FIELDS & set(read):
            read[name] = tuple(read[name])
        return cls(**read)

    def as_json(self) -> dict[str, Any]:
        """Return what a policy keeps."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def kinds_by(self, channel: str) -> tuple[str, ...]:
        """Return the kinds that go out by a channel."""
        return {SMS: self.sms_kinds, EMAIL: self.email_kinds, WECHAT: self.wechat_kinds}[channel]


EXAMPLE_TERMS = DeliveryTerms(
    sms_kinds=("enrolled", "appeal_decided", "case_person", "case_institution", "practice_changed", "live_changed"),
    email_kinds=tuple(KINDS),
    urgent_kinds=("practice_changed", "live_changed", "live_soon", "live_teach_soon"),
    gather_minutes=10,
    quiet_from_minute=21 * 60 + 30,
    quiet_to_minute=8 * 60,
    most_attempts=5,
    first_pause_minutes=2,
    longest_pause_minutes=120,
    stale_hours=48,
    most_sms_per_day=5,
    wechat_kinds=tuple(KINDS),
)


def terms_problems(terms: DeliveryTerms) -> dict[str, str]:
    """Return a sentence for each figure that cannot be (口径校验)."""
    least = {"most_attempts": 1, "first_pause_minutes": 1, "stale_hours": 1, "most_sms_per_day": 1, "gather_minutes": 0}
    wrong = {name: f"请填写不小于{low}的整数。" for name, low in least.items() if getattr(terms, name) < low}
    for name in ("quiet_from_minute", "quiet_to_minute"):
        if not 0 <= getattr(terms, name) < DAY_MINUTES:
            wrong[name] = "请填写一天中的时间。"
    if terms.longest_pause_minutes < terms.first_pause_minutes:
        wrong["longest_pause_minutes"] = "最长间隔不能短于第一次重试的间隔。"
    for name in sorted(KIND_FIELDS):
        if set(getattr(terms, name)) - set(KINDS):
            wrong[name] = "有不认识的通知类别，请重新勾选。"
    return wrong


def minute_of(moment: datetime) -> int:
    """Return the minute of the day of a local moment."""
    return moment.hour * 60 + moment.minute


def is_quiet(moment: datetime, terms: DeliveryTerms) -> bool:
    """Return whether a local moment lies in the quiet hours; the same start and end: there are none (免打扰时段)."""
    start, end, now = terms.quiet_from_minute, terms.quiet_to_minute, minute_of(moment)
    return start <= now < end if start <= end else now >= start or now < end


def after_quiet(moment: datetime, terms: DeliveryTerms) -> datetime:
    """Return the moment itself, or the end of the quiet hours in which it lies. Local and aware."""
    if not is_quiet(moment, terms):
        return moment
    end = moment.replace(hour=terms.quiet_to_minute // 60, minute=terms.quiet_to_minute % 60, second=0, microsecond=0)
    return end if end > moment else end + timedelta(days=1)


def first_due(moment: datetime, kind: str, terms: DeliveryTerms) -> datetime:
    """Return when a new delivery is due: after gathering, outside the quiet hours (首次投递时间)."""
    gather = timedelta() if kind in terms.urgent_kinds else timedelta(minutes=terms.gather_minutes)
    return after_quiet(moment + gather, terms)


def next_due(moment: datetime, attempts: int, terms: DeliveryTerms) -> datetime | None:
    """Return when to try again after so many failures, or nothing when it was tried often enough (重试退避)."""
    if attempts >= terms.most_attempts:
        return None
    minutes = min(terms.first_pause_minutes * 4 ** (attempts - 1), terms.longest_pause_minutes)
    return after_quiet(moment + timedelta(minutes=minutes), terms)


def next_morning(moment: datetime, terms: DeliveryTerms) -> datetime:
    """Return the first moment of the next local day outside the quiet hours (次日)."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return after_quiet(midnight, terms)


def is_stale(created_at: datetime, moment: datetime, terms: DeliveryTerms) -> bool:
    """Return whether a delivery is too old to be of use."""
    return moment - created_at > timedelta(hours=terms.stale_hours)


def describe_terms(terms: DeliveryTerms) -> list[tuple[str, str]]:
    """Return each number in a sentence (口径说明)."""
    return [
        *((f"{name}通知", kinds_words(terms.kinds_by(channel))) for channel, name in CHANNELS.items()),
        ("加急", f"{kinds_words(terms.urgent_kinds)}。不等待合并；免打扰时段同样不发。"),
        ("合并", f"等待{terms.gather_minutes}分钟，同一个人的几条合成一条发出。"),
        ("免打扰时段", quiet_words(terms)),
        (
            "重试",
            f"最多发送{terms.most_attempts}次，第一次失败后等{terms.first_pause_minutes}分钟，之后每次间隔是前一次的4倍，"
            f"最长{terms.longest_pause_minutes}分钟。",
        ),
        ("过时", f"{terms.stale_hours}小时还没有发出的不再发送，站内消息一直都在。"),
        ("每日上限", f"每人每天最多{terms.most_sms_per_day}条短信，更多的留到第二天。"),
    ]


def kinds_words(kinds: tuple[str, ...]) -> str:
    """Return kinds as people read them, each word once."""
    return "、".join(dict.fromkeys(KINDS[kind] for kind in kinds)) or "无"


def quiet_words(terms: DeliveryTerms) -> str:
    """Return the quiet hours as people read them."""
    if terms.quiet_from_minute == terms.quiet_to_minute:
        return "没有免打扰时段。"
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (terms.quiet_from_minute, terms.quiet_to_minute))
    return f"{start}至{end}（北京时间）不发，留到时段结束。"
