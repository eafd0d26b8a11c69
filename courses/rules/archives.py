"""What a folder of files becomes as a course: sections are folders, lessons are files in order. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MOST_FILES, LARGEST_UNPACKED, LARGEST_TEXT = 2000, 20 * 1024**3, 2 * 1024**2
LARGEST_FILE = 2 * 1024**3
MOST_RATIO, FREE_BYTES = 200, 10 * 1024**2  # nothing that a school packs shrinks to a two-hundredth
VIDEOS = frozenset({"mp4", "m4v", "mov", "mkv", "webm", "avi"})
TEXTS = frozenset({"md", "markdown", "txt", "html", "htm"})
SUBTITLES = frozenset({"vtt", "srt"})
PACKED = frozenset({"zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz"})
JUNK = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.I)
DIGITS = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
NUMERAL = re.compile(r"第([零〇一二两三四五六七八九十百]+)")
LEADING = re.compile(r"^[\s（(【\[]*\d{1,3}[)）】\]]?[\s.．、_-]+(?=\S)")


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file in an archive as its directory names it (压缩包里的文件). Sizes in bytes."""

    path: str
    size: int
    packed: int = 0
    is_secret: bool = False
    is_link: bool = False
    is_inflatable: bool = True  # stored or deflated: all other methods unpack a piece to whatever it holds


@dataclass(slots=True)
class PlannedLesson:
    """A lesson that a file will become (拟导入课时)."""

    title: str
    kind: str
    path: str
    size: int
    subtitle: str = ""


@dataclass(slots=True)
class PlannedSection:
    """A section that a folder will become (拟导入章)."""

    title: str
    lessons: list[PlannedLesson] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What becomes of one file, or what is wrong with it (导入预览行)."""

    path: str
    becomes: str
    error: str = ""


@dataclass(slots=True)
class Plan:
    """What an archive will become (导入方案)."""

    sections: list[PlannedSection] = field(default_factory=list)
    lines: list[PlanLine] = field(default_factory=list)

    @property
    def errors(self) -> list[PlanLine]:
        """Return what is wrong."""
        return [line for line in self.lines if line.error]


def decoded_name(name: str, *, is_utf8: bool) -> str:
    """Return a name as its writer meant it: without the flag of UTF-8 it is UTF-8 all the same, or GB18030 (编码)."""
    if is_utf8:
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def clean_path(name: str) -> str:
    """Return a path with plain slashes, or nothing when it leads out of the archive (zip slip)."""
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", path) or "\x00" in path:
        return ""
    return "/".join(part for part in parts if part not in {"", "."})


def archive_fault(files: list[PackedFile]) -> str:
    """Return why an archive is not opened at all, a sentence, or nothing (压缩包检查)."""
    if not files:
        return "压缩包里没有文件，请检查后重新选择。"
    if len(files) > MOST_FILES:
        return f"压缩包里的文件超过{MOST_FILES}个，请分几次导入。"
    if sum(one.size for one in files) > LARGEST_UNPACKED:
        return "压缩包解开后超过20GB，请分几次导入。"
    if any(one.is_secret for one in files):
        return "压缩包设有密码，无法读取。请去掉密码，重新压缩后再上传。"
    if not all(one.is_inflatable for one in files):
        return "压缩包用了平台不支持的压缩方式，没有打开。请用系统自带的压缩功能重新打包为 zip（Deflate）。"
    if any(not one.path or one.is_link for one in files):
        return "压缩包里有指向包外的路径或链接，不安全，没有导入。请用系统自带的压缩功能重新打包。"
    if any(one.size > FREE_BYTES and one.size > one.packed * MOST_RATIO for one in files):
        return "压缩包里有压缩比异常的文件，可能是恶意文件，没有导入。"
    return ""


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Return what sorts names as people number them: 2 before 10, 第九章 before 第十章."""
    plain = NUMERAL.sub(lambda m: f"第{number_of(m[1])}", unicodedata.normalize("NFKC", text)).casefold()
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", plain) if part]


def number_of(words: str) -> int:
    """Return a Chinese number below a thousand."""
    total = digit = 0
    for word in words:
        if word in DIGITS:
            digit = DIGITS[word]
        else:
            total += (digit or 1) * (10 if word == "十" else 100)
            digit = 0
    return total + digit


def path_key(path: str) -> list[list[tuple[int, int, str]]]:
    """Return what sorts paths, folder by folder."""
    return [natural_key(part) for part in path.split("/")]


def plain_title(name: str) -> str:
    """Return a name without the number before it; a name that is a number stays (标题)."""
    return (LEADING.sub("", name).strip() or name.strip())[:100]


def ending(path: str) -> str:
    """Return what a name ends in: mp4."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def stem(path: str) -> str:
    """Return a path without its ending."""
    return path.rpartition(".")[0] if ending(path) else path


def shared_top(paths: Iterable[str]) -> str:
    """Return the one folder that holds everything, folders too, or nothing: it is the course and no section."""
    parts = [path.split("/") for path in paths]
    tops = {one[0] for one in parts}
    return f"{tops.pop()}/" if len(tops) == 1 and any(len(one) > 2 for one in parts) else ""


def plan_of(files: list[PackedFile], *, name: str) -> Plan:
    """Return what the files of an archive become; `name` is the section of files in no folder (导入方案)."""
    useful = sorted((one for one in files if not JUNK.search(one.path)), key=lambda one: path_key(one.path))
    lessons = {one.path for one in useful if ending(one.path) in VIDEOS | TEXTS}
    top = shared_top(lessons) if lessons else ""
    films = {stem(one.path): one.path for one in useful if ending(one.path) in VIDEOS}
    plan, sections, made = Plan(), dict[str, PlannedSection](), dict[str, PlannedLesson]()
    for one in useful:
        line = line_of(one, films)
        plan.lines.append(line)
        if line.error or one.path not in lessons:
            continue
        folder = one.path.removeprefix(top).rpartition("/")[0]
        section = sections.setdefault(folder, PlannedSection(section_title(folder, top.rstrip("/") or name)))
        title = plain_title(stem(one.path.rpartition("/")[2]))
        kind = "video" if ending(one.path) in VIDEOS else "article"
        made[one.path] = PlannedLesson(title, kind, one.path, one.size)
        section.lessons.append(made[one.path])
    for one in useful:
        if ending(one.path) in SUBTITLES and (lesson := made.get(films.get(stem(one.path), ""))):
            lesson.subtitle = lesson.subtitle or one.path
    plan.sections = list(sections.values())
    return plan


def section_title(folder: str, name: str) -> str:
    """Return the title of the section that a folder becomes."""
    return " / ".join(plain_title(part) for part in folder.split("/"))[:100] if folder else plain_title(name)


def line_of(one: PackedFile, films: dict[str, str]) -> PlanLine:
    """Return what becomes of a file."""
    kind = ending(one.path)
    title = plain_title(stem(one.path.rpartition("/")[2]))
    if kind in PACKED:
        return PlanLine(one.path, "", "压缩包里还有压缩包，请解开后重新打包。")
    if kind in VIDEOS | TEXTS | SUBTITLES and one.size == 0:
        return PlanLine(one.path, "", "文件是空的，请重新导出，或从压缩包里删除。")
    if kind in VIDEOS:
        over = "" if one.size <= LARGEST_FILE else "视频超过2GB，请压缩或分段。"
        return PlanLine(one.path, f"视频课时“{title}”", over)
    if kind in TEXTS:
        over = "" if one.size <= LARGEST_TEXT else "文字超过2MB，请拆成几篇。"
        return PlanLine(one.path, f"图文课时“{title}”", over)
    if kind in SUBTITLES:
        film = films.get(stem(one.path), "")
        lost = "没有与字幕同名的视频。请把字幕和视频改成同样的文件名。"
        return PlanLine(one.path, f"“{film}”的字幕" if film else "", "" if film else lost)
    return PlanLine(one.path, "不导入（只导入视频、文字和字幕）")


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON keeps it."""
    return {
        "lines": [[line.path, line.becomes, line.error] for line in plan.lines],
        "sections": [
            {
                "title": section.title,
                "lessons": [
                    {"title": one.title, "kind": one.kind, "path": one.path, "size": one.size, "subtitle": one.subtitle}
                    for one in section.lessons
                ],
            }
            for section in plan.sections
        ],
    }
