"""Course packages: who sees them, and the signed addresses under which a sandbox gets their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from courses.models import CoursePackage
from courses.rules.archives import clean_path
from courses.stores.errors import FileMissingError
from courses.stores.files import StoredFile, find
from lms.access.rules import Actor, Role
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, NotFoundError

SALT = "courses.packages"
PREVIEW_MS, LONGEST_MS = 3_600_000, 12 * 3_600_000
READERS: list[str] = []


class PassKind(StrEnum):
    """What an address rests on (课件凭据)."""

    SESSION = "session"  # a study session that holds its seat
    PREVIEW = "preview"  # somebody of the studio or the office looks at it


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a package plays (课件沙箱): the address of its first page, and what the frame around it is allowed.

    `origin`: the origin of the frame's messages, "null" when the browser gives the frame one of its own.
    """

    url: str
    origin: str
    sandbox: str
    mastery_score: int | None
    expires_at: datetime


def when_read(function: str) -> None:
    """Have `function(session_uid, package_id)` asked whether a study session may still fetch its package."""
    if function not in READERS:
        READERS.append(function)


def packages_visible_to(actor: Actor) -> QuerySet[CoursePackage]:
    """Return the packages of the actor's institutions, newest first (本机构课件包)."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    return CoursePackage.objects.filter(institution_id__in=units).select_related("job", "institution").order_by("-pk")


def package_for(actor: Actor, uid: UUID) -> CoursePackage:
    """Return a package that the actor may see. Raises NotFoundError."""
    found = packages_visible_to(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这个课件包，可能不属于您的机构。", code="package_not_found")
    return found


def stage_of(package: CoursePackage | None, *, kind: PassKind, subject: UUID) -> Stage | None:
    """Return where a package plays, or nothing when there is none to play. `subject`: the study session, or the package."""
    if package is None or package.state != CoursePackage.State.READY:
        return None
    until = clock.now_ms() + (LONGEST_MS if kind == PassKind.SESSION else PREVIEW_MS)
    token = signing.dumps([kind.value, subject.hex, package.uid.hex, until], salt=SALT, compress=False)
    address = settings.SCORM_ORIGIN + reverse("package_file", args=[token, package.entry])
    own_origin = " allow-same-origin" if settings.SCORM_ORIGIN else ""
    return Stage(
        url=f"{address}?{package.query}" if package.query else address,
        origin=settings.SCORM_ORIGIN or "null",
        sandbox=f"allow-scripts allow-forms{own_origin}",
        mastery_score=package.mastery_score,
        expires_at=clock.from_ms(until),
    )


def open_package(token: str) -> CoursePackage:
    """Return the package of a token. Raises NotFoundError when it is forged, ForbiddenError when its time is over."""
    try:
        kind, subject, package_hex, until_ms = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotFoundError("课件地址无效，请从课时页面重新打开。", code="package_forged") from error
    if until_ms < clock.now_ms():
        raise ForbiddenError("课件地址已过期，请刷新课时页面。", code="package_expired")
    package = CoursePackage.objects.filter(uid=UUID(hex=package_hex), state=CoursePackage.State.READY).first()
    if package is None:
        raise NotFoundError("没有找到这个课件包，请从课时页面重新打开。", code="package_missing")
    if kind == PassKind.SESSION and not any(import_string(name)(UUID(hex=subject), package.pk) for name in READERS):
        raise ForbiddenError(
            "这次学习已经结束，或已在另一台设备上继续，课件地址不再有效。请回到课时页面重新开始。", code="package_ended"
        )
    return package


def file_of_package(package: CoursePackage, path: str) -> StoredFile:
    """Return a file of a package. Raises NotFoundError, StoreDownError."""
    try:
        if path and clean_path(path) == path:
            return find("private", f"{package.folder}/{path}")
    except FileMissingError:
        pass
    raise NotFoundError("课件包里没有这个文件。", code="package_file_missing")
