"""A question in the cells of a sheet, and back without loss. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from courses.rules.questions import CASE, CHOICES, FILL, KIND_NAMES, LETTERS, SHORT, Blank, Content, KeyPoint, Option
from courses.rules.questions import blank_content as empty

KNOWLEDGE = re.compile(r"[、，,；;\n]")
KINDS = {name: kind for kind, name in KIND_NAMES.items()} | {kind: kind for kind in KIND_NAMES}
OPTIONS = [f"选项{letter}" for letter in LETTERS]
ANSWERS = [f"答案{number}" for number in range(1, len(LETTERS) + 1)]
RIGHT = {"对": "A", "正确": "A", "错": "B", "错误": "B", "√": "A", "×": "B"}
COLUMN_OF = {
    "kind": "题型",
    "stem": "题干",
    "options": "正确答案",
    "blanks": "答案1",
    "key_points": "答案1",
    "explanation": "解析",
    "points": "分值",
    "parts": "案例编号",
    "image": "图片编号",
    "image_alt": "图片说明",
    "audio": "录音编号",
    "difficulty": "难度",
    "level": "等级",
    "knowledge": "知识点",
}
MARKS = {"\\": "\\\\", "|": "\\|", "±": "\\±", "=": "\\=", "\n": "\\n"}


def escaped(text: str) -> str:
    """Return a text in which nothing is a separator."""
    return "".join(MARKS.get(letter, letter) for letter in text)


def split(text: str, separator: str) -> list[str]:
    """Return the parts of a text between separators that are not escaped; what is escaped stays so."""
    parts, skips = [""], False
    for letter in text:
        if letter == separator and not skips:
            parts.append("")
        else:
            parts[-1] += letter
        skips = letter == "\\" and not skips
    return parts


def unescaped(text: str) -> str:
    """Return a text as it was before it was escaped."""
    found, skips = [], False
    for letter in text:
        if skips:
            found.append("\n" if letter == "n" else letter)
            skips = False
        elif letter == "\\":
            skips = True
        else:
            found.append(letter)
    return "".join(found)


def words_cell(words: Sequence[str]) -> str:
    """Return alternatives in a cell, parted by |."""
    return "|".join(map(escaped, words))


def words_of_cell(text: str) -> list[str]:
    """Return the alternatives of a cell."""
    return [unescaped(part).strip() for part in split(text, "|")]


def blank_cell(blank: Blank) -> str:
    """Return a blank in a cell: 36|三十六, or 100±5%."""
    within = f"±{blank['tolerance']}" if blank["tolerance"] else ""
    return words_cell(blank["accepts"]) + within


def blank_of_cell(text: str) -> Blank:
    """Return the blank of a cell."""
    head, *rest = split(text, "±")
    return Blank(accepts=words_of_cell(head), tolerance="±".join(rest).strip())


def key_point_cell(point: KeyPoint) -> str:
    """Return a key point in a cell: 断电|切断电源=60."""
    return f"{words_cell(point['words'])}={point['weight']}"


def key_point_of_cell(text: str) -> KeyPoint:
    """Return the key point of a cell; without a weight it weighs 1."""
    head, *rest = split(text, "=")
    return KeyPoint(words=words_of_cell(head), weight=whole("=".join(rest), 1))


def whole(text: str, default: int) -> int:
    """Return a whole number of a cell; the default for an empty cell, nothing that counts for another text."""
    if not text.strip():
        return default
    return int(text) if text.strip().isascii() and text.strip().isdigit() and len(text) < 6 else -1


def cells_of(content: Content) -> dict[str, str]:
    """Return what stands in a row for a content; the parts of a case have rows of their own."""
    cells = {"题型": KIND_NAMES[content["kind"]], "题干": content["stem"], "解析": content["explanation"]}
    cells |= {"图片说明": content["image_alt"]}
    cells |= {} if content["kind"] == CASE else {"分值": str(content["points"])}
    for name, option in zip(OPTIONS, content["options"], strict=False):
        cells[name] = option["text"]
    right = [letter for letter, one in zip(LETTERS, content["options"], strict=False) if one["correct"]]
    answers = [*map(blank_cell, content["blanks"]), *map(key_point_cell, content["key_points"])]
    return cells | {"正确答案": "".join(right)} | dict(zip(ANSWERS, answers, strict=False))


def content_of(cells: Mapping[str, str]) -> Content:
    """Return the content of a row; what makes no sense in it is left for the rules to name."""
    kind = KINDS.get(cells.get("题型", ""), cells.get("题型", ""))
    known: dict[str, Any] = {
        "stem": cells.get("题干", ""),
        "explanation": cells.get("解析", ""),
        "image_alt": cells.get("图片说明", ""),
        "points": whole(cells.get("分值", ""), 1),
    }
    answers = [cells[name] for name in ANSWERS if cells.get(name)]
    if kind in CHOICES:
        known["options"] = options_of(cells, is_judgement=kind == "judgement")
    elif kind == FILL:
        known["blanks"] = [blank_of_cell(text) for text in answers]
    elif kind == SHORT:
        known["key_points"] = [key_point_of_cell(text) for text in answers]
    return empty(kind, **known)


def options_of(cells: Mapping[str, str], *, is_judgement: bool) -> list[Option]:
    """Return the options of a row; a judgement needs none written."""
    texts = [cells.get(name, "") for name in OPTIONS]
    if is_judgement and not any(texts):
        texts = ["对", "错"]
    answer = cells.get("正确答案", "").strip()
    right = RIGHT.get(answer, answer) if is_judgement else answer
    letters = {letter for letter in right.upper() if letter in LETTERS}
    return [Option(text=text, correct=letter in letters) for letter, text in zip(LETTERS, texts, strict=False)]
