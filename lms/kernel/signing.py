"""The providers' request signatures (签名), without their SDKs: tests hold them equal to what those make."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

TC3, ACS3 = "TC3-HMAC-SHA256", "ACS3-HMAC-SHA256"


def keyed(key: bytes, text: str) -> bytes:
    """Return the HMAC-SHA256 of a text."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical(method: str, headers: Mapping[str, str], signed: list[str], body: bytes) -> str:
    """Return a request to `/` in the form of which both providers sign the hash."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    return "\n".join([method, "/", "", lines, ";".join(signed), hashlib.sha256(body).hexdigest()])


def tc3_authorization(
    headers: Mapping[str, str], body: bytes, *, service: str, key_id: str, secret: str, moment: datetime
) -> str:
    """Return Tencent Cloud's `Authorization` for a POST (API 3.0 签名方法 v3). Header names are small letters."""
    signed = ["content-type", "host"]
    day = moment.astimezone(UTC).date().isoformat()
    scope = f"{day}/{service}/tc3_request"
    digest = hashlib.sha256(canonical("POST", headers, signed, body).encode()).hexdigest()
    key = b"TC3" + secret.encode()
    for part in (day, service, "tc3_request"):
        key = keyed(key, part)
    signature = keyed(key, "\n".join([TC3, str(int(moment.timestamp())), scope, digest])).hex()
    return f"{TC3} Credential={key_id}/{scope}, SignedHeaders={';'.join(signed)}, Signature={signature}"


def acs3_authorization(headers: Mapping[str, str], body: bytes, *, key_id: str, secret: str) -> str:
    """Return Aliyun's `Authorization` for a POST (V3 签名). All headers are signed; their names are small letters."""
    signed = sorted(headers)
    digest = hashlib.sha256(canonical("POST", headers, signed, body).encode()).hexdigest()
    signature = keyed(secret.encode(), f"{ACS3}\n{digest}").hex()
    return f"{ACS3} Credential={key_id},SignedHeaders={';'.join(signed)},Signature={signature}"


def tc3_headers(
    endpoint: str,
    body: bytes,
    *,
    service: str,
    action: str,
    version: str,
    key_id: str,
    secret: str,
    moment: datetime,
    region: str = "",
) -> dict[str, str]:
    """Return all headers of a request to Tencent Cloud; its time is signed, so each try has headers of its own."""
    headers = {
        "content-type": "application/json",
        "host": urlsplit(endpoint).netloc,
        "x-tc-action": action,
        "x-tc-version": version,
        "x-tc-timestamp": str(int(moment.timestamp())),
    } | ({"x-tc-region": region} if region else {})
    signed = tc3_authorization(headers, body, service=service, key_id=key_id, secret=secret, moment=moment)
    return headers | {"authorization": signed}


def acs3_headers(
    endpoint: str, body: bytes, *, action: str, version: str, key_id: str, secret: str, moment: datetime, nonce: str
) -> dict[str, str]:
    """Return all headers of a form sent to Aliyun; a nonce is used once, so each try has headers of its own."""
    headers = {
        "host": urlsplit(endpoint).netloc,
        "content-type": "application/x-www-form-urlencoded",
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
    }
    return headers | {"authorization": acs3_authorization(headers, body, key_id=key_id, secret=secret)}


def form_body(fields: Mapping[str, str]) -> bytes:
    """Return a form as Aliyun reads it: a space is %20, a tilde stays."""
    return urlencode(fields, quote_via=quote, safe="~").encode()
