"""What templates need that Django does not bring: icons, lengths, Chinese titles that break at punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lms.kernel import clock
from lms.kernel.hours import clock_face

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Return an icon of the sprite; it says nothing to screen readers, the words beside it do."""
    return format_html(
        '<svg class="i {}" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
        ' aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("vendor/lucide/icons.svg"),
        name,
    )


@register.filter
def face(milliseconds: int) -> str:
    """Return 16:48."""
    return clock_face(milliseconds)


@register.filter
def minutes(milliseconds: int) -> int:
    """Return whole minutes, rounded down."""
    return milliseconds // 60_000


@register.filter
def spent(milliseconds: int) -> str:
    """Return 1 分 15 秒, as the player says it."""
    minutes_, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes_} 分 {seconds} 秒" if minutes_ else f"{seconds} 秒"


@register.filter
def beijing(moment: datetime | None, form: str = "%m月%d日 %H:%M") -> str:
    """Return a moment on the learners' wall clock."""
    return f"{clock.local(moment):{form}}" if moment else "—"


@register.filter
def segments(title: str) -> SafeString:
    """Return a title whose clauses stay whole: Chinese lines break at punctuation, not inside a word."""
    clauses = [part for part in re.split(r"(?<=[：，、—])|(?=（)", title) if part]
    return format_html_join("", '<span class="seg">{}</span>', ((clause,) for clause in clauses))


@register.filter
def same(one: Any, other: Any) -> bool:
    """Return whether two values are the same; nothing is like nothing."""
    return bool(other) and one == other


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Return a mapping's value; an empty list where there is no mapping."""
    return mapping.get(key) if isinstance(mapping, dict) else []


@register.filter
def at(values: Any, place: int) -> Any:
    """Return what stands at a place of a list; nothing where the list is shorter."""
    return values[place] if values and place < len(values) else ""


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return the address's query string with some values changed; an empty value is taken out."""
    now = {**dict(context["request"].GET.lists()), "page": [], **{name: [value] for name, value in changes.items()}}
    pairs = [(name, value) for name, values in now.items() for value in values]
    return "?" + urlencode([(name, value) for name, value in pairs if value not in ("", None)])


@register.filter
def cover_of(code: str) -> str:
    """Return the drawing of an occupation family's default cover."""
    return "cv-make" if code.startswith("6-") else "cv-live" if code.startswith("4-03") else "cv-serve"


@register.filter
def cover_icon(code: str) -> str:
    """Return the icon of an occupation's default cover."""
    known: Iterable[tuple[str, str]] = (
        ("6-18-02", "flame"), ("6-31-01", "zap"), ("4-10-01", "heart-handshake"), ("4-03-02", "utensils"),
    )  # fmt: skip
    return next((name for prefix, name in known if code.startswith(prefix)), "wrench")
