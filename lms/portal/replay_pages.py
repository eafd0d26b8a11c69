"""What pages of replays show, for learners and for who teaches."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from courses.queries.media import media_of
from courses.queries.subtitles import Transcript, film_words
from courses.rules.playback import Grant
from lms.live.models import Replay
from lms.live.queries.replays import FilmPage, Line, lines_of, pages_of
from lms.live.rules.replays import Chapter

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
        film_words(replay.video, language),
        json.dumps(asdict(media), default=str) if media else "",
    )
