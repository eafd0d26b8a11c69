"""Sealed columns (加密存储): envelope encryption bound to table, column and row, and a keyed blind index.

Format: suite(1) | data key id(4) | nonce(12) | ciphertext | tag(16). Suite 1 AES-256-GCM, 2 SM4-GCM (RFC 8998).
"""

from __future__ import annotations

import os
import struct
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models, transaction

from lms.kernel.models import DataKey

AES, SM4 = 1, 2
HEAD, NONCE, TAG = 5, 12, 16


def encrypt(suite: int, key: bytes, nonce: bytes, data: bytes, aad: bytes) -> bytes:
    """Return ciphertext and tag."""
    if suite == AES:
        return AESGCM(key).encrypt(nonce, data, aad)
    cipher = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(aad)
    return cipher.update(data) + cipher.finalize() + cipher.tag


def decrypt(suite: int, key: bytes, nonce: bytes, data: bytes, aad: bytes) -> bytes:
    """Return the plain bytes. Raises InvalidTag when anything was changed or moved to another row."""
    if suite == AES:
        return AESGCM(key).decrypt(nonce, data, aad)
    cipher = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, data[-TAG:])).decryptor()
    cipher.authenticate_additional_data(aad)
    return cipher.update(data[:-TAG]) + cipher.finalize()


def wrap(data_key: bytes) -> bytes:
    """Return a data key sealed by the environment's current key."""
    nonce, kek_id = os.urandom(NONCE), settings.SEALING_CURRENT
    return struct.pack(">H", kek_id) + nonce + AESGCM(settings.SEALING_KEYS[kek_id]).encrypt(nonce, data_key, b"dek")


def unwrap(blob: bytes) -> bytes:
    """Return the data key."""
    (kek_id,) = struct.unpack(">H", blob[:2])
    return AESGCM(settings.SEALING_KEYS[kek_id]).decrypt(blob[2:14], blob[14:], b"dek")


@lru_cache(maxsize=64)
def opened(wrapped: bytes) -> bytes:
    """Return a data key, kept in memory by what is stored of it."""
    return unwrap(wrapped)


@lru_cache(maxsize=64)
def stored(key_id: int) -> bytes:
    """Return what is stored of a data key; a row's wrapping changes only when the environment's key is rotated."""
    return bytes(DataKey.objects.get(pk=key_id).wrapped)


def data_key(key_id: int) -> bytes:
    """Return a data key by its id."""
    return opened(stored(key_id))


def active_key() -> tuple[int, bytes]:
    """Return id and bytes of the key that seals now; the first call of a new installation makes it."""
    row = DataKey.objects.filter(retired=False).order_by("-pk").first()
    if row is None:
        with transaction.atomic():
            row = DataKey.objects.create(wrapped=wrap(os.urandom(32)))
    return row.pk, opened(bytes(row.wrapped))


@transaction.atomic
def rewrap_keys(*, new_data_key: bool = False) -> int:
    """Wrap all data keys by the environment's current key (主密钥轮换); returns how many there are.

    With `new_data_key` everything sealed from now on uses a new one; what is sealed stays readable by the old ones.
    """
    for row in DataKey.objects.select_for_update().order_by("pk"):
        row.wrapped = wrap(unwrap(bytes(row.wrapped)))
        row.save(update_fields=["wrapped"])
    if new_data_key:
        DataKey.objects.create(wrapped=wrap(os.urandom(32)))
    forget_keys()
    return DataKey.objects.count()


def forget_keys() -> None:
    """Drop what is kept in memory of keys."""
    opened.cache_clear()
    stored.cache_clear()


def seal(data: bytes, bound_to: bytes) -> bytes:
    """Return sealed bytes that open only with the same `bound_to`."""
    key_id, key = active_key()
    head, nonce = struct.pack(">BI", settings.SEALING_SUITE, key_id), os.urandom(NONCE)
    return head + nonce + encrypt(settings.SEALING_SUITE, key, nonce, data, head + bound_to)


def unseal(blob: bytes, bound_to: bytes) -> bytes:
    """Return the plain bytes."""
    suite, key_id = struct.unpack(">BI", blob[:HEAD])
    nonce, rest = blob[HEAD : HEAD + NONCE], blob[HEAD + NONCE :]
    return decrypt(suite, data_key(key_id), nonce, rest, blob[:HEAD] + bound_to)


def blind_index(value: str, scope: str) -> str:
    """Return a keyed HMAC-SM3 (40 hex digits) by which a sealed value is found (盲索引)."""
    mac = hmac.HMAC(settings.BLIND_INDEX_KEY, hashes.SM3())
    mac.update(f"{scope}\0{value.strip().upper()}".encode())
    return mac.finalize()[:20].hex()


class SealedText:
    """Opens on first access only: lists do not pay."""

    def __init__(self, field: SealedField) -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type | None = None) -> Any:
        if row is None:
            return self
        value = row.__dict__.get(self.field.attname)
        if isinstance(value, bytes | memoryview):
            value = row.__dict__[self.field.attname] = unseal(bytes(value), self.field.bound_to(row)).decode()
        return value

    def __set__(self, row: models.Model, value: object) -> None:
        row.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """Text that is ciphertext in the database, bound to table.column and to the row's uid (加密字段)."""

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Put the opening descriptor in place."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, SealedText(self))

    def bound_to(self, row: models.Model) -> bytes:
        """Return what a ciphertext is bound to: moved to another row or column it does not open."""
        return f"{self.model._meta.db_table}.{self.column}|{row.uid}".encode()  # type: ignore[attr-defined]

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        """Seal at the last moment."""
        value = getattr(model_instance, self.attname)
        return None if value is None else seal(str(value).encode(), self.bound_to(model_instance))
