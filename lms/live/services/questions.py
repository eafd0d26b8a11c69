"""Questions of the class, votes for them, and raised hands. What many do at once is told once a second."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.live.models import LiveSession, QuestionVote, RoomMember, RoomQuestion
from lms.live.queries.activities import question_data, question_in
from lms.live.queries.rooms import terms_on
from lms.live.rules.rooms import Deed
from lms.live.services.moderating import learner_in, save
from lms.live.services.rooms import begin_deed, bump, check_deed, count_soon, note_deed, tell
from lms.live.services.talking import check_pace, checked_key, checked_words

State = RoomQuestion.State


@transaction.atomic
def ask_question(*, session: LiveSession, text: str, key: str, actor: Actor) -> RoomQuestion:
    """Ask who teaches something (提问). The same key again is the same question."""
    room, member = begin_deed(session, actor, Deed.ASK)
    found = RoomQuestion.objects.select_related("member").filter(member=member, request_key=checked_key(key)).first()
    if found is not None:
        return found
    terms = terms_on(clock.today())
    check_pace(RoomQuestion.objects.filter(member=member), "asked_at", member, terms)
    made = RoomQuestion.objects.create(
        session=session, member=member, text=checked_words(text, terms), request_key=key, version=bump(room)
    )
    tell(room, "question", question_data(made))
    return made


@transaction.atomic
def vote(*, session: LiveSession, question: UUID, wants: bool, actor: Actor) -> RoomQuestion:
    """Say that one wants to know it too, or no longer (同问). Told once a second, however many vote."""
    member = check_deed(session, actor, Deed.VOTE)
    found = question_in(session, question)
    if found.state != State.OPEN:
        raise ConflictError("这个提问已经处理，不用再投票。", code="question_settled")
    if found.member_id == member.pk:
        raise ConflictError("这是您自己的提问，不用再投票。", code="own_question")
    if wants:
        QuestionVote.objects.get_or_create(question=found, member=member)
    else:
        QuestionVote.objects.filter(question=found, member=member).delete()
    note_deed(member)
    return found


@transaction.atomic
def settle_question(*, session: LiveSession, question: UUID, state: str, actor: Actor) -> RoomQuestion:
    """Mark a question as answered, open again, or taken down (已回答、撤下)."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    found = question_in(session, question)
    if state not in State.values:
        raise InvalidError("提问的状态不对，请刷新页面后再试。", fields={"state": "只能是待回答、已回答或已撤下。"})
    if found.state != state:
        found.state, found.settled_at = state, None if state == State.OPEN else clock.now()
        found.version = bump(room)
        found.save(update_fields=["state", "settled_at", "version"])
        tell(room, "question", question_data(found))
        record(actor, "live.question_settled", session, question=str(found.uid), state=state)
    return found


@transaction.atomic
def raise_hand(*, session: LiveSession, is_up: bool, actor: Actor) -> RoomMember:
    """Raise one's hand, or take it down (举手、放下)."""
    member = check_deed(session, actor, Deed.RAISE_HAND)
    if (member.hand_at is not None) != is_up:
        member.hand_at = clock.now() if is_up else None
        save(member, "hand_at")
        count_soon(session)
    return member


@transaction.atomic
def invite_to_speak(*, session: LiveSession, member: UUID, is_invited: bool, actor: Actor) -> RoomMember:
    """Invite a learner to speak, or take that back (邀请发言); either way the hand goes down."""
    begin_deed(session, actor, Deed.LEAD)
    found = learner_in(session, member)
    if found.removed_at is not None:
        raise ConflictError("这位学员已被移出教室，不能邀请发言。", code="removed")
    found.invited_at, found.hand_at = clock.now() if is_invited else None, None
    save(found, "invited_at", "hand_at")
    count_soon(session)
    record(actor, "live.invited_to_speak", session, member=str(found.uid), is_invited=is_invited)
    return found
