"""What a learner was called, said and was told off for in rooms of live lessons ends with who they were (清除课堂记录)."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q, QuerySet

from lms.live.models import Replay, RoomMember, RoomMessage, RoomQuestion, RoomQuizAnswer, RoomVoice
from lms.live.queries.voices import STORE
from lms.live.rules.replays import without_questions
from lms.people.models import Person
from lms.people.rules import ERASED_NAME


@transaction.atomic
def forget_member(person: Person) -> None:
    """Take a learner's names and words, and the reasons written of them, out of all rooms. When they were there stays."""
    own = Q(user__person=person) | Q(enrolment__person=person)
    members = RoomMember.objects.filter(own, place=RoomMember.As.LEARNER)
    members.update(called=ERASED_NAME)
    members.exclude(removed_reason="").update(removed_reason=ERASED_NAME)
    messages = RoomMessage.objects.filter(member__in=members)
    messages.update(text=ERASED_NAME)
    messages.exclude(delete_reason="").update(delete_reason=ERASED_NAME)
    drop_voices(RoomVoice.objects.filter(message__in=messages))
    asked = RoomQuestion.objects.filter(member__in=members)
    rename_chapters(asked)
    asked.update(text=ERASED_NAME)
    RoomQuizAnswer.objects.filter(member__in=members).update(
        answers={}
    )  # blanks are filled with words; what they earned stays


def drop_voices(voices: QuerySet[RoomVoice]) -> None:
    """Delete recordings of somebody's voice, and their files once that is certain."""
    paths = [path for both in voices.values_list("source_path", "path") for path in both if path]
    voices.delete()
    for path in paths:
        transaction.on_commit(partial(storages[STORE].delete, path))


def rename_chapters(asked: QuerySet[RoomQuestion]) -> None:
    """Take questions out of the titles of chapters that they gave replays."""
    texts: dict[int, set[str]] = defaultdict(set)
    for session, text in asked.values_list("session_id", "text"):
        texts[session].add(text)
    for replay in Replay.objects.select_for_update().filter(session__in=texts).order_by("pk"):
        chapters = without_questions(replay.film_chapters(), texts[replay.session_id])
        if chapters != replay.film_chapters():
            replay.chapters = chapters
            replay.save(update_fields=["chapters"])
