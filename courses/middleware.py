"""The fences: around Wagtail's admin for institution staff, around media and around the host of course packages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.urls import ResolverMatch

from courses.queries.documents import is_own_document
from courses.queries.studio import is_in_studio, is_own_picture
from lms.access.queries import actor_for
from lms.access.rules import Role

# Everything else of Wagtail is 404 for them: its lists know no institutions (users, groups, reports, settings, tags, usage).
OPEN = {
    "wagtailadmin_home", "wagtailadmin_logout", "wagtailadmin_sprite", "wagtailadmin_javascript_catalog",
    "wagtailadmin_dismissibles", "wagtailadmin_block_preview",
    "wagtailadmin_explore_root", "wagtailadmin_explore", "wagtailadmin_explore_results",
    "wagtailadmin_pages:add", "wagtailadmin_pages:preview_on_add", "wagtailadmin_pages:add_subpage",
    "wagtailadmin_pages:edit", "wagtailadmin_pages:preview_on_edit", "wagtailadmin_pages:view_draft",
    "wagtailadmin_pages:delete", "wagtailadmin_pages:history", "wagtailadmin_pages:history_results",
    "wagtailadmin_pages:revisions_view", "wagtailadmin_pages:revisions_revert", "wagtailadmin_pages:revisions_compare",
    "wagtailadmin_pages:search", "wagtailadmin_pages:search_results",
    "wagtailadmin_choose_page", "wagtailadmin_choose_page_child", "wagtailadmin_choose_page_search",
    "wagtailadmin_choose_page_external_link", "wagtailadmin_choose_page_email_link",
    "wagtailadmin_choose_page_phone_link",
    "wagtailadmin_api:pages:listing",
    "wagtailadmin_editing_sessions:ping", "wagtailadmin_editing_sessions:release",
    "wagtailimages:index", "wagtailimages:index_results", "wagtailimages:add", "wagtailimages:edit",
    "wagtailimages:add_multiple", "wagtailimages:edit_multiple", "wagtailimages:create_multiple_from_uploaded_image",
    "wagtailimages:delete_upload_multiple", "wagtailimages:preview", "wagtailimages:image_usage", "studio_account",
    "wagtailimages_chooser:choose", "wagtailimages_chooser:choose_results", "wagtailimages_chooser:chosen",
    "wagtailimages_chooser:create", "wagtailimages_chooser:select_format",
    # Documents are chosen and added, never edited or deleted: released lessons hand out the very file.
    "wagtaildocs_chooser:choose", "wagtaildocs_chooser:choose_results", "wagtaildocs_chooser:chosen",
    "wagtaildocs_chooser:create",
    "question_chooser:choose", "question_chooser:choose_results", "question_chooser:chosen",
    "video_chooser:choose", "video_chooser:choose_results", "video_chooser:chosen",
}  # fmt: skip
CHOSEN_PICTURE = "wagtailimages_chooser:chosen"
CHOSEN_DOCUMENT = "wagtaildocs_chooser:chosen"
SANDBOX = "/scorm/"
OWN = "studio:"
PAGES = ("page_id", "parent_page_id", "page_to_move_id", "destination_id")
PAGE_BY_OTHER_NAME = {"wagtailadmin_pages:revisions_compare": "pk"}


class SandboxHostMiddleware:
    """On the host of course packages nothing but their files is answered, and nowhere else are they."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SCORM_ORIGIN:
            is_there = request.get_host() == urlsplit(settings.SCORM_ORIGIN).netloc
            if is_there != request.path.startswith(SANDBOX):
                return HttpResponseNotFound("没有这个页面。", content_type="text/plain; charset=utf-8")
        return self.get_response(request)


MEDIA_KEY = "media_key"


def media_key(request: HttpRequest) -> str:
    """Return the key of the browser that asks, made when it has none yet: addresses of media are bound to it."""
    key: str = request.COOKIES.get(MEDIA_KEY, "") or getattr(request, MEDIA_KEY, "") or secrets.token_urlsafe(18)
    setattr(request, MEDIA_KEY, key)
    return key


class MediaKeyMiddleware:
    """Gives a browser that got addresses of media the cookie with which it may use them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (key := getattr(request, MEDIA_KEY, "")) and MEDIA_KEY not in request.COOKIES:
            response.set_cookie(MEDIA_KEY, key, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
        return response


class StudioFenceMiddleware:
    """Institution staff reach an allow-list of Wagtail's URL names and only their own pages, all else is 404 (S1)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: tuple[object, ...],
        kwargs: dict[str, str],
    ) -> None:
        """Raise Http404 for what is not theirs."""
        match = request.resolver_match
        if match is None or not match.route.startswith("cms/") or not request.user.is_authenticated:
            return
        if not request.user.is_superuser and not is_open(request, match):
            raise Http404


def is_open(request: HttpRequest, match: ResolverMatch) -> bool:
    """Return whether an account may go there."""
    actor = actor_for(request.user)
    if not actor.has(Role.INSTRUCTOR, Role.INSTITUTION):
        return False
    if match.view_name.startswith(OWN):
        return True
    picture = match.kwargs.get("image_id") or (match.kwargs.get("pk") if match.view_name == CHOSEN_PICTURE else None)
    pictures = [] if picture is None else [str(picture)]
    if match.view_name == CHOSEN_DOCUMENT and not is_own_document(actor, str(match.kwargs["pk"])):
        return False
    return (
        match.view_name in OPEN
        and all(is_in_studio(actor, page) for page in pages_named(request, match))
        and all(is_own_picture(actor, picture) for picture in pictures)
    )


def pages_named(request: HttpRequest, match: ResolverMatch) -> list[str]:
    """Return the ids of all pages that an address names."""
    names = [*PAGES, *filter(None, [PAGE_BY_OTHER_NAME.get(match.view_name)])]
    found = [str(match.kwargs[name]) for name in names if name in match.kwargs]
    if match.view_name == "wagtailadmin_editing_sessions:ping":
        found.append(str(match.kwargs["object_id"]))
    if asked := request.GET.get("child_of", ""):
        found.append(asked)
    return found
