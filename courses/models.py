"""Tables of content: the page tree, videos, submissions and immutable course versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from modelsearch import index
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from courses.blocks import QuizBody, TextBody
from courses.fields import CourseForm, LessonForm
from courses.rules import slug_of
from lms.access.rules import Scope
from lms.catalogue.models import Occupation, Trade
from lms.catalogue.rules import LEVEL_CHOICES
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.zh import bigrams
from lms.organisations.models import Organisation


class LessonKind(models.TextChoices):
    """课时类型."""

    VIDEO = "video", "视频"
    ARTICLE = "article", "图文"
    QUIZ = "quiz", "测验"


class Video(models.Model):
    """视频: an uploaded file and what the pipeline made of it."""

    class State(models.TextChoices):
        """处理状态."""

        UPLOADED = "uploaded", "待处理"
        PROCESSING = "processing", "转码中"
        READY = "ready", "可播放"
        REFUSED = "refused", "文件不合格"
        FAILED = "failed", "处理失败"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    title = models.CharField("标题", max_length=100)
    source_name = models.CharField("文件名", max_length=200)
    source_path = models.CharField(max_length=200, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.UPLOADED)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    error = models.CharField("出错说明", max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField("时长", default=0)
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    folder = models.CharField(max_length=100, blank=True)  # in the default storage: master.m3u8, video.mp4, poster.jpg
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.title

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)


class Subtitle(models.Model):
    """字幕: WebVTT of one language."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    video = models.ForeignKey(Video, models.CASCADE, related_name="subtitles")
    language = models.CharField("语言", max_length=10, default="zh-Hans")
    label = models.CharField("名称", max_length=30, default="中文")
    webvtt = models.TextField("WebVTT")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "language"], name="subtitle_once_per_language")]


class PreviewedPage(Page):
    """A page that has no public face of its own: visitors are sent to the catalogue, editors see a preview (abstract)."""

    class Meta:
        abstract = True

    def get_template(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """Return the template of previews; Wagtail names one for each class."""
        return "courses/preview.html"

    def public_address(self) -> str:
        """Return where visitors find what was released of it."""
        return reverse("courses")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send visitors to what was released (C1)."""
        return redirect(self.public_address())


class CodedPage(PreviewedPage):
    """A page whose address is set in code: Chinese titles make none that Wagtail accepts (abstract)."""

    slug_prefix = "page"
    promote_panels: list[FieldPanel] = []  # the address is ours, the menu too
    settings_panels: list[FieldPanel] = []  # nothing goes live by a date: the office releases

    class Meta:
        abstract = True

    def set_slug(self) -> None:
        """Set the address unless somebody did."""
        if not self.slug:  # type: ignore[has-type]
            self.slug = slug_of(self.slug_prefix, self.uid.hex)

    def public_address(self) -> str:
        """Return the page of the course it belongs to."""
        course: CoursePage | None = CoursePage.objects.ancestor_of(self, inclusive=True).first()
        return reverse("course", args=[course.uid]) if course else super().public_address()

    def with_content_json(self, content: dict[str, Any]) -> CodedPage:
        """Return a revision's content with the page's own uid: a copy's revisions still hold the original's."""
        page: CodedPage = super().with_content_json(content)
        page.uid = self.uid
        return page

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Set the address before everything is checked."""
        self.set_slug()
        super().full_clean(*args, **kwargs)

    def minimal_clean(self) -> None:
        """Set the address before a draft is checked."""
        self.set_slug()
        super().minimal_clean()


class HomePage(Page):
    """首页: the root of the site's content."""

    max_count = 1
    subpage_types = ["courses.CatalogueIndexPage"]
    template = "portal/public/home.html"


class CatalogueIndexPage(PreviewedPage):
    """课程目录: holds the institutions' pages."""

    max_count = 1
    parent_page_types = ["courses.HomePage"]
    subpage_types = ["courses.InstitutionPage"]


class InstitutionPage(PreviewedPage):
    """培训机构主页: the root of the subtree in which the institution's staff work."""

    institution = models.OneToOneField(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    introduction = models.TextField("简介", blank=True)

    parent_page_types = ["courses.CatalogueIndexPage"]
    subpage_types = ["courses.CoursePage"]
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    def public_address(self) -> str:
        """Return the catalogue of this institution."""
        return f"{reverse('courses')}?institution={self.institution.uid}"


class CoursePage(CodedPage):
    """课程: what a course teaches, for whom, in how many hours."""

    slug_prefix = "course"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="+", verbose_name="职业")
    trade = models.ForeignKey(Trade, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="工种")
    level = models.PositiveSmallIntegerField("等级", choices=LEVEL_CHOICES)
    class_hours = models.DecimalField("学时", max_digits=5, decimal_places=1)
    summary = models.CharField("一句话介绍", max_length=120)
    outcomes = models.TextField("学完能做什么", help_text="每行一条")
    cover = models.ForeignKey(
        "wagtailimages.Image", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="封面"
    )

    parent_page_types = ["courses.InstitutionPage"]
    subpage_types = ["courses.SectionPage"]
    exclude_fields_in_copy = ["uid"]
    base_form_class = CourseForm
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("occupation"),
        FieldPanel("trade"),
        FieldPanel("level"),
        FieldPanel("class_hours"),
        FieldPanel("outcomes"),
        FieldPanel("cover"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("chinese_words"), index.AutocompleteField("chinese_words")]

    def chinese_words(self) -> str:
        """Return what the search finds it by, in pairs: the default finds no Chinese word inside a title."""
        trade = self.trade.name if self.trade else ""
        return bigrams(f"{self.title} {self.summary} {self.occupation.name} {trade}")


class SectionPage(CodedPage):
    """章: a part of a course."""

    slug_prefix = "section"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)

    parent_page_types = ["courses.CoursePage"]
    subpage_types = ["courses.LessonPage"]
    exclude_fields_in_copy = ["uid"]


class LessonPage(CodedPage):
    """课时: a video, a text or a quiz. Learners study the released version of it, never the page."""

    slug_prefix = "lesson"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField("类型", max_length=10, choices=LessonKind, default=LessonKind.VIDEO)
    video = models.ForeignKey(Video, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="视频")
    body = StreamField(TextBody(required=False), blank=True, verbose_name="正文")
    quiz = StreamField(QuizBody(required=False), blank=True, verbose_name="测验")
    nominal_minutes = models.PositiveSmallIntegerField("参考时长（分钟）", null=True, blank=True)
    is_sample = models.BooleanField("免费试看", default=False)

    parent_page_types = ["courses.SectionPage"]
    subpage_types: list[str] = []
    exclude_fields_in_copy = ["uid"]
    base_form_class = LessonForm
    content_panels = [
        *Page.content_panels,
        FieldPanel("kind"),
        FieldPanel("video"),
        FieldPanel("body"),
        FieldPanel("quiz"),
        FieldPanel("nominal_minutes"),
        FieldPanel("is_sample"),
    ]


class CourseSubmission(models.Model):
    """送审: the exact revisions of a whole course that a reviewer sees and that are released."""

    class State(models.TextChoices):
        """送审状态."""

        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "已退回"
        RELEASED = "released", "已发布"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    course = models.ForeignKey(CoursePage, models.PROTECT, related_name="submissions")
    revisions = models.JSONField("页面修订", default=list)  # [{page, revision, uid, kind}], in tree order
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    opinion = models.CharField("审核意见", max_length=500, blank=True)

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
    class_hours = models.DecimalField("学时", max_digits=5, decimal_places=1)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    words = models.TextField("检索词", blank=True)  # pairs of characters, space-joined
    digest = models.CharField("内容摘要", max_length=64)  # SHA-256 over all lessons
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
    length_ms = models.PositiveIntegerField("时长", default=0)
    body = models.JSONField(default=list)
    html = models.TextField(blank=True)
    quiz = models.JSONField(default=list)  # [{id, kind, stem, options: [{id, text, correct}], explanation}]

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["course_version", "lesson_uid"], name="lesson_version_once"),
            models.UniqueConstraint(fields=["course_version", "position"], name="lesson_version_in_order"),
        ]

    def __str__(self) -> str:
        return self.title
