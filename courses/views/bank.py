"""The question bank in the studio: list, edit, versions, retiring."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.models import Question, QuestionAudio
from courses.queries.bank import (
    BankFilters,
    bank_occupations,
    history_of,
    knowledge_names,
    question_for,
    questions_visible_to,
)
from courses.queries.studio import studio_institutions
from courses.rules.questions import MOST_ROWS, blank_content
from courses.services.bank import change_question, checked, create_question, retire_question
from courses.services.sounds import keep_sound
from courses.views.bank_forms import BankFilterForm, ContentEditor, FilingForm
from courses.views.studio import STAFF
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.access.views import open_to
from lms.kernel.errors import ConflictError, InvalidError
from lms.organisations.models import Organisation

PER_PAGE = 20


@open_to(*STAFF)
@require_GET
def question_list(request: HttpRequest) -> HttpResponse:
    """Return the institution's questions that fit the filters (题库)."""
    actor = actor_for(request.user)
    form = BankFilterForm(request.GET or None, occupations=bank_occupations(actor), knowledge=knowledge_names(actor))
    found = questions_visible_to(actor, BankFilters(**form.cleaned_data) if form.is_valid() else BankFilters())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
    context = {"page": page, "form": form, "kept": kept_filters(request), "is_filtered": bool(form.changed_data)}
    return render(request, "courses/studio/question_list.html", context)


def kept_filters(request: HttpRequest) -> str:
    """Return the filters as the addresses of other pages keep them."""
    return urlencode([(name, value) for name, value in request.GET.items() if name != "p"])


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def question_new(request: HttpRequest) -> HttpResponse:
    """Add a question (新建试题)."""
    return edit(request, None)


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def question_edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a question: what it says becomes a new version (修改试题)."""
    return edit(request, question_for(actor_for(request.user), uid))


def edit(request: HttpRequest, question: Question | None) -> HttpResponse:
    """Show the form of a question, give it another row, or save it."""
    actor = actor_for(request.user)
    data = QueryDict(request.POST.urlencode(), mutable=True) if request.method == "POST" else None
    adds = data.get("add", "") if data is not None else ""
    if data is not None and adds:
        add_row(data, adds)
    current = question.current if question else None
    editor = ContentEditor(data, current.values if current else blank_content())
    institutions = [question.institution] if question else studio_institutions(actor)
    filing = FilingForm(
        data,
        request.FILES or None,
        institutions=institutions,
        initial=FilingForm.values_of(question) if question else None,
    )
    errors: dict[str, str] = {}
    if data is not None and not adds and editor.is_valid() and filing.is_valid():
        try:
            saved = save(question, editor, filing, actor, str(data.get("based_on", "")))
            messages.success(request, "试题已保存。")
            return redirect("studio:question", saved.uid)
        except InvalidError as error:
            errors = shown_at_fields(error, editor, filing)
        except ConflictError as error:
            errors = {"full": error.message}
    context = {"question": question, "current": current, "editor": editor, "filing": filing, "errors": errors}
    is_refused = data is not None and not adds
    return render(
        request,
        "courses/studio/question_form.html",
        context | {"is_refused": is_refused},
        status=422 if is_refused else 200,
    )


def add_row(data: QueryDict, name: str) -> None:
    """Give the form one more row, when there is no script to do it."""
    counter = "parts-count" if name == "parts" else f"{name}-TOTAL_FORMS"
    known = data.get(counter, "")
    data[counter] = str(min(MOST_ROWS, int(known) + 1)) if known.isdigit() else "1"


def save(question: Question | None, editor: ContentEditor, filing: FilingForm, actor: Actor, based_on: str) -> Question:
    """Write a question. Its sound is converted once the rest is known to be fit."""
    institution = question.institution if question else filing.cleaned_data["institution"]
    checked(filing.draft(editor.content(), None), institution)
    draft = filing.draft(editor.content(), audio_of(question, filing, institution, actor))
    if question is None:
        return create_question(institution=institution, draft=draft, actor=actor)
    seen = int(based_on) if based_on.isdigit() else None
    change_question(question=question, draft=draft, actor=actor, based_on=seen)
    return question


def audio_of(
    question: Question | None, filing: FilingForm, institution: Organisation, actor: Actor
) -> QuestionAudio | None:
    """Return the sound that the form asks for: a new one, the one before, or none."""
    file = filing.cleaned_data["sound"]
    if file:
        return keep_sound(institution=institution, file=file, name=file.name, size=file.size, actor=actor)
    current = question.current if question else None
    return None if filing.cleaned_data["drops_sound"] or current is None else current.audio


def shown_at_fields(error: InvalidError, editor: ContentEditor, filing: FilingForm) -> dict[str, str]:
    """Put a refusal at its fields; what is left stands at the rows."""
    left: dict[str, str] = {"full": error.message}
    for name, sentence in error.fields.items():
        form: Any = next((form for form in (editor.form, filing) if name in form.fields), None)
        if form is not None:
            form.add_error(name, sentence)
        else:
            left[name] = sentence
    return left


@open_to(*STAFF)
@require_GET
def question_history(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a question's versions and what each changed (版本记录)."""
    question = question_for(actor_for(request.user), uid)
    context = {"question": question, "steps": history_of(question)}
    return render(request, "courses/studio/question_history.html", context)


@open_to(*STAFF)
@require_POST
def question_retire(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a question out of use, or back into it (停用、恢复)."""
    actor = actor_for(request.user)
    question = question_for(actor, uid)
    is_retired = request.POST.get("step") != "restore"
    retire_question(question=question, actor=actor, is_retired=is_retired)
    messages.success(
        request, "试题已停用：不能再选入课时，已发布的课程不变。" if is_retired else "试题已恢复，可以选入课时。"
    )
    return redirect("studio:question", uid)
