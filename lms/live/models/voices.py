"""The table of voice messages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lms.kernel.ids import new_uid
from lms.kernel.models import Job
from lms.live.models.rooms import RoomMessage


class RoomVoice(models.Model):
    """课堂语音: the sound of a message of kind voice. As it was recorded until a worker has converted it, then AAC."""

    class State(models.TextChoices):
        """状态."""

        WAITING = "waiting", "正在处理"
        READY = "ready", "可以播放"
        REFUSED = "refused", "不能播放"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    message = models.OneToOneField(RoomMessage, models.PROTECT, related_name="voice")
    state = models.CharField("状态", max_length=7, choices=State, default=State.WAITING)
    error = models.CharField("原因", max_length=300, blank=True)
    source_path = models.CharField("录音", max_length=200)
    path = models.CharField("可播放的录音", max_length=200, blank=True)
    length_ms = models.PositiveIntegerField("时长", default=0)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(path__gt="", length_ms__gt=0), name="room_voice_ready"
            )
        ]
