"""What one wants to be told outside the site, and the end of it by a link in a letter (消息设置、退订)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Actor, Role
from lms.access.views import PUBLIC, SIGNED_IN, SignedInRequest, open_to
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.notifications.queries.deliveries import language_of, policy_on, unwanted_by
from lms.notifications.rules import KINDS
from lms.notifications.rules.delivery import CHANNELS, STAFF_KINDS
from lms.notifications.services.preferences import set_preferences
from lms.notifications.services.unsubscribing import unsubscribe, unsubscriber
from lms.people.queries import own_email
from lms.people.services.emails import ask_for_email, asked_email, confirm_email, drop_email, mail_is_set_up
from lms.portal.learner.notice_forms import EmailForm, NoticeSettingsForm
from lms.wechat.queries import binding_of


def audience_of(actor: Actor) -> list[str]:
    """Return the kinds of notices that an actor can be told: those for staff only who has a role."""
    is_staff = actor.has(*(role for role in Role if role != Role.LEARNER))
    return [kind for kind in KINDS if is_staff or kind not in STAFF_KINDS]


@open_to(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def notice_settings(request: SignedInRequest) -> HttpResponse:
    """Show and change by which channels one is told what, and in which language."""
    actor, policy = actor_for(request.user), policy_on(clock.today())
    addresses = {"email": own_email(request.user), "email_form": EmailForm()} if mail_is_set_up() else {}
    if settings.WECHAT["appid"]:
        addresses |= {"wechat": binding_of(request.user.pk), "offers_wechat": True}
    if policy is None:
        return render(request, "portal/learner/notice_settings.html", addresses | {"form": None})
    terms, unwanted = policy.delivery_terms(), unwanted_by(request.user.pk)
    initial = {one: [kind for kind in terms.kinds_by(one) if (kind, one) not in unwanted] for one in CHANNELS}
    form = NoticeSettingsForm(
        request.POST if request.method == "POST" else None,
        terms=terms,
        audience=audience_of(actor),
        initial=initial | {"language": language_of(request.user.pk)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_preferences(
                user=request.user, wanted=form.wanted(), language=form.cleaned_data["language"], actor=actor
            )
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, "已保存。站内消息始终保留，可随时在这里改回来。")
            return redirect("my_notice_settings")
    status = 422 if form.errors else 200
    return render(request, "portal/learner/notice_settings.html", addresses | {"form": form}, status=status)


@open_to(SIGNED_IN)
@require_POST
def email_ask(request: SignedInRequest) -> HttpResponse:
    """Have a link sent to an address that one calls one's own."""
    form = EmailForm(request.POST)
    if form.is_valid():
        try:
            address = ask_for_email(user=request.user, address=form.cleaned_data["email"])
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, f"确认邮件已发到 {address}，请在24小时内打开邮件里的链接。没收到请看看垃圾邮件。")
            return redirect("my_notice_settings")
    context = {"email": own_email(request.user), "email_form": form, "form": None, "asks_email": True}
    return render(request, "portal/learner/notice_settings.html", context, status=422)


@open_to(SIGNED_IN)
@require_POST
def email_drop(request: SignedInRequest) -> HttpResponse:
    """Forget the own address."""
    drop_email(user=request.user, actor=actor_for(request.user))
    messages.success(request, "邮箱已删除，不再向它发送邮件。")
    return redirect("my_notice_settings")


@open_to(PUBLIC)
@require_http_methods(["GET", "POST"])
def email_confirming(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the address is right, then keep it; following the link alone changes nothing."""
    is_done = request.method == "POST"
    address = confirm_email(token=token) if is_done else asked_email(token)[1]
    return render(request, "portal/learner/confirm_email.html", {"address": address, "is_done": is_done})


@csrf_exempt  # RFC 8058: a mail program ends it with one request of its own; the signed link is the proof
@open_to(PUBLIC)
@require_http_methods(["GET", "POST"])
def unsubscribing(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to end, then end; following the link alone changes nothing, programs follow links as well."""
    channel = unsubscribe(token=token) if request.method == "POST" else unsubscriber(token)[1]
    context = {"channel": CHANNELS[channel], "is_done": request.method == "POST"}
    return render(request, "portal/learner/unsubscribe.html", context)
