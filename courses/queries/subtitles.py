"""Subtitles of videos: the newest of each language, and those that a version or a submission names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from courses.models import CourseSubmission, LessonVersion, Subtitle, Video
from courses.rules.subtitles import Cue, read_cues


def newest_subtitles(video_ids: Collection[int]) -> dict[int, list[Subtitle]]:
    """Return the newest subtitles of each language by video, Chinese first, without their text. One query."""
    found: dict[int, dict[str, Subtitle]] = defaultdict(dict)
    for track in Subtitle.objects.filter(video_id__in=video_ids).defer("webvtt").order_by("number"):
        found[track.video_id][track.language] = track
    return {video: in_order(tracks.values()) for video, tracks in found.items()}


def named_subtitles(uids: Collection[str | UUID]) -> list[Subtitle]:
    """Return the subtitles of these uids, Chinese first, without their text. One query."""
    return in_order(Subtitle.objects.filter(uid__in=uids).defer("webvtt"))


def submitted_subtitles(submission: CourseSubmission) -> dict[int, list[Subtitle]]:
    """Return the subtitles of the films exactly as they were submitted, by page. One query."""
    noted = {entry["page"]: entry.get("subtitles", []) for entry in submission.revisions}
    tracks = named_subtitles([uid for uids in noted.values() for uid in uids])
    return {page: [track for track in tracks if str(track.uid) in uids] for page, uids in noted.items()}


def newest_subtitle(video: Video, language: str) -> Subtitle | None:
    """Return the newest subtitles of a language with their text, or nothing when there are none or they were removed."""
    last = Subtitle.objects.filter(video=video, language=language).order_by("-number").first()
    return None if last is None or last.is_removed else last


@dataclass(frozen=True, slots=True)
class Transcript:
    """The text of a film in one language (文字稿)."""

    language: str
    cues: list[Cue]
    languages: list[tuple[str, str]]


def transcript_of(lesson: LessonVersion, language: str = "") -> Transcript | None:
    """Return the text that a released lesson shows in this language, else in its first; nothing without subtitles."""
    return transcripts_of({"": lesson.subtitles}, language).get("")


def film_words(video: Video | None, language: str) -> Transcript | None:
    """Return the words of a film by its newest subtitles, in a language, else in its first (文字稿)."""
    if video is None:
        return None
    tracks = newest_subtitles([video.pk]).get(video.pk, [])
    named = [{"uid": str(one.uid), "language": one.language, "label": one.label} for one in tracks]
    return transcripts_of({"": named}, language).get("")


def transcripts_of(named: Mapping[str, list[dict[str, str]]], language: str) -> dict[str, Transcript]:
    """Return the texts of films by the subtitles that are named for each, those with none left out. One query."""
    chosen = {key: in_language(tracks, language) for key, tracks in named.items() if tracks}
    uids = [track["uid"] for track in chosen.values()]
    found = Subtitle.objects.filter(uid__in=uids).values_list("uid", "webvtt") if uids else ()
    texts = {str(uid): webvtt for uid, webvtt in found}
    return {
        key: Transcript(
            track["language"],
            read_cues(texts.get(track["uid"], ""))[0],
            [(one["language"], one["label"]) for one in named[key]],
        )
        for key, track in chosen.items()
    }


def in_language(tracks: list[dict[str, str]], language: str) -> dict[str, str]:
    """Return the named subtitles of a language, else the first."""
    return next((track for track in tracks if track["language"] == language), tracks[0])


def in_order(tracks: Iterable[Subtitle]) -> list[Subtitle]:
    """Return what was not removed, Chinese first, then by language."""
    kept = [track for track in tracks if not track.is_removed]
    return sorted(kept, key=lambda track: (not track.language.startswith("zh"), track.language))
