"""Polls: one at a time, answered once, counted from the answers and told once a second."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.live.models import LiveSession, Poll, PollAnswer, Room
from lms.live.queries.activities import poll_data, poll_in
from lms.live.queries.rooms import terms_on
from lms.live.rules.activities import PollPlan, choices_problem, poll_problems, tallies
from lms.live.rules.rooms import Deed
from lms.live.rules.talking import bad_word
from lms.live.services.rooms import begin_deed, bump, check_deed, count_soon, note_deed, tell


@transaction.atomic
def open_poll(*, session: LiveSession, plan: PollPlan, actor: Actor) -> Poll:
    """Ask the class something (发起投票). Raises InvalidError with every wrong field, ConflictError while another runs."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    if wrong := poll_problems(plan):
        raise InvalidError("投票有几处需要改正，请按提示修改。", fields=wrong)
    if found := bad_word("\n".join((plan.text, *plan.options)), terms_on(clock.today()).words):
        raise InvalidError(f"内容里有不适合课堂的词“{found}”，请修改后再发起。", code="bad_word")
    if Poll.objects.filter(session=session, closed_at=None).exists():
        raise ConflictError("还有一次投票没有结束，请先结束它。", code="poll_running")
    options = [option.strip() for option in plan.options]
    made = Poll.objects.create(
        session=session, text=plan.text.strip(), options=options, is_multiple=plan.is_multiple,
        shows_results=plan.shows_results, tallies=[0] * len(options), by_id=actor.user_id, version=bump(room),
    )  # fmt: skip
    tell(room, "poll", poll_data(made))
    count_soon(session)
    record(actor, "live.poll_opened", session, poll=str(made.uid))
    return made


@transaction.atomic
def answer_poll(*, session: LiveSession, poll: UUID, choices: Sequence[int], actor: Actor) -> PollAnswer:
    """Answer a poll, once (投票作答); again, the first answer stands."""
    member = check_deed(session, actor, Deed.ANSWER)
    found = poll_in(session, poll)
    if problem := choices_problem(choices, len(found.options), is_multiple=found.is_multiple):
        raise InvalidError(problem, fields={"choices": problem})
    if found.closed_at is not None:
        raise ConflictError("这次投票已经结束，没有提交。可以查看结果。", code="poll_closed")
    made, _ = PollAnswer.objects.get_or_create(poll=found, member=member, defaults={"choices": sorted(choices)})
    note_deed(member)
    return made


@transaction.atomic
def close_poll(*, session: LiveSession, poll: UUID, actor: Actor) -> Poll:
    """Close a poll and show its result to everybody (结束投票)."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    found = poll_in(session, poll)
    if found.closed_at is None:
        found.closed_at, found.tallies = clock.now(), counted(found)
        found.version = bump(room)
        found.save(update_fields=["closed_at", "tallies", "version"])
        tell(room, "poll", poll_data(found))
        count_soon(session)
        record(actor, "live.poll_closed", session, poll=str(found.uid))
    return found


def counted(poll: Poll) -> list[int]:
    """Return the tallies of a poll from its answers."""
    return tallies(poll.answers.values_list("choices", flat=True), len(poll.options))


def count_poll(room: Room) -> None:
    """Count the poll that runs in a locked room, and tell what is shown."""
    poll = Poll.objects.filter(session=room.session, closed_at=None).first()
    if poll is None or (found := counted(poll)) == poll.tallies:
        return
    poll.tallies = found
    changed = ["tallies"]
    if poll.shows_results:
        poll.version = bump(room)
        changed.append("version")
        tell(room, "poll", poll_data(poll))
    poll.save(update_fields=changed)
