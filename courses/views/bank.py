"""The question bank in the studio: list, edit, versions, retiring."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.models import Question
from courses.queries.bank import (
    BankFilters,
    bank_occupations,
    history_of,
    knowledge_names,
    question_for,
    questions_visible_to,
)
from courses.queries.studio import studio_institutions
from courses.rules.questions import MOST_ROWS, place_of
from courses.services.bank import retire_question
from courses.services.bank_saving import save_question
from courses.services.sounds import retry_sound
from courses.views.bank_forms import BankFilterForm, FilingForm, QuestionEditor
from courses.views.studio import STAFF
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.access.views import open_to
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError
from lms.kernel.numbers import whole_number

PER_PAGE = 20


@open_to(*STAFF)
@require_GET
def question_list(request: HttpRequest) -> HttpResponse:
    """Return the institution's questions that fit the filters (题库)."""
    actor = actor_for(request.user)
    form = BankFilterForm(request.GET or None, occupations=bank_occupations(actor), knowledge=knowledge_names(actor))
    found = questions_visible_to(actor, BankFilters(**form.cleaned_data) if form.is_valid() else BankFilters())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "page": page,
        "form": form,
        "kept": kept_filters(request),
        "is_filtered": bool(form.changed_data),
        "institutions": studio_institutions(actor),
    }
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
    sent = (data, request.FILES or None)
    institutions = [question.institution] if question else studio_institutions(actor)
    editor, filing = QuestionEditor(sent, current, institutions), FilingForm(sent, question, institutions)
    full = ""
    if data is not None and not adds and editor.is_valid() and filing.is_valid():
        try:
            saved = save(question, editor, filing, actor, str(data.get("based_on", "")))
            messages.success(request, "试题已保存。")
            return redirect("studio:question", saved.uid)
        except InvalidError as error:
            full = error.message
            show_at_fields(error, editor, filing)
        except ConflictError as error:
            full = error.message
    if data is not None:
        for form in (filing, *(part.media for part in editor.parts)):
            form.note_lost_file()
    context = {"question": question, "current": current, "editor": editor, "filing": filing, "full": full}
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
    known = str(data.get(counter, ""))
    data[counter] = str(min(MOST_ROWS, (whole_number(known) or 0) + 1))


def save(
    question: Question | None, editor: QuestionEditor, filing: FilingForm, actor: Actor, based_on: str
) -> Question:
    """Write what was typed, with the sounds that were sent."""
    return save_question(
        question=question,
        institution=question.institution if question else filing.cleaned_data["institution"],
        draft=filing.draft(editor),
        sounds=filing.sounds(editor),
        actor=actor,
        based_on=whole_number(based_on),
    )


def show_at_fields(error: InvalidError, editor: QuestionEditor, filing: FilingForm) -> None:
    """Put a refusal at its fields, those of a part at the part."""
    parts = editor.used_parts()
    for key, sentence in error.fields.items():
        place, name = place_of(key)
        if place:
            parts[place - 1].take(name, sentence, parts[place - 1].media)
        else:
            editor.take(name, sentence, filing)


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


@open_to(*STAFF)
@require_POST
def sound_retry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Convert a question's sound again (重新转换)."""
    actor = actor_for(request.user)
    current = question_for(actor, uid).current
    asked = request.POST.get("sound", "")
    sound = next((one for one in current.sounds if str(one.uid) == asked), None) if current else None
    if sound is None:
        raise NotFoundError("这道题没有这段录音，可能已经换过。请打开最新版本再试。", code="audio_not_found")
    try:
        retry_sound(sound=sound, actor=actor)
    except ConflictError as error:
        messages.error(request, error.message)
    return redirect("studio:question", uid)
