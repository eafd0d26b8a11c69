"""Files that hold personal data: encrypted at rest, deleted when they expire (roster uploads, exports)."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.kernel.models import SealedFile
from lms.kernel.sealing import seal, unseal

KEPT = timedelta(hours=24)
FOLDER = "sealed"


def put_file(*, name: str, content: bytes, purpose: str, owner_id: int | None, kept: timedelta = KEPT) -> SealedFile:
    """Encrypt and keep a file for a while (24 h unless told)."""
    row = SealedFile(name=name, purpose=purpose, size_bytes=len(content), owner_id=owner_id)
    row.expires_at = clock.now() + kept
    row.path = storages["private"].save(f"{FOLDER}/{row.uid}", ContentFile(seal(content, bound_to(row))))
    row.save()
    return row


def bound_to(row: SealedFile) -> bytes:
    """Return what the file's ciphertext is bound to."""
    return f"kernel_sealedfile|{row.uid}".encode()


def open_file(row: SealedFile) -> BytesIO:
    """Return the plain content. Raises NotFoundError when it has expired."""
    if row.erased_at is not None or row.expires_at <= clock.now():
        raise NotFoundError("文件已过保存期限并删除，请重新生成。", code="file_expired")
    with storages["private"].open(row.path) as handle:
        return BytesIO(unseal(handle.read(), bound_to(row)))


def purge_expired(moment: datetime) -> int:
    """Delete the content of expired files; the row stays as the record that it existed. Returns how many."""
    expired = list(SealedFile.objects.filter(expires_at__lte=moment, erased_at=None)[:500])
    for row in expired:
        storages["private"].delete(row.path)
        row.erased_at = moment
        row.save(update_fields=["erased_at"])
    return len(expired)


def purge_strays(moment: datetime) -> int:
    """Delete content whose row was never committed, once it is a day old. Returns how many."""
    storage = storages["private"]
    try:
        names = [f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return 0
    old = {name for name in names if storage.get_modified_time(name) < moment - KEPT}
    strays = old - set(SealedFile.objects.filter(path__in=old).values_list("path", flat=True))
    for name in strays:
        storage.delete(name)
    return len(strays)
