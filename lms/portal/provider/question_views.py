"""Statistics of the bank's questions, for the institution (题目分析)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from courses.queries.bank import question_for
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.exams.queries.items import statistics_of
from lms.portal.provider.frames import provider_frame


@open_to(Role.INSTITUTION, Role.INSTRUCTOR)
@require_GET
def question_statistics(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show how learners answered a question: difficulty, discrimination, options (题目分析)."""
    question = question_for(actor_for(request.user), uid)
    context = {"question": question, "versions": statistics_of(question)}
    return render(request, "portal/provider/question_statistics.html", provider_frame(request) | context)
