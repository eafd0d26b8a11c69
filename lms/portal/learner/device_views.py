"""The check of devices and line before a live lesson, for who learns and who teaches. Nothing of it is kept."""

from __future__ import annotations

import os

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.kernel.errors import DomainError
from lms.kernel.powers import with_devices
from lms.live.rules.probes import PIECE_BYTES
from lms.live.services import count_probe

READ_BYTES = 65_536


@open_to(SIGNED_IN)
@require_GET
@never_cache
@with_devices
def devices(request: SignedInRequest) -> HttpResponse:
    """Show the check of camera, microphone, speaker, line and playback (设备检测)."""
    teaches = bool(actor_for(request.user).units(Role.INSTRUCTOR))
    return render(request, "portal/learner/devices.html", {"teaches": teaches, "piece_bytes": PIECE_BYTES})


@open_to(SIGNED_IN)
@require_GET
@never_cache
def line_down(request: SignedInRequest) -> HttpResponse:
    """Send a piece that no line can shrink (下行测速)."""
    return counted(request) or HttpResponse(os.urandom(PIECE_BYTES), content_type="application/octet-stream")


@open_to(SIGNED_IN)
@require_POST
@never_cache
def line_up(request: SignedInRequest) -> HttpResponse:
    """Take a piece and forget it (上行测速)."""
    if int(request.headers.get("Content-Length") or 0) > PIECE_BYTES:
        return HttpResponse("数据太大。", status=413, content_type="text/plain; charset=utf-8")
    refusal = counted(request)
    while request.read(READ_BYTES):
        continue
    return refusal or HttpResponse(status=204)


def counted(request: HttpRequest) -> HttpResponse | None:
    """Count a piece; returns what is answered when it was one too many."""
    try:
        count_probe(actor_for(request.user))
    except DomainError as refusal:
        return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
    return None
