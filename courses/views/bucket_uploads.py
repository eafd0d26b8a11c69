"""Files that go from the browser to the bucket: we choose the key, sign each part and put them together (直传)."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from courses.queries.uploads import upload_for
from courses.services.bucket_uploads import begin_in_bucket, finish_in_bucket, progress_in_bucket, sign_part
from courses.views.uploads import NUMBER, STAFF, MalformedError, by_protocol, digest_of, institution_of
from lms.access.queries import actor_for
from lms.access.views import open_to


@require_POST
@by_protocol
@open_to(*STAFF)
def create(request: HttpRequest) -> HttpResponse:
    """Begin an upload."""
    actor, said = actor_for(request.user), request.POST
    if not NUMBER.fullmatch(said.get("length", "")):
        raise MalformedError("请求没有说明文件大小。", code="length_missing")
    upload = begin_in_bucket(
        institution=institution_of(actor, said.get("institution", "")),
        name=said.get("filename", ""),
        title=said.get("title", ""),
        fingerprint=said.get("fingerprint", ""),
        length=int(said["length"]),
        actor=actor,
    )
    return JsonResponse({"address": reverse("upload", args=[upload.uid])}, status=201)


@require_GET
@by_protocol
@open_to(*STAFF)
def parts(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say which parts are there."""
    actor = actor_for(request.user)
    found = progress_in_bucket(upload=upload_for(actor, uid), actor=actor)
    return JsonResponse(asdict(found))


@require_POST
@by_protocol
@open_to(*STAFF)
def sign(request: HttpRequest, uid: UUID, number: int) -> HttpResponse:
    """Sign a part's address, and keep what the part is to be."""
    actor = actor_for(request.user)
    said = request.POST.get("sha256", "")
    digest = digest_of("sha256", said) if said else b""
    return JsonResponse({"url": sign_part(upload=upload_for(actor, uid), number=number, actor=actor, digest=digest)})


@require_POST
@by_protocol
@open_to(*STAFF)
def complete(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put the parts together."""
    actor = actor_for(request.user)
    finish_in_bucket(upload=upload_for(actor, uid), actor=actor)
    return JsonResponse({"video": reverse("studio:video", args=[uid])})
