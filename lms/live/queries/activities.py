"""What a class does in a room, as its members and who leads it see it (提问、投票、小测、点名)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, NotFoundError
from lms.live.models import (
    LiveSession,
    Poll,
    PollAnswer,
    QuestionVote,
    RollCall,
    RollResult,
    RoomMember,
    RoomQuestion,
    RoomQuiz,
)
from lms.live.queries.captions import newest_captions
from lms.live.queries.quizzes import newest_quiz, own_quiz, quiz_data
from lms.live.queries.rooms import Seat
from lms.live.rules.admission import Place
from lms.live.rules.captions import MOST_AT_HAND
from lms.live.rules.rooms import SENTENCES, Stop

MOST = 100
State = RoomQuestion.State


def leaders_group(session: UUID) -> str:
    """Return where who leads a lesson hears of hands, tallies and codes."""
    return f"live.leaders.{session.hex}"


def spoken(moment: datetime) -> str:
    """Return a moment as news carry it."""
    return moment.astimezone(UTC).isoformat()


def question_data(question: RoomQuestion) -> dict[str, Any]:
    """Return a question as everybody sees it; one that was taken down without its words."""
    is_gone = question.state == State.DISMISSED
    return {
        "id": str(question.uid),
        "member": str(question.member.uid),
        "called": question.member.called,
        "text": "" if is_gone else question.text,
        "asked_at": spoken(question.asked_at),
        "votes": question.votes,
        "state": question.state,
    }


def questions_since(session: LiveSession, since: int) -> list[dict[str, Any]]:
    """Return the questions that came or changed after a version, most wanted first (提问)."""
    rows = RoomQuestion.objects.filter(session=session, version__gt=since).select_related("member")
    if since == 0:
        rows = rows.exclude(state=State.DISMISSED)
    return [question_data(row) for row in rows.order_by("-votes", "asked_at", "pk")[:MOST]]


def poll_data(poll: Poll) -> dict[str, Any]:
    """Return a poll as everybody sees it: with results when they are shown."""
    is_open = poll.closed_at is None
    return {
        "id": str(poll.uid),
        "text": poll.text,
        "options": poll.options,
        "is_multiple": poll.is_multiple,
        "is_open": is_open,
        "tallies": poll.tallies if poll.shows_results or not is_open else None,
    }


def roll_call_data(roll_call: RollCall) -> dict[str, Any]:
    """Return a roll-call as everybody sees it: never its code."""
    return {
        "id": str(roll_call.uid),
        "kind": roll_call.kind,
        "is_open": roll_call.closed_at is None,
        "closes_at": spoken(roll_call.closes_at),
        "seconds_left": max(0, int((roll_call.closes_at - clock.now()).total_seconds())),
    }


def newest_poll(session: LiveSession) -> Poll | None:
    """Return the poll that runs, else the last one."""
    return Poll.objects.filter(session=session).order_by("-opened_at", "-pk").first()


def newest_roll_call(session: LiveSession) -> RollCall | None:
    """Return the roll-call that runs, else the last one."""
    return RollCall.objects.filter(session=session).order_by("-opened_at", "-pk").first()


def own_data(
    member: RoomMember | None, poll: Poll | None, quiz: RoomQuiz | None, roll_call: RollCall | None
) -> dict[str, Any]:
    """Return what somebody did: voted, answered, was called (我的参与)."""
    own = member.pk if member else 0
    voted = QuestionVote.objects.filter(member=own).values_list("question__uid", flat=True)
    answer = PollAnswer.objects.filter(member=own, poll=poll).first() if poll else None
    result = RollResult.objects.filter(member=own, roll_call=roll_call).first() if roll_call else None
    return {
        "voted": sorted(str(uid) for uid in voted),
        "choices": answer.choices if answer else None,
        "quiz": own_quiz(member, quiz),
        "roll": result.outcome if result else None,
        "was_called": bool(roll_call and own in roll_call.asked),
    }


def hands_data(session: LiveSession) -> list[dict[str, Any]]:
    """Return raised hands and who was invited to speak, the longest waiting first (举手)."""
    up = RoomMember.objects.filter(session=session, hand_at__isnull=False, removed_at=None)
    return [
        {"id": str(one.uid), "called": one.called, "hand_at": spoken(one.hand_at)}
        for one in up.order_by("hand_at", "pk")[:MOST]
        if one.hand_at
    ]


def leaders_data(session: LiveSession) -> dict[str, Any]:
    """Return what only who leads the lesson sees: hands, running tallies, the code and who answered (主控台)."""
    poll, quiz, roll_call = newest_poll(session), newest_quiz(session), newest_roll_call(session)
    return {
        "hands": hands_data(session),
        "captions": newest_captions(session, MOST_AT_HAND),
        "tallies": poll.tallies if poll else None,
        "poll_answers": poll.answers.count() if poll else 0,
        "quiz_tallies": quiz.tallies if quiz else None,
        "quiz_answers": quiz.answers.count() if quiz else 0,
        "code": roll_call.code if roll_call and roll_call.closed_at is None else "",
        "roll_asked": len(roll_call.asked) if roll_call else 0,
        "roll_answered": roll_call.results.filter(outcome=RollResult.Outcome.ANSWERED).count() if roll_call else 0,
    }


def activity_state(session: LiveSession, member: RoomMember | None, since: int, *, leads: bool) -> dict[str, Any]:
    """Return how questions, the newest poll, the newest quiz and the newest roll-call stand."""
    poll, quiz, roll_call = newest_poll(session), newest_quiz(session), newest_roll_call(session)
    return {
        "questions": questions_since(session, since),
        "poll": poll_data(poll) if poll else None,
        "quiz": quiz_data(quiz) if quiz else None,
        "roll_call": roll_call_data(roll_call) if roll_call else None,
        "own": own_data(member, poll, quiz, roll_call),
        "leaders": leaders_data(session) if leads else None,
    }


def question_in(session: LiveSession, uid: UUID) -> RoomQuestion:
    """Return a question of a room. Raises NotFoundError."""
    found = RoomQuestion.objects.select_related("member").filter(session=session, uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这个提问，可能已撤下。请刷新页面后再试。", code="question_not_found")
    return found


def poll_in(session: LiveSession, uid: UUID) -> Poll:
    """Return a poll of a room. Raises NotFoundError."""
    found = Poll.objects.filter(session=session, uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这次投票。请刷新页面后再试。", code="poll_not_found")
    return found


def roll_call_in(session: LiveSession, uid: UUID) -> RollCall:
    """Return a roll-call of a room. Raises NotFoundError."""
    found = RollCall.objects.filter(session=session, uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这次点名。请刷新页面后再试。", code="roll_call_not_found")
    return found


def roll_results(seat: Seat, uid: UUID) -> list[dict[str, Any]]:
    """Return how a roll-call ended for everybody. Raises ForbiddenError for learners."""
    if seat.place == Place.LEARNER:
        raise ForbiddenError(SENTENCES[Stop.NOT_LEADING], code=Stop.NOT_LEADING.value)
    rows = roll_call_in(seat.session, uid).results.select_related("member").order_by("member__called", "pk")
    return [{"id": row.member.uid, "called": row.member.called, "roll": row.outcome, "at": row.at} for row in rows]
