"""What is noted of a broadcast: that it began, is heard of, was lost or ended, and how the lesson stands by that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Subquery

from lms.access.models import Grant
from lms.access.rules import SYSTEM, Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.kernel.realtime import publish_on_commit
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.sessions import publish_group, teaching_obstacle, unfounded_broadcasts
from lms.live.rules.lifecycle import Event, after
from lms.live.rules.recorders import Recorder
from lms.live.services.rooms import tell_standing
from lms.live.services.timetable import lock_live

End = Broadcast.End


def require_teaching(actor: Actor, session: LiveSession) -> None:
    """Raise ForbiddenError unless the actor gives the lesson or helps in it, ConflictError when it is not the time."""
    obstacle = teaching_obstacle(actor, session)
    if obstacle is not None:
        raise obstacle


@transaction.atomic
def open_live(*, session: LiveSession, actor: Actor) -> LiveSession:
    """Open the room (开门): its learners come in and wait. Opening it again changes nothing."""
    held = lock_live(session)
    require_teaching(actor, held)
    if held.state == LiveSession.State.SCHEDULED:
        move(held, Event.OPEN)
        record(actor, "live.opened", held)
    return held


@transaction.atomic
def begin_broadcast(
    *, session: LiveSession, recorder: Recorder, source: str, actor: Actor, feed: str = ""
) -> Broadcast:
    """Begin a run of the encoder (开播); one that is under way elsewhere is replaced, and told so.

    `feed`: the name under which software publishes it at a media server.
    """
    held = lock_live(session)
    require_teaching(actor, held)
    if held.state == LiveSession.State.SCHEDULED:
        move(held, Event.OPEN)
    now = clock.now()
    close_open(held, End.REPLACED, now)
    number = next_number(held)
    made = Broadcast.objects.create(
        session=held, number=number, source=source, is_encoded=recorder.is_encoded, started_at=now, heard_at=now,
        by_id=actor.user_id, feed=feed,
    )  # fmt: skip
    held.began_at = held.began_at or now
    move(held, Event.BEGIN, "began_at")
    record(actor, "live.began", held, number=number, source=source)
    publish_on_commit(publish_group(held.uid), {"type": "broadcast.began", "epoch": made.uid.hex})
    return made


@transaction.atomic
def follow_broadcast(epoch: UUID) -> Broadcast | None:
    """Begin the next run of what is still published, its program having ended; nothing where the row was closed meanwhile."""
    found = Broadcast.objects.select_related("session").filter(uid=epoch).first()
    if found is None:
        return None
    held = lock_live(found.session)
    now = clock.now()
    if not close_open(held, End.BROKEN, now, epoch=epoch):
        return None
    number = next_number(held)
    record(SYSTEM, "live.began", held, number=number, source=found.source)
    return Broadcast.objects.create(
        session=held, number=number, source=found.source, is_encoded=found.is_encoded, started_at=now, heard_at=now,
        by_id=found.by_id, feed=found.feed,
    )  # fmt: skip


def next_number(session: LiveSession) -> int:
    """Return the number of the run that follows."""
    return (session.broadcasts.aggregate(last=Max("number"))["last"] or 0) + 1


def hear(epoch: UUID) -> bool:
    """Note that data of a broadcast came (收到数据). Returns False when it was ended or replaced by another process."""
    return bool(Broadcast.objects.filter(uid=epoch, ended_at=None).update(heard_at=clock.now()))


@transaction.atomic
def end_broadcast(epoch: UUID, end: str, *, is_lost: bool = False) -> None:
    """Note that a run of the encoder ended. With `is_lost` the lesson is interrupted; else the next run follows at once."""
    found = Broadcast.objects.select_related("session").filter(uid=epoch, ended_at=None).first()
    if found is None:
        return
    held = lock_live(found.session)
    if close_open(held, end, clock.now(), epoch=epoch) and is_lost:
        move(held, Event.LOSE)


@transaction.atomic
def end_live(*, session: LiveSession, actor: Actor) -> LiveSession:
    """End a live lesson (下课): its players come to an end. Ending it again changes nothing."""
    held = lock_live(session)
    if held.state == LiveSession.State.ENDED:
        return held
    require_teaching(actor, held)
    if held.state == LiveSession.State.SCHEDULED:
        raise ConflictError("直播课还没有开始。不上的，请在安排里取消并写明原因。", code="live_not_started")
    now = clock.now()
    close_open(held, End.FINISHED, now)
    held.ended_at = now
    move(held, Event.END, "ended_at")
    record(actor, "live.ended", held)
    publish_on_commit(publish_group(held.uid), {"type": "live.ended"})
    return held


def sweep(moment: datetime) -> int:
    """Interrupt lessons whose broadcast nobody has heard of: its process or its page died (清理中断的直播). Returns how many."""
    on_air = Broadcast.objects.filter(ended_at=None).select_related("session__training_class")
    silent = [one.uid for one in on_air if one.heard_at < quiet_since(one.session, moment)]
    for epoch in silent:
        end_broadcast(epoch, End.LOST, is_lost=True)
    cut_unfounded()  # whose role ended in the moment in which it began
    runs = Broadcast.objects.filter(session=OuterRef("pk"))
    dark = LiveSession.objects.filter(~Exists(runs.filter(ended_at=None)), state=LiveSession.State.LIVE)
    last = Subquery(runs.order_by("-ended_at").values("ended_at")[:1])
    left = [one for one in dark.select_related("training_class").annotate(last=last) if is_left(one, moment)]
    return len(silent) + sum(interrupt(session) for session in left)


def cut_role_ended(grant: Grant) -> None:
    """Take whose role ended off the air, in that very transaction (撤销角色即停播)."""
    cut_unfounded(by=grant.user_id)


def cut_unfounded(**only: Any) -> int:
    """Take off the air who may teach the lesson no more, and say so to their pages (停止无权的直播). Returns how many."""
    found = list(unfounded_broadcasts().filter(**only))
    for one in found:
        end_broadcast(one.uid, End.LOST, is_lost=True)
        record(SYSTEM, "live.cut", one.session, number=one.number)
        publish_on_commit(publish_group(one.session.uid), {"type": "broadcast.cut", "epoch": one.uid.hex})
    return len(found)


def quiet_since(session: LiveSession, moment: datetime) -> datetime:
    """Return since when nothing may have come of a lesson's picture for it to be given up."""
    return moment - timedelta(seconds=session.terms.live_silence_seconds)


def is_left(session: LiveSession, moment: datetime) -> bool:
    """Return whether a lesson without a picture has had none for too long. `last`: when its last run ended."""
    last: datetime | None = session.last  # type: ignore[attr-defined]
    return last is None or last < quiet_since(session, moment)


@transaction.atomic
def interrupt(session: LiveSession) -> bool:
    """Interrupt a lesson that has no picture any more."""
    held = lock_live(session)
    if held.state != LiveSession.State.LIVE or held.broadcasts.filter(ended_at=None).exists():
        return False
    move(held, Event.LOSE)
    return True


def move(session: LiveSession, event: Event, *also: str) -> None:
    """Lead a locked lesson by an event to where the table says. Raises ConflictError where it says nothing."""
    state = after(session.state, event)
    if state is None:
        raise ConflictError("这次直播课已经结束或取消。请刷新页面查看最新状态。", code="live_over")
    is_other = session.state != state
    session.state = state
    session.save(update_fields=["state", *also])
    if is_other:
        tell_standing(session)


def close_open(session: LiveSession, end: str, now: datetime, *, epoch: UUID | None = None) -> bool:
    """Close the run that is under way, if there is one (of this epoch)."""
    under_way = session.broadcasts.filter(ended_at=None)
    if epoch is not None:
        under_way = under_way.filter(uid=epoch)
    return bool(under_way.update(ended_at=now, end=end))
