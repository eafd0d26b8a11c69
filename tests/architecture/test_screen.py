"""Templates, styles and scripts keep to their rooms."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATES = [path for package in ("lms", "courses", "attendance") for path in (ROOT / package).rglob("*.html")]
STYLES = [path for path in (ROOT / "static/css").rglob("*.css") if path.name != "tokens.css"]
SCRIPTS = list((ROOT / "static/js").rglob("*.js"))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:rgb|hsl|oklch)a?\(")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\sstyle=|\son[a-z]+=|javascript:")
CUSTOM = re.compile(r"<([a-z]+-[a-z-]+)[\s>]")
RE_EXPORT = re.compile(r"^export\s+(?:\*|\{[^}]*\})\s+from", re.M)


def hits(pattern, paths):
    return [f"{path.relative_to(ROOT)}: {m[0]}" for path in paths for m in pattern.finditer(path.read_text("utf-8"))]


def test_colours_come_from_tokens():
    assert hits(COLOUR, STYLES) == []


def test_templates_hold_no_script_or_style():
    assert hits(INLINE, TEMPLATES) == []


def test_every_element_named_in_html_is_loaded():
    main = (ROOT / "static/js/main.js").read_text("utf-8")
    named = {name for path in TEMPLATES for name in CUSTOM.findall(path.read_text("utf-8"))}

    assert {name for name in named if f'"{name}":' not in main} == set()


def test_modules_do_not_re_export():
    assert hits(RE_EXPORT, SCRIPTS) == []
