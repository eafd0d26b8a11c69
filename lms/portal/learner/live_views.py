"""A learner's pages of live lessons: the timetable and the lobby."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from courses.middleware import media_key
from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.kernel import clock
from lms.kernel.powers import with_camera, with_devices
from lms.live.queries.files import replay_files
from lms.live.queries.replays import counting_of, learned_live, published_replay, replay_shown, watching_for
from lms.live.queries.rooms import terms_on
from lms.live.queries.sessions import coming_of, entrance_of, live_of_learner, lives_of_learner
from lms.live.rules.admission import Bar
from lms.live.rules.lifecycle import ON_AIR, OPEN, OVER, SCHEDULED
from lms.people.queries import watermark_of
from lms.portal.learner.live_pages import live_study
from lms.portal.live_pages import lines_with_replays, live_facts, live_line, live_lines, stream_of
from lms.portal.replay_pages import film_of
from lms.portal.workspaces import page_of

WAITING = frozenset({SCHEDULED, OPEN})
MOST_COMING = 50


@open_to(SIGNED_IN)
@require_GET
def my_lives(request: SignedInRequest) -> HttpResponse:
    """Show what one's classes are taught live, and what is over (我的直播课)."""
    person_id = actor_for(request.user).person_id
    over = lives_of_learner(person_id).filter(state__in=OVER).reverse()
    page = page_of(over, request.GET.get("page", "1"))
    context = {
        "coming": live_lines(coming_of(person_id)[:MOST_COMING]),
        "over": lines_with_replays(page),
        "page": page,
        "needs_real_name": person_id is None,
    }
    return render(request, "portal/learner/lives.html", context)


@open_to(SIGNED_IN)
@require_GET
@never_cache
@with_devices
def my_live(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a live lesson to its learner: how long it is until it begins, and why one waits (直播课)."""
    actor = actor_for(request.user)
    session, now = live_of_learner(actor, uid), clock.now()
    entrance = entrance_of(actor, session, now)
    is_shown = session.state in ON_AIR and entrance.bar is None
    context = {
        "session": session,
        "line": live_line(session),
        "facts": live_facts(session),
        "entrance": entrance,
        "waits": session.state in WAITING and entrance.bar in (None, Bar.TOO_EARLY),
        "opens_at": session.opens_at,
        "now": now,
        "stream": stream_of(session, request.user.pk, media_key(request)) if is_shown else None,
        "has_room": entrance.bar is None,
        "voice_seconds": terms_on(clock.today()).voice_seconds,
        "attendance": live_study(actor, session) if is_shown else None,
        "replay": counting_of(shown) if (shown := published_replay(session)) else None,
    }
    return render(request, "portal/learner/live.html", context)


@open_to(SIGNED_IN)
@require_GET
@never_cache
@with_camera
def my_replay(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a live lesson's replay to its learner, counted or not (直播回放)."""
    actor = actor_for(request.user)
    session = learned_live(actor, uid)
    shown = replay_shown(session)
    counting = counting_of(shown)
    grant = None if counting.counts else watching_for(session, request.user.pk)
    context = {
        "session": session,
        "film": film_of(shown, grant=grant, key=media_key(request), language=request.GET.get("transcript", "")),
        "counting": counting,
        "study": live_study(actor, session) if counting.counts else None,
        "files": replay_files(session),
        "watermark": watermark_of(request.user),
    }
    return render(request, "portal/learner/replay.html", context)
