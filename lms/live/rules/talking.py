"""What may be written in a room, and how often (聊天规则). Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

MOST_WORDS, LONGEST_WORD = 5_000, 30
MOST_REMIND_MINUTES = 1440
JOINER = "\u200d"  # holds the parts of one emoji together
UNHEARD = frozenset("CPSZ")  # control characters, punctuation, symbols and spaces: put between letters to hide a word


@dataclass(frozen=True, slots=True)
class RoomTerms:
    """课堂互动口径. No public rule states these numbers: they are the office's own, dated and sourced."""

    words: tuple[str, ...] = ()
    longest_message: int = 300
    messages: int = 5  # of one member within `window_seconds`
    window_seconds: int = 10
    roll_call_seconds: int = 60
    voice_seconds: int = 60
    slide_megabytes: int = 50
    slide_pages: int = 200
    patience_minutes: int = 30  # after the planned end, without a picture
    overrun_minutes: int = 180  # after the planned end, with one
    remind_minutes: int = 60  # before the start; 0: nobody is reminded

    @property
    def patience(self) -> timedelta:
        """Return after how long past its end a lesson without a picture is ended."""
        return timedelta(minutes=self.patience_minutes)

    @property
    def overrun(self) -> timedelta:
        """Return after how long past its end a lesson with a picture is ended."""
        return timedelta(minutes=self.overrun_minutes)

    def as_json(self) -> dict[str, Any]:
        """Return what a version stores."""
        return asdict(self) | {"words": list(self.words)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> RoomTerms:
        """Return the terms of a stored version; what a later release added has its default."""
        known = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        return cls(**known | {"words": tuple(known.get("words", ()))})


LIMITS: dict[str, tuple[int, int, str]] = {
    "longest_message": (20, 1000, "一条消息的字数应在20至1000之间。"),
    "messages": (1, 60, "条数应在1至60之间。"),
    "window_seconds": (1, 600, "时间应在1至600秒之间。"),
    "roll_call_seconds": (20, 600, "点名时限应在20至600秒之间，太短的话网络慢的学员来不及。"),
    "voice_seconds": (5, 180, "语音长度应在5至180秒之间。"),
    "slide_megabytes": (1, 200, "一份课件的大小应在1至200MB之间。"),
    "slide_pages": (1, 500, "一份课件的页数应在1至500页之间。"),
    "patience_minutes": (10, 180, "没有画面时，应在10至180分钟后自动结束。"),
    "overrun_minutes": (30, 360, "还有画面时，应在30至360分钟后自动结束。"),
    "remind_minutes": (0, MOST_REMIND_MINUTES, "提醒应在开始前0至1440分钟之间，0为不提醒。"),
}


def terms_problems(terms: RoomTerms) -> dict[str, str]:
    """Return a sentence for everything that makes no sense (口径检查)."""
    found = {
        name: sentence for name, (least, most, sentence) in LIMITS.items() if not least <= getattr(terms, name) <= most
    }
    if len(terms.words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in terms.words):
        found["words"] = f"最多{MOST_WORDS}个词，每个词最多{LONGEST_WORD}个字。"
    elif any(len(heard(word)) < 2 for word in terms.words):
        found["words"] = "每个词至少2个字（不算标点和空格），单个字会误拦正常的话。"
    return found


def describe_terms(terms: RoomTerms) -> list[tuple[str, str]]:
    """Return each rule as a heading and a sentence (口径说明)."""
    reminder = f"开始前{terms.remind_minutes}分钟提醒学员一次。" if terms.remind_minutes else "不提醒。"
    return [
        ("敏感词", f"聊天、提问、投票和字幕里不能出现词表中的{len(terms.words)}个词，字间加标点或空格也一样。"),
        ("聊天", f"一条最多{terms.longest_message}个字；{terms.window_seconds}秒内最多{terms.messages}条，教师不限。"),
        ("点名", f"学员在{terms.roll_call_seconds}秒内应答。"),
        ("语音", f"受邀发言的语音最长{terms.voice_seconds}秒。"),
        ("课件", f"一份PDF最大{terms.slide_megabytes}MB、最多{terms.slide_pages}页。"),
        ("提醒", reminder),
        (
            "自动结束",
            f"过了计划结束时间：没有画面的{terms.patience_minutes}分钟后结束，还在直播的{terms.overrun_minutes}分钟后结束。",
        ),
    ]


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a list, one a line, each once, in order (词表)."""
    return tuple(dict.fromkeys(word for line in text.splitlines() if (word := line.strip())))


def heard(text: str) -> str:
    """Return a text as it is read aloud: full and half width alike, small letters, nothing between the letters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] not in UNHEARD)


def bad_word(text: str, words: Iterable[str]) -> str:
    """Return the first word of the list that a text contains, also when something was put between its letters (敏感词)."""
    said = heard(text)
    return next((word for word in words if heard(word) in said), "")


def tidy(text: str) -> str:
    """Return a text without control characters and with no more than single blank lines."""
    lines = [
        "".join(sign for sign in line if sign == JOINER or unicodedata.category(sign)[0] != "C")
        for line in text.splitlines()
    ]
    return "\n".join(line.strip() for line in lines if line.strip())


def is_too_fast(recent: int, terms: RoomTerms) -> bool:
    """Return whether another message within the window is one too many."""
    return recent >= terms.messages
