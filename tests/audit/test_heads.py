"""Heads are signed by a key outside of the database, and lie outside of it."""

from __future__ import annotations

import json

import pytest
from django.core.files.storage import storages

from lms.audit.models import LogHead, LogKey
from lms.audit.rules.verifier import Head, trusted_keys
from lms.audit.services import sequence, sign_due, sign_head
from lms.classes.models import ClassDecision
from lms.kernel import clock
from tests.audit.stage import seal

OTHER = b"m" * 32


def grow(training_class):
    ClassDecision.objects.create(training_class=training_class, kind="returned")
    sequence(clock.now())


def test_a_head_is_signed_over_the_whole_log(evidence):
    head = seal()

    assert head.as_rule().holds()
    assert (head.at_ms, head.key.previous) == (clock.now_ms(), "")


def test_without_growth_there_is_no_new_head(evidence, traveller):
    first = seal()
    traveller.advance(hours=2)

    assert sign_head(clock.now()) == first
    assert LogHead.objects.count() == 1


def test_an_empty_log_has_no_head(db):
    assert sign_head(clock.now()) is None
    assert sign_due(clock.now()) is False


def test_a_head_is_signed_every_hour(evidence, traveller):
    sequence(clock.now())
    signed = []
    for _ in range(5):
        signed.append(sign_due(clock.now()))
        traveller.advance(minutes=30)
        grow(evidence)

    assert signed == [True, False, True, False, True]


def test_heads_and_leaves_are_filed_outside_of_the_database(evidence, traveller, private_files):
    sequence(clock.now())
    sign_due(clock.now())
    traveller.advance(hours=1)
    grow(evidence)
    sign_due(clock.now())

    filed = sorted((private_files / "ledger/heads").iterdir())
    heads = [Head(**json.loads(path.read_text())) for path in filed]
    assert [head.as_rule() for head in LogHead.objects.order_by("size")] == heads
    assert [path.name for path in filed] == [f"{head.size:012d}-{head.root}.json" for head in heads]
    leaves = b"".join(path.read_bytes() for path in sorted((private_files / "ledger/leaves").iterdir()))
    assert len(leaves) == 32 * heads[1].size


def test_what_was_not_filed_is_filed_by_the_next_tick(evidence, traveller, private_files, monkeypatch):
    sequence(clock.now())
    with monkeypatch.context() as broken:
        broken.setattr(storages["private"], "save", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            sign_due(clock.now())
    assert LogHead.objects.count() == 1

    sign_due(clock.now())

    assert len(list((private_files / "ledger/heads").iterdir())) == 1


def test_a_new_key_is_endorsed_by_the_old_one(evidence, traveller, settings):
    first = seal()
    settings.LEDGER_SIGNING_KEY_PREVIOUS, settings.LEDGER_SIGNING_KEY = settings.LEDGER_SIGNING_KEY, OTHER
    traveller.advance(hours=1)
    grow(evidence)
    second = sign_head(clock.now())

    keys = [key.as_rule() for key in LogKey.objects.order_by("pk")]
    assert [key.public for key in keys] == [first.key_id, second.key_id]
    assert second.as_rule().holds()
    for pinned in (first.key_id, second.key_id):
        assert trusted_keys(keys, [pinned]) == {first.key_id, second.key_id}


@pytest.mark.parametrize("previous", [b"", b"x" * 32])
def test_without_the_old_key_the_new_one_is_not_endorsed(evidence, traveller, settings, previous):
    first = seal()
    settings.LEDGER_SIGNING_KEY_PREVIOUS, settings.LEDGER_SIGNING_KEY = previous, OTHER
    grow(evidence)
    second = sign_head(clock.now())

    keys = [key.as_rule() for key in LogKey.objects.order_by("pk")]
    assert keys[1].endorsement == ""
    assert trusted_keys(keys, [first.key_id]) == {first.key_id}
    assert second.key_id not in trusted_keys(keys, [first.key_id])
