"""Files of others are what was locked, carry their licence, and pages stay light."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from lms.portal.context_processors import tabs
from lms.portal.templatetags.portal import cover_icon

ROOT = Path(__file__).parents[1]
LOCK = json.loads((ROOT / "static/vendor/vendor.lock.json").read_text("utf-8"))
LOCKED = {name: digest for package in LOCK for name, digest in package["files"].items()}
OWN = [path for folder in ("lms", "courses", "attendance") for path in (ROOT / folder).rglob("*.html")]
ORDINARY_PAGE, PLAYER_PAGE = 35 * 1024, 50 * 1024
ASSET = re.compile(r'(?:<link rel="stylesheet" href|<script[^>]*? src)="/static/([^"]+)"')
STATIC_IMPORT = re.compile(r'^import .*? from "([^"]+)"', re.M)
ICON = re.compile(r'\{% icon "([a-z0-9-]+)"')


@pytest.mark.parametrize("name", LOCKED)
def test_a_file_is_what_was_locked(name):
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == LOCKED[name]


def test_nothing_is_vendored_without_a_lock():
    folders = (ROOT / "static/vendor", ROOT / "tests/vendor")
    found = {str(path.relative_to(ROOT)) for folder in folders for path in folder.rglob("*") if path.is_file()}

    assert found - LOCKED.keys() == {"static/vendor/vendor.lock.json"}


@pytest.mark.parametrize("package", LOCK, ids=lambda package: package["name"])
def test_a_package_brings_its_licence_and_stands_in_the_notice(package):
    notice = (ROOT / "NOTICE").read_text("utf-8")

    assert any("LICENSE" in name for name in package["files"])
    assert f"{package['name']} {package['version']} ({package['licence']})" in notice
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])


def test_the_lock_holds_no_address():
    assert "://" not in json.dumps(LOCK)


def test_scripts_point_at_no_source_map_and_no_other_host():
    scripts = [path for name in LOCKED if (path := ROOT / name).suffix in {".js", ".mjs"} and "static" in name]

    assert scripts
    assert [path.name for path in scripts if b"sourceMappingURL=" in path.read_bytes()[-400:]] == []


def test_every_icon_that_is_named_is_in_the_sprite():
    sprite = (ROOT / "static/vendor/lucide/icons.svg").read_text("utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = {name for path in OWN for name in ICON.findall(path.read_text("utf-8"))}
    named |= {item.icon for item in tabs("/")} | {
        cover_icon(code) for code in ("6-18-02-04", "6-31-01-03", "4-10-01-05", "")
    }

    assert len(named) > 20
    assert named - there == set()


def weight(names: set[str]) -> int:
    """Return what a phone fetches: each file compressed by itself."""
    return sum(len(gzip.compress(Path(finders.find(name)).read_bytes(), 9)) for name in names)


def with_imports(name: str) -> set[str]:
    """Return a module and all it imports at once; what is imported on demand is not fetched with the page."""
    text = Path(finders.find(name)).read_text("utf-8")
    folder = (ROOT / "static" / name).parent
    inner = [str((folder / to).resolve().relative_to(ROOT / "static")) for to in STATIC_IMPORT.findall(text)]
    return {name}.union(*(with_imports(one) for one in inner))


def test_an_ordinary_page_is_light(client, site_root):
    names = set(ASSET.findall(client.get("/courses/").content.decode()))

    assert {"js/main.js", "css/tokens.css"} < names
    assert weight(names) <= ORDINARY_PAGE


def test_the_player_page_is_light(client, site_root):
    names = set(ASSET.findall(client.get("/courses/").content.decode()))
    names |= with_imports("js/elements/study-player.js") | {"css/pages/lesson.css", "css/pages/study.css"}

    assert "js/kernel/outbox.js" in names
    assert not any(name.startswith("vendor/hls") for name in names)
    assert weight(names) <= PLAYER_PAGE
