"""Subtitles as cues: read from WebVTT and SubRip, checked, written as WebVTT. Pure. Times in whole milliseconds.

A cue holds plain text: styles are dropped, a speaker's tag becomes `名：`. Source: W3C WebVTT; SubRip as players read it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

LANGUAGES = {
    "zh-Hans": "中文（简体）",
    "zh-Hant": "中文（繁体）",
    "en": "English",
    "ug": "维吾尔语",
    "bo": "藏语",
    "mn": "蒙古语",
    "za": "壮语",
    "ko": "朝鲜语",
}
MOST_CUES, LONGEST_TEXT, MOST_BYTES = 2_500, 500, 1_000_000
MOST_PROBLEMS = 10
LATE_MS = 2_000  # a last cue may hang over the end of the film
TIME = r"(?:(\d{1,3})[:：])?([0-5]?\d)[:：]([0-5]?\d)(?:[.,，。](\d{1,3}))?"
TIMING = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:[ \t]+(.*))?\s*")
CLOCK = re.compile(rf"\s*{TIME}\s*")
SECONDS = re.compile(r"\s*(\d{1,6})(?:[.,](\d{1,3}))?\s*")
SETTING = re.compile(r"(?:vertical|line|position|size|align):[\w%,.-]{1,20}", re.ASCII)
VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]*)>")
MARKUP = re.compile(r"</?(?:[a-zA-Z][^<>]*|\d[\d:.]*)?>|\{\\[^}]*\}")
SKIPPED = ("NOTE", "STYLE", "REGION")
NO_TIMES = "这一行应是时间，写法如 00:01:02.500 --> 00:01:05.000。"


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption (字幕条). `settings`: where WebVTT places it."""

    start_ms: int
    end_ms: int
    text: str
    settings: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a line of a file, or a row of the editor, counted from 1."""

    number: int
    field: str  # start | end | text, or empty for the whole
    sentence: str


def decoded(raw: bytes) -> str | None:
    """Return a file's text: UTF-8 or UTF-16 with their marks, else UTF-8, else GB18030; None for what is no text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return as_text(raw, encoding)
    return as_text(raw, "utf-8") or as_text(raw, "gb18030")


def as_text(raw: bytes, encoding: str) -> str | None:
    """Return text of an encoding, or None. Text holds no NUL."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def read_cues(text: str) -> tuple[list[Cue], list[Fault]]:
    """Return the cues of a WebVTT or SubRip file in the order of time, and its faults by line (解析字幕)."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_webvtt = re.match(r"WEBVTT(?:[ \t]|$)", lines[0]) is not None
    cues: list[Cue] = []
    faults: list[Fault] = []
    for first, block in blocks_of(lines, skip_head=is_webvtt):
        if not (is_webvtt and block[0].split(" ")[0].split("\t")[0] in SKIPPED):
            read_block(first, block, cues, faults)
    if not cues and not faults:
        faults.append(Fault(1, "", "文件里没有字幕。请选择 WebVTT（.vtt）或 SRT（.srt）字幕文件。"))
    if len(cues) > MOST_CUES:
        faults.append(Fault(1, "", f"字幕超过{MOST_CUES}条，请把视频分成几段。"))
    return in_order(cues), faults


def blocks_of(lines: list[str], *, skip_head: bool) -> Iterable[tuple[int, list[str]]]:
    """Yield the blocks between blank lines with the number of their first line."""
    block: list[str] = []
    in_head = skip_head
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append(line)
            continue
        if block and not in_head:
            yield number - len(block), block
        in_head = in_head and not block
        block = []


def read_block(first: int, block: list[str], cues: list[Cue], faults: list[Fault]) -> None:
    """Read one cue: an optional name or number, the times, the text."""
    place = next((n for n, line in enumerate(block[:2]) if "-->" in line), None)
    if place is None:
        faults.append(Fault(first + min(1, len(block) - 1), "", NO_TIMES))
        return
    found = TIMING.fullmatch(block[place])
    if found is None:
        faults.append(Fault(first + place, "", NO_TIMES))
        return
    text = plain_text("\n".join(block[place + 1 :]))
    cue = Cue(ms_of(*found.group(1, 2, 3, 4)), ms_of(*found.group(5, 6, 7, 8)), text, settings_of(found[9] or ""))
    if wrong := cue_fault(first + place, cue):
        faults.append(wrong)
    elif text:
        cues.append(cue)


def ms_of(hours: str | None, minutes: str, seconds: str, rest: str | None) -> int:
    """Return a time in ms; a fraction is one of a second."""
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int((rest or "0").ljust(3, "0"))


def read_time(text: str) -> int | None:
    """Return what an editor typed as ms: 1:02.5, 00:01:02.500 or 62.5; None for anything else (时间)."""
    if found := CLOCK.fullmatch(text):
        return ms_of(*found.group(1, 2, 3, 4))
    found = SECONDS.fullmatch(text)
    return int(found[1]) * 1000 + int((found[2] or "0").ljust(3, "0")) if found else None


def stamp(ms: int) -> str:
    """Return a time as WebVTT writes it: 00:01:02.500."""
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def settings_of(text: str) -> str:
    """Return the placement that WebVTT knows; coordinates of SubRip are dropped."""
    return " ".join(word for word in text.split() if SETTING.fullmatch(word))


def plain_text(payload: str) -> str:
    """Return the text of a cue without styles: a speaker becomes 名：, entities become signs."""
    spoken = VOICE.sub(lambda found: f"{found[1].strip()}：", payload)
    return tidy(html.unescape(MARKUP.sub("", spoken)).replace("\u200e", "").replace("\u200f", ""))


def tidy(text: str) -> str:
    """Return text without blank lines and spaces at the ends: a blank line would end the cue."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def cue_fault(number: int, cue: Cue, *, duration_ms: int = 0) -> Fault | None:
    """Return what is wrong with a cue, or nothing. Without a duration the end is not checked."""
    if cue.end_ms <= cue.start_ms:
        return Fault(number, "end", "结束时间应晚于开始时间。")
    if duration_ms and cue.start_ms >= duration_ms:
        return Fault(number, "start", f"开始时间超出视频时长（{stamp(duration_ms)}）。")
    if duration_ms and cue.end_ms > duration_ms + LATE_MS:
        return Fault(number, "end", f"结束时间超出视频时长（{stamp(duration_ms)}）。")
    if len(cue.text) > LONGEST_TEXT:
        return Fault(number, "text", f"这一条超过{LONGEST_TEXT}字，请拆成几条。")
    return None


def in_order(cues: Iterable[Cue]) -> list[Cue]:
    """Return cues in the order of time, as WebVTT wants them."""
    return sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))


def write_webvtt(cues: Iterable[Cue]) -> str:
    """Return WebVTT of cues (写出字幕)."""
    return "\n".join(["WEBVTT", "", *(block_of(cue) for cue in cues)])


def block_of(cue: Cue) -> str:
    """Return one cue as WebVTT writes it."""
    times = f"{stamp(cue.start_ms)} --> {stamp(cue.end_ms)} {cue.settings}".rstrip()
    return f"{times}\n{html.escape(cue.text, quote=False)}\n"


def split_cue(cue: Cue) -> tuple[Cue, Cue]:
    """Return a cue in two halves of time, its text cut at the mark nearest to the middle (拆分)."""
    middle = (cue.start_ms + cue.end_ms) // 2
    marks = [found.end() for found in re.finditer(r"[，。；！？,;.!?\n]", cue.text[:-1])]
    cut = min(marks or [len(cue.text) // 2], key=lambda at: abs(at - len(cue.text) / 2))
    first, second = cue.text[:cut].strip(), cue.text[cut:].strip()
    return replace(cue, end_ms=middle, text=first), replace(cue, start_ms=middle, text=second)


def words_of_faults(faults: list[Fault]) -> str:
    """Return the first faults of a file as one text that names their lines."""
    shown = [f"第{fault.number}行：{fault.sentence}" for fault in faults[:MOST_PROBLEMS]]
    more = f"还有{len(faults) - MOST_PROBLEMS}处。" if len(faults) > MOST_PROBLEMS else ""
    return "字幕文件有错，没有保存。" + "".join(shown) + more
