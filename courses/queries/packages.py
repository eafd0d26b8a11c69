"""Course packages: who sees them, what uses them, and the signed addresses under which a sandbox gets their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.files.storage import storages
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string
from wagtail.models import Revision

from courses.models import CoursePackage, LessonPage, LessonVersion
from courses.rules.archives import clean_path
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


def use_of_package(package: CoursePackage) -> str:
    """Return why a package may not be deleted, or nothing: a lesson plays it, in a released version or a draft (删除检查)."""
    if LessonVersion.objects.filter(package=package).exists():
        return "这个课件包在已发布的课程里，学员的学时以它为据，不能删除。"
    lesson = LessonPage.objects.filter(package=package).first()
    if lesson is None:
        drafts = Revision.page_revisions.filter(content__package=package.pk).values_list("object_id", flat=True)
        lesson = LessonPage.objects.filter(pk__in=[int(pk) for pk in drafts[:50]]).first()
    return f"课时“{lesson.draft_title}”正在使用这个课件包。请先在课时里换一个，再删除。" if lesson else ""


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


def open_file(package: CoursePackage, path: str) -> tuple[IO[bytes], int]:
    """Return a file of a package and its size. Raises NotFoundError."""
    name, storage = f"{package.folder}/{path}", storages["private"]
    if not path or clean_path(path) != path or not storage.exists(name):
        raise NotFoundError("课件包里没有这个文件。", code="package_file_missing")
    return storage.open(name), storage.size(name)
