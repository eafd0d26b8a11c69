"""What a question of the bank consists of, and when it is fit to be asked. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypedDict

SINGLE, MULTIPLE, JUDGEMENT, FILL, SHORT, CASE = "single", "multiple", "judgement", "fill", "short", "case"
KIND_NAMES = {
    SINGLE: "单选题",
    MULTIPLE: "多选题",
    JUDGEMENT: "判断题",
    FILL: "填空题",
    SHORT: "简答题",
    CASE: "案例题",
}
CHOICES = {SINGLE, MULTIPLE, JUDGEMENT}
LETTERS = "ABCDEFGH"
MOST_ROWS = len(LETTERS)  # of options, blanks, key points, parts
MOST_ALTERNATIVES = 10
LONGEST_STEM, LONGEST_TEXT, LONGEST_ACCEPTED, LONGEST_EXPLANATION = 2000, 200, 100, 1000
MOST_POINTS = 100
DIFFICULTIES = {1: "很容易", 2: "容易", 3: "中等", 4: "较难", 5: "很难"}

PART_KEY = re.compile(r"part([1-9])-(.+)", re.ASCII)
BLANK = re.compile("_{3,}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?")
TOLERANCE = re.compile(r"(\d{1,12}(?:\.\d{1,10})?)(%?)")

MARK = r"^\d{1,3}:[0-5]\d\Z"  # minutes and seconds of a film

CHOICE_RULES = {
    SINGLE: "单选题必须恰好有一个正确选项",
    MULTIPLE: "多选题至少要有两个正确选项",
    JUDGEMENT: "判断题必须是两个选项、一个正确",
}


class Option(TypedDict):
    """An option of a choice (选项)."""

    text: str
    correct: bool


class Blank(TypedDict):
    """A blank (填空): what it accepts. A tolerance ("0.5" or "2%") is for numbers only."""

    accepts: list[str]
    tolerance: str


class KeyPoint(TypedDict):
    """A key point of a short answer (得分点): any of its words earns its weight."""

    words: list[str]
    weight: int


class Content(TypedDict):
    """What a version of a question says. Only what belongs to its kind is filled."""

    kind: str
    stem: str
    options: list[Option]
    blanks: list[Blank]
    key_points: list[KeyPoint]
    parts: list[Content]
    explanation: str
    points: int
    image_alt: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a question (问题): the field, and a sentence. `place`: which part of a case, from 1; else 0."""

    field: str
    sentence: str
    place: int = 0


def key_of(field: str, place: int) -> str:
    """Return the name of a field of a question, or of a part of it, as refusals give it: image, part2-image."""
    return f"part{place}-{field}" if place else field


def place_of(key: str) -> tuple[int, str]:
    """Return the place and the field that a refusal's name stands for."""
    found = PART_KEY.fullmatch(key)
    return (int(found[1]), found[2]) if found else (0, key)


def blank_content(kind: str = SINGLE, **known: Any) -> Content:
    """Return a content with nothing in it but what is known."""
    content = Content(
        kind=kind,
        stem="",
        options=[],
        blanks=[],
        key_points=[],
        parts=[],
        explanation="",
        points=1,
        image_alt="",
    )
    content.update(known)  # type: ignore[typeddict-item]
    return content


def tidied(text: str) -> str:
    """Return a text as it is kept: composed characters, line feeds, nothing invisible, no blanks at the ends."""
    lines = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", lines).strip()


def tidy(content: Content) -> Content:
    """Return a content as it is kept: texts tidied, empty rows and whatever belongs to another kind left out."""
    kind = content["kind"]
    options = [Option(text=tidied(one["text"]), correct=one["correct"]) for one in content["options"]]
    blanks = [Blank(accepts=words_of(one["accepts"]), tolerance=tidied(one["tolerance"])) for one in content["blanks"]]
    points = [KeyPoint(words=words_of(one["words"]), weight=one["weight"]) for one in content["key_points"]]
    parts = [tidy(part) for part in content["parts"]] if kind == CASE else []
    return Content(
        kind=kind,
        stem=tidied(content["stem"]),
        options=[one for one in options if one["text"] or one["correct"]] if kind in CHOICES else [],
        blanks=[one for one in blanks if one["accepts"] or one["tolerance"]] if kind == FILL else [],
        key_points=[one for one in points if one["words"]] if kind == SHORT else [],
        parts=parts,
        explanation=tidied(content["explanation"]),
        points=sum(part["points"] for part in parts) if kind == CASE else content["points"],
        image_alt=tidied(content["image_alt"]),
    )


def words_of(texts: Sequence[str]) -> list[str]:
    """Return texts tidied, without empty and repeated ones."""
    return list(dict.fromkeys(filter(None, map(tidied, texts))))


def choice_problem(kind: str, options: Sequence[Any]) -> str:
    """Return what is wrong with the right options of a choice, or nothing."""
    right = sum(1 for option in options if option["correct"])
    fits = {
        SINGLE: right == 1,
        MULTIPLE: right >= 2,
        JUDGEMENT: right == 1 and len(options) == 2,
    }
    return "" if fits[kind] else CHOICE_RULES[kind]


def content_problems(content: Content) -> list[Problem]:
    """Return what is wrong with a tidied content (试题检查)."""
    if content["kind"] not in KIND_NAMES:
        return [Problem("kind", "请选择题型。")]
    found = [*head_problems(content), *body_problems(content)]
    for place, part in enumerate(content["parts"], 1):
        found += [replace(one, place=place) for one in part_problems(part)]
    return found


def part_problems(part: Content) -> list[Problem]:
    """Return what is wrong with a part of a case (小题检查)."""
    if part["kind"] == CASE:
        return [Problem("kind", "案例题的小题不能又是案例题，请改为其他题型。")]
    return content_problems(part)


def head_problems(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with what every kind has."""
    if not content["stem"]:
        yield Problem("stem", "请填写题干。")
    for name, most, label in (("stem", LONGEST_STEM, "题干"), ("explanation", LONGEST_EXPLANATION, "解析")):
        if len(str(content[name])) > most:  # type: ignore[literal-required]
            yield Problem(name, f"{label}太长，最多{most}个字。")
    if len(content["image_alt"]) > LONGEST_TEXT:
        yield Problem("image_alt", f"图片说明太长，最多{LONGEST_TEXT}个字。")
    if content["kind"] != CASE and not 1 <= content["points"] <= MOST_POINTS:
        yield Problem("points", f"分值应为1至{MOST_POINTS}的整数。")


def body_problems(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with what belongs to the kind."""
    kind = content["kind"]
    if kind in CHOICES:
        yield from option_problems(content)
    elif kind == FILL:
        yield from blank_problems(content)
    elif kind == SHORT:
        yield from key_point_problems(content)
    elif not 1 <= len(content["parts"]) <= MOST_ROWS:
        yield Problem("parts", f"案例题应有1至{MOST_ROWS}道小题。")


def option_problems(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with options."""
    options = content["options"]
    texts = [option["text"] for option in options]
    if not 2 <= len(options) <= MOST_ROWS:
        yield Problem("options", f"请填写2至{MOST_ROWS}个选项。")
        return
    if not all(texts):
        yield Problem("options", "勾选为正确的选项没有内容，请填写或取消勾选。")
    if len(set(texts)) < len(texts):
        yield Problem("options", "有两个选项内容相同，请修改其中一个。")
    if any(len(text) > LONGEST_TEXT for text in texts):
        yield Problem("options", f"选项太长，每个最多{LONGEST_TEXT}个字。")
    if wrong := choice_problem(content["kind"], options):
        yield Problem("options", f"{wrong}。")


def blank_problems(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with blanks: as many as the stem has."""
    marks, blanks = len(BLANK.findall(content["stem"])), content["blanks"]
    if not marks:
        yield Problem("stem", "填空题的题干里要有空，请用三个以上的下划线表示，例如：电流为____安。")
    elif marks != len(blanks):
        yield Problem("blanks", f"题干里有{marks}个空，却填写了{len(blanks)}个空的答案，请补齐或删去多余的。")
    if len(blanks) > MOST_ROWS:
        yield Problem("blanks", f"最多{MOST_ROWS}个空，请拆成几道题。")
    for number, blank in enumerate(blanks, 1):
        if wrong := blank_problem(blank):
            yield Problem("blanks", f"第{number}空：{wrong}")


def blank_problem(blank: Blank) -> str:
    """Return what is wrong with a blank, or nothing."""
    if not blank["accepts"]:
        return "请填写答案。"
    if len(blank["accepts"]) > MOST_ALTERNATIVES:
        return f"最多{MOST_ALTERNATIVES}个可接受的答案。"
    if any(len(text) > LONGEST_ACCEPTED for text in blank["accepts"]):
        return f"答案太长，每个最多{LONGEST_ACCEPTED}个字。"
    if blank["tolerance"]:
        if TOLERANCE.fullmatch(blank["tolerance"]) is None:
            return f"“{blank['tolerance'][:20]}”不是误差，应形如 0.5 或 2%。"
        if any(as_number(text) is None for text in blank["accepts"]):
            return "填写了误差的空，答案必须是数字。"
    return ""


def key_point_problems(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with key points."""
    points = content["key_points"]
    if not 1 <= len(points) <= MOST_ROWS:
        yield Problem("key_points", f"请填写1至{MOST_ROWS}个得分点。")
    for number, point in enumerate(points, 1):
        if len(point["words"]) > MOST_ALTERNATIVES:
            yield Problem("key_points", f"第{number}个得分点：最多{MOST_ALTERNATIVES}种说法。")
        if any(len(text) > LONGEST_ACCEPTED for text in point["words"]):
            yield Problem("key_points", f"第{number}个得分点：关键词太长，每个最多{LONGEST_ACCEPTED}个字。")
        if not 1 <= point["weight"] <= MOST_POINTS:
            yield Problem("key_points", f"第{number}个得分点：权重应为1至{MOST_POINTS}的整数。")


def folded(text: str) -> str:
    """Return a text as answers are compared: width, case and blanks make no difference (规范化)."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def as_number(text: str) -> Decimal | None:
    """Return a text as a number, or nothing: thousands may be parted by commas."""
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", folded(text))
    return Decimal(plain) if NUMBER.fullmatch(plain) and plain.isascii() else None


def tolerance_of(text: str, target: Decimal) -> Decimal:
    """Return how far a number may lie from the target (误差): absolute, or percent of the target."""
    found = TOLERANCE.fullmatch(text)
    if found is None:
        return Decimal(0)
    return abs(target) * Decimal(found[1]) / 100 if found[2] else Decimal(found[1])


def leaves(questions: Sequence[Any]) -> list[Any]:
    """Return what is answered: a case's parts in its place, all else as it is (小题)."""
    return [leaf for one in questions for leaf in (one.get("parts") or [one])]


def frozen(content: Content, question_id: str) -> dict[str, Any]:
    """Return a content as a released lesson holds it: ids for everything that can be answered (定稿)."""
    values: dict[str, Any] = {
        "id": question_id,
        "kind": content["kind"],
        "stem": content["stem"],
        "options": [{"id": LETTERS[place].lower(), **option} for place, option in enumerate(content["options"])],
        "explanation": content["explanation"],
        "points": content["points"],
    }
    if content["kind"] == FILL:
        values["blanks"] = content["blanks"]
    if content["kind"] == SHORT:
        values["key_points"] = content["key_points"]
    if content["kind"] == CASE:
        values["parts"] = [frozen(part, f"{question_id}-{place}") for place, part in enumerate(content["parts"], 1)]
    return values


def without_answers(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question as it is asked: nothing of it tells what is right."""
    options = [{"id": option["id"], "text": option["text"]} for option in question["options"]]
    return {
        "id": question["id"],
        "kind": question["kind"],
        "stem": question["stem"],
        "options": options,
        "points": question.get("points", 1),
        "blanks": list(range(1, len(question.get("blanks", ())) + 1)),
        "image": question.get("image"),
        "audio": question.get("audio"),
        "parts": [without_answers(part) for part in question.get("parts", ())],
    }


def mark_ms(text: str) -> int | None:
    """Return a time of a film, written as 3:05, in ms; nothing when it is none (时间点)."""
    if re.fullmatch(MARK, text.strip(), re.ASCII) is None:
        return None
    minutes, seconds = text.split(":")
    return (int(minutes) * 60 + int(seconds)) * 1000


def popup_problems(popups: Sequence[tuple[str, str]], length_ms: int) -> list[str]:
    """Return what is wrong with the times and kinds of a film's questions, a sentence each (弹题检查)."""
    problems, taken = [], set()
    for at, kind in popups:
        moment = mark_ms(at)
        if moment is None:
            problems.append(f"弹题的时间点“{at}”应写成分:秒，例如 3:05。")
        elif not 0 < moment < length_ms:
            problems.append(f"弹题的时间点 {at} 不在视频之内，请改为视频结束之前的时间。")
        elif moment in taken:
            problems.append(f"时间点 {at} 有两道弹题，请错开。")
        if kind == CASE:
            problems.append(f"时间点 {at} 的弹题是案例题，视频里请改用其他题型。")
        taken.add(moment)
    return problems


def check_problems(checks: Sequence[tuple[str, str, str]], length_ms: int | None) -> list[str]:
    """Return what is wrong with a lesson's questions for checks, a sentence each (抽查题检查).

    `checks`: the time, the kind and the words of each; `length_ms`: of the film, nothing where the lesson is none.
    """
    problems, taken = [], set()
    for at, kind, words in checks:
        moment = mark_ms(at) if at else None
        if kind not in CHOICES:
            problems.append(f"抽查题“{words}”不能只靠选择作答，请换成单选题、多选题或判断题。")
        if words in taken:
            problems.append(f"抽查题“{words}”选了两次，请删去一道。")
        if at and length_ms is None:
            problems.append(f"抽查题“{words}”写了时间点 {at}，这一课不是视频，请删去时间点。")
        elif at and not 0 < (moment or 0) < (length_ms or 0):
            problems.append(f"抽查题“{words}”的时间点 {at} 不在视频之内，请改为视频结束之前的时间，或不填。")
        taken.add(words)
    return problems


def content_lines(content: Content) -> list[str]:
    """Return a content in lines that people can compare (试题文本)."""
    lines = [f"题型：{KIND_NAMES.get(content['kind'], '')}", *labelled("题干", content["stem"])]
    for letter, option in zip(LETTERS, content["options"], strict=False):
        lines.append(f"选项{letter}：{option['text']}{'（正确）' if option['correct'] else ''}")
    lines += answer_lines(content)
    for number, part in enumerate(content["parts"], 1):
        lines += [f"小题{number} {line}" for line in content_lines(part)]
    lines.append(f"分值：{content['points']}")
    return [*lines, *labelled("解析", content["explanation"]), *labelled("图片说明", content["image_alt"])]


def answer_lines(question: Mapping[str, Any]) -> list[str]:
    """Return what blanks and key points ask for, in lines (参考答案)."""
    lines = []
    for number, blank in enumerate(question.get("blanks", ()), 1):
        within = f"（误差 {blank['tolerance']}）" if blank["tolerance"] else ""
        lines.append(f"第{number}空：{' 或 '.join(blank['accepts'])}{within}")
    for number, point in enumerate(question.get("key_points", ()), 1):
        lines.append(f"得分点{number}：{' 或 '.join(point['words'])}（权重 {point['weight']}）")
    return lines


def labelled(label: str, text: str) -> list[str]:
    """Return a text's lines under a label; nothing for an empty text."""
    return [f"{label}：{line}" for line in text.split("\n")] if text else []


def differences(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]]:
    """Return the lines of two versions: ("same" | "gone" | "new", line) (版本差异)."""
    names = {"  ": "same", "- ": "gone", "+ ": "new"}
    found = difflib.ndiff(list(before), list(after))
    return [(names[line[:2]], line[2:]) for line in found if line[:2] in names]


def words_in(content: Content) -> str:
    """Return all that a question is found by (检索文本)."""
    own = [content["stem"], content["explanation"], *(option["text"] for option in content["options"])]
    return " ".join([*own, *map(words_in, content["parts"])])
