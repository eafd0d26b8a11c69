"""Files that browsers send in parts to an S3-compatible bucket themselves; we sign each part and put them together."""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotReachedError
from django.core.files.storage import storages

from courses.stores.errors import StoreDownError

log = logging.getLogger(__name__)
SIGNED_SECONDS = 3600
LINES = 3  # how often what breaks off in the middle of a file is asked for
FAULTS = (NotReachedError, HTTPClientError, IncompleteReadError)


@contextmanager
def answering() -> Iterator[None]:
    """Raise StoreDownError for a storage that does not answer; what it answers, a refusal too, passes."""
    try:
        yield
    except (*FAULTS, ClientError) as error:
        if is_away(error):
            raise down(error) from error
        raise


def is_away(error: Exception) -> bool:
    """Return whether an error says that the bucket does not answer, or not as it should."""
    if isinstance(error, ClientError):
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) >= 500
    return isinstance(error, FAULTS)


def down(error: Exception) -> StoreDownError:
    """Return the refusal, the fault being in the log."""
    log.warning("storage: %s", type(error).__name__)
    return StoreDownError("文件存储暂时没有响应，请过几分钟再试。如果一直这样，请联系平台客服。")


def is_direct() -> bool:
    """Return whether files go to a bucket, not to this machine."""
    return "direct" in storages.backends


def origin() -> str:
    """Return the origin to which browsers send parts, or nothing."""
    if not is_direct():
        return ""
    storage: Any = storages["direct"]
    address = urlsplit(storage.connection.meta.client.meta.endpoint_url)
    return f"{address.scheme}://{address.netloc}"


def place(path: str, alias: str = "private") -> dict[str, str]:
    """Return bucket and key of a file of a storage. The server chose the path."""
    storage: Any = storages[alias]
    return {"Bucket": storage.bucket_name, "Key": posixpath.join(storage.location, path)}


def client() -> Any:
    """Return the service's client."""
    storage: Any = storages["private"]
    return storage.connection.meta.client


@answering()
def begin(path: str) -> str:
    """Begin an upload in parts and return the bucket's name for it."""
    return str(client().create_multipart_upload(**place(path))["UploadId"])


def sign_part(path: str, multipart: str, number: int, size: int) -> str:
    """Return an address to which this part, of exactly this size, may be PUT for an hour."""
    storage: Any = storages["direct"]
    return str(
        storage.connection.meta.client.generate_presigned_url(
            "upload_part",
            Params={**place(path), "UploadId": multipart, "PartNumber": number, "ContentLength": size},
            ExpiresIn=SIGNED_SECONDS,
        )
    )


@answering()
def parts_of(path: str, multipart: str) -> list[dict[str, Any]]:
    """Return the parts that are there, in order; none when the bucket does not know the upload any more."""
    pages = client().get_paginator("list_parts").paginate(**place(path), UploadId=multipart)
    try:
        return [part for page in pages for part in page.get("Parts", [])]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchUpload":
            return []
        raise


@answering()
def complete(path: str, multipart: str, parts: list[dict[str, Any]]) -> None:
    """Put the parts together. Asked again, as after an answer that was lost, it changes nothing."""
    named = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    try:
        client().complete_multipart_upload(**place(path), UploadId=multipart, MultipartUpload={"Parts": named})
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload" or size_of(path) is None:
            raise


@answering()
def size_of(path: str, alias: str = "private") -> int | None:
    """Return a finished file's size in bytes; None says that there is no such file."""
    try:
        return int(client().head_object(**place(path, alias))["ContentLength"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise


@answering()
def head(path: str, count: int) -> bytes:
    """Return how a finished file begins."""
    return bytes(client().get_object(**place(path), Range=f"bytes=0-{count - 1}")["Body"].read())


@answering()
def ask(place: dict[str, str], start: int, length: int) -> Any:
    """Return the body of a part of a file, of which nothing has been read. Raises StoreDownError."""
    return client().get_object(**place, Range=f"bytes={start}-{start + length - 1}")["Body"]


def pieces(path: str, alias: str, start: int, length: int, *, most: int) -> Iterator[bytes]:
    """Return a part of a file in pieces of at most `most` bytes. It is asked for at once: raises StoreDownError."""
    where = place(path, alias)
    return going_on(where, start, length, ask(where, start, length), most) if length else iter(())


def going_on(where: dict[str, str], start: int, length: int, body: Any, most: int) -> Iterator[bytes]:
    """Yield the pieces; a line that breaks is taken up where it broke, LINES times in all."""
    end, lines = start + length, LINES
    while start < end:
        try:
            with closing(body):
                for data in body.iter_chunks(most):
                    start += len(data)
                    yield data
        except FAULTS as error:
            lines -= 1
            if not lines:
                raise down(error) from error
            body = ask(where, start, end - start)


@answering()
def remove(path: str, multipart: str) -> None:
    """Remove parts or file, whichever there is."""
    try:
        client().abort_multipart_upload(**place(path), UploadId=multipart)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
    client().delete_object(**place(path))
