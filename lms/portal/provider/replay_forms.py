"""Forms of replays: what is cut off, chapters, what is hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from lms.kernel.errors import InvalidError
from lms.kernel.forms import RefusableForm
from lms.kernel.hours import clock_face
from lms.live.models import Replay
from lms.live.rules.replays import MOST_CHAPTERS, Chapter

TIME = re.compile(r"(?:(\d{1,2})[:：])?(\d{1,3})[:：](\d{1,2})", re.ASCII)
HELP = "填写分:秒或时:分:秒，例如 2:30。"
EMPTY_ROWS = 3


def ms_of_time(text: str) -> int | None:
    """Return the ms of 2:30 or 1:02:30; nothing for what is no time."""
    found = TIME.fullmatch(text.strip())
    if found is None or int(found[3]) > 59:
        return None
    return ((int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])) * 1000


class TimeField(forms.CharField):
    """A position in a film."""

    def clean(self, value: Any) -> Any:
        """Return ms."""
        text = super().clean(value)
        found = ms_of_time(text)
        if found is None:
            raise forms.ValidationError(f"时间看不懂。{HELP}")
        return found


class CutForm(RefusableForm):
    """裁剪头尾."""

    cut_from = TimeField(label="从哪里开始", help_text=HELP, max_length=10)
    cut_to = TimeField(label="到哪里结束", help_text=HELP, max_length=10)

    @staticmethod
    def values_of(replay: Replay) -> dict[str, str]:
        """Return what the form starts from."""
        end = replay.recording_ms if replay.cut_to_ms is None else replay.cut_to_ms
        return {"cut_from": clock_face(replay.cut_from_ms), "cut_to": clock_face(end)}

    def ends(self, replay: Replay) -> tuple[int, int]:
        """Return the cut in ms; the recording's last second, as it is shown, is its end."""
        begin, end = self.cleaned_data["cut_from"], self.cleaned_data["cut_to"]
        return begin, replay.recording_ms if end == replay.recording_ms // 1000 * 1000 else end


@dataclass(slots=True)
class ChapterRow:
    """A row of the chapters' form."""

    number: int
    at: str
    title: str
    at_error: str = ""
    title_error: str = ""


class ChapterRows:
    """章节: rows of time and title; a row that is left empty is no chapter."""

    def __init__(self, rows: list[ChapterRow]) -> None:
        self.rows = rows

    @classmethod
    def of(cls, replay: Replay) -> ChapterRows:
        """Return the rows of a replay's chapters, and some empty ones."""
        rows = [ChapterRow(n, clock_face(one.at_ms), one.title) for n, one in enumerate(replay.film_chapters())]
        return cls([*rows, *(ChapterRow(len(rows) + n, "", "") for n in range(EMPTY_ROWS))])

    @classmethod
    def typed(cls, data: Mapping[str, Any]) -> ChapterRows:
        """Return the rows that were sent."""
        numbers = [n for n in range(MOST_CHAPTERS + EMPTY_ROWS + 1) if f"at_{n}" in data]
        return cls([ChapterRow(n, str(data[f"at_{n}"]), str(data.get(f"title_{n}", ""))) for n in numbers])

    @property
    def filled(self) -> list[ChapterRow]:
        """Return the rows in which something stands."""
        return [row for row in self.rows if row.at.strip() or row.title.strip()]

    def chapters(self) -> list[Chapter]:
        """Return the chapters. Raises InvalidError when a time cannot be read; the row says so."""
        found = []
        for row in self.filled:
            at = ms_of_time(row.at)
            if at is None:
                row.at_error = f"时间看不懂。{HELP}"
            found.append(Chapter(at or 0, row.title))
        if any(row.at_error for row in self.rows):
            raise InvalidError("章节有几处需要改正，请按提示修改。")
        return found

    def take(self, error: InvalidError) -> None:
        """Show a refusal at its rows."""
        for place, row in enumerate(self.filled):
            row.at_error = error.fields.get(f"at_{place}", row.at_error)
            row.title_error = error.fields.get(f"title_{place}", "")
