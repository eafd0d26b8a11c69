"""Signed heads: size and root of the log, signed by a key outside of the database, filed outside of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from lms.audit.models import LogHead, LogKey, LogState
from lms.audit.rules.merkle import Tree
from lms.audit.rules.verifier import Head, Key
from lms.audit.stores import statements

EVERY = timedelta(hours=1)
HEADS, LEAVES = "ledger/heads", "ledger/leaves"


def public_of(key: Ed25519PrivateKey) -> str:
    """Return the public half in hex."""
    return key.public_key().public_bytes_raw().hex()


def sign_due(moment: datetime) -> bool:
    """Sign a head when the last is an hour old and the log has grown; file what lies not outside yet. For the ticker."""
    newest = LogHead.objects.order_by("-size").first()
    signed = newest
    if newest is None or int((moment - EVERY).timestamp() * 1000) >= newest.at_ms:
        signed = sign_head(moment)
    file_heads()
    return signed != newest


def sign_head(moment: datetime) -> LogHead | None:
    """Sign the log as it is now (签名树头); the newest head again when it has not grown, None while it is empty."""
    LogState.objects.get_or_create(pk=1)
    with transaction.atomic():
        state = LogState.objects.select_for_update().get(pk=1)
        newest = LogHead.objects.order_by("-size").first()
        if state.size == (newest.size if newest else 0):
            return newest
        at_ms = int(moment.timestamp() * 1000)
        signing = Ed25519PrivateKey.from_private_bytes(settings.LEDGER_SIGNING_KEY)
        key = current_key(signing, state.size, at_ms)
        head = Head(state.size, Tree(state.size, statements.hashes).root().hex(), at_ms, key.public, "")
        signature = signing.sign(head.message()).hex()
        return LogHead.objects.create(size=head.size, root=head.root, at_ms=at_ms, key=key, signature=signature)


def current_key(signing: Ed25519PrivateKey, size: int, at_ms: int) -> LogKey:
    """Return the row of the key that signs now. A new one is endorsed by the one before it, if that is still at hand."""
    public = public_of(signing)
    newest = LogKey.objects.order_by("-pk").first()
    if newest is not None and newest.public == public:
        return newest
    rule = Key(public, newest.public if newest else "", size, at_ms, "", "")
    endorsement = ""
    if newest is not None and settings.LEDGER_SIGNING_KEY_PREVIOUS:
        before = Ed25519PrivateKey.from_private_bytes(settings.LEDGER_SIGNING_KEY_PREVIOUS)
        endorsement = before.sign(rule.message()).hex() if public_of(before) == newest.public else ""
    return LogKey.objects.create(
        public=public,
        previous=rule.previous,
        since_size=size,
        since_ms=at_ms,
        endorsement=endorsement,
        acceptance=signing.sign(rule.message()).hex(),
    )


def file_heads() -> int:
    """File heads, and the leaves up to them, outside of the database (库外留存). Returns how many were filed."""
    state = LogState.objects.filter(pk=1).first()
    if state is None:
        return 0
    before, filed = state.filed_size, 0
    for head in LogHead.objects.filter(size__gt=before).order_by("size"):
        leaves = b"".join(statements.hashes(0, before, head.size))
        put(f"{LEAVES}/{before:012d}-{head.size:012d}.bin", leaves)
        put(f"{HEADS}/{head.size:012d}-{head.root}.json", json.dumps(head.as_rule()._asdict()).encode())
        with transaction.atomic():
            LogState.objects.filter(pk=1, filed_size=before).update(filed_size=head.size)
        before, filed = head.size, filed + 1
    return filed


def put(name: str, content: bytes) -> None:
    """Write a file unless it is there: what was filed is never written again."""
    storage = storages["private"]
    if not storage.exists(name):
        storage.save(name, ContentFile(content))
