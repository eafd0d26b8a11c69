"""Tables of submissions and immutable course versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from courses.models.media import Video
from courses.models.packages import CoursePackage
from courses.models.pages import CourseNature, CoursePage, LessonKind
from lms.catalogue.models import LearningMode, Occupation, Trade
from lms.catalogue.rules import LEVEL_CHOICES
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation


class CourseSubmission(models.Model):
    """送审: the exact revisions of a whole course that a reviewer sees and that are released."""

    class State(models.TextChoices):
        """送审状态."""

        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "已退回"
        RELEASED = "released", "已发布"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    course = models.ForeignKey(CoursePage, models.PROTECT, related_name="submissions")
    revisions = models.JSONField("页面修订", default=list)  # [{page, revision, uid, kind, subtitles}], in tree order
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    opinion = models.CharField("审核意见", max_length=500, blank=True)
    checklist = models.ForeignKey("courses.ReviewChecklist", models.PROTECT, null=True, related_name="+")
    checks = models.JSONField("审核要点结果", default=list)  # the items, as they were ticked at the release

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course"], condition=models.Q(state="submitted"), name="course_submission_open_once"
            )
        ]


class CourseVersion(models.Model):
    """课程版本: an immutable copy of a released course. Classes pin it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    course = models.ForeignKey(CoursePage, models.PROTECT, related_name="versions")
    submission = models.OneToOneField(CourseSubmission, models.PROTECT, null=True, related_name="version")
    number = models.PositiveSmallIntegerField("版本号")
    title = models.CharField("课程名称", max_length=255)
    summary = models.CharField(max_length=120)
    outcomes = models.TextField()
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="+")
    trade = models.ForeignKey(Trade, models.PROTECT, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(choices=LEVEL_CHOICES)
    nature = models.CharField("培训性质", max_length=12, choices=CourseNature, default=CourseNature.EMPLOYMENT)
    mode = models.CharField("培训方式", max_length=8, choices=LearningMode, default=LearningMode.ONLINE)
    class_hours = models.DecimalField("学时", max_digits=5, decimal_places=1)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    words = models.TextField("检索词", blank=True)  # pairs of characters, space-joined
    pinyin = models.TextField("标题拼音", blank=True)  # as lms.kernel.zh.pinyin writes it
    digest = models.CharField("内容摘要", max_length=64)  # SHA-256 over all lessons
    is_accessible = models.BooleanField("无障碍", default=False)  # decided by rule at the release
    released_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "number"], name="course_version_once_per_number")]

    def __str__(self) -> str:
        return f"{self.title} 第{self.number}版"


class LessonVersion(models.Model):
    """课时版本: one lesson as it was released. `length_ms` is what the lesson is worth at most."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="lessons")
    lesson_uid = models.UUIDField("课时标识")  # the LessonPage's uid: the same over all versions
    position = models.PositiveSmallIntegerField("顺序")
    section_uid = models.UUIDField()
    section_title = models.CharField("章", max_length=255)
    title = models.CharField("课时", max_length=255)
    kind = models.CharField(max_length=10, choices=LessonKind)
    video = models.ForeignKey(Video, models.PROTECT, null=True, related_name="+")
    package = models.ForeignKey(CoursePackage, models.PROTECT, null=True, related_name="+")
    length_ms = models.PositiveIntegerField("时长", default=0)
    subtitles = models.JSONField("字幕", default=list)  # [{uid, language, label, digest}], as they stood at the release
    body = models.JSONField(default=list)
    html = models.TextField(blank=True)
    quiz = models.JSONField(default=list)  # [{id, kind, stem, options: [{id, text, correct}], explanation, …}]
    popups = models.JSONField("弹题", default=list)  # [{id, at_ms, question}], by time; questions as in `quiz`
    check_questions = models.JSONField("抽查题", default=list)  # as `popups`; `at_ms` 0: on the whole lesson

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["course_version", "lesson_uid"], name="lesson_version_once"),
            models.UniqueConstraint(fields=["course_version", "position"], name="lesson_version_in_order"),
        ]

    def __str__(self) -> str:
        return self.title


class LessonDocument(models.Model):
    """课时附件: a document that a released lesson has. Written once: it says who may have the file, and keeps the file."""

    lesson = models.ForeignKey(LessonVersion, models.PROTECT, related_name="documents")
    document = models.ForeignKey("wagtaildocs.Document", models.PROTECT, related_name="+")
    digest = models.CharField("文件摘要", max_length=40)  # SHA-1 as Wagtail keeps it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lesson", "document"], name="lesson_document_once")]


class LessonFilm(models.Model):
    """正文视频: a film inside the text of a released lesson. Written once: it says who may play the film, and keeps it."""

    lesson = models.ForeignKey(LessonVersion, models.PROTECT, related_name="films")
    video = models.ForeignKey(Video, models.PROTECT, related_name="+")
    subtitles = models.JSONField("字幕", default=list)  # as those of a lesson

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lesson", "video"], name="lesson_film_once")]
