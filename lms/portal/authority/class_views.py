"""Screens of the office: what waits, the classes, one class with the decision beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from courses.queries.catalogue import as_uid
from lms.access.queries import actor_for
from lms.access.rules import READERS, Actor, Role, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.classes import services
from lms.classes.models import TrainingClass
from lms.classes.queries import class_for, classes_visible_to, roster_of, waiting_classes, waiting_upgrades
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.organisations.queries import institutions
from lms.people.queries import case_rows
from lms.portal.authority.class_pages import decision_bar, waiting_line
from lms.portal.authority.frames import office_page
from lms.portal.authority.review_pages import waiting_reviews
from lms.portal.class_pages import class_line, decision_lines, facts_of, roster_lines
from lms.portal.forms import OpinionForm
from lms.portal.workspaces import page_of

DECIDERS = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
State = TrainingClass.State
STATES = [(value, label) for value, label in State.choices if value != State.DRAFT]


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of a filter (筛选项)."""

    uid: UUID
    name: str
    is_chosen: bool


@open_to(*READERS)
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Show what waits for a decision, the nearest first day first, and the running classes (监管首页)."""
    actor = actor_for(request.user)
    waiting = waiting_classes(actor)
    running = classes_visible_to(actor).filter(state=State.OPEN)
    today = clock.today()
    context = {
        "waiting": [waiting_line(one, today=today) for one in waiting[:20]],
        "waiting_count": waiting.count(),
        "reviews": waiting_reviews(actor),
        "upgrades": list(waiting_upgrades(actor)[:5]),
        "cases": case_rows(actor)[:5] if is_permitted(actor, "people.resolve_case") else [],
        "running": [class_line(one) for one in running[:10]],
        "running_count": running.count(),
    }
    return office_page(request, "home.html", context)


@open_to(*READERS)
@require_GET
def class_list(request: SignedInRequest) -> HttpResponse:
    """Show the classes within reach, narrowed by state, institution and words (班级)."""
    filters = {name: request.GET.get(name, "").strip() for name in ("state", "institution", "q")}
    page = page_of(narrowed(classes_visible_to(actor_for(request.user)), filters), request.GET.get("page", "1"))
    context = {
        "page": page,
        "rows": [class_line(one) for one in page],
        "states": STATES,
        "institutions": [Choice(one.uid, one.name, str(one.uid) == filters["institution"]) for one in institutions()],
        "filters": filters,
    }
    return office_page(request, "class_list.html", context)


def narrowed(classes: QuerySet[TrainingClass], filters: dict[str, str]) -> QuerySet[TrainingClass]:
    """Return the classes that fit the filters; a value that nothing has finds nothing."""
    if filters["state"]:
        classes = classes.filter(state=filters["state"])
    if filters["institution"]:
        classes = classes.filter(institution__uid=as_uid(filters["institution"]))
    if words := filters["q"]:
        classes = classes.filter(Q(name__icontains=words) | Q(number__icontains=words))
    return classes


@open_to(*READERS)
@require_GET
def class_page(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show everything that the decision needs, beside the decision (班级详情)."""
    actor = actor_for(request.user)
    return show_class(request, class_for(actor, uid), actor, OpinionForm())


def show_class(
    request: HttpRequest, training_class: TrainingClass, actor: Actor, form: OpinionForm, *, status: int = 200
) -> HttpResponse:
    """Return the page of a class with the form of the decision as it was filled in."""
    page = page_of(roster_of(training_class), request.GET.get("roster", "1"), size=100)
    context = {
        "training_class": training_class,
        "line": class_line(training_class),
        "facts": facts_of(training_class),
        "roster_page": page,
        "roster": roster_lines(page),
        "decisions": decision_lines(training_class),
        "bar": decision_bar(actor, training_class),
        "form": form,
    }
    return office_page(request, "class_page.html", context, status=status)


def decide(request: SignedInRequest, uid: UUID, deed: Callable[..., TrainingClass], done: str) -> HttpResponse:
    """Do one step of a class's life with the opinion of the form, or show the form again with what is wrong."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    form = OpinionForm(request.POST)
    if form.is_valid():
        try:
            deed(training_class=training_class, opinion=form.cleaned_data["opinion"], actor=actor)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, done)
            return redirect("office_class", uid=uid)
    return show_class(request, training_class, actor, form, status=422)


@open_to(*DECIDERS)
@require_POST
def class_approve(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Approve a class (批准开班)."""
    return decide(
        request, uid, services.approve_class, "已批准开班，课程版本和学时口径已固定，名册学员登记实名后即可学习。"
    )


@open_to(*DECIDERS)
@require_POST
def class_return(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Send a class back with an opinion (退回)."""
    return decide(request, uid, services.return_class, "已退回培训机构，机构可以按意见修改后重新提交。")


@open_to(*DECIDERS)
@require_POST
def class_close(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Close a class (结班)."""
    return decide(request, uid, services.close_class, "班级已结班，不再计入新的学时。")
