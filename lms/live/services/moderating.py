"""Order in a room: silence, the door, and members who are muted, sent out or let in again. Each is in the operation log."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, NotFoundError
from lms.kernel.realtime import publish_on_commit
from lms.kernel.texts import check_reason
from lms.live.models import LiveSession, Room, RoomLease, RoomMember
from lms.live.queries.rooms import member_group
from lms.live.rules.rooms import HANDS, Deed
from lms.live.services.rooms import begin_deed, bump, kept_words, tell_member, tell_room

ORDER = frozenset({"is_quiet", "is_shut"})  # what restricts members is logged


@transaction.atomic
def set_room(
    *,
    session: LiveSession,
    actor: Actor,
    is_quiet: bool | None = None,
    is_shut: bool | None = None,
    emphasis: str | None = None,
) -> Room:
    """Silence all learners or let them talk, shut the door or open it, make slides or picture large (全员禁言、关门、重点).

    None leaves it as it is.
    """
    room, _ = begin_deed(session, actor, Deed.LEAD)
    wanted = {"is_quiet": is_quiet, "is_shut": is_shut, "emphasis": emphasis}
    changes = {name: value for name, value in wanted.items() if value is not None and value != getattr(room, name)}
    if changes:
        for name, value in changes.items():
            setattr(room, name, value)
        bump(room, *changes)
        if changes.keys() & ORDER:
            record(actor, "live.room_set", session, is_quiet=room.is_quiet, is_shut=room.is_shut)
        tell_room(room)
    return room


@transaction.atomic
def mute_member(*, session: LiveSession, member: UUID, is_muted: bool, actor: Actor) -> RoomMember:
    """Mute a learner, or let it talk again (禁言、解除禁言)."""
    begin_deed(session, actor, Deed.LEAD)
    found = learner_in(session, member)
    if found.is_muted != is_muted:
        found.is_muted = is_muted
        save(found, "is_muted")
        record(actor, "live.member_muted" if is_muted else "live.member_unmuted", session, member=str(found.uid))
    return found


@transaction.atomic
def remove_member(*, session: LiveSession, member: UUID, reason: str, actor: Actor) -> RoomMember:
    """Send a learner out of the room for a reason (移出教室): its sockets close and the door stays shut to it."""
    begin_deed(session, actor, Deed.LEAD)
    found = learner_in(session, member)
    words = check_reason(reason)
    if found.removed_at is None:
        found.removed_at, found.removed_reason = clock.now(), words
        save(found, "removed_at", "removed_reason")
        RoomLease.objects.filter(member=found).update(is_held=False, until=found.removed_at)
        record(actor, "live.member_removed", session, member=str(found.uid), **kept_words(session, found, words))
        publish_on_commit(member_group(found.uid), {"type": "room.removed"})
    return found


@transaction.atomic
def readmit_member(*, session: LiveSession, member: UUID, actor: Actor) -> RoomMember:
    """Let a learner in again who was sent out (重新允许进入)."""
    begin_deed(session, actor, Deed.LEAD)
    found = learner_in(session, member)
    if found.removed_at is not None:
        found.removed_at, found.removed_reason = None, ""
        save(found, "removed_at", "removed_reason")
        record(actor, "live.member_readmitted", session, member=str(found.uid))
    return found


def learner_in(session: LiveSession, uid: UUID) -> RoomMember:
    """Return a learner of a room, locked with it. Raises NotFoundError, ConflictError for who leads the lesson."""
    found = RoomMember.objects.select_related("session", "enrolment", "user").filter(session=session, uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这位成员，可能还没有进入教室。请刷新成员列表后再试。", code="member_not_found")
    if found.place in HANDS:
        raise ConflictError("主讲教师和助教不能被禁言或移出。需要换人的，请由机构调整安排。", code="member_leads")
    return found


def save(member: RoomMember, *fields: str) -> None:
    """Save a change of a member and tell it."""
    member.version += 1
    member.save(update_fields=["version", *fields])
    tell_member(member)
