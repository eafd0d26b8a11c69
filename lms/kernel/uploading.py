"""Uploads that never touch the disk (不落盘上传): pictures of people and of their cards."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = Callable[..., Any]


class KeptInMemory(MemoryFileUploadHandler):
    """Keeps an upload off the disk, whatever its size; what is too large is refused before it is read."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Take every upload."""
        self.activated = True


def in_memory(most_bytes: int, too_large: View) -> Callable[[View], View]:
    """Read a form into memory only; one that is larger is answered by `too_large` and not read at all."""

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt  # the handler must be chosen before the form is read; then the token is asked for
        @wraps(view)
        def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if int(request.META.get("CONTENT_LENGTH") or 0) > most_bytes:
                return too_large(request, *args, **kwargs)
            request.upload_handlers = [KeptInMemory(request)]
            return protected(request, *args, **kwargs)

        return taken

    return decorate
