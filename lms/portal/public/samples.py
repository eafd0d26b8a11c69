"""A lesson that everybody may try (免费试看)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from courses.middleware import media_key
from courses.queries.catalogue import course_card
from courses.queries.films import reading_of
from courses.queries.media import media_for, sample_for
from courses.queries.samples import sample_lesson
from courses.queries.subtitles import transcript_of
from lms.access.views import PUBLIC, open_to


@never_cache  # the film's address belongs to one browser
@open_to(PUBLIC)
def sample(request: HttpRequest, uid: UUID, lesson_uid: UUID) -> HttpResponse:
    """Show a free lesson of a course as it was released; nothing is counted (试看)."""
    version = course_card(uid)
    lesson = sample_lesson(version, lesson_uid)
    grant, key, language = sample_for(lesson_uid), media_key(request), request.GET.get("transcript", "")
    context = {
        "version": version,
        "lesson": lesson,
        "transcript": transcript_of(lesson, language),
        "media": media_for(lesson, grant=grant, key=key),
        "reading": reading_of(lesson, language, grant=grant, key=key),
    }
    return render(request, "portal/public/sample.html", context)
