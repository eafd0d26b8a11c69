"""What changed from one state of a course to another, so that people can read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import unescape
from typing import Any, Literal

TOKEN = re.compile(r"[A-Za-z0-9]+|\s+|.", re.S)
LONGEST_COMPARED = 20_000  # characters of a text; beyond, only whole lines are compared
SHOWN_AROUND = 30  # characters beside a change
BREAK = re.compile(r"</(?:p|li|h\d)>|<br\s*/?>", re.I)
TAG = re.compile(r"<[^>]+>")

Kind = Literal["added", "removed", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class Face:
    """What people know a lesson by (课时的可比内容). `films`: any names of its videos, in order."""

    uid: str
    section: str
    title: str
    kind: str
    length_ms: int
    films: tuple[str, ...]
    lines: tuple[str, ...]
    questions: Mapping[str, Any]
    popups: Mapping[str, Any] = field(default_factory=dict)
    check_questions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: as it was, added or removed (文字片段)."""

    kind: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True)
class LessonChange:
    """What became of a lesson (课时变化)."""

    kind: Kind
    uid: str
    title: str
    section: str
    sentences: tuple[str, ...] = ()
    text: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in a course (课程变化)."""

    head: tuple[str, ...] = ()
    lessons: tuple[LessonChange, ...] = ()

    @property
    def summary(self) -> str:
        """Return it in one sentence."""
        words = {"added": "新增", "removed": "移除", "moved": "移动", "changed": "修改"}
        counts = [(word, sum(one.kind == kind for one in self.lessons)) for kind, word in words.items()]
        said = [f"{word}{count}个课时" for word, count in counts if count]
        said += ["课程信息有修改"] if self.head else []
        return "，".join(said) + "。" if said else "内容没有变化。"


@dataclass(frozen=True, slots=True)
class Edition:
    """A course at one moment: what it says of itself, and its lessons in order (课程状态)."""

    head: Mapping[str, str]
    lessons: Sequence[Face] = field(default_factory=list)


def difference_of(old: Edition, new: Edition, *, with_text: bool = True) -> Difference:
    """Return what changed; `with_text` also word by word (课程差异)."""
    before = {face.uid: face for face in old.lessons}
    after = {face.uid: face for face in new.lessons}
    moved = moved_uids([u for u in before if u in after], [u for u in after if u in before])
    changes = [
        change_of(before.get(uid), face, is_moved=uid in moved, with_text=with_text) for uid, face in after.items()
    ]
    gone = [LessonChange("removed", uid, face.title, face.section) for uid, face in before.items() if uid not in after]
    return Difference(tuple(head_changes(old.head, new.head)), (*(one for one in changes if one), *gone))


def head_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[str]:
    """Yield a sentence for each field that changed."""
    for name, value in new.items():
        if old.get(name, "") != value:
            yield f"{name}由“{old.get(name, '')}”改为“{value}”。"


def moved_uids(old: list[str], new: list[str]) -> set[str]:
    """Return which of the same lessons stand in another order: the fewest that explain it."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    stayed = {uid for block in matcher.get_matching_blocks() for uid in old[block.a : block.a + block.size]}
    return set(old) - stayed


def change_of(old: Face | None, new: Face, *, is_moved: bool, with_text: bool) -> LessonChange | None:
    """Return what became of a lesson that is still there, or nothing."""
    if old is None:
        return LessonChange("added", new.uid, new.title, new.section)
    sentences = tuple(content_changes(old, new))
    places = tuple(place_changes(old, new, is_moved=is_moved))
    if not sentences and not places:
        return None
    text = text_pieces(old.lines, new.lines) if with_text and old.lines != new.lines else ()
    kind: Kind = "changed" if sentences else "moved"
    return LessonChange(kind, new.uid, new.title, new.section, (*sentences, *places), text)


def place_changes(old: Face, new: Face, *, is_moved: bool) -> Iterable[str]:
    """Yield where a lesson went."""
    if old.section != new.section:
        yield f"从“{old.section}”到“{new.section}”。"
    elif is_moved:
        yield "顺序有调整。"


def content_changes(old: Face, new: Face) -> Iterable[str]:
    """Yield a sentence for each thing that changed in a lesson."""
    if old.title != new.title:
        yield f"标题由“{old.title}”改为“{new.title}”。"
    if old.kind != new.kind:
        yield f"类型由“{old.kind}”改为“{new.kind}”。"
    yield from film_changes(old.films, new.films)
    if old.length_ms != new.length_ms:
        yield f"时长由{clock_words(old.length_ms)}改为{clock_words(new.length_ms)}。"
    if old.lines != new.lines:
        yield "正文有修改。"
    yield from question_changes("测验", old.questions, new.questions)
    yield from question_changes("弹题", old.popups, new.popups)
    yield from question_changes("抽查题", old.check_questions, new.check_questions)


def film_changes(old: Sequence[str], new: Sequence[str]) -> Iterable[str]:
    """Yield a sentence when videos came, went, were exchanged or stand in another order."""
    came, went = len(set(new) - set(old)), len(set(old) - set(new))
    counts = [f"{word}{count}个" for word, count in (("新增", came), ("移除", went)) if count]
    if came == went == 1:
        yield "视频已更换。"
    elif counts:
        yield f"视频：{'，'.join(counts)}。"
    elif tuple(old) != tuple(new):
        yield "视频的顺序有调整。"


def question_changes(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    """Yield a sentence when questions came, went or changed."""
    counts = {
        "新增": len(new.keys() - old.keys()),
        "移除": len(old.keys() - new.keys()),
        "修改": sum(old[key] != new[key] for key in old.keys() & new.keys()),
    }
    if any(counts.values()):
        yield f"{place}：" + "，".join(f"{word}{count}题" for word, count in counts.items() if count) + "。"


def clock_words(milliseconds: int) -> str:
    """Return 3分05秒."""
    seconds = round(milliseconds / 1000)
    return f"{seconds // 60}分{seconds % 60:02}秒"


def plain_lines(value: Any) -> list[str]:
    """Return the words of a stored text, line by line, without marks (正文文字)."""
    if isinstance(value, str):
        lines = unescape(TAG.sub("", BREAK.sub("\n", value))).split("\n")
        return [" ".join(line.split()) for line in lines if line.strip()]
    if isinstance(value, Mapping):
        kept = [item for name, item in value.items() if name not in {"id", "type"}]
        return [f"[{value['type']} {value['value']}]"] if is_reference(value) else plain_lines(kept)
    if isinstance(value, Sequence):
        return [line for item in value for line in plain_lines(item)]
    return []


def is_reference(block: Mapping[str, Any]) -> bool:
    """Return whether a block only names something else: a picture, a file."""
    return isinstance(block.get("type"), str) and isinstance(block.get("value"), int)


def text_pieces(old: Sequence[str], new: Sequence[str]) -> tuple[Piece, ...]:
    """Return a text's change by words, with a little around it (文字差异)."""
    before, after = "\n".join(old), "\n".join(new)
    is_long = max(len(before), len(after)) > LONGEST_COMPARED
    left, right = (
        (split_lines(before), split_lines(after)) if is_long else (TOKEN.findall(before), TOKEN.findall(after))
    )
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", shortened("".join(left[a:b]), is_first=a == 0, is_last=b == len(left))))
            continue
        pieces += [Piece("removed", "".join(left[a:b]))] if a < b else []
        pieces += [Piece("added", "".join(right[c:d]))] if c < d else []
    return tuple(pieces)


def split_lines(text: str) -> list[str]:
    """Return a long text in lines with their ends."""
    return text.splitlines(keepends=True)


def shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    """Return what stayed the same, only near its changes."""
    if len(text) <= 2 * SHOWN_AROUND + 10:
        return text
    head = "" if is_first else text[:SHOWN_AROUND]
    tail = "" if is_last else text[-SHOWN_AROUND:]
    return f"{head}……{tail}"
