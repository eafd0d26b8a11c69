"""Files that browsers send in parts to an S3-compatible bucket themselves; we sign each part and put them together."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from django.core.files.storage import storages

SIGNED_SECONDS = 3600


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


def place(path: str) -> dict[str, str]:
    """Return bucket and key of a file of the private storage. The server chose the path."""
    storage: Any = storages["private"]
    return {"Bucket": storage.bucket_name, "Key": posixpath.join(storage.location, path)}


def client() -> Any:
    """Return the service's client."""
    storage: Any = storages["private"]
    return storage.connection.meta.client


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


def parts_of(path: str, multipart: str) -> list[dict[str, Any]]:
    """Return the parts that are there, in order; none when the bucket does not know the upload any more."""
    pages = client().get_paginator("list_parts").paginate(**place(path), UploadId=multipart)
    try:
        return [part for page in pages for part in page.get("Parts", [])]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchUpload":
            return []
        raise


def complete(path: str, multipart: str, parts: list[dict[str, Any]]) -> None:
    """Put the parts together."""
    named = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    client().complete_multipart_upload(**place(path), UploadId=multipart, MultipartUpload={"Parts": named})


def size_of(path: str) -> int:
    """Return a finished file's size, 0 when there is none."""
    try:
        return int(client().head_object(**place(path))["ContentLength"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return 0
        raise


def head(path: str, count: int) -> bytes:
    """Return how a finished file begins."""
    return bytes(client().get_object(**place(path), Range=f"bytes=0-{count - 1}")["Body"].read())


def remove(path: str, multipart: str) -> None:
    """Remove parts or file, whichever there is."""
    try:
        client().abort_multipart_upload(**place(path), UploadId=multipart)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
    client().delete_object(**place(path))
