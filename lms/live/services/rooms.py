"""The room: coming in, being there by a lease, and the news of it. Every deed in it takes the room's lock and a version."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from lms.access.rules import Actor
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, ForbiddenError
from lms.kernel.realtime import publish, publish_on_commit
from lms.live.models import LiveSession, Room, RoomLease, RoomMember
from lms.live.queries.rooms import (
    Seat,
    head_counts,
    is_shut,
    me_data,
    member_group,
    room_data,
    room_group,
    room_of,
    seat_at,
)
from lms.live.rules import leases
from lms.live.rules.admission import SENTENCES as BARS
from lms.live.rules.admission import Place
from lms.live.rules.lifecycle import OVER
from lms.live.rules.rooms import SENTENCES, Deed, Stop, deed_stop, entry_stop
from lms.live.services.inspection import inspect_live
from lms.people.models import User
from lms.people.services import KeptWords, keep_words

NOT_NOW = frozenset({Stop.NOT_OPEN, Stop.ENDED, Stop.QUIET})


def refusal(stop: Stop) -> DomainError:
    """Return a refusal in words."""
    kind = ConflictError if stop in NOT_NOW else ForbiddenError
    return kind(SENTENCES[stop], code=stop.value)


@transaction.atomic
def enter_room(*, session: LiveSession, actor: Actor) -> Seat:
    """Come into the room (进入教室). Coming in again changes nothing; an inspector leaves no row, only a note in the log.

    Raises NotFoundError for strangers, ForbiddenError and ConflictError with why the door stays shut.
    """
    seat = seat_at(actor, session)
    if seat.bar is not None:
        raise ForbiddenError(BARS[seat.bar], code=seat.bar.value)
    if (stop := entry_stop(seat.phase, seat.standing, is_shut=is_shut(session))) is not None:
        raise refusal(stop)
    if seat.place == Place.INSPECTOR:
        inspect_live(session=session, actor=actor)
        return seat
    return Seat(session, seat.place, seat.phase, seat.bar, seat.member or member_made(seat, actor))


def member_made(seat: Seat, actor: Actor) -> RoomMember:
    """Return the row of somebody who comes in for the first time; two pages at once make one."""
    own = Enrolment.objects.filter(training_class_id=seat.session.training_class_id, person_id=actor.person_id or 0)
    enrolment = own.filter(state=Enrolment.State.ACTIVE).first() if seat.place == Place.LEARNER else None
    user = User.objects.select_related("person").get(pk=actor.user_id or 0)
    made = RoomMember(session=seat.session, user=user, enrolment=enrolment, place=seat.place.value, called=user.called)
    RoomMember.objects.bulk_create([made], ignore_conflicts=True)
    return RoomMember.objects.get(session=seat.session, user=user)


def lock_room(session: LiveSession) -> Room:
    """Return the room, locked and made when it is missing: its versions come one after another."""
    Room.objects.get_or_create(session=session)
    return (
        Room.objects.select_for_update(of=("self",))
        .select_related("session__training_class", "deck")
        .get(session=session)
    )


def begin_deed(session: LiveSession, actor: Actor, deed: Deed) -> tuple[Room, RoomMember]:
    """Return the locked room and who acts in it. Raises NotFoundError, ForbiddenError, ConflictError with why not."""
    seat = seat_at(actor, session)
    room = lock_room(session)
    member = RoomMember.objects.filter(session=session, user_id=actor.user_id or 0).first()
    return room, allowed(Seat(session, seat.place, seat.phase, seat.bar, member), deed, room)


def allowed(seat: Seat, deed: Deed, room: Room) -> RoomMember:
    """Return the member of a seat who may do something. Raises ForbiddenError, ConflictError with why not."""
    if seat.place == Place.INSPECTOR:
        raise refusal(Stop.OUTSIDE)
    if (stop := deed_stop(deed, seat.phase, seat.standing, is_quiet=room.is_quiet)) is not None:
        raise refusal(stop)
    if seat.bar is not None:
        raise ForbiddenError(BARS[seat.bar], code=seat.bar.value)
    assert seat.member is not None
    return seat.member


def check_deed(session: LiveSession, actor: Actor, deed: Deed) -> RoomMember:
    """Return who acts, without the room's lock: for what many do at once. Raises what begin_deed raises."""
    return allowed(seat_at(actor, session), deed, room_of(session))


def count_soon(session: LiveSession) -> None:
    """Have the room's counts told with the next second's."""
    Room.objects.filter(session=session, is_count_due=False).update(is_count_due=True)


def note_deed(member: RoomMember) -> None:
    """Note that a member voted or answered: the member's own state reads otherwise from now on, nobody else's does."""
    RoomMember.objects.filter(pk=member.pk).update(deeds=F("deeds") + 1)
    count_soon(member.session)


def kept_words(session: LiveSession, member: RoomMember, words: str) -> KeptWords:
    """Seal why somebody was sent out, or what they said deleted, for as long as the class's terms keep words (说明加密留存)."""
    days = session.training_class.study_terms().appeal_words_days
    about = member.enrolment.person_id if member.enrolment else member.user.person_id
    return keep_words(words, about=about, days=days)


def bump(room: Room, *changed: str) -> int:
    """Count a change of a locked room."""
    room.version += 1
    room.save(update_fields=["version", *changed])
    return room.version


def tell(room: Room, kind: str, item: Mapping[str, Any]) -> None:
    """Send a change to everybody in the room; it is written as text once, however many hear it."""
    text = json.dumps({"type": "news", "version": room.version, "kind": kind, "item": item}, ensure_ascii=False)
    publish_on_commit(room_group(room.session.uid), {"type": "room.news", "text": text})


def tell_room(room: Room) -> None:
    """Send how the room itself stands."""
    tell(room, "room", room_data(room))


def tell_member(member: RoomMember) -> None:
    """Send somebody the own standing."""
    text = json.dumps({"type": "you", "item": me_data(Place(member.place), member)}, ensure_ascii=False)
    publish_on_commit(member_group(member.uid), {"type": "room.news", "text": text})


def tell_standing(session: LiveSession) -> None:
    """Count and tell that a lesson stands otherwise (阶段变化); when it is over, its sockets close. In its transaction."""
    room = lock_room(session)
    room.session = session
    bump(room)
    tell_room(room)
    if session.state in OVER:
        publish_on_commit(room_group(session.uid), {"type": "room.closed"})


def take_lease(*, member: RoomMember, holder: UUID) -> None:
    """Note that a member sits at a socket of a process (登记在场)."""
    lease = RoomLease(member=member, holder=holder, until=leases.until(clock.now()), is_held=True)
    RoomLease.objects.bulk_create(
        [lease], update_conflicts=True, unique_fields=["member", "holder"], update_fields=["until", "is_held"]
    )


def renew_leases(*, holder: UUID) -> int:
    """Renew all leases of a process in one statement, in lessons that are not over (批量续约). Returns how many."""
    running = RoomMember.objects.filter(pk=OuterRef("member"), removed_at=None).exclude(session__state__in=OVER)
    held = RoomLease.objects.filter(Exists(running), holder=holder, is_held=True)
    return held.update(until=leases.until(clock.now()))


def leave_lease(*, member: RoomMember, holder: UUID) -> None:
    """Note that a member's last socket at a process closed; the lease holds on for a moment (离开)."""
    held = RoomLease.objects.filter(member=member, holder=holder)
    held.update(is_held=False, until=leases.until_left(clock.now()))


def publish_heads(*, sessions: Collection[int], told: Mapping[int, int]) -> dict[int, int]:
    """Tell rooms how many are there, where that is not what was told last (在场人数). Returns the counts."""
    counts = head_counts(sessions)
    changed = [pk for pk, heads in counts.items() if told.get(pk) != heads]
    for pk, version, uid in Room.objects.filter(pk__in=changed).values_list("pk", "version", "session__uid"):
        text = json.dumps({"type": "heads", "version": version, "head_count": counts[pk]})
        publish(room_group(uid), {"type": "room.news", "text": text})
    return counts


def clear_leases(moment: datetime) -> int:
    """Clear away leases that ran out long ago (清理租约). Returns how many."""
    return RoomLease.objects.filter(until__lt=moment - leases.KEPT).delete()[0]
