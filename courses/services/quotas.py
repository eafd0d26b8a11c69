"""How much an institution may keep."""

from __future__ import annotations

from django.db import transaction

from courses.models import UploadQuota
from courses.queries import uploads as queries
from courses.rules.uploads import size_text
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import InvalidError
from lms.organisations.models import Organisation


class NoRoomError(InvalidError):
    """The institution's room is used up (空间不足)."""

    code = "quota_exceeded"
    status = 413


def reserve_room(institution: Organisation, size: int) -> None:
    """Hold the institution and raise NoRoomError unless a file still fits. The caller writes the row that uses it."""
    room = queries.room_of(queries.lock_institution(institution))
    if room.used + size > room.limit:
        sentence = (
            f"机构的视频空间{room.sentence}，放不下这个文件（{size_text(size)}）。"
            "请先删除不再使用的视频或取消未完成的上传；如仍不够，请联系区办增加空间。"
        )
        raise NoRoomError(sentence, fields={"file": sentence}, used=room.used, limit=room.limit)


@transaction.atomic
def set_quota(*, institution: Organisation, gigabytes: int, reason: str, actor: Actor) -> UploadQuota:
    """Give an institution more or less room from now on (调整上传空间). What is kept already stays."""
    require(actor, "courses.set_quota")
    if gigabytes < 0 or not reason.strip():
        raise InvalidError("请填写空间大小（GB）和调整的理由。")
    row = UploadQuota.objects.create(
        institution=institution, gigabytes=gigabytes, reason=reason.strip()[:200], set_by_id=actor.user_id
    )
    record(actor, "courses.quota_set", institution, reason=reason, gigabytes=gigabytes)
    return row
