"""How a room stands: for members who come, come back, or missed news (教室状态)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, QuerySet, When

from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, NotFoundError
from lms.live.models import LiveSession, Room, RoomLease, RoomMember, RoomMessage, RoomPolicy
from lms.live.queries.captions import newest_captions
from lms.live.queries.files import files_data
from lms.live.queries.sessions import NOT_YOURS, entrance_of, lessons, lives_in_reach
from lms.live.queries.slides import slide_data
from lms.live.queries.voices import voice_data
from lms.live.rules.admission import SENTENCES, Bar, Place
from lms.live.rules.rooms import SENTENCES as STOPS
from lms.live.rules.rooms import Phase, Standing, Stop, phase_of
from lms.live.rules.talking import RoomTerms

NEWEST = 200  # messages that a late joiner gets
READ_ALSO = frozenset({None, Bar.ENDED})  # what was said stays readable after the lesson

PREPARES_ALSO = READ_ALSO | {Bar.TOO_EARLY}


class MessageData(TypedDict):
    """A message as members get it; of a deleted one only that it was."""

    id: str
    kind: str
    member: str
    called: str
    place: str
    text: str
    sent_at: str
    is_pinned: bool
    is_deleted: bool
    voice: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody before a room (课堂身份): as what, in which phase, with which row."""

    session: LiveSession
    place: Place
    phase: Phase
    bar: Bar | None
    member: RoomMember | None

    @property
    def standing(self) -> Standing:
        """Return what the rules know of it."""
        row = self.member
        if row is None:
            return Standing(self.place)
        return Standing(self.place, True, row.is_muted, row.removed_at is not None, row.invited_at is not None)


def room_group(session: UUID) -> str:
    """Return where everybody in a room hears of it."""
    return f"live.room.{session.hex}"


def member_group(member: UUID) -> str:
    """Return where one member of a room hears what concerns nobody else."""
    return f"live.member.{member.hex}"


def terms_on(day: date) -> RoomTerms:
    """Return the terms of rooms that hold on a day (课堂互动口径)."""
    policy = policy_on(day)
    return policy.room_terms() if policy else RoomTerms()


def terms_at(session: LiveSession) -> RoomTerms:
    """Return the terms that hold on the day of a lesson."""
    return terms_on(clock.local(session.starts_at).date())


def policy_on(day: date) -> RoomPolicy | None:
    """Return the version in force on a day, or nothing (课堂互动口径)."""
    return RoomPolicy.objects.filter(effective_from__lte=day).order_by("effective_from", "version").last()


def policy_versions() -> QuerySet[RoomPolicy]:
    """Return all versions, newest first."""
    return RoomPolicy.objects.order_by("-version")


def seat_at(actor: Actor, session: LiveSession, now: datetime | None = None) -> Seat:
    """Return how an actor stands before a room. Raises NotFoundError for strangers, ForbiddenError for who left the class."""
    now = now or clock.now()
    entrance = entrance_of(actor, session, now)
    if entrance.place is None:
        if entrance.bar == Bar.WITHDRAWN:
            raise ForbiddenError(entrance.sentence, code=entrance.bar.value)
        raise NotFoundError(NOT_YOURS, code="live_not_found")
    member = RoomMember.objects.filter(session=session, user_id=actor.user_id or 0).first()
    return Seat(session, entrance.place, phase_of(session.state, session.opens_at, now), entrance.bar, member)


def session_at_door(uid: UUID) -> LiveSession:
    """Return a live lesson by its id; who may know of it, `seat_at` says. Raises NotFoundError."""
    found = lessons().filter(uid=uid).first()
    if found is None:
        raise NotFoundError(NOT_YOURS, code="live_not_found")
    return found


def reader_at(actor: Actor, uid: UUID) -> Seat:
    """Return how somebody stands who reads a room. Raises what seat_at raises, and ForbiddenError when the door says no."""
    seat = seat_at(actor, session_at_door(uid))
    if seat.bar not in READ_ALSO:
        assert seat.bar is not None
        raise ForbiddenError(SENTENCES[seat.bar], code=seat.bar.value)
    return seat


def leader_at(actor: Actor, uid: UUID) -> Seat:
    """Return how somebody stands who reads what only leaders see. Raises what reader_at raises, ForbiddenError for others."""
    seat = reader_at(actor, uid)
    if not seat.standing.leads:
        raise ForbiddenError(STOPS[Stop.NOT_LEADING], code=Stop.NOT_LEADING.value)
    return seat


def preparer_at(actor: Actor, uid: UUID) -> Seat:
    """Return how somebody stands who prepares a lesson, also before its door opens and after it is over (备课).

    Raises what seat_at raises, ForbiddenError for who does not lead it and for a lesson that was cancelled.
    """
    seat = seat_at(actor, session_at_door(uid))
    if not seat.standing.leads:
        raise ForbiddenError(STOPS[Stop.NOT_LEADING], code=Stop.NOT_LEADING.value)
    if seat.bar not in PREPARES_ALSO:
        assert seat.bar is not None
        raise ForbiddenError(SENTENCES[seat.bar], code=seat.bar.value)
    return seat


def lesson_of_reader(actor: Actor, uid: UUID) -> LiveSession:
    """Return a lesson whose slides somebody may look at: the class's staff at any time, others as they read the room."""
    return lives_in_reach(actor).filter(uid=uid).first() or reader_at(actor, uid).session


def room_of(session: LiveSession) -> Room:
    """Return a lesson's room; an unsaved one as long as nobody came in."""
    related = ("session__training_class", "deck")
    return Room.objects.select_related(*related).filter(session=session).first() or Room(session=session)


def is_shut(session: LiveSession) -> bool:
    """Return whether a room's door is shut to who was not there before (门已关)."""
    return Room.objects.filter(session=session, is_shut=True).exists()


def present(session: LiveSession, now: datetime | None = None) -> QuerySet[RoomMember]:
    """Return who is in the room now, leaders first, then by when they came (在场成员)."""
    held = RoomLease.objects.filter(member=OuterRef("pk"), until__gt=now or clock.now())
    return members_of(session).filter(Exists(held), removed_at=None)


def members_of(session: LiveSession) -> QuerySet[RoomMember]:
    """Return everybody who came into a room, leaders first, then by when they came (教室成员)."""
    is_learner = Case(When(place=Place.LEARNER, then=1), default=0)
    return RoomMember.objects.filter(session=session).order_by(is_learner, "came_at", "pk")


def members_seen(seat: Seat) -> QuerySet[Any]:
    """Return the members that somebody may see, with whether they are there: leaders see also who left or was sent out."""
    held = RoomLease.objects.filter(member=OuterRef("pk"), until__gt=clock.now())
    found = members_of(seat.session).annotate(is_present=Exists(held))
    return (
        found
        if seat.standing.leads or seat.place == Place.INSPECTOR
        else found.filter(is_present=True, removed_at=None)
    )


def head_counts(sessions: Collection[int], now: datetime | None = None) -> dict[int, int]:
    """Return how many learners are in each of the rooms now (在场人数). One query, however many rooms."""
    held = RoomLease.objects.filter(member=OuterRef("pk"), until__gt=now or clock.now())
    learners = RoomMember.objects.filter(
        Exists(held), session__in=sessions, removed_at=None, place=Place.LEARNER
    )  # fmt: skip
    found = dict(learners.order_by().values_list("session").annotate(heads=Count("pk")))
    return {pk: found.get(pk, 0) for pk in sessions}


def message_data(message: RoomMessage) -> MessageData:
    """Return a message as members get it."""
    is_deleted = message.deleted_at is not None
    return {
        "id": str(message.uid),
        "kind": message.kind,
        "member": str(message.member.uid),
        "called": message.member.called,
        "place": message.member.place,
        "text": "" if is_deleted else message.text,
        "sent_at": message.sent_at.astimezone(UTC).isoformat(),
        "is_pinned": message.is_pinned and not is_deleted,
        "is_deleted": is_deleted,
        "voice": voice_data(message),
    }


def messages_since(session: LiveSession, since: int) -> list[MessageData]:
    """Return what was said, pinned or deleted after a version, in the order of sending; of a long lesson the newest."""
    rows = RoomMessage.objects.filter(session=session, version__gt=since).select_related("session", "member", "voice")
    if since == 0:
        rows = rows.filter(deleted_at=None)
    newest = list(rows.order_by("-sent_at", "-pk")[:NEWEST])
    return [message_data(row) for row in reversed(newest)]


def pinned_in(session: LiveSession) -> list[MessageData]:
    """Return the announcements that are pinned, the newest first (置顶公告)."""
    rows = RoomMessage.objects.filter(session=session, is_pinned=True, deleted_at=None).select_related("member")
    return [message_data(row) for row in rows.order_by("-sent_at", "-pk")]


def room_data(room: Room) -> dict[str, Any]:
    """Return what everybody sees of the room itself."""
    phase = phase_of(room.session.state, room.session.opens_at, clock.now())
    return {
        "phase": phase.value,
        "state": room.session.state,
        "is_shut": room.is_shut,
        "is_quiet": room.is_quiet,
        "emphasis": room.emphasis,
    }


def me_data(place: Place, row: RoomMember | None) -> dict[str, Any]:
    """Return what somebody sees of the own standing."""
    return {
        "id": str(row.uid) if row else None,
        "place": place.value,
        "is_muted": bool(row and row.is_muted),
        "is_removed": bool(row and row.removed_at),
        "is_hand_up": bool(row and row.hand_at),
        "is_invited": bool(row and row.invited_at),
    }


def state_mark(room: Room, seat: Seat, heads: int) -> str:
    """Return what changes whenever the state does, for ETag."""
    own = f"{seat.member.version}.{seat.member.deeds}.{room.is_count_due}" if seat.member else "0"
    spot = "-".join(map(str, room.spot or ()))
    return f"{room.version}.{spot}.{own}.{heads}.{seat.place.value}.{seat.phase.value}.{room.session.state}"


def room_state(room: Room, seat: Seat, heads: int, since: int) -> dict[str, Any]:
    """Return how the room stands, with what is newer than a version (教室状态)."""
    return {
        "version": room.version,
        "room": room_data(room),
        "me": me_data(seat.place, seat.member),
        "head_count": heads,
        "slide": slide_data(room),
        "captions": newest_captions(seat.session),
        "files": files_data(seat.session),
        "pinned": pinned_in(seat.session),
        "messages": messages_since(seat.session, since),
    }
