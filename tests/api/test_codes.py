"""The codes of refusals are listed, each with its status and its sentence: docs/api-codes.md is made from the code."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import pytest

from api.v1.middleware import SAID, UNREAD
from lms.kernel.errors import DomainError

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api-codes.md"
HEAD = """# Codes of refusals

The `code` of a problem never changes; a new one may come. The sentence is the `detail` for people as it was when this was made,
`…` stands for what is filled in. Made from the code by `UPDATE_SNAPSHOTS=1 pytest tests/api/test_codes.py`;
the test holds the page to the code.

| code | status | sentence |
|---|---|---|
"""


def attribute(node: ast.ClassDef, name: str) -> Any:
    """Return what a class sets an attribute to."""
    for one in node.body:
        if isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "") == name:
            return ast.literal_eval(one.value)
    return None


def kinds(trees: list[ast.AST]) -> dict[str, tuple[str, int]]:
    """Return the kinds of refusals by their names, each with its own code and status."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known: dict[str, tuple[str, int]] = {"DomainError": (DomainError.code, DomainError.status)}
    for _ in range(5):  # as deep as they stand below each other
        for node in classes:
            above = next((known[one.id] for one in node.bases if isinstance(one, ast.Name) and one.id in known), None)
            if above:
                known[node.name] = (attribute(node, "code") or above[0], attribute(node, "status") or above[1])
    return known


def words(node: ast.expr | None) -> str:
    """Return a sentence as it stands in the code."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(words(part) or "…" for part in node.values)
    return ""


def refusals(tree: ast.AST, known: dict[str, tuple[str, int]]) -> list[tuple[str, int, str]]:
    """Return code, status and sentence of every refusal that a module makes or names."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            code = next((words(one.value) for one in node.keywords if one.arg == "code"), "")
            if name in known:
                found.append((code or known[name][0], known[name][1], words(node.args[0] if node.args else None)))
            elif name == "problem" and len(node.args) == 3 and words(node.args[1]):
                status = node.args[0].value if isinstance(node.args[0], ast.Constant) else 400
                found.append((words(node.args[1]), status, words(node.args[2])))
    return found


def listed() -> str:
    """Return the page."""
    found: dict[str, tuple[set[int], str]] = {}
    modules = [path for app in ("lms", "courses", "attendance", "api") for path in sorted((ROOT / app).rglob("*.py"))]
    trees = [ast.parse(path.read_text("utf-8")) for path in modules]
    known = kinds(trees)
    every = [one for tree in trees for one in refusals(tree, known)]
    every += [(code, status, sentence) for status, (code, sentence) in SAID.items()] + [(UNREAD[0], 400, UNREAD[1])]
    for code, status, sentence in every:
        statuses, said = found.get(code, (set(), ""))
        found[code] = statuses | {status}, said or sentence
    rows = [
        f"| `{code}` | {', '.join(map(str, sorted(statuses)))} | {said.replace('|', '／')} |"
        for code, (statuses, said) in sorted(found.items())
    ]
    return HEAD + "\n".join(rows) + "\n"


def codes(page: str) -> set[tuple[str, ...]]:
    """Return the codes and statuses of a page."""
    return {tuple(line.split(" | ")[:2]) for line in page.splitlines() if line.startswith("| `")}


def test_every_code_of_the_code_is_listed_and_no_other():
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PAGE.write_text(listed(), "utf-8")

    assert codes(PAGE.read_text("utf-8")) == codes(listed()), "UPDATE_SNAPSHOTS=1 pytest tests/api/test_codes.py"
    assert len(codes(PAGE.read_text("utf-8"))) > 150
