"""Files of a live lesson: what may be shared, what is, and who may have it (课堂资料)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from courses.queries.documents import documents_of
from courses.rules.documents import document_kind
from lms.classes.models import Enrolment
from lms.kernel.errors import NotFoundError
from lms.live.models import LiveSession, RoomFile, RoomMember
from lms.people.queries import records_of

GONE = "没有找到这份资料，可能已撤下。请刷新页面后再试。"


def files_of(session: LiveSession) -> QuerySet[RoomFile]:
    """Return what a lesson shares, in the order of sharing (课堂资料). One query."""
    found = RoomFile.objects.filter(session=session, removed_at=None)
    return found.select_related("document").order_by("shared_at", "pk")


def file_in(session: LiveSession, uid: UUID) -> RoomFile:
    """Return a file of a lesson. Raises NotFoundError."""
    found = files_of(session).filter(uid=uid).first()
    if found is None:
        raise NotFoundError(GONE, code="file_not_found")
    return found


def document_data(document: Any) -> dict[str, Any]:
    """Return a document as who takes or chooses it reads it."""
    return {
        "document": document.pk,
        "title": document.title,
        "kind": document_kind(document.filename),
        "bytes": document.file_size or 0,
    }


def file_data(file: RoomFile) -> dict[str, Any]:
    """Return a shared file as everybody in the room sees it."""
    own = {"id": str(file.uid), "in_replay": file.in_replay, "url": file.document.url}
    return document_data(file.document) | own


def files_data(session: LiveSession) -> list[dict[str, Any]]:
    """Return what a lesson shares, as news and the state carry it."""
    return [file_data(one) for one in files_of(session)]


def replay_files(session: LiveSession) -> list[RoomFile]:
    """Return what a lesson's replay offers (回放资料)."""
    return list(files_of(session).filter(in_replay=True))


def documents_for(session: LiveSession, q: str = "") -> QuerySet[Any]:
    """Return the documents that a lesson may share: of the collection that lesson texts use, newest first (可选文件)."""
    return documents_of(session.training_class.institution_id).filter(title__icontains=q.strip()).order_by("-pk")


def may_have_file(person_id: int | None, document_id: int) -> bool:
    """Return whether a document was shared where a person learns: the room he came into, or a replay that is shown."""
    if person_id is None:
        return False
    people = records_of(person_id)
    member = RoomMember.objects.filter(session=OuterRef("session"), user__person__in=people, removed_at=None)
    own = Enrolment.objects.filter(training_class=OuterRef("session__training_class"), person__in=people)
    shown = Q(in_replay=True, session__replay__published_at__isnull=False)
    shared = RoomFile.objects.filter(Exists(member) | shown, document=document_id, removed_at=None)
    return shared.filter(Exists(own.filter(state=Enrolment.State.ACTIVE))).exists()
