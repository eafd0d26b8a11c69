"""What a replay is made of: which pieces, where each moment of the lesson lies in the film, and its chapters. Pure.

Three clocks: the film's own position, the lesson's (time on the air before that moment, as hours are counted), and the wall's.
All in ms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from lms.live.rules.air import Air
from lms.live.rules.playlists import Segment
from lms.people.rules import ERASED_NAME

JOINING, MADE, EMPTY, FAILED = "joining", "made", "empty", "failed"
STATE_NAMES = {JOINING: "正在合成录像", MADE: "录像已入库", EMPTY: "没有录到画面", FAILED: "制作失败"}
MOST_CHAPTERS, LONGEST_CHAPTER = 60, 40
ANSWERED = "答疑"
TELLING = 6  # so many characters of a question are no chance match in a title
MOST_PAGES = 40  # chapters that are pages: polls and announcements keep their places
LEAST_FILM_MS = 1_000
DAY, EAST8 = 86_400_000, 28_800_000  # Asia/Shanghai: no summer time since 1991
NEAR_MS = 20_000  # marks that come closer together are one place to jump to


class Kept(NamedTuple):
    """A piece of the recording that the film has: its run, where it begins in the recording, how long it is."""

    segment: Segment
    at_ms: int
    length_ms: int


class Part(NamedTuple):
    """A stretch of the film that was recorded in one go (录像片段)."""

    film_ms: int
    length_ms: int
    lesson_ms: int
    wall_ms: int


class Mark(NamedTuple):
    """A place to jump to, before it is known where that is in the film."""

    wall_ms: int
    title: str


class Turn(NamedTuple):
    """A page of slides that was shown from a moment on, or none any more (`page` 0) (翻页)."""

    wall_ms: int
    deck: str = ""
    name: str = ""
    page: int = 0
    page_count: int = 0
    title: str = ""


class Chapter(NamedTuple):
    """A place to jump to (章节)."""

    at_ms: int
    title: str


def laid_out(segments: Iterable[Segment]) -> list[Kept]:
    """Return all pieces of a recording one after another (录像时间轴)."""
    found: list[Kept] = []
    at = 0
    for one in segments:
        length = round(one.seconds * 1000)
        found.append(Kept(one, at, length))
        at += length
    return found


def length_of(pieces: Sequence[Kept]) -> int:
    """Return how long pieces play."""
    return sum(one.length_ms for one in pieces)


def within(pieces: Iterable[Kept], cut_from_ms: int, cut_to_ms: int | None) -> list[Kept]:
    """Return the pieces whose middle lies in what is kept: nothing of what was cut off goes into the film (裁剪)."""
    return [
        one
        for one in pieces
        if one.at_ms + one.length_ms // 2 >= cut_from_ms
        and (cut_to_ms is None or one.at_ms + one.length_ms // 2 < cut_to_ms)
    ]


def parts_of(pieces: Sequence[Kept], whole: Sequence[Kept], begins: Mapping[int, int], air: Air) -> list[Part]:
    """Return what the film is made of, run by run. `whole`: the recording uncut; `begins`: when each run began, wall clock."""
    run_at = {one.segment.run: one.at_ms for one in reversed(whole)}
    parts: list[Part] = []
    film = 0
    for run, own in groupby(pieces, lambda one: one.segment.run):
        taken = list(own)
        begun, skipped, length = begins.get(run, 0), taken[0].at_ms - run_at[run], length_of(taken)
        parts.append(Part(film, length, air.at(begun).position_ms + skipped, begun + skipped))
        film += length
    return parts


def film_moment(parts: Sequence[Part], wall_ms: int) -> int | None:
    """Return where in the film a moment is; of a break of the picture its end, of what was cut off nothing."""
    for part in parts:
        if wall_ms < part.wall_ms:
            return part.film_ms if part.film_ms else None
        if wall_ms <= part.wall_ms + part.length_ms:
            return part.film_ms + wall_ms - part.wall_ms
    return None


def chapters_of(marks: Iterable[Mark], parts: Sequence[Part]) -> list[Chapter]:
    """Return the chapters that a lesson's events make, in order, the film's beginning first (章节)."""
    found = [Chapter(0, "开始")]
    for mark in sorted(marks):
        at, title = film_moment(parts, mark.wall_ms), mark.title.strip()[:LONGEST_CHAPTER]
        if at is not None and title and at - found[-1].at_ms >= NEAR_MS and len(found) < MOST_CHAPTERS:
            found.append(Chapter(at, title))
    return found


def question_title(text: str) -> str:
    """Return how a chapter is titled that begins with the answer to a question."""
    return f"{ANSWERED}：{text}"


def without_questions(chapters: Sequence[Chapter], texts: Collection[str]) -> list[Chapter]:
    """Return chapters whose titles repeat no question of these any more, also where a teacher wrote around it (清除提问)."""
    titles = {question_title(text).strip()[:LONGEST_CHAPTER] for text in texts}
    room = LONGEST_CHAPTER - len(question_title(""))
    telling = [text.strip()[:room] for text in texts if len(text.strip()) >= TELLING]
    return [
        Chapter(one.at_ms, ANSWERED)
        if one.title in titles or any(text in one.title for text in telling)
        else Chapter(*one)
        for one in chapters
    ]


def page_marks(turns: Sequence[Turn], until_ms: int) -> list[Mark]:
    """Return the pages that are worth jumping to: who stood long enough to be talked about, of many the longest.

    `until_ms`: when the last page was gone. Pages that were only leafed through are none.
    """
    ends = [*(one.wall_ms for one in turns[1:]), until_ms]
    stood = [(end - one.wall_ms, one) for one, end in zip(turns, ends, strict=False) if one.page]
    longest = sorted((pair for pair in stood if pair[0] >= NEAR_MS), key=lambda pair: (-pair[0], pair[1].wall_ms))
    return sorted(Mark(one.wall_ms, one.title) for _, one in longest[:MOST_PAGES])


def pages_in(turns: Sequence[Turn], parts: Sequence[Part]) -> list[tuple[int, Turn]]:
    """Return from which position of the film on which page was shown; each stretch begins with the page that stood then."""
    found: list[tuple[int, Turn]] = []
    for part in parts:
        before = [one for one in turns if one.wall_ms <= part.wall_ms][-1:]
        within_it = [one for one in turns if part.wall_ms < one.wall_ms < part.wall_ms + part.length_ms]
        for one in (*before, *within_it):
            if [shown for _, shown in found[-1:]] != [one]:
                found.append((part.film_ms + max(0, one.wall_ms - part.wall_ms), one))
    return found


def film_length(parts: Sequence[Part]) -> int:
    """Return how long a film plays."""
    return parts[-1].film_ms + parts[-1].length_ms if parts else 0


def chapter_problems(chapters: Sequence[Chapter], length_ms: int) -> dict[str, str]:
    """Return a sentence for every chapter that is wrong, by its row (from 0)."""
    wrong: dict[str, str] = {}
    taken: set[int] = set()
    for row, one in enumerate(chapters):
        if not 0 <= one.at_ms < length_ms:
            wrong[f"at_{row}"] = "时间应在回放之内。"
        elif one.at_ms in taken:
            wrong[f"at_{row}"] = "这个时间已有一个章节，请改时间或删去一个。"
        if not 0 < len(one.title.strip()) <= LONGEST_CHAPTER:
            wrong[f"title_{row}"] = f"请填写章节标题，最多{LONGEST_CHAPTER}个字。"
        taken.add(one.at_ms)
    if len(chapters) > MOST_CHAPTERS:
        wrong["chapters"] = f"最多{MOST_CHAPTERS}个章节，请删去一些。"
    return wrong


def cut_problems(cut_from_ms: int, cut_to_ms: int, recording_ms: int) -> dict[str, str]:
    """Return a sentence for what is wrong with a cut of a recording, by field."""
    if not 0 <= cut_from_ms < recording_ms:
        return {"cut_from": "开头应在录像之内。"}
    if cut_to_ms > recording_ms:
        return {"cut_to": "结尾不能超过录像的长度。"}
    if cut_to_ms - cut_from_ms < LEAST_FILM_MS:
        return {"cut_to": "结尾应晚于开头，至少保留1秒。"}
    return {}


def shown_as(called: str, *, is_learner: bool, way: str) -> str:
    """Return how a replay calls who wrote (称呼): who teaches by the own name, learners as the policy says."""
    if not is_learner or way == "full":
        return called
    is_known = called.strip() and called != ERASED_NAME
    return f"{called.strip()[:1]}同学" if way == "family" and is_known else "学员"


def makeup_until(first_published_ms: int, days: int | None) -> int | None:
    """Return until when watching makes up: the end of the last local day; nothing without a limit (补课期限)."""
    if days is None:
        return None
    return ((first_published_ms + EAST8) // DAY + days + 1) * DAY - EAST8


class Makeup(StrEnum):
    """Whether watching a replay counts now (补课)."""

    COUNTS = "counts"
    UNPUBLISHED = "replay_unpublished"
    NEVER = "replay_not_counted"
    LATE = "replay_late"


MAKEUP_SENTENCES = {
    Makeup.UNPUBLISHED: "这次直播课已经结束，回放还没有发布或已撤回。请留意班级通知，或咨询培训机构。",
    Makeup.NEVER: "按本班的学时规则，看直播回放不计学时。可以在直播课页面直接观看。",
    Makeup.LATE: "这次直播课的补课期限已过，看回放不再计学时。可以在直播课页面直接观看；如有疑问，请联系培训机构。",
}


def makeup_of(*, is_published: bool, way: str, until_ms: int | None, now_ms: int) -> Makeup:
    """Return whether watching a replay counts at a moment, or why not."""
    if not is_published:
        return Makeup.UNPUBLISHED
    if way != "makeup":
        return Makeup.NEVER
    return Makeup.LATE if until_ms is not None and now_ms >= until_ms else Makeup.COUNTS
