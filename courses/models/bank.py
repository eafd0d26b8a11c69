"""Tables of the question bank."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from courses.rules.questions import DIFFICULTIES, KIND_NAMES, Content
from lms.access.rules import Scope
from lms.catalogue.models import Occupation
from lms.catalogue.rules import LEVEL_CHOICES
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation

LONGEST_TITLE = 60


class KnowledgePoint(models.Model):
    """知识点: a word of an institution's own by which its questions are found."""

    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    name = models.CharField("知识点", max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "name"], name="knowledge_point_once")]

    def __str__(self) -> str:
        return self.name


class QuestionAudio(models.Model):
    """题目录音: a sound that stands at a question's stem, converted by us."""

    class State(models.TextChoices):
        """处理状态."""

        UPLOADED = "uploaded", "待转换"
        CONVERTING = "converting", "转换中"
        READY = "ready", "可播放"
        REFUSED = "refused", "录音不合格"
        FAILED = "failed", "处理失败"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    name = models.CharField("文件名", max_length=100)
    source_path = models.CharField(max_length=200, blank=True)  # in the private storage, until it is converted
    path = models.CharField(max_length=200, blank=True)  # in the default storage, once it is converted
    duration_ms = models.PositiveIntegerField("时长")
    state = models.CharField("状态", max_length=12, choices=State, default=State.UPLOADED)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    error = models.CharField("出错说明", max_length=300, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)

    @property
    def fault(self) -> str:
        """Return why it cannot be played and what to do, or nothing."""
        if self.state == self.State.READY:
            return ""
        return self.error or "录音正在转换，请等转换完成。"


class Question(models.Model):
    """试题: a question of an institution's bank. What it says is in its versions; this is where it is filed."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    occupation = models.ForeignKey(
        Occupation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="职业"
    )
    level = models.PositiveSmallIntegerField("等级", choices=LEVEL_CHOICES, null=True, blank=True)
    difficulty = models.PositiveSmallIntegerField(
        "难度", choices=list(DIFFICULTIES.items()), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    knowledge = models.ManyToManyField(KnowledgePoint, related_name="questions", verbose_name="知识点")
    is_retired = models.BooleanField("已停用", default=False)
    current = models.ForeignKey("courses.QuestionVersion", models.PROTECT, null=True, related_name="+")
    words = models.TextField("检索词", blank=True)  # pairs of characters, space-joined
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "试题"

    def __str__(self) -> str:
        return self.current.title if self.current else ""

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)


class QuestionVersion(models.Model):
    """试题版本: what a question said at a time. Append-only: lessons and answers pin it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("版本号")
    kind = models.CharField("题型", max_length=10, choices=list(KIND_NAMES.items()))
    content = models.JSONField("内容")  # courses.rules.questions.Content
    image = models.ForeignKey("wagtailimages.Image", models.PROTECT, null=True, related_name="+", verbose_name="图片")
    audio = models.ForeignKey(QuestionAudio, models.PROTECT, null=True, related_name="+", verbose_name="录音")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "number"], name="question_version_once_per_number")]

    @property
    def title(self) -> str:
        """Return the beginning of the stem, in one line."""
        stem = " ".join(self.values["stem"].split())
        return stem if len(stem) <= LONGEST_TITLE else f"{stem[:LONGEST_TITLE]}…"

    @property
    def values(self) -> Content:
        """Return what it says."""
        return cast("Content", self.content)

    @property
    def sounds(self) -> list[QuestionAudio]:
        """Return the sounds of its stem and of its parts, in order."""
        found = [self.audio, *(part.audio for part in self.part_media.all())]
        return [sound for sound in found if sound is not None]

    @property
    def silent_sound(self) -> QuestionAudio | None:
        """Return the first of its sounds that cannot be played."""
        return next((sound for sound in self.sounds if sound.fault), None)

    def media_of_part(self, place: int) -> PartMedia | None:
        """Return the picture and the sound of a part of a case, counted from 1."""
        return next((part for part in self.part_media.all() if part.place == place), None)


class PartMedia(models.Model):
    """小题图片录音: the picture and the sound at a part of a case. Append-only, as the version that it belongs to."""

    version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="part_media", verbose_name="试题版本")
    place = models.PositiveSmallIntegerField("小题序号")  # from 1
    image = models.ForeignKey("wagtailimages.Image", models.PROTECT, null=True, related_name="+", verbose_name="图片")
    audio = models.ForeignKey(QuestionAudio, models.PROTECT, null=True, related_name="+", verbose_name="录音")

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["version", "place"], name="part_media_once_per_place"),
            models.CheckConstraint(
                condition=models.Q(image__isnull=False) | models.Q(audio__isnull=False),
                name="part_media_shows_something",
            ),
        ]
