"""What is said in a room: chat, announcements, and taking words back for a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError, NotFoundError
from lms.kernel.texts import check_reason
from lms.live.models import LiveSession, Room, RoomMember, RoomMessage
from lms.live.queries.rooms import message_data, terms_on
from lms.live.rules.rooms import HANDS, Deed
from lms.live.rules.talking import RoomTerms, bad_word, is_too_fast, tidy
from lms.live.services.rooms import begin_deed, bump, kept_words, tell

MOST_PINNED = 3
LONGEST_KEY = 40


class TooFastError(DomainError):
    """Somebody writes faster than others can read (发言过快)."""

    code = "too_many"
    status = 429


def checked_words(text: str, terms: RoomTerms) -> str:
    """Return a text as it is shown. Raises InvalidError when it is empty, too long, or holds a word of the list."""
    words = tidy(text)
    if not words:
        raise InvalidError("请先写内容再发送。", code="text_missing")
    if len(words) > terms.longest_message:
        raise InvalidError(f"一条最多{terms.longest_message}个字，请分几条发送。", code="text_too_long")
    if found := bad_word(words, terms.words):
        raise InvalidError(f"内容里有不适合课堂的词“{found}”，没有发出。请修改后再发送。", code="bad_word")
    return words


def check_pace(sent: QuerySet[Any], moment: str, member: RoomMember, terms: RoomTerms) -> None:
    """Raise TooFastError when a member sent too much within the window, by the column `moment`. Who teaches is not limited."""
    if member.place in HANDS:
        return
    since = clock.now() - timedelta(seconds=terms.window_seconds)
    if is_too_fast(sent.filter(**{f"{moment}__gt": since}).count(), terms):
        raise TooFastError(
            f"发得太快了：{terms.window_seconds}秒内最多{terms.messages}条。请稍等几秒再发送，内容还在输入框里。"
        )


def checked_key(key: str) -> str:
    """Return the key of a request. Raises InvalidError."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidError("请求缺少唯一的编号，请刷新页面后再发送。", code="key_missing")
    return key


@transaction.atomic
def say(*, session: LiveSession, text: str, key: str, actor: Actor) -> RoomMessage:
    """Say something to the room (发消息). The same key again is the same message.

    Raises InvalidError, TooFastError, and what begin_deed raises.
    """
    room, member = begin_deed(session, actor, Deed.TALK)
    if (sent := sent_before(member, checked_key(key))) is not None:
        return sent
    terms = terms_on(clock.today())
    check_pace(RoomMessage.objects.filter(member=member), "sent_at", member, terms)
    return written(room, member, RoomMessage.Kind.CHAT, checked_words(text, terms), key)


@transaction.atomic
def announce(*, session: LiveSession, text: str, key: str, actor: Actor) -> RoomMessage:
    """Announce something to the room and pin it (发公告); of several the newest stay pinned."""
    room, member = begin_deed(session, actor, Deed.LEAD)
    if (sent := sent_before(member, checked_key(key))) is not None:
        return sent
    made = written(
        room, member, RoomMessage.Kind.ANNOUNCEMENT, checked_words(text, terms_on(clock.today())), key, is_pinned=True
    )
    pinned = (
        RoomMessage.objects.filter(session=session, is_pinned=True).select_related("member").order_by("-sent_at", "-pk")
    )
    for older in pinned[MOST_PINNED:]:
        older.is_pinned = False
        changed(room, older, "is_pinned")
    record(actor, "live.announced", session, message=str(made.uid))
    return made


@transaction.atomic
def unpin(*, session: LiveSession, message: UUID, actor: Actor) -> RoomMessage:
    """Take an announcement down from the top (取消置顶); it stays in the chat."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    found = message_in(session, message)
    if found.is_pinned:
        found.is_pinned = False
        changed(room, found, "is_pinned")
    return found


@transaction.atomic
def delete_message(*, session: LiveSession, message: UUID, reason: str, actor: Actor) -> RoomMessage:
    """Delete what somebody said (删除消息): members no longer see it, the office still does, with the reason."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    found = message_in(session, message)
    words = check_reason(reason)
    if found.deleted_at is None:
        found.deleted_at, found.deleted_by_id, found.delete_reason = clock.now(), actor.user_id, words
        changed(room, found, "deleted_at", "deleted_by", "delete_reason")
        record(
            actor, "live.message_deleted", session, message=str(found.uid), **kept_words(session, found.member, words)
        )
    return found


def message_in(session: LiveSession, uid: UUID) -> RoomMessage:
    """Return a message of a room. Raises NotFoundError."""
    found = (
        RoomMessage.objects.select_related("member__enrolment", "member__user").filter(session=session, uid=uid).first()
    )
    if found is None:
        raise NotFoundError("没有找到这条消息，可能不在这个教室。请刷新页面后再试。", code="message_not_found")
    return found


def sent_before(member: RoomMember, key: str) -> RoomMessage | None:
    """Return the message that a key already stands for; asked under the room's lock."""
    sent = RoomMessage.objects.select_related("session", "member", "voice")
    return sent.filter(member=member, request_key=key).first()


def written(room: Room, member: RoomMember, kind: str, text: str, key: str, *, is_pinned: bool = False) -> RoomMessage:
    """Write a message into a locked room and tell everybody."""
    made = RoomMessage.objects.create(
        session=room.session,
        member=member,
        kind=kind,
        text=text,
        request_key=key,
        version=bump(room),
        is_pinned=is_pinned,
    )
    tell(room, "message", message_data(made))
    return made


def changed(room: Room, message: RoomMessage, *fields: str) -> None:
    """Save a change of a message as a change of the room, and tell everybody."""
    message.version = bump(room)
    message.save(update_fields=["version", *fields])
    tell(room, "message", message_data(message))
