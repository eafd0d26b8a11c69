"""Forms of pages in the studio: what they offer and take belongs to the page's own institution."""

from __future__ import annotations

from typing import Any

from django import forms
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.images import get_image_model
from wagtail.permissions import policy_registry

NOT_YOURS = "这张图片不在本机构的图片库里，请重新选择。"


class StudioForm(WagtailAdminPageForm):
    """Takes only pictures that the editor may choose: a chooser's hidden number can be changed."""

    def may_choose(self, picture: Any) -> bool:
        """Return whether the editor may choose a picture."""
        policy = policy_registry.get_by_type(get_image_model())
        return bool(policy.user_has_permission_for_instance(self.for_user, "choose", picture))

    def refuse_strangers(self, name: str, pictures: list[Any]) -> None:
        """Add an error when a newly chosen picture belongs to somebody else."""
        if not all(self.may_choose(picture) for picture in pictures if picture):
            self.add_error(name, NOT_YOURS)


class CourseForm(StudioForm):
    """The form of a course."""

    def clean(self) -> dict[str, Any]:
        """Check the cover."""
        cleaned: dict[str, Any] = super().clean()
        if "cover" in self.changed_data:
            self.refuse_strangers("cover", [cleaned.get("cover")])
        return cleaned


class LessonForm(StudioForm):
    """The form of a lesson: its videos are those of the institution."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("video")
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            institution = institution_of(self.parent_page)
            field.queryset = field.queryset.filter(institution_id=institution).order_by("-pk")
            field.label_from_instance = video_label  # type: ignore[method-assign]

    def clean(self) -> dict[str, Any]:
        """Check the pictures of the text."""
        cleaned: dict[str, Any] = super().clean()
        body = cleaned.get("body") or []
        self.refuse_strangers("body", [block.value for block in body if block.block_type == "image"])
        return cleaned


def institution_of(page: Any) -> int | None:
    """Return the id of the institution in whose subtree a page lies."""
    from courses.models import InstitutionPage

    found: InstitutionPage | None = InstitutionPage.objects.ancestor_of(page, inclusive=True).first() if page else None
    return found.institution_id if found else None


def video_label(obj: Any) -> str:
    """Return how a video is offered: with its state, so that nobody waits for one that was refused."""
    return f"{obj.title}（{obj.get_state_display()}）"
