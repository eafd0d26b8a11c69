"""An outline in a spreadsheet becomes sections and lessons: every bad row is named, and nothing is half added (大纲表)."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from courses.models import CoursePage, LessonKind, SectionPage, Video
from courses.rules.texts import blocks_of_text, reading_minutes
from courses.services.authoring import add_lesson, add_section
from courses.services.outline import lock_outline
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import InvalidError
from lms.kernel.sheets import Column, Row, RowError, read_rows, write_workbook

COLUMNS = {
    "章": ("章标题", "章名称"),
    "课时": ("课时标题", "课时名称", "标题"),
    "类型": ("课时类型",),
    "时长": ("参考时长", "时长（分钟）", "参考时长（分钟）", "时长(分钟)"),
    "视频标题": ("视频",),
    "正文": ("内容",),
    "免费试看": ("试看",),
}
SHEET = [
    Column("章", 24), Column("课时", 32), Column("类型", 10), Column("时长", 10), Column("视频标题", 28),
    Column("正文", 60), Column("免费试看", 10),
]  # fmt: skip
KINDS = {
    "视频": LessonKind.VIDEO,
    "图文": LessonKind.ARTICLE,
    "测验": LessonKind.QUIZ,
    "线下实操": LessonKind.PRACTICE,
    "直播": LessonKind.LIVE,
    "": LessonKind.VIDEO,
}
ANSWERS = {"是": True, "否": False, "": False}
LONGEST_TITLE, MOST_MINUTES = 100, 600
NOTES = [
    "填写说明：每行一个课时，按学习顺序填写。“章”与上一行相同时可以不填。类型填：视频、图文、测验、线下实操、直播；不填按视频处理。",
    "时长是图文、线下实操和直播课时的参考分钟数，图文不填按正文字数估算。视频标题填本机构视频列表里已有的标题，可以不填，以后再选。免费试看填：是、否。",
]


@dataclass(slots=True)
class SheetReport:
    """How the import of an outline went: all rows, or none and every bad one named (大纲导入结果)."""

    sections: int = 0
    lessons: int = 0
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SheetLesson:
    """A row that is fit to be added."""

    section: str
    title: str
    kind: str
    minutes: int | None
    video: Video | None
    text: str
    is_sample: bool


def outline_template() -> bytes:
    """Return an empty outline with its notes (大纲模板)."""
    return write_workbook(SHEET, [], title="课程大纲", notes=NOTES)


def import_outline(*, course: CoursePage, name: str, content: bytes, actor: Actor) -> SheetReport:
    """Add the sections and lessons of a sheet at the end of a course (导入大纲表)."""
    require(actor, "courses.edit", course.institution)
    rows = read_rows(content, name, columns=COLUMNS, required=("章", "课时"))
    if not rows:
        raise InvalidError("表里没有课时，请填写后再上传。", fields={"sheet": "表里没有课时，请填写后再上传。"})
    report = SheetReport()
    lessons = checked_rows(rows, course, report)
    if not report.errors:
        write_lessons(course, lessons, report, actor)
    return report


def checked_rows(rows: list[Row], course: CoursePage, report: SheetReport) -> list[SheetLesson]:
    """Return the good rows; note every cell that is wrong."""
    wanted = {row.get("视频标题") for row in rows} - {""}
    videos: dict[str, list[Video]] = {title: [] for title in wanted}
    for video in Video.objects.filter(institution=course.institution, title__in=wanted).order_by("-pk"):
        videos[video.title].append(video)
    section, found = "", []
    for row in rows:
        section = row.get("章") or section
        wrong = wrong_cells(row, section, videos)
        report.errors.extend(RowError(row.number, column, sentence) for column, sentence in wrong.items())
        if not wrong:
            found.append(sheet_lesson(row, section, videos))
    return found


def wrong_cells(row: Row, section: str, videos: dict[str, list[Video]]) -> dict[str, str]:
    """Return what is wrong with a row, by column."""
    wrong: dict[str, str] = {}
    if not 0 < len(section) <= LONGEST_TITLE:
        wrong["章"] = "请填写章的标题，不超过100个字。"
    if not 0 < len(row.get("课时")) <= LONGEST_TITLE:
        wrong["课时"] = "请填写课时的标题，不超过100个字。"
    if row.get("类型") not in KINDS:
        wrong["类型"] = f"“{row.get('类型')}”不是课时类型，可以填：视频、图文、测验、线下实操、直播。"
    minutes = row.get("时长")
    if minutes and not (minutes.isdecimal() and 1 <= int(minutes) <= MOST_MINUTES):
        wrong["时长"] = f"“{minutes}”不是1到{MOST_MINUTES}之间的整数分钟。"
    title = row.get("视频标题")
    if title and len(videos[title]) != 1:
        many = f"有{len(videos[title])}个视频叫“{title}”，请先改成不同的标题。"
        wrong["视频标题"] = many if videos[title] else f"本机构的视频里没有“{title}”，请先上传，或不填。"
    if row.get("免费试看") not in ANSWERS:
        wrong["免费试看"] = "请填：是、否，或不填。"
    return wrong


def sheet_lesson(row: Row, section: str, videos: dict[str, list[Video]]) -> SheetLesson:
    """Return a row's values."""
    title = row.get("视频标题")
    return SheetLesson(
        section=section,
        title=row.get("课时"),
        kind=KINDS[row.get("类型")],
        minutes=int(row.get("时长")) if row.get("时长") else None,
        video=videos[title][0] if title else None,
        text=row.get("正文"),
        is_sample=ANSWERS[row.get("免费试看")],
    )


@transaction.atomic
def write_lessons(course: CoursePage, lessons: list[SheetLesson], report: SheetReport, actor: Actor) -> None:
    """Add all sections and lessons."""
    lock_outline(course)
    page: SectionPage | None = None
    for one in lessons:
        if page is None or page.title != one.section:
            page = add_section(course=course, title=one.section)
            report.sections += 1
        add_lesson(section=page, title=one.title, kind=one.kind, is_sample=one.is_sample, **content_of(one))
        report.lessons += 1
    record(actor, "courses.outline_imported", course, sections=report.sections, lessons=report.lessons)


def content_of(one: SheetLesson) -> dict[str, object]:
    """Return what a lesson of its kind holds."""
    if one.kind == LessonKind.VIDEO:
        return {"video": one.video}
    if one.kind == LessonKind.QUIZ:
        return {}
    blocks = blocks_of_text(one.text)
    if one.kind in {LessonKind.PRACTICE, LessonKind.LIVE}:
        return {"body": blocks, "nominal_minutes": one.minutes}
    return {"body": blocks, "nominal_minutes": one.minutes or (reading_minutes(blocks) if blocks else None)}
