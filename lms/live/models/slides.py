"""Tables of slides: the decks of a live lesson, and which page was shown when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import Job
from lms.live.models.sessions import LiveSession


class SlideDeck(models.Model):
    """课件: a PDF of who teaches, as page images. `texts`: the words of each page, for who cannot see it."""

    class State(models.TextChoices):
        """状态."""

        WAITING = "waiting", "正在转换"
        READY = "ready", "可以使用"
        REFUSED = "refused", "不能使用"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="decks")
    name = models.CharField("名称", max_length=100)
    state = models.CharField("状态", max_length=7, choices=State, default=State.WAITING)
    error = models.CharField("原因", max_length=300, blank=True)
    position = models.PositiveIntegerField("顺序", default=0)
    source_path = models.CharField("原文件", max_length=200)
    page_count = models.PositiveSmallIntegerField("页数", default=0)
    texts = models.JSONField("各页文字", default=list)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("上传时间", default=clock.now)
    removed_at = models.DateTimeField("移除时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["session", "at"], name="slide_deck_session")]


class PageTurn(models.Model):
    """翻页记录: from `at` on a page of a deck was shown, or none any more (`deck` and `page` empty). Rows only grow."""

    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="page_turns")
    deck = models.ForeignKey(SlideDeck, models.PROTECT, null=True, related_name="turns")
    page = models.PositiveSmallIntegerField("页码", null=True)
    at = models.DateTimeField("时间", default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    version = models.PositiveBigIntegerField("版本")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "version"], name="page_turn_version_once"),
            models.CheckConstraint(
                condition=Q(deck__isnull=True, page__isnull=True) | Q(deck__isnull=False, page__gte=1),
                name="page_turn_names_a_page",
            ),
        ]
        indexes = [models.Index(fields=["session", "at"], name="page_turn_session")]
