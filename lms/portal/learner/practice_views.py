"""A learner's pages of practice: what is planned, the scan of a code, the signature."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.rules import Origin
from courses.middleware import media_key
from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.kernel.errors import DomainError
from lms.people.queries import address_of
from lms.practice import services
from lms.practice.models import Signature
from lms.practice.queries.sessions import (
    CANCELLED,
    CONFIRMED,
    OVER,
    PLANNED,
    RETURNED,
    RUNNING,
    WAITING,
    session_of_learner,
    sessions_now,
)
from lms.practice.rules.codes import IN, OUT, WAY_NAMES
from lms.practice.rules.places import INSIDE, NOT_ASKED, OUTSIDE, UNCLEAR, WITHHELD, Fix, Point, is_point

FARTHEST_OFF_M = 100_000
SEEN_TO = "须由教师在现场确认您到场，并经第二人复核。"
PLACE_WORDS = {
    INSIDE: "位置：在实操地点。",
    OUTSIDE: f"定位显示您不在实操地点，{SEEN_TO}如果您就在现场，请告诉教师。",
    UNCLEAR: f"定位不够准，{SEEN_TO}",
    WITHHELD: f"没有取得位置，{SEEN_TO}",
    NOT_ASKED: "本次课没有要求位置。",
}


@open_to(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def practice(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a session to its learner, or take six digits that were typed (我的实操课)."""
    if request.method == "POST":
        return confirm(request, uid, request.POST.get("way", ""), request.POST.get("digits", ""), method="typed")
    return show(request, uid)


def show(request: SignedInRequest, uid: UUID, *, status: int = 200, refusal: str = "", way: str = "") -> HttpResponse:
    """Return the session's page, with what was refused."""
    session, enrolment = session_of_learner(actor_for(request.user), uid)
    (now,) = sessions_now([session])
    own = list(session.signatures.filter(enrolment=enrolment).order_by("at_ms"))
    signed = {one.way for one in own}
    context = {
        "now": now, "enrolment": enrolment, "signatures": own, "refusal": refusal,
        "way": way or (OUT if IN in signed else IN),
        "may_sign": now.state in {PLANNED, RUNNING, OVER}, "next_step": next_step(now.state, signed),
    }  # fmt: skip
    return render(request, "portal/learner/practice.html", context, status=status)


def next_step(state: str, signed: set[str]) -> str:
    """Return what a learner does next (下一步)."""
    if state == CANCELLED:
        return "这次课已取消，不用到场。"
    if state == CONFIRMED:
        return "名单已确认。"
    if state in {WAITING, RETURNED}:
        return "教师已提交名单，正在办理，您不用操作。"
    if OUT in signed:
        return "已签退，等教师确认名单。"
    if IN in signed:
        return "已签到。离开前请扫签退码，不签退的须由教师登记离场时间。"
    return "到现场后，请用手机扫屏幕上的签到码。"


@open_to(SIGNED_IN)
@require_GET
@never_cache
def scan(request: SignedInRequest, uid: UUID, way: str, token: str) -> HttpResponse:
    """Take a scanned code: it is good now, the learner may confirm in peace (扫码)."""
    return confirm(request, uid, way, token, method="scan")


def confirm(request: SignedInRequest, uid: UUID, way: str, given: str, *, method: str) -> HttpResponse:
    """Show what is about to be signed, with the ticket of the code; or why the code is refused."""
    actor = actor_for(request.user)
    session, enrolment = session_of_learner(actor, uid)
    try:
        ticket = services.ticket_for(session=session, way=way, given=given, enrolment=enrolment, actor=actor)
    except DomainError as error:
        return show(request, uid, status=error.status, refusal=error.message, way=way)
    (now,) = sessions_now([session])
    context = {
        "now": now, "ticket": ticket, "method": method, "way_name": WAY_NAMES[way], "name": enrolment.person.name,
        "asks_place": now.step.radius_m is not None,
    }  # fmt: skip
    return render(request, "portal/learner/sign.html", context)


@open_to(SIGNED_IN)
@require_POST
def sign(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Sign in or out (签到、签退)."""
    actor = actor_for(request.user)
    session, enrolment = session_of_learner(actor, uid)
    typed = request.POST.get("method") == Signature.Method.TYPED
    try:
        made = services.sign(
            session=session,
            enrolment=enrolment,
            ticket=request.POST.get("ticket", ""),
            actor=actor,
            fix=fix_of(request),
            origin=Origin(media_key(request), address_of(request)),
            method=Signature.Method.TYPED if typed else Signature.Method.SCAN,
        )
    except DomainError as error:
        return show(request, uid, status=error.status, refusal=error.message)
    messages.success(request, f"{made.get_way_display()}成功。{PLACE_WORDS[made.place]}")
    return redirect("my_practice", uid=uid)


def fix_of(request: HttpRequest) -> Fix | None:
    """Return what the browser says of where it is; nothing when it does not, or says nonsense."""
    with suppress(KeyError, ValueError, OverflowError):
        point = Point(float(request.POST["latitude"]), float(request.POST["longitude"]))
        off = round(float(request.POST["accuracy"]))
        if is_point(point) and 0 <= off <= FARTHEST_OFF_M:
            return Fix(point, off)
    return None
