"""The form of the words and numbers of rooms of live lessons."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms

from lms.live.models import RoomPolicy
from lms.live.rules.talking import LIMITS, RoomTerms, words_of
from lms.portal.authority.dated_forms import DatedForm, bounded

GROUPS = (
    ("版本", ("effective_from", "source")),
    ("聊天", ("words", "longest_message", "messages", "window_seconds")),
    ("课堂", ("roll_call_seconds", "voice_seconds", "slide_megabytes", "slide_pages")),
    ("开始和结束", ("remind_minutes", "patience_minutes", "overrun_minutes")),
)


number = bounded(LIMITS)


class RoomPolicyForm(DatedForm):
    """发布课堂互动口径的新版本."""

    words = forms.CharField(
        label="敏感词",
        required=False,
        help_text="每行一个词，至少2个字。聊天、提问、投票里出现时不发出，并提示修改。",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    longest_message = number("longest_message", "一条消息最多几个字")
    messages = number("messages", "一段时间内最多几条")
    window_seconds = number("window_seconds", "这段时间是几秒", "教师和助教不受限制。")
    roll_call_seconds = number("roll_call_seconds", "点名限时（秒）")
    voice_seconds = number("voice_seconds", "语音最长（秒）")
    slide_megabytes = number("slide_megabytes", "一份课件最大（MB）")
    slide_pages = number("slide_pages", "一份课件最多几页")
    remind_minutes = number("remind_minutes", "提前多少分钟提醒", "0为不提醒。")
    patience_minutes = number("patience_minutes", "没有画面时自动结束（分钟）", "从计划结束时间算起。")
    overrun_minutes = number(
        "overrun_minutes", "还在直播时自动结束（分钟）", "从计划结束时间算起；播放地址也到这时失效。"
    )

    @staticmethod
    def values_of(policy: RoomPolicy | None) -> dict[str, Any]:
        """Return what the form starts from: the newest version's numbers, or those that hold without any."""
        terms = policy.room_terms() if policy else RoomTerms()
        return terms.as_json() | {"words": "\n".join(terms.words)}

    def terms(self) -> RoomTerms:
        """Return what was typed."""
        typed = {one.name: self.cleaned_data[one.name] for one in fields(RoomTerms)}
        return RoomTerms(**typed | {"words": words_of(typed["words"])})

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by heading."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]
