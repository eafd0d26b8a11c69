"""The rows of the subtitle editor, as they were typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from courses.rules.subtitles import Cue, Fault, cue_fault, in_order, read_time, settings_of, split_cue, stamp, tidy

STEP = re.compile(r"(add|remove|split)-(\d{1,4})")
NEW_MS = 3_000
HOW = "请写成 00:01:02.500 或 1:02.5。"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: times and text as typed (字幕行)."""

    start: str = ""
    end: str = ""
    text: str = ""
    settings: str = ""

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was typed."""
        return not (self.start.strip() or self.end.strip() or self.text.strip())


def rows_of(cues: Sequence[Cue]) -> list[Row]:
    """Return cues as rows."""
    return [Row(stamp(cue.start_ms), stamp(cue.end_ms), cue.text, cue.settings) for cue in cues]


def read_rows(rows: Sequence[Row], *, duration_ms: int) -> tuple[list[Cue], list[Fault]]:
    """Return the cues in the order of time, and every fault by row; blank rows are left out (检查字幕)."""
    cues: list[Cue] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows, 1):
        if not row.is_blank:
            read_row(number, row, duration_ms, cues, faults)
    if not cues and not faults:
        faults.append(Fault(1, "text", "至少要有一条字幕。"))
    return in_order(cues), faults


def read_row(number: int, row: Row, duration_ms: int, cues: list[Cue], faults: list[Fault]) -> None:
    """Read one row into a cue, or note what is wrong with it."""
    start, end, text = read_time(row.start), read_time(row.end), tidy(row.text)
    wrong = [Fault(number, "start", f"开始时间读不懂，{HOW}")] if start is None else []
    wrong += [Fault(number, "end", f"结束时间读不懂，{HOW}")] if end is None else []
    wrong += [] if text else [Fault(number, "text", "请填写字幕文字，或删除这一条。")]
    if start is not None and end is not None:
        cue = Cue(start, end, text, settings_of(row.settings))
        wrong += filter(None, [cue_fault(number, cue, duration_ms=duration_ms)])
        cues += [] if wrong else [cue]
    faults += wrong


def changed_rows(rows: Sequence[Row], step: str) -> list[Row]:
    """Return the rows after a button was pressed: add below, remove, split (增删拆分). Anything else changes nothing."""
    found = STEP.fullmatch(step)
    at = int(found[2]) - 1 if found else -1
    changed = list(rows)
    if found is None or not (0 <= at < len(changed) or (found[1] == "add" and at == -1)):
        return changed
    if found[1] == "add":
        changed.insert(at + 1, row_after(changed[at] if at >= 0 else None))
    elif found[1] == "remove":
        del changed[at]
    else:
        changed[at : at + 1] = halves(changed[at])
    return changed


def row_after(row: Row | None) -> Row:
    """Return an empty row that begins where another ends."""
    start = (read_time(row.end) or 0) if row else 0
    return Row(stamp(start), stamp(start + NEW_MS))


def halves(row: Row) -> list[Row]:
    """Return a row as two; one whose times cannot be read stays as it is."""
    start, end = read_time(row.start), read_time(row.end)
    if start is None or end is None or end - start < 2:
        return [row]
    return rows_of(split_cue(Cue(start, end, tidy(row.text), row.settings)))
