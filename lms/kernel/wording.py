"""Words that end before the evidence does: random digits before them make their digest tell nothing once they are gone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import migrations
from django.db.models import F, IntegerField, Value
from django.db.models.functions import Coalesce

SALT = 32  # hex digits before the words
ERASED_WORDS = "（说明已按保存期限清除，存证中只有摘要）"
FORGED_WORDS = "（说明与存证中的摘要不符，请联系平台管理员）"
BATCH = 500


def salted(words: str) -> str:
    """Return what is sealed of words: random digits, then the words (加盐原文)."""
    return secrets.token_hex(SALT // 2) + words.strip()


def digest_of(held: str) -> str:
    """Return what evidence keeps of words, of the random digits before them too (原文摘要)."""
    return hashlib.sha256(held.encode()).hexdigest()


def words_in(held: str | None, digest: str) -> str:
    """Return the words that were sealed, or why they cannot be read (读出原文)."""
    if held is None:
        return ERASED_WORDS
    return held[SALT:] if digest_of(held) == digest else FORGED_WORDS


def seal_words(
    app: str, tables: Mapping[str, tuple[str, tuple[str, ...]]], *, days: int | None, also: str = "", at: str = "at"
) -> migrations.RunPython:
    """Return the migration operation that moves words from rows of evidence into sealed notes (原文移入加密留存).

    `tables`: of each model the column of words and the paths to whom they are about, the first that leads to somebody,
    none where they are about nobody alone; `also`: the path to a second person; `days`: how long from `at`, None: as
    long as the persons are kept.
    """

    def seal(apps: Any, schema_editor: Any) -> None:
        notes = apps.get_model("people", "SealedWords")
        for name, (column, paths) in tables.items():
            model = apps.get_model(app, name)
            about = Coalesce(*paths) if len(paths) > 1 else F(paths[0]) if paths else Value(None, IntegerField())
            second = F(also) if also else Value(None, IntegerField())
            rows = model.objects.exclude(**{column: ""}).annotate(whom=about, other=second, since=F(at)).order_by("pk")
            last = 0
            while batch := list(rows.filter(pk__gt=last).values_list("pk", "whom", "other", column, "since")[:BATCH]):
                for pk, whom, other, words, since in batch:
                    held = salted(words)
                    ends = None if days is None else since + timedelta(days=days)
                    note = notes.objects.create(person_id=whom, also_id=other, sealed=held, expires_at=ends)
                    model.objects.filter(pk=pk).update(note=note, words_hash=digest_of(held))
                last = batch[-1][0]

    def unseal(apps: Any, schema_editor: Any) -> None:
        for name, (column, _) in tables.items():
            model = apps.get_model(app, name)
            for row in model.objects.exclude(note=None).select_related("note"):
                model.objects.filter(pk=row.pk).update(**{column: (row.note.sealed or "")[SALT:], "note": None})
                row.note.delete()

    return migrations.RunPython(seal, unseal)


def live_by_terms(app: str, tables: Mapping[str, tuple[str, str]], *, days: int) -> migrations.RunPython:
    """Return the migration operation that has old words live by the frozen terms of their class (按班级口径保存).

    `tables`: of each model the paths to the class and to the moment since when; `days`: the fixed life that `seal_words` gave.
    """

    def settle(apps: Any, schema_editor: Any) -> None:
        notes = apps.get_model("people", "SealedWords").objects
        for name, (training_class, at) in tables.items():
            rows = apps.get_model(app, name).objects.filter(note__erased_at=None, note__expires_at__isnull=False)
            columns = ("note_id", "note__expires_at", at, f"{training_class}__frozen_terms")
            for note, ends, since, terms in list(rows.values_list(*columns)):
                own = (terms or {}).get("appeal_words_days", days)
                if own != days and ends == since + timedelta(days=days):
                    notes.filter(pk=note).update(expires_at=since + timedelta(days=own))

    return migrations.RunPython(settle, migrations.RunPython.noop)
