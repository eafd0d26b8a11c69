"""When a course may carry the accessible badge (无障碍). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CHECKED_KINDS = {"video", "article", "quiz"}
OUR_LANGUAGE = "zh"


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What is known of a film in a text. `languages`: of its subtitles."""

    title: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """What is known of a lesson. `languages`: of its subtitles; `wordless_pictures`: titles of those without a description."""

    title: str
    kind: str
    languages: tuple[str, ...] = ()
    wordless_pictures: tuple[str, ...] = ()
    films: tuple[FilmFacts, ...] = ()


def accessible_problems(lessons: Iterable[LessonFacts]) -> list[str]:
    """Return what keeps a course from the accessible badge, a sentence each (无障碍检查).

    Every film has Chinese subtitles, every picture says in words what it shows. A kind of lesson that cannot be looked into
    (a package made elsewhere) gets no badge: nobody could vouch for it.
    """
    return [f"课时“{lesson.title}”：{problem}" for lesson in lessons for problem in lesson_gaps(lesson)]


def lesson_gaps(lesson: LessonFacts) -> list[str]:
    """Return what one lesson lacks."""
    if lesson.kind not in CHECKED_KINDS:
        return ["这种课时的内容平台无法检查，含有它的课程不标无障碍。"]
    gaps = []
    if lesson.kind == "video" and not is_understood(lesson.languages):
        gaps.append("视频没有中文字幕，请在视频页面添加。")
    silent = [film.title for film in lesson.films if not is_understood(film.languages)]
    gaps += [f"正文视频“{title}”没有中文字幕，请在视频页面添加。" for title in silent]
    return gaps + [f"图片“{title}”没有文字描述，请在图片库里填写“描述”。" for title in lesson.wordless_pictures]


def is_understood(languages: tuple[str, ...]) -> bool:
    """Return whether Chinese, of any script, is among the languages."""
    return any(language.split("-")[0] == OUR_LANGUAGE for language in languages)
