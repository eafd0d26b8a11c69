"""Subtitles of videos: the newest of each language, and those that a version or a submission names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
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
    named = {track["language"]: track for track in lesson.subtitles}
    if not named:
        return None
    chosen = named.get(language) or next(iter(named.values()))
    text = Subtitle.objects.filter(uid=chosen["uid"]).values_list("webvtt", flat=True).first()
    languages = [(track["language"], track["label"]) for track in named.values()]
    return Transcript(chosen["language"], read_cues(text or "")[0], languages)


def in_order(tracks: Iterable[Subtitle]) -> list[Subtitle]:
    """Return what was not removed, Chinese first, then by language."""
    kept = [track for track in tracks if not track.is_removed]
    return sorted(kept, key=lambda track: (not track.language.startswith("zh"), track.language))
