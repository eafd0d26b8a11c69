"""The manifest of a course package: what it must look like before anything of it is used. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from courses.rules.questions import CASE, KIND_NAMES, MARK
from courses.rules.subtitles import LANGUAGES

FORMAT, VERSION = "lms-course", 2
FIRST = 1  # without the tables of ADDED
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 20 * 1024**2
IMAGES = frozenset({"jpg", "jpeg", "png", "webp", "gif"})
FILES = ("videos", "images", "documents", "sounds", "packages")
TABLES = (*FILES, "questions")
ADDED = ("sounds", "packages", "questions")
SAFE_FILE = re.compile(r"(?:videos|images|documents|subtitles|sounds|packages)/[A-Za-z0-9._-]{1,80}")
KEYS = {"image": "images", "bank": "questions"}  # block that is a key: its table
REFERENCES = {  # block that holds a key: where, its table
    "document": ("file", "documents"),
    "video": ("film", "videos"),
    "popup": ("question", "questions"),
    "check": ("question", "questions"),
}
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

# A shape is a type, a pattern, a set of texts, [what each entry is], {name: shape}, or a tuple of shapes that all will do.
# What is missing counts as None.


class Items(list[Any]):
    """[what each entry is], where an entry may also stand in the form in which a ListBlock keeps it."""


TEXT, TEXTS = (str, None), (Items([str]), None)
TRACK = {"language": frozenset(LANGUAGES), "label": TEXT, "file": SAFE_FILE}
ENTRY = {"file": SAFE_FILE, "title": TEXT, "description": TEXT, "source_name": TEXT, "subtitles": ([TRACK], None)}
SOUND = {"file": SAFE_FILE, "name": TEXT, "converted": (bool, None)}
MEDIA = {"image": TEXT, "audio": TEXT}
LEAF: dict[str, Any] = {
    "kind": frozenset(KIND_NAMES) - {CASE},
    "stem": str,
    "options": [{"text": str, "correct": bool}],
    "blanks": [{"accepts": [str], "tolerance": str}],
    "key_points": [{"words": [str], "weight": int}],
    "explanation": str,
    "points": int,
    "image_alt": str,
}
QUESTION = {
    "content": LEAF | {"kind": frozenset(KIND_NAMES), "parts": [LEAF]},
    "media": MEDIA,
    "parts": [MEDIA],
    "difficulty": int,
    "level": (int, None),
    "occupation": ({"code": str, "edition": str}, None),
    "knowledge": [str],
    "retired": (bool, None),
}
ENTRIES: dict[str, Any] = dict.fromkeys(FILES, ENTRY) | {"sounds": SOUND, "questions": QUESTION}
PART = {"type": frozenset({"course", "section", "lesson"}), "fields": {"title": str}}
BLOCK = {"type": str, "id": TEXT}
PLACED = {"at": (re.compile(MARK), frozenset({""}), None), "question": str}
VALUES: dict[str, Any] = {
    "heading": str,
    "paragraph": str,
    "warning": str,
    "image": str,
    "document": {"file": str, "title": TEXT},
    "video": {"film": str, "title": TEXT},
    "bank": str,
    "popup": PLACED,
    "check": PLACED,
    "question": {
        "kind": frozenset({"single", "multiple", "judgement"}),
        "stem": TEXT,
        "options": (Items([{"text": TEXT, "correct": (bool, None)}]), None),
        "explanation": TEXT,
    },
    "practice_task": {"title": TEXT, "materials": TEXTS, "safety": TEXT, "steps": TEXTS, "hand_in": TEXT},
}


def parsed(text: str) -> dict[str, Any]:
    """Return a manifest. Raises ValueError with a sentence when it is none of ours or is torn."""
    try:
        found = json.loads(text)
        plain = json.dumps(found, ensure_ascii=False)
        plain.encode()  # half a surrogate is no text
    except (ValueError, RecursionError) as error:
        raise ValueError("课程包的清单读不懂，文件可能已损坏。请重新导出。") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("这不是本平台导出的课程包。普通文件夹请在课程大纲的“从文件导入”里上传。")
    if found.get("version") == FIRST:
        found |= {name: {} for name in ADDED}
    elif found.get("version") != VERSION:
        raise ValueError("课程包的版本比平台新，请升级平台后再导入。")
    if place := "文字" if NUL.search(plain) else misfit_of(found):
        raise ValueError(f"课程包的清单不完整，或被改动过（{place}）。请重新导出。")
    return found


def misfit_of(found: dict[str, Any]) -> str:
    """Return where a manifest departs from its shape, or nothing."""
    if place := misfit(found.get("parts"), [PART], "parts"):
        return place
    if not is_ordered(found["parts"]):
        return "parts"
    for name in TABLES:
        table = found.get(name)
        if not isinstance(table, dict):
            return name
        if place := first(misfit(entry, ENTRIES[name], f"{name}.{key}") for key, entry in table.items()):
            return place
    return first(file for file, count in Counter(files_of(found)).items() if count > 1)


def misfit(value: Any, shape: Any, place: str) -> str:
    """Return where a value departs from its shape, or nothing (形状检查)."""
    if isinstance(shape, tuple):
        places = [misfit(value, one, place) for one in shape]
        return "" if "" in places else max(places, key=len)
    if isinstance(shape, dict | list):
        return misfit_inside(value, shape, place)
    if isinstance(shape, re.Pattern | frozenset):
        fits = isinstance(value, str) and bool(
            value in shape if isinstance(shape, frozenset) else shape.fullmatch(value)
        )
    else:
        fits = value is None if shape is None else type(value) is shape
    return "" if fits else place


def misfit_inside(value: Any, shape: dict[str, Any] | list[Any], place: str) -> str:
    """Return where a table or a list departs from its shape."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return place
        return first(misfit(value.get(name), one, f"{place}.{name}") for name, one in shape.items())
    if not isinstance(value, list):
        return place
    entries = [one["value"] if isinstance(shape, Items) and is_list_item(one) else one for one in value]
    return first(misfit(one, shape[0], f"{place}[{number}]") for number, one in enumerate(entries, 1))


def is_list_item(value: Any) -> bool:
    """Return whether an entry stands in the form in which a ListBlock keeps it."""
    return isinstance(value, dict) and value.get("type") == "item" and {"id", "value"} <= set(value)


def first(places: Iterable[str]) -> str:
    """Return the first that is not empty, or nothing."""
    return next(filter(None, places), "")


def is_ordered(parts: list[dict[str, Any]]) -> bool:
    """Return whether parts are a course, then sections, each with its lessons."""
    kinds = [part["type"] for part in parts]
    return kinds[:1] == ["course"] and "course" not in kinds[1:] and kinds[1:2] in ([], ["section"])


def files_of(manifest: dict[str, Any]) -> list[str]:
    """Return all files that a manifest names."""
    files = [entry["file"] for name in FILES for entry in manifest[name].values()]
    return files + [track["file"] for entry in manifest["videos"].values() for track in entry.get("subtitles") or []]
