"""The anomaly queue and its cases on the desks of office and departments; auditors read (异常线索)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.rules import READERS, Actor, Role, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.anomalies import services
from lms.anomalies.models import AnomalyCase
from lms.anomalies.queries.cases import CaseFilters, appeal_in, case_for, case_queue, newest_run
from lms.anomalies.queries.policies import policy_on
from lms.anomalies.rules.findings import KINDS
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError
from lms.kernel.forms import RefusableForm
from lms.portal.authority.anomaly_forms import AskForm, DecisionForm, RuleForm
from lms.portal.authority.anomaly_pages import CasePage, case_line, case_page
from lms.portal.authority.frames import office_page
from lms.portal.workspaces import page_of

HANDLERS = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER, Role.DEPARTMENT)
DONE = {
    "take": "已开始核查，您是承办人。",
    "ask": "已发出，对方登录后就能看到。",
    "rule": "结论已提交。附带处理措施的，由另一位同事复核后生效。",
    "confirm": "已办理。",
    "appeal": "申诉已处理，当事人可以看到结果。",
}


@open_to(*READERS)
@require_GET
def queue(request: SignedInRequest) -> HttpResponse:
    """Show the cases, strong ones first, narrowed by state, kind, strength, number or name."""
    actor = actor_for(request.user)
    filters = CaseFilters(**{name: request.GET.get(name, "").strip() for name in ("state", "kind", "strength", "q")})
    page = page_of(case_queue(actor, filters), request.GET.get("page", "1"))
    context = {
        "page": page,
        "rows": [case_line(one) for one in page],
        "filters": filters,
        "states": AnomalyCase.State.choices,
        "kinds": [(kind.name, kind.label) for kind in KINDS.values()],
        "strengths": [("strong", "强线索"), ("weak", "弱线索")],
        "run": newest_run(),
        "policy": policy_on(clock.today()),
        "may_detect": is_permitted(actor, "anomalies.handle"),
    }
    return office_page(request, "anomalies.html", context)


@open_to(*HANDLERS)
@require_POST
def detect_now(request: SignedInRequest) -> HttpResponse:
    """Have the detectors run now (立即检测)."""
    try:
        services.ask_for_detection(actor=actor_for(request.user))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已开始检测本周和上周的记录，一般几分钟内完成，请稍后刷新本页。")
    return redirect("office_anomalies")


@dataclass(slots=True)
class Forms:
    """The forms of a case's page; the one that was refused is bound (表单)."""

    ask: AskForm
    rule: RuleForm
    confirm: DecisionForm
    appeal: DecisionForm


def forms_for(page: CasePage, request: HttpRequest, posted: str = "") -> Forms:
    """Return the forms of a case's page, the one that was sent bound to what was sent."""
    data = {name: request.POST if name == posted else None for name in ("ask", "rule", "confirm", "appeal")}
    institution = page.case.institution
    return Forms(
        AskForm(data["ask"], persons=page.persons, institution=str(institution) if institution else ""),
        RuleForm(
            data["rule"],
            persons=page.persons,
            enrolments=page.enrolments,
            institution_id=institution.pk if institution else None,
        ),
        DecisionForm(data["confirm"], prefix="confirm"),
        DecisionForm(data["appeal"], prefix="appeal"),
    )


def shown(request: HttpRequest, page: CasePage, forms: Forms, *, status: int = 200) -> HttpResponse:
    """Return a case's page."""
    return office_page(request, "anomaly.html", {"page": page, "forms": forms}, status=status)


@open_to(*READERS)
@require_GET
def case(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a case: flags with their explanations, the evidence beside them, the steps, and what may be done."""
    actor = actor_for(request.user)
    page = case_page(case_for(actor, uid), actor)
    return shown(request, page, forms_for(page, request))


def done(
    request: SignedInRequest, uid: UUID, name: str, deed: Callable[[AnomalyCase, Actor, Forms], object]
) -> HttpResponse:
    """Do a step; a refusal is shown at its field, with what was typed."""
    actor = actor_for(request.user)
    page = case_page(case_for(actor, uid), actor)
    forms = forms_for(page, request, name)
    form: RefusableForm | None = getattr(forms, name, None)
    if form is None or form.is_valid():
        try:
            deed(page.case, actor, forms)
        except InvalidError as error:
            if form is not None:
                form.take(error)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("office_anomaly", uid=uid)
        else:
            messages.success(request, DONE[name])
            return redirect("office_anomaly", uid=uid)
    return shown(request, page, forms, status=422)


@open_to(*HANDLERS)
@require_POST
def take(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Begin to look into a case (开始核查)."""
    return done(request, uid, "take", lambda case, actor, forms: services.take_up(case=case, actor=actor))


@open_to(*HANDLERS)
@require_POST
def ask(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Ask for a statement (要求说明)."""

    def deed(case: AnomalyCase, actor: Actor, forms: Forms) -> object:
        data = forms.ask.cleaned_data
        words = {"question": data["question"], "due_on": data["due_on"]}
        return services.ask_for_statement(case=case, actor=actor, **words, **forms.ask.addressee())

    return done(request, uid, "ask", deed)


@open_to(*HANDLERS)
@require_POST
def rule(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Propose how a case ends (提出结论)."""

    def deed(case: AnomalyCase, actor: Actor, forms: Forms) -> object:
        data = forms.rule.cleaned_data
        return services.propose_ruling(
            case=case, outcome=data["outcome"], reason=data["reason"], plans=forms.rule.plans(), actor=actor
        )

    return done(request, uid, "rule", deed)


@open_to(*HANDLERS)
@require_POST
def confirm(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Agree to an outcome, or send it back (复核)."""

    def deed(case: AnomalyCase, actor: Actor, forms: Forms) -> object:
        agrees, opinion = request.POST.get("decision") == "agree", forms.confirm.cleaned_data["opinion"]
        return services.confirm_ruling(case=case, agrees=agrees, opinion=opinion, actor=actor)

    return done(request, uid, "confirm", deed)


@open_to(*HANDLERS)
@require_POST
def decide(request: SignedInRequest, uid: UUID, step_uid: UUID) -> HttpResponse:
    """Decide an appeal (申诉处理)."""

    def deed(case: AnomalyCase, actor: Actor, forms: Forms) -> object:
        grants, opinion = request.POST.get("decision") == "grant", forms.appeal.cleaned_data["opinion"]
        return services.decide_appeal(asked=appeal_in(case, step_uid), grants=grants, opinion=opinion, actor=actor)

    return done(request, uid, "appeal", deed)
