"""Every deed that the platform notes has a name by which people read the log."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from lms.audit.rules.deeds import DEEDS, NAMES

ROOT = Path(__file__).resolve().parents[2]
ACTION = re.compile(r"[a-z]+\.[a-z_]+")


def noted():
    """Yield the second argument of every call that notes a deed, as it stands in the source."""
    paths = [path for package in ("lms", "courses", "attendance", "api") for path in (ROOT / package).rglob("*.py")]
    trees = [ast.parse(path.read_text()) for path in paths if "migrations" not in path.parts]
    for node in (one for tree in trees for one in ast.walk(tree) if isinstance(one, ast.Call)):
        if len(node.args) > 1 and getattr(node.func, "id", "") in {"record", "note_reason"}:
            yield node.args[1]


def actions_in(node):
    """Return the whole names within an expression, and the beginnings of those that are put together."""
    whole = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and ACTION.fullmatch(str(one.value))}
    pieces = [one.values[0].value for one in ast.walk(node) if isinstance(one, ast.JoinedStr)]
    return whole - set(pieces), pieces


def test_every_deed_is_named():
    found = [actions_in(node) for node in noted()]
    whole = set().union(*(names for names, _ in found))
    pieces = {piece for _, some in found for piece in some}

    assert len(whole) > 100
    assert whole - set(NAMES) == set()
    assert {piece for piece in pieces if not any(name.startswith(piece) for name in NAMES)} == set()


def test_no_two_deeds_are_called_the_same():
    assert len(set(NAMES.values())) == len(NAMES) == sum(len(group) for group in DEEDS.values())
