"""Callbacks in safe mode (安全模式): AES-256-CBC over 16 random bytes, the length, the message and the app's id. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # of the padding; the cipher's own is 16
HEAD = 16
LONGEST = 64_000  # characters of a ciphertext; messages are short


class SealError(ValueError):
    """A ciphertext does not open, or was meant for another app."""


def key_of(encoding_key: str) -> bytes:
    """Return the 32 bytes of an EncodingAESKey, which are 43 characters."""
    return base64.b64decode(encoding_key + "=")


def cipher_of(encoding_key: str) -> Cipher[modes.CBC]:
    """Return the cipher; its IV is the start of its key."""
    key = key_of(encoding_key)
    return Cipher(algorithms.AES256(key), modes.CBC(key[:16]))


def opened(sealed: str, *, encoding_key: str, appid: str) -> bytes:
    """Return the message inside a ciphertext. Raises SealError, the same for each way of being wrong."""
    try:
        raw = base64.b64decode(sealed if len(sealed) <= LONGEST else "", validate=True)
        decryptor = cipher_of(encoding_key).decryptor()
        plain = decryptor.update(raw) + decryptor.finalize()
        (length,) = struct.unpack(">I", plain[HEAD : HEAD + 4])
    except (binascii.Error, ValueError, struct.error) as error:
        raise SealError from error
    rest = unpadded(plain)[HEAD + 4 :]
    if length > len(rest) or not hmac.compare_digest(rest[length:], appid.encode()):
        raise SealError
    return rest[:length]


def unpadded(plain: bytes) -> bytes:
    """Return what stands before the padding. Raises SealError."""
    count = plain[-1]
    if not 1 <= count <= BLOCK or plain[-count:] != bytes([count]) * count:
        raise SealError
    return plain[:-count]


def sealed(message: bytes, *, encoding_key: str, appid: str, head: bytes) -> str:
    """Return a ciphertext. `head`: 16 random bytes."""
    plain = head + struct.pack(">I", len(message)) + message + appid.encode()
    count = BLOCK - len(plain) % BLOCK
    encryptor = cipher_of(encoding_key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()).decode()
