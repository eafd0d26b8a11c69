"""Dotted names in strings lead somewhere: jobs, ticks, registries. Nothing else would notice a renamed function."""

import ast
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

ROOT = Path(__file__).parents[2]
PACKAGES = ("lms", "courses", "attendance", "api")
CALLS = {
    "enqueue_on_commit",
    "register",
    "when_registered",
    "when_granted",
    "when_ended",
    "when_enrolled",
    "when_opened",
    "when_offered",
    "when_taught",
    "when_explained",
    "when_admitted",
    "when_played",
    "when_watched",
    "when_in_use",
    "when_read",
    "when_message_ended",
}


def dotted_names() -> list[tuple[str, str]]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    name = node.args[0].value
                    if called in CALLS and isinstance(name, str) and "." in name:
                        found.append((str(path.relative_to(ROOT)), name))
    return found


@pytest.mark.parametrize(("where", "name"), dotted_names())
def test_name_leads_to_a_function(where, name):
    assert callable(import_string(name)), where
