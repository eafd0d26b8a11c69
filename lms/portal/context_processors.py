"""What every page's frame shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.kernel.visitors import address_of
from lms.notifications.queries import unread_count
from lms.portal.workspaces import places_of

STYLESHEETS = [
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    *(
        f"css/components/{name}.css"
        for name in ("button", "tag", "form", "alert", "progress", "tabs", "table", "panel", "dialog", "toc", "film")
    ),
    "css/pages/catalogue.css",
    "css/pages/modes.css",
]
ROOTS = {"/": "home", "/courses/": "courses", "/my/": "my", "/my/me/": "me"}


@dataclass(frozen=True, slots=True)
class Item:
    """A place in a navigation bar."""

    label: str
    href: str
    icon: str
    is_current: bool


def items(path: str, *entries: tuple[str, str, str]) -> list[Item]:
    """Return navigation items, the current one marked."""
    return [
        Item(label, href, icon, path == href or (href != "/" and path.startswith(href)))
        for label, href, icon in entries
    ]


def navigation(actor: Actor, path: str) -> list[Item]:
    """Return the main navigation of an actor: learners' places, then those of the roles held."""
    entries = [("首页", "/", "house"), ("课程", "/courses/", "book-open"), ("培训目录", "/catalogues/", "file-text")]
    if actor.user_id is not None:
        entries.append(("我的学习", "/my/", "graduation-cap"))
    entries += [(place.label, place.url, place.icon) for place in places_of(actor)]
    return items(path, *entries)


def tabs(path: str) -> list[Item]:
    """Return the phone's bottom bar, on the four root pages only: inner pages rely on the way back."""
    if path not in ROOTS:
        return []
    found = items(
        path,
        ("首页", "/", "house"),
        ("课程", "/courses/", "book-open"),
        ("学习", "/my/", "graduation-cap"),
        ("我的", "/my/me/", "user"),
    )
    return [Item(item.label, item.href, item.icon, item.href == path) for item in found]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values."""
    user = getattr(request, "user", None)
    actor = actor_for(user)
    return {
        "actor": actor,
        "unread_notices": SimpleLazyObject(lambda: unread_count(actor)) if actor.user_id else 0,
        "here": address_of(request),
        "large_type": request.COOKIES.get("large_type") == "1",
        "demo_mode": settings.DEMO_MODE,
        "site_name": settings.WAGTAIL_SITE_NAME,
        "navigation": navigation(actor, request.path),
        "tabs": tabs(request.path),
        "stylesheets": STYLESHEETS,
    }
