"""What a page weighs on its way to a phone: its style sheets and scripts, each compressed by itself."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

STATIC = Path(__file__).parents[1] / "static"
KB = 1024
PAGE = 40 * KB  # the page itself
ORDINARY = 35 * KB
BUDGETS = {
    "/learn/": 50 * KB, "/my/live/": 70 * KB, "/institution/live/": 70 * KB, "/office/live/": 70 * KB, "/cms/": 90 * KB,
}  # fmt: skip
ASSET = re.compile(r'(?:<link rel="stylesheet" href|<script[^>]*? src)="?/static/([^"? >]+)')
STATIC_IMPORT = re.compile(r'^import .*? from "([^"]+)"', re.M)
ELEMENT = re.compile(r'"([a-z-]+)": \(\) => import\("\./([^"]+)"\)')


def problems(path: str, html: bytes) -> list[str]:
    """Return what is too heavy about a page."""
    budget = next((most for prefix, most in BUDGETS.items() if path.startswith(prefix)), ORDINARY)
    names = {
        name for name in fetched(html.decode()) if not name.startswith("wagtail")
    }  # the studio is a part of its admin
    found, page = weight(names), len(gzip.compress(html, 9))
    wrong = [f"{path}: scripts and styles of {found} bytes, {budget} at most"] if found > budget else []
    return wrong + ([f"{path}: a page of {page} bytes, {PAGE} at most"] if page > PAGE else [])


def fetched(html: str) -> set[str]:
    """Return all files that a page fetches at once: what it names, its elements, and what those import."""
    names = set(ASSET.findall(html))
    names |= {name for tag, name in elements().items() if f"<{tag}" in html} if "js/main.js" in names else set()
    return names.union(*(imports(name) for name in names if name.endswith(".js")))


@cache
def elements() -> dict[str, str]:
    """Return the module of every element that the loader knows."""
    return {tag: f"js/{to}" for tag, to in ELEMENT.findall((STATIC / "js/main.js").read_text("utf-8"))}


@cache
def imports(name: str) -> frozenset[str]:
    """Return all that a module imports at once; what it imports on demand is not fetched with the page."""
    text, folder = Path(finders.find(name)).read_text("utf-8"), (STATIC / name).parent
    inner = [str((folder / to).resolve().relative_to(STATIC)) for to in STATIC_IMPORT.findall(text)]
    return frozenset(inner).union(*(imports(one) for one in inner))


def weight(names: set[str]) -> int:
    """Return the bytes of so many files."""
    return sum(weight_of(name) for name in names)


@cache
def weight_of(name: str) -> int:
    """Return the bytes of a file as it is sent."""
    return len(gzip.compress(Path(finders.find(name)).read_bytes(), 9))
