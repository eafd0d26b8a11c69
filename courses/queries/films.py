"""Films inside texts: what a draft shows, what a released lesson plays, and a text cut where its films stand (正文视频)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from courses.models import LessonKind, LessonPage, LessonVersion, Subtitle, Video
from courses.queries.media import Media, media_of
from courses.queries.subtitles import Transcript, named_subtitles, newest_subtitles, transcripts_of
from courses.rules.films import FilmMark, film_ids, pieces_of
from courses.rules.playback import Grant

READ_KINDS = (LessonKind.ARTICLE, LessonKind.SCORM, LessonKind.PRACTICE, LessonKind.LIVE)  # whose text learners read


@dataclass(frozen=True, slots=True)
class TextFilm:
    """A film in a text that is shown (正文视频). `media` is missing until a session opens, or while it does not play."""

    uid: str
    title: str
    length_ms: int
    media: Media | None = None
    transcript: Transcript | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: markup, or a film (正文片段)."""

    html: SafeString
    film: TextFilm | None = None


def film_ids_of(lesson: LessonPage | LessonVersion) -> list[int]:
    """Return the ids of the films that a lesson shows: its own, or those in its text. No query."""
    if lesson.kind == LessonKind.VIDEO:
        return [lesson.video_id] if lesson.video_id else []
    body = lesson.body if isinstance(lesson, LessonVersion) else lesson.body.raw_data
    return film_ids(body) if lesson.kind in READ_KINDS else []


def text_films(lesson: LessonPage) -> list[tuple[str, Video | None]]:
    """Return the films in a draft's text with the names that readers see, in order; none where nobody reads it."""
    blocks = lesson.body if lesson.kind in READ_KINDS else []
    return [(block.value["title"], block.value["film"]) for block in blocks if block.block_type == "video"]


def newest_tracks(lessons: Collection[LessonPage]) -> Callable[[LessonPage], list[Subtitle]]:
    """Return a function from a draft to the newest subtitles of its films. One query."""
    tracks = newest_subtitles({film for lesson in lessons for film in film_ids_of(lesson)})
    return lambda lesson: [track for film in film_ids_of(lesson) for track in tracks.get(film, [])]


def films_of(
    lesson: LessonVersion, *, grant: Grant | None = None, key: str = "", language: str | None = None
) -> list[TextFilm]:
    """Return the films in a released lesson's text, in order, each once; addresses for a grant, words for a language.

    No query for a text without films, at most three for any number of them.
    """
    marks = marks_in(lesson.html)
    noted = {str(one.video.uid): one for one in lesson.films.select_related("video")} if marks else {}
    tracks = named_subtitles([track["uid"] for one in noted.values() for track in one.subtitles]) if grant else []
    words = {} if language is None else transcripts_of({uid: one.subtitles for uid, one in noted.items()}, language)
    found = [(mark, noted[mark.uid].video) for mark in marks if mark.uid in noted]
    return [
        TextFilm(
            mark.uid,
            mark.title,
            video.duration_ms,
            media_of(video, grant=grant, key=key, tracks=tracks_of(video, tracks)) if grant else None,
            words.get(mark.uid),
        )
        for mark, video in found
    ]


def reading_of(lesson: LessonVersion, language: str, *, grant: Grant | None = None, key: str = "") -> list[Piece]:
    """Return a released lesson's text cut where its films stand, their words in a language where they have it (课时正文)."""
    return cut(lesson.html, films_of(lesson, grant=grant, key=key, language=language))


def draft_reading(lesson: LessonPage, *, grant: Grant, key: str, tracks: list[Subtitle] | None = None) -> list[Piece]:
    """Return a draft's text cut where its films stand, with these of their subtitles, else the newest (草稿正文)."""
    if tracks is None:
        tracks = newest_tracks([lesson])(lesson)
    films = [
        TextFilm(
            str(video.uid),
            title,
            video.duration_ms,
            media_of(video, grant=grant, key=key, tracks=tracks_of(video, tracks)),
        )
        for title, video in text_films(lesson)
        if video is not None
    ]
    return cut(str(lesson.body) if lesson.body else "", films)


def marks_in(html: str) -> list[FilmMark]:
    """Return the films that a rendered text names, each once."""
    found = [piece for piece in pieces_of(html) if isinstance(piece, FilmMark)]
    return list({mark.uid: mark for mark in reversed(found)}.values())[::-1]


def tracks_of(video: Video, tracks: list[Subtitle]) -> list[Subtitle]:
    """Return those of some subtitles that belong to a film."""
    return [track for track in tracks if track.video_id == video.pk]


def cut(html: str, films: list[TextFilm]) -> list[Piece]:
    """Return a rendered text with its films in their places; a film that is not given is left out."""
    by_uid = {film.uid: film for film in films}
    pieces = []
    for piece in pieces_of(html):
        if isinstance(piece, str):
            pieces.append(Piece(mark_safe(piece)))  # noqa: S308 - the blocks escape what was typed
        elif film := by_uid.get(piece.uid):
            pieces.append(Piece(SafeString(""), film))
    return pieces
