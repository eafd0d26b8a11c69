"""The manifest of a course package: what it must look like before anything of it is used. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

FORMAT, VERSION = "lms-course", 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 20 * 1024**2
IMAGES = frozenset({"jpg", "jpeg", "png", "webp", "gif"})
TABLES = ("videos", "images", "documents")
SAFE_FILE = re.compile(r"(?:videos|images|documents|subtitles)/[A-Za-z0-9._-]{1,80}")
NAMES = {"bank": "题库试题", "popup": "弹题"}


def parsed(text: str) -> dict[str, Any]:
    """Return a manifest. Raises ValueError with a sentence when it is none of ours or is torn."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError("课程包的清单读不懂，文件可能已损坏。请重新导出。") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("这不是本平台导出的课程包。普通文件夹请在课程大纲的“从文件导入”里上传。")
    if found.get("version") != VERSION:
        raise ValueError("课程包的版本比平台新，请升级平台后再导入。")
    if not (is_ordered(found.get("parts")) and all(is_table(found.get(name)) for name in TABLES)):
        raise ValueError("课程包的清单不完整，文件可能被改动过。请重新导出。")
    return found


def is_ordered(parts: Any) -> bool:
    """Return whether parts are a course, then sections, each with its lessons."""
    if not isinstance(parts, list) or not all(is_part(part) for part in parts):
        return False
    kinds = [part["type"] for part in parts]
    return kinds[:1] == ["course"] and "course" not in kinds[1:] and kinds[1:2] in ([], ["section"])


def is_part(part: Any) -> bool:
    """Return whether something is a part with fields."""
    is_known = isinstance(part, dict) and part.get("type") in {"course", "section", "lesson"}
    return is_known and isinstance(part.get("fields"), dict) and isinstance(part["fields"].get("title"), str)


def is_table(table: Any) -> bool:
    """Return whether something maps keys to entries with a safe file."""
    return isinstance(table, dict) and all(
        isinstance(entry, dict) and isinstance(entry.get("file"), str) and bool(SAFE_FILE.fullmatch(entry["file"]))
        for entry in table.values()
    )


def files_of(manifest: dict[str, Any]) -> list[str]:
    """Return all files that a manifest names."""
    files = [entry["file"] for name in TABLES for entry in manifest[name].values()]
    return files + [track["file"] for entry in manifest["videos"].values() for track in entry.get("subtitles", [])]
