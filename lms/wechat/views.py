"""The doors of the official account: its server knocks (服务器回调), and people bind their WeChat (绑定微信)."""

from __future__ import annotations

import hmac
from secrets import token_hex

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.views import PUBLIC, SIGNED_IN, SignedInRequest, open_to
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.wechat.rules.consent import STATE_SECONDS, consent_address, is_inside
from lms.wechat.services import SPENT, answer_handshake, bind_wechat, take_callback, unbind_wechat

SETTINGS_PAGE, HELD = "my_notice_settings", "wechat_state"


@csrf_exempt  # no browser, no session: the signature is the proof
@open_to(PUBLIC)
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest) -> HttpResponse:
    """Answer the handshake, or take what is told and say so at once."""
    query = request.GET.dict()
    if request.method == "GET":
        return HttpResponse(answer_handshake(query), content_type="text/plain")
    take_callback(query, request.body)
    return HttpResponse("success", content_type="text/plain")


@open_to(SIGNED_IN)
@require_POST
def bind(request: SignedInRequest) -> HttpResponse:
    """Send somebody to WeChat, which sends them back with a code. The state is this browser's, once."""
    appid = settings.WECHAT["appid"]
    if not appid or not is_inside(request.headers.get("User-Agent", "")):
        messages.error(request, "请在微信里打开本页，再点“绑定微信”。" if appid else "本平台没有接入微信公众号。")
        return redirect(SETTINGS_PAGE)
    state = token_hex(16)
    request.session[HELD] = [state, int(clock.now().timestamp()) + STATE_SECONDS]
    back = settings.WAGTAILADMIN_BASE_URL + reverse("wechat_bound")
    return redirect(consent_address(appid=appid, back=back, state=state))


@open_to(SIGNED_IN)
@require_GET
def bound(request: SignedInRequest) -> HttpResponse:
    """Bind who comes back from WeChat with the state that this browser was given."""
    state, until = request.session.pop(HELD, ["", 0])
    is_own = state and hmac.compare_digest(state.encode(), request.GET.get("state", "").encode())
    if not is_own or clock.now().timestamp() > until:
        messages.error(request, SPENT)
        return redirect(SETTINGS_PAGE)
    try:
        made = bind_wechat(user=request.user, code=request.GET.get("code", "")[:200], actor=actor_for(request.user))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        follow = "" if made.follows else "请关注公众号，否则收不到通知。"
        messages.success(request, f"已绑定微信。{follow}")
    return redirect(SETTINGS_PAGE)


@open_to(SIGNED_IN)
@require_POST
def unbind(request: SignedInRequest) -> HttpResponse:
    """End the binding."""
    if unbind_wechat(user=request.user, actor=actor_for(request.user)):
        messages.success(request, "已解除微信绑定，不再向它发送通知。")
    return redirect(SETTINGS_PAGE)
