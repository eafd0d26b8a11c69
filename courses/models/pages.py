"""The page tree: what everybody may see, written in Wagtail."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from modelsearch import index
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PagePermissionTester

from courses.blocks import CheckQuestions, Popups, QuizBody, TextBody
from courses.fields import CourseDeskPanel, CourseForm, LessonForm, VideoStatePanel
from courses.models.media import Video
from courses.models.packages import CoursePackage
from courses.rules.authoring import slug_of
from lms.catalogue.models import LearningMode, Occupation, Trade
from lms.catalogue.rules import LEVEL_CHOICES
from lms.kernel.ids import new_uid
from lms.kernel.zh import bigrams
from lms.organisations.models import Organisation


class LessonKind(models.TextChoices):
    """课时类型."""

    VIDEO = "video", "视频"
    ARTICLE = "article", "图文"
    QUIZ = "quiz", "测验"
    SCORM = "scorm", "课件包"
    PRACTICE = "practice", "线下实操"
    LIVE = "live", "直播"


CHECKED = frozenset({LessonKind.VIDEO, LessonKind.ARTICLE, LessonKind.SCORM, LessonKind.LIVE})  # 有抽查的课时类型


class CourseNature(models.TextChoices):
    """培训性质: what kind of training the notice funds. Source: docs/sources.md, items 1 to 4, 8 and 16."""

    EMPLOYMENT = "employment", "就业技能培训"
    UPGRADE = "upgrade", "岗位技能提升培训"
    TRANSFER = "transfer", "转岗转业培训"
    STARTUP = "startup", "创业培训"
    SAFETY = "safety", "安全技能培训"
    FARMING = "farming", "农业实用技术培训"


class StudioPermissionTester(PagePermissionTester):
    """What staff may do to a page of the studio: what the fence closes is not offered either."""

    def can_move(self) -> bool:
        """Return whether it may be moved elsewhere: lessons are ordered in the outline instead."""
        return bool(self.user.is_superuser and super().can_move())

    def can_copy(self) -> bool:
        """Return whether it may be copied."""
        return bool(self.user.is_superuser and super().can_copy())


class PreviewedPage(Page):
    """A page that has no public face of its own: visitors are sent to the catalogue, editors see a preview (abstract)."""

    admin_default_ordering = "ord"  # as learners see them, not the newest first

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> StudioPermissionTester:
        """Return what an account may do to it."""
        return StudioPermissionTester(user, self)

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
        if hasattr(self, "is_withdrawn"):
            page.is_withdrawn = self.is_withdrawn  # decided in the outline, not in the editor
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

    class Meta:
        verbose_name = "首页"

    max_count = 1
    subpage_types = ["courses.CatalogueIndexPage"]
    template = "portal/public/home.html"


class CatalogueIndexPage(PreviewedPage):
    """课程目录: holds the institutions' pages."""

    class Meta:
        verbose_name = "课程目录"

    max_count = 1
    parent_page_types = ["courses.HomePage"]
    subpage_types = ["courses.InstitutionPage"]


class InstitutionPage(PreviewedPage):
    """培训机构主页: the root of the subtree in which the institution's staff work."""

    class Meta:
        verbose_name = "机构主页"

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
    nature = models.CharField("培训性质", max_length=12, choices=CourseNature, default=CourseNature.EMPLOYMENT)
    mode = models.CharField("培训方式", max_length=8, choices=LearningMode, default=LearningMode.ONLINE)
    class_hours = models.DecimalField(
        "学时",
        max_digits=5,
        decimal_places=1,
        validators=[MinValueValidator(Decimal("0.1"), "学时应大于0。")],
    )
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
        CourseDeskPanel(),
        FieldPanel("title", classname="title"),
        FieldPanel("summary"),
        FieldPanel("occupation"),
        FieldPanel("trade"),
        FieldPanel("level"),
        FieldPanel("nature"),
        FieldPanel("mode"),
        FieldPanel("class_hours"),
        FieldPanel("outcomes"),
        FieldPanel("cover"),
    ]

    class Meta:
        verbose_name = "课程"

    search_fields = [*Page.search_fields, index.SearchField("chinese_words"), index.AutocompleteField("chinese_words")]

    @property
    def institution(self) -> Organisation:
        """Return whose course it is (所属机构)."""
        owner: Organisation = self.get_parent().specific.institution
        return owner

    def chinese_words(self) -> str:
        """Return what the search finds it by, in pairs: the default finds no Chinese word inside a title."""
        trade = self.trade.name if self.trade else ""
        return bigrams(f"{self.title} {self.summary} {self.occupation.name} {trade}")


class SectionPage(CodedPage):
    """章: a part of a course. One that is withdrawn does not enter the next version."""

    slug_prefix = "section"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    is_withdrawn = models.BooleanField("已移出", default=False, editable=False)

    class Meta:
        verbose_name = "章"

    parent_page_types = ["courses.CoursePage"]
    subpage_types = ["courses.LessonPage"]
    exclude_fields_in_copy = ["uid"]
    content_panels = [CourseDeskPanel(), FieldPanel("title", classname="title")]


class LessonPage(CodedPage):
    """课时: a video, a text, a quiz, a package made elsewhere, practice at a place or a lesson given live.

    Learners study the released version of it, never the page.
    """

    slug_prefix = "lesson"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField("类型", max_length=10, choices=LessonKind, default=LessonKind.VIDEO)
    video = models.ForeignKey(Video, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="视频")
    package = models.ForeignKey(
        CoursePackage, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="课件包"
    )
    body = StreamField(TextBody(required=False), blank=True, verbose_name="正文")
    quiz = StreamField(QuizBody(required=False), blank=True, verbose_name="测验")
    popups = StreamField(
        Popups(required=False),
        blank=True,
        verbose_name="视频弹题",
        help_text="播放到时间点时暂停，答完接着播放。每题只答一次，不影响学时。",
    )
    check_questions = StreamField(
        CheckQuestions(required=False),
        blank=True,
        verbose_name="抽查题",
        help_text="只在学习中抽查时问，学员事先看不到。请用单选题、多选题或判断题；还在测验里的题，测验结束前不会问。",
    )
    nominal_minutes = models.PositiveSmallIntegerField(
        "参考时长（分钟）",
        null=True,
        blank=True,
        validators=[MinValueValidator(1, "参考时长至少1分钟。")],
        help_text="图文、课件包、线下实操和直播课时最多按这个时长认定学时，请按实际学习所需填写。课件自己报告的完成和时长不计学时。",
    )
    is_sample = models.BooleanField("免费试看", default=False)
    is_withdrawn = models.BooleanField("已移出", default=False, editable=False)

    class Meta:
        verbose_name = "课时"

    parent_page_types = ["courses.SectionPage"]
    subpage_types: list[str] = []
    exclude_fields_in_copy = ["uid"]
    base_form_class = LessonForm
    content_panels = [
        CourseDeskPanel(),
        FieldPanel("title", classname="title"),
        FieldPanel("kind"),
        MultiFieldPanel(
            [VideoStatePanel(), FieldPanel("video"), FieldPanel("popups")], heading="视频（视频课时填这里）"
        ),
        MultiFieldPanel([FieldPanel("body")], heading="图文（图文课时填这里；课件包、线下实操和直播课时可写学习要求）"),
        MultiFieldPanel([FieldPanel("package")], heading="课件包（课件包课时填这里）"),
        FieldPanel("nominal_minutes"),
        MultiFieldPanel([FieldPanel("quiz")], heading="测验（测验课时填这里）"),
        MultiFieldPanel([FieldPanel("check_questions")], heading="抽查题（视频、图文、课件包和直播课时可填）"),
        FieldPanel("is_sample"),
    ]

    def with_content_json(self, content: dict[str, Any]) -> LessonPage:
        """Return a revision's content without the film or package that was deleted since: older drafts do not keep them."""
        for name, model in (("video", Video), ("package", CoursePackage)):
            if content.get(name) is not None and not model.objects.filter(pk=content[name]).exists():
                content = content | {name: None}
        page: LessonPage = super().with_content_json(content)
        return page
