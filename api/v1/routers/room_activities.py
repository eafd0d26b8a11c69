"""/live/{id}/room: what a class does there: questions, hands, polls and roll-calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.room_activities import (
    CaptionIn,
    CaptionOut,
    HandIn,
    InvitedIn,
    PollAnswerIn,
    PollIn,
    PollOut,
    QuestionStateIn,
    RollAnswerIn,
    RollCallIn,
    RollCallOut,
    RollResultOut,
    RollRowOut,
    RoomQuestionOut,
    VoteIn,
)
from api.v1.schemas.rooms import MessageIn, OwnOut
from lms.access.views import SignedInRequest
from lms.live import services
from lms.live.queries.activities import poll_data, question_data, roll_call_data, roll_results
from lms.live.queries.captions import caption_data
from lms.live.queries.rooms import me_data, reader_at, session_at_door
from lms.live.rules.activities import PollPlan
from lms.live.rules.admission import Place

router = Router()
ROOM = "/live/{uuid:uid}/room"


@router.post(f"{ROOM}/questions", response={200: RoomQuestionOut, **PROBLEMS}, summary="提问")
def ask(request: SignedInRequest, uid: UUID, payload: MessageIn) -> Any:
    """Ask who teaches something. Open to the room's members, unless they are muted."""
    session = session_at_door(uid)
    return question_data(
        services.ask_question(session=session, text=payload.text, key=payload.key, actor=actor_of(request))
    )


@router.put(f"{ROOM}/questions/{{uuid:question}}/vote", response={200: RoomQuestionOut, **PROBLEMS}, summary="同问")
def vote(request: SignedInRequest, uid: UUID, question: UUID, payload: VoteIn) -> Any:
    """Say that one wants to know it too, or no longer; counts follow within a second. Open to the room's members."""
    session = session_at_door(uid)
    return question_data(
        services.vote(session=session, question=question, wants=payload.wants, actor=actor_of(request))
    )


@router.put(
    f"{ROOM}/questions/{{uuid:question}}/state", response={200: RoomQuestionOut, **PROBLEMS}, summary="处理提问"
)
def settle(request: SignedInRequest, uid: UUID, question: UUID, payload: QuestionStateIn) -> Any:
    """Mark a question as answered, open again or taken down. Open to the lesson's teacher and assistants."""
    session = session_at_door(uid)
    return question_data(
        services.settle_question(session=session, question=question, state=payload.state, actor=actor_of(request))
    )


@router.put(f"{ROOM}/hand", response={200: OwnOut, **PROBLEMS}, summary="举手")
def raise_hand(request: SignedInRequest, uid: UUID, payload: HandIn) -> Any:
    """Raise one's hand, or take it down. Open to the room's learners."""
    member = services.raise_hand(session=session_at_door(uid), is_up=payload.is_up, actor=actor_of(request))
    return me_data(Place(member.place), member)


@router.put(f"{ROOM}/members/{{uuid:member}}/invited", response={200: OwnOut, **PROBLEMS}, summary="邀请发言")
def invite(request: SignedInRequest, uid: UUID, member: UUID, payload: InvitedIn) -> Any:
    """Invite a learner to speak, or take that back; its hand goes down. Open to the lesson's teacher and assistants."""
    found = services.invite_to_speak(
        session=session_at_door(uid), member=member, is_invited=payload.is_invited, actor=actor_of(request)
    )
    return me_data(Place(found.place), found)


@router.post(f"{ROOM}/captions", response={200: CaptionOut, **PROBLEMS}, summary="打字幕")
def caption(request: SignedInRequest, uid: UUID, payload: MessageIn) -> Any:
    """Write a line under the picture; of all lines the replay's subtitles are made. Open to the lesson's teacher and assistants."""
    session = session_at_door(uid)
    return caption_data(services.caption(session=session, text=payload.text, key=payload.key, actor=actor_of(request)))


@router.patch(f"{ROOM}/captions/{{uuid:caption}}", response={200: CaptionOut, **PROBLEMS}, summary="修改字幕")
def correct_caption(request: SignedInRequest, uid: UUID, caption: UUID, payload: CaptionIn) -> Any:
    """Write a line anew; it keeps its time. Open to the lesson's teacher and assistants until it is over."""
    made = services.correct_caption(
        session=session_at_door(uid), caption=caption, text=payload.text, actor=actor_of(request)
    )
    return caption_data(made)


@router.delete(f"{ROOM}/captions/{{uuid:caption}}", response={204: None, **PROBLEMS}, summary="撤回字幕")
def withdraw_caption(request: SignedInRequest, uid: UUID, caption: UUID) -> Any:
    """Take a line back. Open to the lesson's teacher and assistants until it is over."""
    services.withdraw_caption(session=session_at_door(uid), caption=caption, actor=actor_of(request))
    return Status(204, None)


@router.post(f"{ROOM}/polls", response={200: PollOut, **PROBLEMS}, summary="发起投票")
def open_poll(request: SignedInRequest, uid: UUID, payload: PollIn) -> Any:
    """Ask the class something; one poll at a time. Open to the lesson's teacher and assistants."""
    plan = PollPlan(payload.text, tuple(payload.options), payload.is_multiple, payload.shows_results)
    return poll_data(services.open_poll(session=session_at_door(uid), plan=plan, actor=actor_of(request)))


@router.post(f"{ROOM}/polls/{{uuid:poll}}/answers", response={200: PollAnswerIn, **PROBLEMS}, summary="投票作答")
def answer_poll(request: SignedInRequest, uid: UUID, poll: UUID, payload: PollAnswerIn) -> Any:
    """Answer a poll, once; sent again, the first answer comes back. Open to the room's learners."""
    made = services.answer_poll(
        session=session_at_door(uid), poll=poll, choices=payload.choices, actor=actor_of(request)
    )
    return {"choices": made.choices}


@router.post(f"{ROOM}/polls/{{uuid:poll}}/end", response={200: PollOut, **PROBLEMS}, summary="结束投票")
def close_poll(request: SignedInRequest, uid: UUID, poll: UUID) -> Any:
    """Close a poll and show its result to everybody. Open to the lesson's teacher and assistants."""
    return poll_data(services.close_poll(session=session_at_door(uid), poll=poll, actor=actor_of(request)))


@router.post(f"{ROOM}/roll-calls", response={200: RollCallOut, **PROBLEMS}, summary="点名")
def open_roll_call(request: SignedInRequest, uid: UUID, payload: RollCallIn) -> Any:
    """Ask everybody who is there to answer in time. Open to the lesson's teacher and assistants."""
    return roll_call_data(
        services.open_roll_call(session=session_at_door(uid), kind=payload.kind, actor=actor_of(request))
    )


@router.post(
    f"{ROOM}/roll-calls/{{uuid:roll_call}}/answer", response={200: RollResultOut, **PROBLEMS}, summary="应答点名"
)
def answer_roll_call(request: SignedInRequest, uid: UUID, roll_call: UUID, payload: RollAnswerIn) -> Any:
    """Answer a roll-call; too late is 409 `roll_call_over`. Open to the room's learners."""
    made = services.answer_roll_call(
        session=session_at_door(uid), roll_call=roll_call, code=payload.code, actor=actor_of(request)
    )
    return {"roll": made.outcome}


@router.post(
    f"{ROOM}/roll-calls/{{uuid:roll_call}}/end", response={200: RollCallOut, **PROBLEMS}, summary="提前结束点名"
)
def close_roll_call(request: SignedInRequest, uid: UUID, roll_call: UUID) -> Any:
    """End a roll-call before its time. Open to the lesson's teacher and assistants."""
    return roll_call_data(
        services.close_roll_call(session=session_at_door(uid), roll_call=roll_call, actor=actor_of(request))
    )


@router.get(f"{ROOM}/roll-calls/{{uuid:roll_call}}", response={200: list[RollRowOut], **PROBLEMS}, summary="点名结果")
def roll_call(request: SignedInRequest, uid: UUID, roll_call: UUID) -> Any:
    """Return who answered and who did not, in the order of names. Open to the lesson's teacher, assistants and inspectors."""
    return roll_results(reader_at(actor_of(request), uid), roll_call)
