"""What many did at once, told once a second: votes, answers, hands. No message for each of them."""

from __future__ import annotations

import json
from collections.abc import Collection

from django.db import transaction
from django.db.models import Count

from lms.kernel import clock
from lms.kernel.realtime import publish_on_commit
from lms.live.models import LiveSession, RollCall, Room, RoomQuestion, RoomQuiz
from lms.live.queries.activities import leaders_data, leaders_group
from lms.live.rules.activities import SLACK
from lms.live.services import quizzes, rolls
from lms.live.services.polls import count_poll
from lms.live.services.rooms import bump, lock_room, tell
from lms.live.services.timed import close_one


def publish_counts(*, sessions: Collection[int]) -> int:
    """Tell rooms what changed in their counts since the last second (汇总发布). Returns how many rooms."""
    late = RollCall.objects.filter(session__in=sessions, closed_at=None, closes_at__lt=clock.now() - SLACK)
    for roll_call in late.select_related("session"):
        close_one(roll_call, rolls.end)
    overdue = RoomQuiz.objects.filter(session__in=sessions, closed_at=None, closes_at__lt=clock.now() - SLACK)
    for quiz in overdue.select_related("session"):
        close_one(quiz, quizzes.end)
    due = Room.objects.filter(pk__in=sessions, is_count_due=True).select_related("session")
    rooms = list(due)
    for room in rooms:
        count_room(room.session)
    return len(rooms)


@transaction.atomic
def count_room(session: LiveSession) -> None:
    """Count one room anew."""
    room = lock_room(session)
    room.is_count_due = False
    room.save(update_fields=["is_count_due"])
    count_votes(room)
    count_poll(room)
    quizzes.count_quiz(room)
    text = json.dumps({"type": "leaders", "item": leaders_data(session)}, ensure_ascii=False)
    publish_on_commit(leaders_group(session.uid), {"type": "room.news", "text": text})


def count_votes(room: Room) -> None:
    """Count the votes of open questions, and tell those that changed in one message."""
    rows = RoomQuestion.objects.filter(session=room.session, state=RoomQuestion.State.OPEN)
    changed = [row for row in rows.annotate(ballot_count=Count("ballots")) if row.ballot_count != row.votes]
    if not changed:
        return
    version = bump(room)
    for row in changed:
        row.votes, row.version = row.ballot_count, version
    RoomQuestion.objects.bulk_update(changed, ["votes", "version"])
    tell(room, "votes", {str(row.uid): row.votes for row in changed})
