"""What pages of replays show, for learners and for who teaches."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from courses.models import Video
from courses.queries.media import media_of
from courses.queries.subtitles import Transcript, newest_subtitles, transcripts_of
from courses.rules.playback import Grant
from lms.kernel import clock
from lms.live.models import Replay
from lms.live.queries.replays import FilmPage, Line, lines_of, makeup_now, pages_of, until_of
from lms.live.rules.replays import MAKEUP_SENTENCES, Chapter, Makeup

KINDS = {"chat": "", "announcement": "公告", "voice": "语音", "question": "提问", "poll": "投票", "quiz": "小测"}


@dataclass(frozen=True, slots=True)
class Film:
    """A replay's film as pages play it (回放影片). `media`: its signed addresses as JSON, where no study session gives them."""

    title: str
    length_ms: int
    chapters: list[Chapter]
    lines: list[Line]
    pages: list[FilmPage]
    transcript: Transcript | None
    media: str = ""


def film_of(
    replay: Replay, *, grant: Grant | None = None, key: str = "", language: str = "", all_lines: bool = False
) -> Film:
    """Return what a page shows of a replay. `all_lines`: also what the teacher hid."""
    media = media_of(replay.video, grant=grant, key=key) if grant else None
    return Film(
        replay.session.title,
        replay.film_ms,
        replay.film_chapters(),
        lines_of(replay, with_hidden=all_lines),
        pages_of(replay),
        words_of(replay.video, language),
        json.dumps(asdict(media), default=str) if media else "",
    )


def words_of(video: Video | None, language: str) -> Transcript | None:
    """Return the words of a film by its newest subtitles (文字稿)."""
    if video is None:
        return None
    tracks = newest_subtitles([video.pk]).get(video.pk, [])
    named = [{"uid": str(one.uid), "language": one.language, "label": one.label} for one in tracks]
    return transcripts_of({"": named}, language).get("")


@dataclass(frozen=True, slots=True)
class Counting:
    """Whether watching counts, in a sentence (补课说明)."""

    counts: bool
    sentence: str


def counting_of(replay: Replay) -> Counting:
    """Return whether watching a replay makes up for what was missed, until when, or why not."""
    found = makeup_now(replay)
    if replay.session.lesson_uid is None:
        return Counting(False, "这次直播课不对应课程里的课时，看回放不计学时。")
    if found != Makeup.COUNTS:
        return Counting(False, MAKEUP_SENTENCES[found].replace("可以在直播课页面直接观看。", "可以直接观看。"))
    until = until_of(replay)
    when = f"{last_day(clock.from_ms(until - 1))}前" if until is not None else "班级结束前"
    return Counting(True, f"直播时没上过的部分，{when}看回放可以补课，按看视频的规则计学时；上过的部分不重复计。")


def last_day(moment: datetime) -> str:
    """Return 5月6日24点."""
    day = clock.local(moment)
    return f"{day.month}月{day.day}日24点"
