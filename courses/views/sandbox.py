"""The files of course packages, for the sandbox only: pages of others, which must never run as pages of ours."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_safe

from courses.queries.packages import file_of_package, open_package
from courses.rules.packages import content_type_of, page_policy, with_scripts
from courses.stores.files import StoredFile
from courses.views.sending import PiecesResponse, sent
from lms.access.views import PUBLIC, open_to
from lms.kernel.errors import DomainError

SCRIPTS = ("vendor/scorm-again/scorm12.min.js", "js/sandbox/package-stage.js")


@require_safe
@open_to(PUBLIC)  # the signed token in the path is the permission: it was given to a learner's session
def package_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Return a file of a package; its pages get the SCORM interface."""
    kind = content_type_of(name)
    try:
        file = file_of_package(open_package(token), name)
        response = page_of(file, kind) if kind == "text/html" else sent(request, file, kind)
    except DomainError as refusal:
        response = HttpResponse(refusal.message, "text/plain; charset=utf-8", refusal.status)
    return fenced(request, token, response)


def page_of(file: StoredFile, kind: str) -> HttpResponseBase:
    """Return a page with the interface in front. Only its beginning is held; its own <meta> says the character set."""
    tags = script_tags()
    response = PiecesResponse(with_interface(file.pieces(0, file.size), tags), content_type=kind)
    response.headers["Content-Length"] = str(file.size + len(tags))
    return response


def with_interface(pieces: Iterator[bytes], tags: bytes) -> Iterator[bytes]:
    """Yield a page with the interface's scripts in its first piece."""
    yield with_scripts(next(pieces, b""), tags)
    yield from pieces


def script_tags() -> bytes:
    """Return the tags of the interface's scripts."""
    return format_html_join("", '<script src="{}"></script>', [(static(name),) for name in SCRIPTS]).encode()


def fenced(request: HttpRequest, token: str, response: HttpResponseBase) -> HttpResponseBase:
    """Put the sandbox's rules on a response."""
    here = f"{request.scheme}://{request.get_host()}"
    is_opaque = not settings.SCORM_ORIGIN
    site = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    response["Content-Security-Policy"] = page_policy(
        folder=here + reverse("package_file", args=[token, "x"]).removesuffix("x"),
        scripts=here + settings.STATIC_URL,
        parent=here if is_opaque else f"{site.scheme}://{site.netloc}",
        is_opaque=is_opaque,
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=3600"
    response["Access-Control-Allow-Origin"] = "*"  # an opaque origin loads its own fonts and modules across origins
    response.xframe_options_exempt = True  # type: ignore[attr-defined] # frame-ancestors says it, for another origin too
    return response
