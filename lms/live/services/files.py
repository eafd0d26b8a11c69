"""Files for the class (课堂资料): documents of the institution, shared in the room and, if so chosen, with the replay."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.live.models import LiveSession, Room, RoomFile
from lms.live.queries.files import documents_for, file_in, files_data, files_of
from lms.live.queries.rooms import preparer_at
from lms.live.queries.sessions import HANDS, entrance_of, live_for
from lms.live.services.rooms import bump, lock_room, tell
from lms.live.services.timetable import require_hand

MOST_FILES = 20
NOT_OURS = "只能分享本机构文件库里的文件。请先在“课程制作”的文件里上传，再来选择。"


def begin_sharing(session: LiveSession, actor: Actor) -> Room:
    """Return the locked room of a lesson that somebody leads: files are also laid ready before it, and added after it."""
    room = lock_room(session)
    preparer_at(actor, session.uid)
    return room


def tell_files(room: Room) -> None:
    """Count the change and tell everybody what is shared now."""
    bump(room)
    tell(room, "files", {"files": files_data(room.session)})


@transaction.atomic
def share_file(*, session: LiveSession, document: int, in_replay: bool, actor: Actor) -> RoomFile:
    """Give a document to the room (分享资料). Sharing it again changes nothing. Raises InvalidError for one of others."""
    room = begin_sharing(session, actor)
    wanted = documents_for(session).filter(pk=document).first()
    if wanted is None:
        raise InvalidError(NOT_OURS, fields={"document": NOT_OURS}, code="document_not_ours")
    known = files_of(session).filter(document=wanted).first()
    if known is not None:
        return known
    if files_of(session).count() >= MOST_FILES:
        raise ConflictError(f"一次直播课最多分享{MOST_FILES}份资料，请先撤下不用的。", code="too_many_files")
    made = RoomFile.objects.create(session=session, document=wanted, in_replay=in_replay, by_id=actor.user_id)
    tell_files(room)
    record(actor, "live.file_shared", session, file=str(made.uid), document=wanted.pk, in_replay=in_replay)
    return made


@transaction.atomic
def keep_file(*, session: LiveSession, file: UUID, in_replay: bool, actor: Actor) -> RoomFile:
    """Say whether the replay offers a file too (回放也可下载)."""
    room = begin_sharing(session, actor)
    found = file_in(session, file)
    if found.in_replay != in_replay:
        found.in_replay = in_replay
        found.save(update_fields=["in_replay"])
        tell_files(room)
        record(actor, "live.file_kept", session, file=str(found.uid), in_replay=in_replay)
    return found


@transaction.atomic
def withdraw_file(*, session: LiveSession, file: UUID, actor: Actor) -> None:
    """Take a file back (撤下资料): nobody who has it not by then gets it. Who leads the lesson may, and who plans it."""
    room = lock_room(session)
    if entrance_of(actor, session).place not in HANDS:
        require_hand(actor, live_for(actor, session.uid).training_class, session)
    found = file_in(session, file)
    found.removed_at = clock.now()
    found.save(update_fields=["removed_at"])
    tell_files(room)
    record(actor, "live.file_withdrawn", session, file=str(found.uid))
