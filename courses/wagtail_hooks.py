"""What the studio adds to Wagtail's admin: videos, submitting a course, and what may not be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path, reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets import Button
from wagtail.models import Page

from courses.models import CoursePage
from courses.queries.studio import deletion_refusal, within_studio
from courses.views import bank, bank_sheets, packages, previews
from courses.views import outline as outline_views
from courses.views import studio as views
from courses.views import subtitles as subtitle_views
from courses.views import transfers as transfer_views
from courses.views.question_chooser import question_chooser
from courses.views.video_chooser import video_chooser
from lms.access.queries import actor_for
from lms.access.rules import Role

STAFF_MENU = {"explorer", "images", "videos", "packages", "questions", "site", "import"}

studio = [
    path("videos/", views.video_list, name="videos"),
    path("videos/new/", views.video_new, name="video_new"),
    path("videos/<uuid:uid>/", views.video_detail, name="video"),
    path("videos/<uuid:uid>/state/", views.video_state, name="video_state"),
    path("videos/<uuid:uid>/retry/", views.video_retry, name="video_retry"),
    path("videos/<uuid:uid>/cancel/", views.video_cancel, name="video_cancel"),
    path("videos/<uuid:uid>/delete/", views.video_delete, name="video_delete"),
    path("packages/", packages.package_list, name="packages"),
    path("packages/new/", packages.package_new, name="package_new"),
    path("packages/<uuid:uid>/", packages.package_detail, name="package"),
    path("packages/<uuid:uid>/state/", packages.package_state, name="package_state"),
    path("packages/<uuid:uid>/retry/", packages.package_retry, name="package_retry"),
    path("packages/<uuid:uid>/delete/", packages.package_delete, name="package_delete"),
    path("videos/<uuid:uid>/subtitles/", subtitle_views.subtitle_list, name="subtitles"),
    path("videos/<uuid:uid>/subtitles/<str:language>/", subtitle_views.editor, name="subtitle"),
    path("videos/<uuid:uid>/subtitles/<str:language>/remove/", subtitle_views.remove, name="subtitle_remove"),
    path("videos/<uuid:uid>/subtitles/<str:language>/file.vtt", subtitle_views.download, name="subtitle_file"),
    path("courses/<int:page_id>/outline/", outline_views.outline, name="outline"),
    path("courses/<int:page_id>/versions/", outline_views.version_list, name="versions"),
    path("courses/<int:page_id>/preview/", previews.preview, name="preview"),
    path("courses/<int:page_id>/preview/<int:lesson_id>/", previews.preview_frame, name="preview_frame"),
    path("courses/<int:page_id>/versions/<int:number>/", outline_views.version_page, name="version"),
    path("questions/", bank.question_list, name="questions"),
    path("questions/new/", bank.question_new, name="question_new"),
    path("questions/import/", bank_sheets.question_import, name="question_import"),
    path("questions/template.xlsx", bank_sheets.question_template, name="question_template"),
    path("questions/corrections/<uuid:uid>/", bank_sheets.question_corrections, name="question_corrections"),
    path("questions/export/", bank_sheets.question_export, name="question_export"),
    path("questions/<uuid:uid>/", bank.question_edit, name="question"),
    path("questions/<uuid:uid>/versions/", bank.question_history, name="question_history"),
    path("questions/<uuid:uid>/retire/", bank.question_retire, name="question_retire"),
    path("questions/<uuid:uid>/sound/retry/", bank.sound_retry, name="sound_retry"),
    path("courses/<int:page_id>/import/", transfer_views.import_page, name="import"),
    path("courses/<int:page_id>/import/sheet/", transfer_views.import_sheet, name="import_sheet"),
    path("outline-template.xlsx", transfer_views.sheet_template, name="sheet_template"),
    path("transfers/<uuid:uid>/", transfer_views.transfer, name="transfer"),
    path("transfers/<uuid:uid>/file/", transfer_views.transfer_file, name="transfer_file"),
    path("import-package/", transfer_views.package_page, name="package_import"),
    path("courses/<int:page_id>/export/", transfer_views.export, name="export"),
    path("courses/<int:page_id>/copy/", transfer_views.copy, name="copy"),
    path("courses/<int:page_id>/submit/", views.submit, name="submit"),
]


class StaffMenuItem(MenuItem):
    """An entry for the staff of institutions."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Return whether the account works in a studio."""
        return actor_for(request.user).has(Role.INSTRUCTOR, Role.INSTITUTION)


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    """Return the studio's addresses under Wagtail's."""
    return [path("studio/", include((studio, "studio")))]


@hooks.register("register_admin_viewset")
def question_window() -> ViewSet:
    """Return the window in which a question is chosen."""
    return question_chooser


@hooks.register("register_admin_viewset")
def video_window() -> ViewSet:
    """Return the window in which a film for a text is chosen."""
    return video_chooser


@hooks.register("register_admin_menu_item")
def video_menu() -> MenuItem:
    """Return the entry of the videos."""
    return StaffMenuItem("视频", reverse("studio:videos"), name="videos", icon_name="media", order=250)


@hooks.register("register_admin_menu_item")
def bank_menu() -> MenuItem:
    """Return the entry of the question bank."""
    return StaffMenuItem("题库", reverse("studio:questions"), name="questions", icon_name="help", order=260)


@hooks.register("register_admin_menu_item")
def package_menu() -> MenuItem:
    """Return the entry of the course packages."""
    return StaffMenuItem("课件包", reverse("studio:packages"), name="packages", icon_name="download", order=255)


@hooks.register("register_admin_menu_item")
def import_menu() -> MenuItem:
    """Return the entry of course packages."""
    return StaffMenuItem("导入课程包", reverse("studio:package_import"), name="import", icon_name="download", order=270)


@hooks.register("register_admin_menu_item")
def site_menu() -> MenuItem:
    """Return the way back to the site."""
    return MenuItem("返回网站", reverse("enter"), name="site", icon_name="home", order=10_000)


@hooks.register("insert_global_admin_css")
def studio_css() -> str:
    """Return the sheet that hides what the fence closes."""
    return format_html('<link rel="stylesheet" href="{}">', static("css/pages/studio.css"))


@hooks.register("insert_global_admin_js")
def dialog_names() -> str:
    """Return the script that names Wagtail's windows for screen readers."""
    return format_html('<script type="module" src="{}"></script>', static("js/admin/dialog-names.js"))


@hooks.register("construct_homepage_panels")
def own_panels(request: HttpRequest, panels: list[Any]) -> None:
    """Leave out what Wagtail says of itself and links that the fence closes."""
    if not request.user.is_superuser:
        panels[:] = [panel for panel in panels if type(panel).__name__ in {"RecentEditsPanel"}]


@hooks.register("construct_main_menu")
def shorten_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leave the staff of institutions what the fence lets them reach."""
    if not request.user.is_superuser:
        items[:] = [item for item in items if item.name in STAFF_MENU]


@hooks.register("construct_page_chooser_queryset")
@hooks.register("construct_explorer_page_queryset")
def own_pages(*arguments: Any) -> Any:
    """Return only pages of the studio; Wagtail calls with (pages, request) or (parent, pages, request)."""
    pages, request = arguments[-2], arguments[-1]
    return pages if request.user.is_superuser else within_studio(pages, actor_for(request.user))


@hooks.register("register_page_header_buttons")
def submit_button(page: Page, user: Any, **kwargs: Any) -> Iterator[Button]:
    """Offer a course's outline and to submit it."""
    if isinstance(page, CoursePage) and actor_for(user).has(Role.INSTRUCTOR, Role.INSTITUTION):
        yield Button("课程大纲", reverse("studio:outline", args=[page.pk]), icon_name="list-ol", priority=4)
        yield Button("提交审核", reverse("studio:submit", args=[page.pk]), icon_name="check", priority=5)


@hooks.register("before_delete_page")
def keep_released(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to delete what classes study or the office reviews."""
    if sentence := deletion_refusal(page):
        messages.error(request, sentence)
        return redirect("wagtailadmin_pages:edit", page.pk)
    return None


@hooks.register("before_bulk_action")
def keep_released_in_bulk(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """Refuse the same in bulk: the hook of the single deletion is not called there."""
    pages = [one for one in objects if isinstance(one, Page)] if action_type == "delete" else []
    sentences = [sentence for page in pages if (sentence := deletion_refusal(page))]
    for sentence in sentences:
        messages.error(request, sentence)
    return redirect("wagtailadmin_explore", pages[0].get_parent().pk) if sentences else None
