"""Files with personal data: sealed on disk, gone after 24 hours."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from lms.kernel import clock, vault
from lms.kernel.errors import NotFoundError
from lms.kernel.models import SealedFile

pytestmark = pytest.mark.django_db
ROSTER = "姓名,证件号码\n王芳,99999919900307002X\n".encode()


def keep() -> SealedFile:
    return vault.put_file(name="花名册.csv", content=ROSTER, purpose="开班花名册", owner_id=None)


def test_lies_sealed_and_opens_again():
    row = keep()

    stored = storages["private"].open(row.path).read()

    assert b"99999919900307002X" not in stored
    assert vault.open_file(row).read() == ROSTER
    assert row.size_bytes == len(ROSTER)


def test_is_gone_after_24_hours(at):
    travel = at(2026, 3, 2, 9, 0)
    row = keep()
    path = Path(storages["private"].path(row.path))

    travel.advance(hours=23, minutes=59)
    assert vault.purge_expired(clock.now()) == 0
    assert vault.open_file(row).read() == ROSTER

    travel.advance(minutes=1)
    with pytest.raises(NotFoundError) as refused:
        vault.open_file(row)
    assert refused.value.code == "file_expired"
    assert vault.purge_expired(clock.now()) == 1
    assert not path.exists()
    row.refresh_from_db()
    assert row.erased_at == clock.now()
    assert vault.purge_expired(clock.now()) == 0


def test_content_of_another_file_does_not_open():
    one, other = keep(), keep()
    one.path = other.path

    with pytest.raises(InvalidTag):
        vault.open_file(one)


def test_content_without_a_row_is_deleted_after_a_day():
    storage, kept = storages["private"], keep()
    old, young = (storage.save(f"sealed/{name}", ContentFile(b"x")) for name in ("old", "young"))
    long_ago = (clock.now() - timedelta(hours=25)).timestamp()
    for name in (old, kept.path):
        os.utime(storage.path(name), (long_ago, long_ago))

    assert vault.purge_strays(clock.now()) == 1

    assert [storage.exists(name) for name in (old, young, kept.path)] == [False, True, True]
