"""Write docs/data-dictionary.md from the models."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Field, ForeignKey, Model

from lms.kernel.sealing import SealedField

CHINESE = re.compile(r"[\u4e00-\u9fff]")
HEAD = """# Data dictionary (数据字典)

Written by `python manage.py data_dictionary`; a test keeps it current. Tables of Django, Wagtail and allauth are not listed.
Columns marked “sealed” hold ciphertext; columns without a Chinese name are technical.
"""


def first_line(text: str | None) -> str:
    """Return a docstring's first line."""
    return (text or "").strip().split("\n")[0]


def type_of(column: Field[Any, Any]) -> str:
    """Return a column's type as people read it."""
    if isinstance(column, ForeignKey):
        return f"→ {column.related_model._meta.db_table}"
    if isinstance(column, SealedField):
        return "sealed text"
    name = column.get_internal_type().removesuffix("Field")
    return f"{name}({column.max_length})" if getattr(column, "max_length", None) else name


def notes_of(column: Field[Any, Any]) -> str:
    """Return what else holds for a column."""
    notes = ["primary key"] if column.primary_key else ["unique"] if column.unique else []
    if column.null:
        notes.append("may be empty")
    if column.choices:
        notes.append("; ".join(f"{value} {label}" for value, label in column.flatchoices))
    return ", ".join(notes).replace("|", "\\|")


def name_of(column: Field[Any, Any]) -> str:
    """Return a column's Chinese name, or nothing."""
    name = str(column.verbose_name)
    return name if CHINESE.search(name) else ""


def table_of(model: type[Model]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"\n### {model._meta.db_table}\n"
    yield f"{first_line(model.__doc__)}\n"
    yield "| column | 中文 | type | notes |\n|---|---|---|---|"
    for column in model._meta.local_concrete_fields:
        yield f"| {column.column} | {name_of(column)} | {type_of(column)} | {notes_of(column)} |"
    for constraint in model._meta.constraints:
        yield f"\nConstraint `{constraint.name}`."


def dictionary() -> str:
    """Return the whole document."""
    lines = [HEAD]
    for config in apps.get_app_configs():
        models = [model for model in config.get_models() if not model._meta.proxy]
        if config.name in settings.OWN_APPS and models:
            lines.append(f"\n## {config.name}\n\n{first_line(config.module.__doc__)}" if config.module else "")
            lines += [line for model in models for line in table_of(model)]
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    """Writes the data dictionary (数据字典)."""

    help = "Write docs/data-dictionary.md from the models; with --check only say whether it is current."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Write or compare."""
        path = Path(settings.BASE_DIR) / "docs" / "data-dictionary.md"
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(dictionary(), encoding="utf-8")
        elif not path.exists() or path.read_text("utf-8") != dictionary():
            raise CommandError("docs/data-dictionary.md is not current; run: python manage.py data_dictionary")
