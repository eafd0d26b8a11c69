"""The tus 1.0 endpoint: core, creation, checksum, expiration, termination (断点续传)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.http import require_POST

from courses.models import Upload
from courses.queries.studio import studio_institutions
from courses.queries.uploads import KEPT, upload_for
from courses.services.uploads import (
    Chunk,
    begin_parts,
    cancel_upload,
    receive_chunk,
    received,
    rename_upload,
)
from courses.services.videos import LARGEST_BYTES
from lms.access.queries import actor_for
from lms.access.rules import Actor, Role
from lms.access.views import open_to
from lms.kernel import clock
from lms.kernel.errors import DomainError, ForbiddenError, NotFoundError
from lms.organisations.models import Organisation

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)
VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
DIGEST_BYTES = {"sha1": 20, "sha256": 32}
NUMBER = re.compile(r"\d{1,15}")
SIGN_IN = ForbiddenError("登录已过期。请在另一个标签页重新登录，再回到这里点继续。", code="signed_out")


class MalformedError(DomainError):
    """A header that is missing or cannot be read (请求有误)."""

    code = "malformed"
    status = 400


class VersionError(MalformedError):
    """Another version of the protocol (协议版本不符)."""

    code = "protocol_version"
    status = 412


class ContentTypeError(MalformedError):
    """A part that does not say that it is one (内容类型不符)."""

    code = "content_type"
    status = 415


def by_protocol(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer every refusal in JSON with its sentence, and every answer with the protocol's headers."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs) if request.user.is_authenticated else problem(SIGN_IN)
        except DomainError as refusal:
            response = problem(refusal)
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded


def problem(refusal: DomainError) -> HttpResponse:
    """Return a refusal as the API's are: a stable code and a sentence for people."""
    body = {"status": refusal.status, "code": refusal.code, "detail": refusal.message}
    response = JsonResponse(body, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    if "offset" in refusal.data:
        response.headers["Upload-Offset"] = str(refusal.data["offset"])
    if isinstance(refusal, VersionError):
        response.headers["Tus-Version"] = VERSION
    return response


@by_protocol
@open_to(*STAFF)
def create(request: HttpRequest) -> HttpResponse:
    """Say what is understood (OPTIONS), or begin an upload (POST)."""
    if request.method == "OPTIONS":
        told = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(LARGEST_BYTES)}
        return HttpResponse(status=204, headers=told | {"Tus-Checksum-Algorithm": ",".join(DIGEST_BYTES)})
    if request.method != "POST":
        return not_allowed("POST, OPTIONS")
    check_version(request)
    if "Upload-Length" not in request.headers:
        raise MalformedError("请求没有说明文件大小（Upload-Length），本站不支持事后补报。", code="length_missing")
    actor, said = actor_for(request.user), metadata(request.headers.get("Upload-Metadata", ""))
    upload = begin_parts(
        institution=institution_of(actor, said.get("institution", "")),
        name=said.get("filename", ""),
        title=said.get("title", ""),
        fingerprint=said.get("fingerprint", ""),
        length=number_of(request, "Upload-Length"),
        actor=actor,
    )
    return answer(201, upload, {"Location": reverse("upload", args=[upload.uid]), "Upload-Offset": "0"})


@by_protocol
@open_to(*STAFF)
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say how far an upload is (HEAD), take a part of it (PATCH), or give it up (DELETE)."""
    method = (
        request.headers.get("X-HTTP-Method-Override", request.method) if request.method == "POST" else request.method
    )
    handle = {"HEAD": tell, "PATCH": take, "DELETE": remove}.get(method or "")
    if handle is None:
        return not_allowed("HEAD, PATCH, DELETE")
    check_version(request)
    actor = actor_for(request.user)
    return handle(request, upload_for(actor, uid), actor)


@require_POST
@by_protocol
@open_to(*STAFF)
def rename(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give an upload another title."""
    actor = actor_for(request.user)
    rename_upload(upload=upload_for(actor, uid), title=request.POST.get("title", ""), actor=actor)
    return HttpResponse(status=204)


def tell(request: HttpRequest, upload: Upload, actor: Actor) -> HttpResponse:
    """Answer how many bytes are there."""
    size = received(upload=upload, actor=actor)
    return answer(200, upload, {"Upload-Offset": str(size), "Upload-Length": str(upload.length)})


def take(request: HttpRequest, upload: Upload, actor: Actor) -> HttpResponse:
    """Take a part."""
    if request.content_type != "application/offset+octet-stream":
        raise ContentTypeError("分片的内容类型应为 application/offset+octet-stream。")
    algorithm, digest = checksum(request.headers.get("Upload-Checksum", ""))
    chunk = Chunk(
        offset=number_of(request, "Upload-Offset"),
        size=number_of(request, "Content-Length"),
        read=request.read,
        algorithm=algorithm,
        digest=digest,
    )
    size = receive_chunk(upload=upload, chunk=chunk, actor=actor)
    return answer(204, upload, {"Upload-Offset": str(size)})


def remove(request: HttpRequest, upload: Upload, actor: Actor) -> HttpResponse:
    """Give an upload up."""
    cancel_upload(upload=upload, actor=actor)
    return HttpResponse(status=204)


def answer(status: int, upload: Upload, headers: dict[str, str]) -> HttpResponse:
    """Return an answer that says until when the upload is kept, or which video it became."""
    if upload.state == Upload.State.COMPLETE:
        headers["Upload-Video"] = reverse("studio:video", args=[upload.uid])
    else:
        headers["Upload-Expires"] = http_date((clock.now() + KEPT).timestamp())
    return HttpResponse(status=status, headers=headers)


def not_allowed(methods: str) -> HttpResponse:
    """Refuse another method."""
    refusal = DomainError("这个地址只用于上传文件，不能直接打开。请从“上传视频”页面操作。", code="not_a_page")
    response = problem(refusal)
    response.status_code = 405
    response.headers["Allow"] = methods
    return response


def check_version(request: HttpRequest) -> None:
    """Refuse another version of the protocol."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise VersionError("上传协议的版本不符，请刷新页面后重试。")


def number_of(request: HttpRequest, name: str) -> int:
    """Return a header that is a whole number."""
    value = request.headers.get(name, "")
    if not NUMBER.fullmatch(value):
        raise MalformedError(f"请求头 {name} 缺少或不是整数。")
    return int(value)


def metadata(text: str) -> dict[str, str]:
    """Return what Upload-Metadata says: names with values in base64."""
    found = {}
    try:
        for pair in filter(None, (pair.strip() for pair in text.split(","))):
            name, _, value = pair.partition(" ")
            found[name] = base64.b64decode(value, validate=True).decode()
    except ValueError as error:
        raise MalformedError("请求头 Upload-Metadata 读不懂。", code="metadata") from error
    return found


def checksum(text: str) -> tuple[str, bytes]:
    """Return algorithm and digest of a part, or nothing."""
    algorithm, _, value = text.partition(" ")
    return algorithm, digest_of(algorithm, value) if text else b""


def digest_of(algorithm: str, text: str) -> bytes:
    """Return a digest as a request gives it, in base64."""
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise MalformedError("校验值读不懂，应以 base64 表示。", code="checksum") from error
    if len(digest) != DIGEST_BYTES.get(algorithm):
        raise MalformedError("校验值应为 sha1 或 sha256，以 base64 表示。", code="checksum")
    return digest


def institution_of(actor: Actor, text: str) -> Organisation:
    """Return the institution that an upload names, one of the actor's. One alone need not be named."""
    own = {str(one.pk): one for one in studio_institutions(actor)}
    if text in own:
        return own[text]
    if text or len(own) != 1:
        raise NotFoundError("没有找到这个机构，请刷新页面后重新选择。", code="institution_not_found")
    return next(iter(own.values()))
