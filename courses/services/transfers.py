"""Archives: kept in the private storage while they are on their way, and what is left of them taken away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from courses.models import CoursePackage, CourseTransfer, Video
from courses.queries.transfers import lock_transfer, running_export
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.jobs import MOST_ATTEMPTS, JobLostError, RunningJob, enqueue_on_commit

KEPT = timedelta(hours=24)
BROKEN_OFF = "平台处理时出错，没有导入任何内容。请重新上传；如仍失败，请联系平台客服。"
NOT_PACKED = "平台处理时出错，没有导出。请重新导出；如仍失败，请联系平台客服。"
DOWNLOADED = {
    CourseTransfer.Kind.EXPORT: "courses.package_downloaded",
    CourseTransfer.Kind.BANK: "courses.bank_downloaded",
}
State = CourseTransfer.State


def keep_archive(transfer: CourseTransfer, file: BinaryIO) -> None:
    """Keep an archive out of every URL's reach; outside of any transaction."""
    transfer.path = storages["private"].save(f"transfers/{transfer.uid.hex}.zip", File(file))


def begin(transfer: CourseTransfer, task: str, actor: Actor) -> None:
    """Hand an archive to the workers."""
    transfer.job = enqueue_on_commit(task, owner_id=actor.user_id, transfer_uid=str(transfer.uid))
    transfer.state, transfer.error = State.RUNNING, ""
    transfer.save(update_fields=["job", "state", "error", "plan"])
    record(actor, f"courses.{transfer.kind}_started", transfer)


def film_path(uid: str) -> str:
    """Return where the source of a video lies that an archive brings."""
    return f"videos/{uid.replace('-', '')}/source"


def films_of(transfer: CourseTransfer) -> dict[str, str]:
    """Return the uids of the videos that an archive will bring, by their path in it."""
    films: dict[str, str] = transfer.plan.get("films", {})
    return films


def package_path(uid: str) -> str:
    """Return where the source of a SCORM package lies that a course package brings."""
    return f"packages/{uid.replace('-', '')}/source.zip"


def packages_of(transfer: CourseTransfer) -> dict[str, str]:
    """Return the uids of the SCORM packages that a course package will bring, by their path in it."""
    packages: dict[str, str] = transfer.plan.get("packages", {})
    return packages


def fail(transfer: CourseTransfer, sentence: str) -> None:
    """Note why nothing came of it, and take its files away."""
    CourseTransfer.objects.filter(pk=transfer.pk).exclude(state=State.DONE).update(
        state=State.FAILED, error=sentence[:500]
    )
    remove_files(transfer)


def failed_by(transfer: CourseTransfer, job: RunningJob, error: Exception) -> None:
    """Decide what a fault means: another worker's turn, one more try, or the end (失败处理)."""
    if isinstance(error, JobLostError):
        return
    refusal = getattr(error, "message", "")
    if refusal or job.attempt >= MOST_ATTEMPTS:
        fail(transfer, refusal or (NOT_PACKED if transfer.goes_out else BROKEN_OFF))


def remove_files(transfer: CourseTransfer) -> None:
    """Remove an archive, and the films and SCORM packages of it that nothing came of."""
    storage = storages["private"]
    films = unused(Video, films_of(transfer).values())
    packages = unused(CoursePackage, packages_of(transfer).values())
    for path in [transfer.path, *map(film_path, films), *map(package_path, packages)]:
        if path and storage.exists(path):
            storage.delete(path)


def unused(model: type[Video | CoursePackage], uids: Collection[str]) -> list[str]:
    """Return the uids that no row has."""
    used = {str(uid) for uid in model.objects.filter(uid__in=uids).values_list("uid", flat=True)}
    return sorted(set(uids) - used)


@transaction.atomic
def begin_export(transfer: CourseTransfer, task: str, actor: Actor) -> CourseTransfer:
    """Have something packed (导出). While an export of the same person is under way, that one is returned.

    A person keeps one file of a thing: the earlier one goes.
    """
    if (running := running_export(actor)) is not None:
        return running
    transfer.made_by_id = actor.user_id
    transfer.save()
    begin(transfer, task, actor)
    same = {name: getattr(transfer, name) for name in ("kind", "institution_id", "course_id", "made_by_id")}
    earlier = list(CourseTransfer.objects.filter(**same, state=State.DONE).exclude(path=""))
    for one in earlier:
        transaction.on_commit(partial(expire, one))
    return transfer


@transaction.atomic
def finish(transfer: CourseTransfer) -> None:
    """Note that it is done; the archive goes after COMMIT."""
    transfer.state = State.DONE
    transfer.save(update_fields=["state", "course", "name", "path", "size_bytes"])


@transaction.atomic
def note_download(*, transfer: CourseTransfer, actor: Actor) -> None:
    """Note that a file was taken away (下载导出文件)."""
    require(actor, "courses.edit", transfer)
    record(actor, DOWNLOADED[CourseTransfer.Kind(transfer.kind)], transfer)


def expire_transfers(moment: datetime) -> int:
    """Take away what lay for a day: archives that nobody confirmed, packages that were made (清理). Returns how many."""
    old = CourseTransfer.objects.filter(made_at__lte=moment - KEPT).exclude(state=State.EXPIRED).exclude(path="")
    count = 0
    for transfer in old.order_by("pk")[:100]:
        expire(transfer)
        count += 1
    return count


def expire(transfer: CourseTransfer) -> None:
    """Take an archive away; what it brought in stays."""
    with transaction.atomic():
        held = lock_transfer(transfer)
        is_done = held.state == State.DONE and not held.goes_out
        held.state, held.path = State.DONE if is_done else State.EXPIRED, ""
        held.save(update_fields=["state", "path"])
    remove_files(transfer)
