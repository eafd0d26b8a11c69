"""/me/sync: one call brings a phone up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from ninja import Router, Schema
from ninja.decorators import decorate_view

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.routers.appeals import appeal_out
from api.v1.routers.learning import study_fields
from api.v1.routers.live import live_out
from api.v1.routers.notices import notice_out
from api.v1.schemas.cases import CaseOut
from api.v1.schemas.live import LiveOut
from api.v1.schemas.notices import NoticeOut
from api.v1.schemas.sync import SyncCheckOut, SyncEnrolmentOut, SyncOut
from attendance.models import PresenceCheck
from attendance.queries import newest_checks, open_check
from lms.access.rules import Actor
from lms.access.views import SignedInRequest
from lms.anomalies.queries.cases import learner_party
from lms.anomalies.queries.concerns import concerns
from lms.appeals.queries.records import appeals_of
from lms.dossier.queries import my_enrolments
from lms.kernel import clock
from lms.kernel.deltas import delta
from lms.live.queries.sessions import coming_of
from lms.notifications.queries import notices_of, unread_count

MOST_NOTICES, MOST = 50, 30
router = Router()


def check_out(check: PresenceCheck) -> dict[str, Any]:
    """Return a settled check's fields."""
    return {name: getattr(check, name) for name in ("uid", "number", "kind", "outcome")} | {
        "session": check.session.uid,
        "asked_at": clock.from_ms(check.asked_ms),
        "settled_at": clock.from_ms(check.settled_ms),
    }


def told_to(actor: Actor) -> dict[str, list[tuple[UUID, Schema]]]:
    """Return all that is told to a learner, by kind. A constant count of queries."""
    return {
        "enrolments": [(one.enrolment.uid, SyncEnrolmentOut(**study_fields(one))) for one in my_enrolments(actor)],
        "live_sessions": [(one.uid, LiveOut(**live_out(one))) for one in coming_of(actor.person_id)[:MOST]],
        "notices": [(one.uid, NoticeOut(**notice_out(one))) for one in notices_of(actor)[:MOST_NOTICES]],
        "checks": [(one.uid, SyncCheckOut(**check_out(one))) for one in newest_checks(actor.person_id, MOST)],
        "cases": [(one.uid, CaseOut.from_orm(one)) for one in concerns(learner_party(actor))[:MOST]],
        "appeals": [(one.uid, appeal_out(one)) for one in appeals_of(actor)[:MOST]],
    }


def as_json(found: Iterable[tuple[UUID, Schema]]) -> dict[UUID, dict[str, Any]]:
    """Return things by uid, as JSON has them."""
    return {uid: one.model_dump(mode="json") for uid, one in found}


@router.get("/me/sync", response={200: SyncOut, 304: None, **PROBLEMS}, summary="同步：上次之后的变化")
@decorate_view(conditional_page, cache_control(private=True, no_cache=True))
def sync(request: SignedInRequest, since: str = "") -> Any:
    """Return what differs from what the cursor `since` says was told; without one, or with one that is none, all.

    The newest 50 notices and, of checks, cases, appeals and coming live lessons, the newest or nearest 30; what has left
    them is `removed`. A change is never skipped: see `lms/kernel/deltas.py`. 304 when the ETag still holds. Open to
    everybody signed in, for oneself.
    """
    actor = actor_of(request)
    things = {kind: as_json(found) for kind, found in told_to(actor).items()}
    found = delta(things, owner=f"{actor.user_id}", since=since)
    waiting = open_check(actor.person_id)
    return {kind: [things[kind][uid] for uid in uids] for kind, uids in found.changed.items()} | {
        "cursor": found.cursor,
        "is_full": found.is_full,
        "unread": unread_count(actor),
        "open_check": dict(zip(("session", "number", "due_at"), waiting, strict=True)) if waiting else None,
        "removed": found.removed,
    }
