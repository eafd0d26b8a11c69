"""Only services write: no row is saved, created, changed or deleted anywhere else."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("lms", "courses", "attendance", "api")
WRITES = {
    "save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "delete",
    "add_child", "move", "copy", "asave", "acreate", "adelete",
}  # fmt: skip
QUERYSET = {"objects", "filter", "exclude", "all", "select_for_update"}
MAY_WRITE = {"services", "migrations", "demo", "kernel", "stores"}


def own_files() -> list[Path]:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [f for f in files if not MAY_WRITE & {part.removesuffix(".py") for part in f.relative_to(ROOT).parts}]


def is_write(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(attr="save" | "delete" | "copy", value=ast.Call(func=ast.Name(id="super"))):
            return False
        case ast.Attribute(value=ast.Name(id="router") | ast.Attribute(attr="session")):
            return False  # an address of the API; a signed-in session
        case ast.Attribute(attr="execute" | "executemany", value=ast.Name(id="cursor")):
            return True
        case ast.Attribute(attr=name) if name in WRITES:
            return True
        case ast.Attribute(attr="update", value=ast.Attribute(attr=name) | ast.Call(func=ast.Attribute(attr=name))):
            return name in QUERYSET
    return False


@pytest.mark.parametrize("path", own_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_does_not_write(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]

    assert [f"{path.name}:{call.lineno}" for call in calls if is_write(call)] == []
