"""Subtitles in the studio: the languages of a film, the editor beside it, the file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import zip_longest
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from courses.forms import SubtitleForm
from courses.middleware import media_key
from courses.models import Video
from courses.queries.media import media_of, preview_for
from courses.queries.studio import video_for
from courses.queries.subtitles import newest_subtitle, newest_subtitles
from courses.rules.playback import KINDS
from courses.rules.subtitle_rows import Row, changed_rows, rows_of
from courses.rules.subtitles import LANGUAGES, MOST_BYTES, MOST_CUES, read_cues
from courses.services.subtitles import FaultyRowsError, put_subtitle, remove_subtitle, save_rows, text_of_file
from lms.access.queries import actor_for
from lms.access.rules import Actor, Role
from lms.access.views import open_to
from lms.kernel.errors import ConflictError, InvalidError

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)
NAMES = ("start", "end", "text", "settings")
LONGEST_FIELD = 2_000


@dataclass(frozen=True, slots=True)
class EditedRow:
    """A row of the editor with what is wrong with it."""

    row: Row
    errors: dict[str, str] = field(default_factory=dict)


@open_to(*STAFF)
def subtitle_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the languages of a film's subtitles, and take a file (字幕)."""
    actor = actor_for(request.user)
    video = video_for(actor, uid)
    form = SubtitleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and took(form, video, actor):
        language = form.cleaned_data["language"]
        messages.success(request, f"{LANGUAGES[language]}字幕已保存，可以在下面核对和修改。")
        return redirect("studio:subtitle", uid, language)
    tracks = newest_subtitles([video.pk]).get(video.pk, [])
    known = {track.language for track in tracks}
    context = {
        "video": video,
        "tracks": tracks,
        "form": form,
        "others": [(code, name) for code, name in LANGUAGES.items() if code not in known],
    }
    return render(request, "courses/studio/subtitle_list.html", context, status=422 if form.errors else 200)


def took(form: SubtitleForm, video: Video, actor: Actor) -> bool:
    """Keep an uploaded file, or put the refusal at its field."""
    values = form.cleaned_data
    try:
        text = text_of_file(values["file"].read(MOST_BYTES + 1))
        put_subtitle(video=video, webvtt=text, language=values["language"], actor=actor)
    except InvalidError as error:
        form.add_error("file", error.message)
        return False
    return True


@open_to(*STAFF)
def editor(request: HttpRequest, uid: UUID, language: str) -> HttpResponse:
    """Show a film beside its subtitles, and take them as they were changed (编辑字幕)."""
    actor = actor_for(request.user)
    video = video_for(actor, uid)
    if language not in LANGUAGES:
        raise Http404
    newest = newest_subtitle(video, language)
    number = newest.number if newest else 0
    if request.method != "POST":
        rows = rows_of(read_cues(newest.webvtt)[0]) if newest else []
        return page(request, video, language, rows=rows or [Row("00:00:00.000", "00:00:03.000")], number=number)
    return edited(request, video, language, actor)


def edited(request: HttpRequest, video: Video, language: str, actor: Actor) -> HttpResponse:
    """Do what a button of the editor asks for; what was typed is never lost."""
    rows, step = rows_typed(request), request.POST.get("step", "save")
    number = whole(request.POST.get("number", ""))
    if not step.startswith(("save", "replace")):
        return page(request, video, language, rows=changed_rows(rows, step), number=number)
    based_on = whole(step.partition("-")[2]) if step.startswith("replace") else number
    try:
        save_rows(video=video, language=language, rows=rows, based_on=based_on, actor=actor)
    except FaultyRowsError as error:
        errors: dict[int, dict[str, str]] = defaultdict(dict)
        for fault in error.faults:
            errors[fault.number].setdefault(fault.field, fault.sentence)
        return page(request, video, language, rows=rows, number=number, errors=errors, refusal=error.message)
    except ConflictError as error:
        newer = int(str(error.data["newest"]))
        return page(request, video, language, rows=rows, number=number, refusal=error.message, newer=newer, status=409)
    messages.success(request, "字幕已保存。已发布的课程不变，重新送审发布后学员看到新的字幕。")
    return redirect("studio:subtitle", video.uid, language)


def whole(text: str) -> int:
    """Return a whole number of a form, 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def rows_typed(request: HttpRequest) -> list[Row]:
    """Return the rows of the form, in their order."""
    columns = [[value[:LONGEST_FIELD] for value in request.POST.getlist(name)[: MOST_CUES + 1]] for name in NAMES]
    return [Row(*values) for values in zip_longest(*columns, fillvalue="")]


def page(
    request: HttpRequest,
    video: Video,
    language: str,
    *,
    rows: list[Row],
    number: int,
    errors: dict[int, dict[str, str]] | None = None,
    refusal: str = "",
    newer: int = -1,
    status: int = 200,
) -> HttpResponse:
    """Return the editor."""
    faults = errors or {}
    context = {
        "video": video,
        "media": media_of(video, grant=preview_for(request.user.pk), key=media_key(request)),
        "language": language,
        "label": LANGUAGES[language],
        "rows": [EditedRow(row, faults.get(place, {})) for place, row in enumerate(rows, 1)],
        "number": number,
        "faults": [(place, sentence) for place, found in sorted(faults.items()) for sentence in found.values()],
        "refusal": refusal,
        "newer": newer if newer >= 0 else None,
    }
    return render(request, "courses/studio/subtitle_editor.html", context, status=422 if faults else status)


@require_POST
@open_to(*STAFF)
def remove(request: HttpRequest, uid: UUID, language: str) -> HttpResponse:
    """Take a language away (移除字幕)."""
    actor = actor_for(request.user)
    removed = remove_subtitle(video=video_for(actor, uid), language=language, actor=actor)
    messages.success(request, f"{removed.label}字幕已移除。已发布的课程不变。")
    return redirect("studio:subtitles", uid)


@open_to(*STAFF)
def download(request: HttpRequest, uid: UUID, language: str) -> HttpResponse:
    """Return the newest subtitles of a language as a file (下载字幕)."""
    found = newest_subtitle(video_for(actor_for(request.user), uid), language)
    if found is None:
        raise Http404
    return HttpResponse(
        found.webvtt,
        content_type=KINDS["vtt"],
        headers={"Content-Disposition": f'attachment; filename="{language}-{found.number}.vtt"'},
    )
