"""A lesson that everybody may try (免费试看)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from courses.middleware import media_key
from courses.queries.catalogue import course_card
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
    context = {
        "version": version,
        "lesson": lesson,
        "transcript": transcript_of(lesson, request.GET.get("transcript", "")),
        "media": media_for(lesson, grant=sample_for(lesson_uid), key=media_key(request)),
    }
    return render(request, "portal/public/sample.html", context)
