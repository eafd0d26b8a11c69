"""The table of files that a live lesson shares."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.live.models.sessions import LiveSession


class RoomFile(models.Model):
    """课堂资料: a document of the institution that who teaches gave to the room, and to the replay if so chosen."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="files")
    document = models.ForeignKey("wagtaildocs.Document", models.PROTECT, related_name="+", verbose_name="文件")
    in_replay = models.BooleanField("回放也可下载", default=True)
    shared_at = models.DateTimeField("分享时间", default=clock.now)
    removed_at = models.DateTimeField("撤下时间", null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "document"], condition=Q(removed_at__isnull=True), name="room_file_once"
            )
        ]
