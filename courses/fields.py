"""Forms and panels of pages in the studio: what they offer and take belongs to the page's own institution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import Panel
from wagtail.permissions import policy_registry

from courses.rules.films import film_ids

TRADE_ELSEWHERE = "这个工种不属于所选的职业，请重新选择工种，或留空。"
NOT_YOUR_DOCUMENT = "这个附件不在本机构的文件库里，请重新选择。"
FILM_NOT_YOURS = "正文里的视频不在本机构的视频库里，请重新选择。"
QUESTION_NOT_YOURS = "选择的试题不在本机构的题库里，请重新选择。"
NOT_YOURS = "这张图片不在本机构的图片库里，请重新选择。"


class CourseDeskPanel(Panel):
    """Stands above the fields: where the course is in its review, and the ways to its outline and to submitting it."""

    class BoundPanel(Panel.BoundPanel):
        """The panel of one page."""

        template_name = "courses/studio/desk_panel.html"

        def is_shown(self) -> bool:
            """Return whether there is a course yet."""
            return bool(self.instance.pk)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Return the course and its newest submission."""
            from courses.models import CoursePage

            context: dict[str, Any] = super().get_context_data(parent_context)
            course = CoursePage.objects.ancestor_of(self.instance, inclusive=True).first()
            newest = course.submissions.order_by("-submitted_at", "-pk").first() if course else None
            return context | {"course": course, "submission": newest}


class VideoStatePanel(Panel):
    """Stands above the choice of a lesson's video: how far its processing is, or what is wrong with it."""

    class BoundPanel(Panel.BoundPanel):
        """The panel of one lesson."""

        template_name = "courses/studio/video_panel.html"

        def is_shown(self) -> bool:
            """Return whether a video was chosen."""
            return self.instance.video is not None

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Return the video."""
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"video": self.instance.video}


class StudioForm(WagtailAdminPageForm):
    """Takes only pictures that the editor may choose: a chooser's hidden number can be changed."""

    def may_choose(self, chosen: Any) -> bool:
        """Return whether the editor may choose a picture or a document."""
        policy = policy_registry.get_by_type(type(chosen))
        return bool(policy.user_has_permission_for_instance(self.for_user, "choose", chosen))

    def refuse_strangers(self, name: str, pictures: list[Any]) -> None:
        """Add an error when a newly chosen picture belongs to somebody else."""
        if not all(self.may_choose(picture) for picture in pictures if picture):
            self.add_error(name, NOT_YOURS)


class CourseForm(StudioForm):
    """The form of a course."""

    def clean(self) -> dict[str, Any]:
        """Check the cover, and that the trade belongs to the occupation."""
        cleaned: dict[str, Any] = super().clean()
        occupation, trade = cleaned.get("occupation"), cleaned.get("trade")
        if trade is not None and trade.occupation_id != getattr(occupation, "pk", None):
            self.add_error("trade", TRADE_ELSEWHERE)
        if "cover" in self.changed_data:
            self.refuse_strangers("cover", [cleaned.get("cover")])
        return cleaned


class LessonForm(StudioForm):
    """The form of a lesson: its videos and packages are those of the institution."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("video")
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            institution = institution_of(self.parent_page)
            field.queryset = field.queryset.filter(institution_id=institution).order_by("-pk")
            field.label_from_instance = video_label  # type: ignore[method-assign]
        packages = self.fields.get("package")
        if isinstance(packages, forms.ModelChoiceField) and packages.queryset is not None:
            chosen = getattr(self.instance, "package_id", None)
            ready = packages.queryset.filter(institution_id=institution_of(self.parent_page))
            packages.queryset = ready.filter(Q(state="ready") | Q(pk=chosen)).order_by("-pk")

    def clean(self) -> dict[str, Any]:
        """Check the pictures of the text."""
        cleaned: dict[str, Any] = super().clean()
        video = cleaned.get("video")
        if video is not None and "video" in self.changed_data and video.state in {"refused", "failed"}:
            self.add_error("video", f"这个视频不能用：{video.error or '处理失败。'}请换一个视频，或重新上传后再选。")
        body = cleaned.get("body") or []
        for name in ("quiz", "popups", "check_questions"):
            self.refuse_strange_questions(name, cleaned.get(name) or [])
        self.refuse_strangers("body", [block.value for block in body if block.block_type == "image"])
        documents = [block.value["file"] for block in body if block.block_type == "document"]
        if not all(self.may_choose(document) for document in documents if document):
            self.add_error("body", NOT_YOUR_DOCUMENT)
        self.refuse_films([block.value["film"] for block in body if block.block_type == "video"])
        return cleaned

    def refuse_films(self, films: list[Any]) -> None:
        """Add an error when a film of the text is somebody else's, or was chosen though it does not play."""
        institution, kept = institution_of(self.parent_page), film_ids(self.instance.body.raw_data)
        for film in filter(None, films):
            if film.institution_id != institution:
                self.add_error("body", FILM_NOT_YOURS)
            elif film.state != "ready" and film.pk not in kept:
                reason = film.error or f"{film.get_state_display()}。"
                self.add_error("body", f"视频“{film.title}”现在不能放进正文：{reason}请换一个视频，或等处理完再选。")

    def refuse_strange_questions(self, name: str, body: Any) -> None:
        """Add an error when a question belongs to another institution: a chooser's hidden number can be changed."""
        values = [block.value for block in body if block.block_type != "question"]
        chosen = [value["question"] if isinstance(value, Mapping) else value for value in values]
        institution = institution_of(self.parent_page)
        if any(question is not None and question.institution_id != institution for question in chosen):
            self.add_error(name, QUESTION_NOT_YOURS)


def institution_of(page: Any) -> int | None:
    """Return the id of the institution in whose subtree a page lies."""
    from courses.models import InstitutionPage

    found: InstitutionPage | None = InstitutionPage.objects.ancestor_of(page, inclusive=True).first() if page else None
    return found.institution_id if found else None


def video_label(obj: Any) -> str:
    """Return how a video is offered: with its state, so that nobody waits for one that was refused."""
    return f"{obj.title}（{obj.get_state_display()}）"
