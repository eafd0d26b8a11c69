"""A learner's own pages: home, class, hours, a lesson under study, the account."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from courses.queries.films import reading_of
from courses.queries.subtitles import transcript_of
from courses.rules.questions import leaves
from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.anomalies.queries.cases import learner_party, waits_for
from lms.exams.services.quizzes import submit_quiz
from lms.kernel.errors import DomainError
from lms.kernel.ids import new_uid
from lms.kernel.powers import with_camera
from lms.people.queries import devices_of, own_case, watermark_of
from lms.people.rules import mask_document, mask_phone
from lms.portal.learner import pages
from lms.portal.workspaces import landing, places_of


@open_to(SIGNED_IN)
def my(request: SignedInRequest) -> HttpResponse:
    """Show where to go on (我的学习)."""
    actor = actor_for(request.user)
    return render(request, "portal/learner/my.html", {"page": pages.my(actor), "owed": waits_for(learner_party(actor))})


@open_to(SIGNED_IN)
def enter(request: SignedInRequest) -> HttpResponse:
    """Lead from signing in to where one works or learns."""
    return redirect(landing(actor_for(request.user)))


@open_to(SIGNED_IN)
def me(request: SignedInRequest) -> HttpResponse:
    """Show the account, the real name, the devices (我的)."""
    user, person = request.user, request.user.person
    context = {
        "places": places_of(actor_for(user)),
        "phone": mask_phone(user.phone_sealed) if user.phone_sealed else "",
        "person": person,
        "case": None if person else own_case(user),
        "document": mask_document(str(person.document_number or "")) if person else "",
        "devices": devices_of(request),
        "owed": waits_for(learner_party(actor_for(user))),
    }
    return render(request, "portal/learner/me.html", context)


@open_to(SIGNED_IN)
def my_class(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a class: lessons with their states, what completion still asks for (我的班级)."""
    return render(request, "portal/learner/class.html", {"page": pages.my_class(actor_for(request.user), uid)})


@open_to(SIGNED_IN)
def my_hours(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show what counted, what did not and why (学时明细)."""
    return render(request, "portal/learner/hours.html", {"page": pages.my_hours(actor_for(request.user), uid)})


@open_to(SIGNED_IN)
@with_camera
def learn(request: SignedInRequest, class_uid: UUID, lesson_uid: UUID) -> HttpResponse:
    """Show a lesson under study, or take a quiz's answers (学习页)."""
    actor = actor_for(request.user)
    if actor.person_id is None:
        messages.warning(request, "请先完成实名登记，再开始学习。")
        return redirect(f"/my/identity/?next={request.path}")
    page = pages.learn(actor, class_uid, lesson_uid)
    language = request.GET.get("transcript", "")
    reading = reading_of(page.state.lesson, language)
    context: dict[str, object] = {
        "page": page,
        "key": new_uid().hex,
        "watermark": watermark_of(request.user),
        "transcript": transcript_of(page.state.lesson, language),
        "reading": reading,
        "has_films": any(piece.film for piece in reading),
    }
    if request.method == "POST" and page.quiz is not None:
        answers = {leaf["id"]: request.POST.getlist(f"q-{leaf['id']}") for leaf in leaves(page.quiz.questions)}
        try:
            submit_quiz(
                enrolment=page.progress.enrolment,
                lesson_uid=lesson_uid,
                answers=answers,
                key=request.POST.get("key", "")[:64] or new_uid().hex,
                actor=actor,
            )
        except DomainError as error:
            context |= {"refusal": error, "errors": getattr(error, "fields", {}), "answers": answers}
            return render(request, "portal/learner/quiz.html", context, status=error.status)
        return redirect(request.path)
    return render(request, f"portal/learner/{page.template}.html", context)
