"""Tables of videos and their subtitles."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.access.rules import Scope
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation


class Video(models.Model):
    """视频: an uploaded file and what the pipeline made of it."""

    class State(models.TextChoices):
        """处理状态."""

        UPLOADED = "uploaded", "待处理"
        PROCESSING = "processing", "转码中"
        READY = "ready", "可播放"
        REFUSED = "refused", "文件不合格"
        FAILED = "failed", "处理失败"
        CANCELLED = "cancelled", "已取消"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    title = models.CharField("标题", max_length=100)
    source_name = models.CharField("文件名", max_length=200)
    source_path = models.CharField(max_length=200, blank=True)
    size_bytes = models.BigIntegerField("原始文件大小", default=0)  # what counts against the institution's room
    state = models.CharField("状态", max_length=12, choices=State, default=State.UPLOADED)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    error = models.CharField("出错说明", max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField("时长", default=0)
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    renditions = models.JSONField("清晰度", default=list)  # short sides in pixels, the lowest first
    has_audio = models.BooleanField("有声音", default=True)
    folder = models.CharField(
        max_length=100, blank=True
    )  # in the default storage: master.m3u8, video.mp4, poster.jpg …
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "视频"

    def __str__(self) -> str:
        return self.title

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)


class Subtitle(models.Model):
    """字幕: WebVTT of one language as it was saved once. Never changed: saving again makes the next number.

    A released lesson names the uids that it shows; one that `is_removed` says that the language was taken away.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    video = models.ForeignKey(Video, models.CASCADE, related_name="subtitles")
    language = models.CharField("语言", max_length=10, default="zh-Hans")
    label = models.CharField("名称", max_length=30, default="中文")
    number = models.PositiveIntegerField("版次", default=1)
    webvtt = models.TextField("WebVTT")
    digest = models.CharField("内容摘要", max_length=64, blank=True)  # SHA-256 of the text
    is_removed = models.BooleanField("已移除", default=False)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "language", "number"], name="subtitle_once_per_number")]
