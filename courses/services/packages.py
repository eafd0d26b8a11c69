"""Uploaded course packages: kept, unpacked by a worker, never changed again."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from courses.gateways.archives import Archive, ArchiveError
from courses.models import CoursePackage
from courses.queries.uses import use_of_package
from courses.rules.packages import (
    LARGEST_MANIFEST,
    MANIFEST,
    Manifest,
    PackageRefusedError,
    package_fault,
    package_root,
    parse_manifest,
)
from courses.rules.uploads import title_of
from courses.services.quotas import reserve_room
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.kernel.jobs import MOST_ATTEMPTS, JobLostError, RunningJob, cancel, enqueue_on_commit, settle_stopped
from lms.organisations.models import Organisation

LARGEST_BYTES = 500 * 1024**2
IN_MEMORY = 1 << 20
STOPPED = "平台处理课件包时出错。请点击重新处理；如仍失败，请联系平台客服。"
State = CoursePackage.State


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came of an archive (解包结果)."""

    folder: str
    manifest: Manifest
    file_count: int
    size_bytes: int
    digest: str


def upload_package(
    *, institution: Organisation, title: str, file: BinaryIO, name: str, size: int, actor: Actor
) -> CoursePackage:
    """Keep an uploaded package out of every URL's reach and have it unpacked (上传课件包). Size in bytes."""
    require(actor, "courses.upload", institution)
    if not 0 < size <= LARGEST_BYTES:
        sentence = "文件是空的，请重新导出后再选择。" if size <= 0 else "文件超过500MB，请减小其中的视频和图片。"
        raise InvalidError(sentence, fields={"file": sentence})
    package = CoursePackage(
        institution=institution,
        title=title.strip()[:100],
        source_name=name[:200],
        size_bytes=size,
        uploaded_by_id=actor.user_id,
    )
    package.source_path = storages["private"].save(f"packages/{package.uid.hex}/source.zip", File(file))
    try:
        keep_package(package, actor)
    except DomainError:
        storages["private"].delete(package.source_path)
        raise
    return package


@transaction.atomic
def keep_package(package: CoursePackage, actor: Actor) -> None:
    """Write the row of a file that is there, if the institution has room for it, and start its job."""
    reserve_room(package.institution, package.size_bytes)
    package.save()
    record(actor, "courses.package_uploaded", package, size=package.size_bytes)
    start_unpacking(package, actor)


def start_unpacking(package: CoursePackage, actor: Actor) -> None:
    """Put a package into the queue."""
    package.job = enqueue_on_commit("courses.tasks.unpack", owner_id=actor.user_id, package_uid=str(package.uid))
    package.state, package.error = State.UPLOADED, ""
    package.save(update_fields=["job", "state", "error"])


@transaction.atomic
def retry_package(*, package: CoursePackage, actor: Actor) -> None:
    """Unpack again what failed through no fault of its file (重新解包)."""
    require(actor, "courses.upload", package)
    package = CoursePackage.objects.select_for_update().get(pk=package.pk)  # pressed twice, it is still one job
    if package.state != State.FAILED:
        raise ConflictError("只有处理失败的课件包才能重新处理；不合格的，请改正后重新上传。", code="package_not_failed")
    start_unpacking(package, actor)


def settle_stopped_packages(moment: datetime) -> int:
    """Note which packages nobody unpacks any more. Returns how many."""
    waiting = CoursePackage.objects.filter(state__in=[State.UPLOADED, State.UNPACKING])
    return settle_stopped(waiting, moment, state=State.FAILED, error=STOPPED)


@transaction.atomic
def delete_package(*, package: CoursePackage, actor: Actor) -> None:
    """Delete a package that no lesson plays, in a draft or released, with its files (删除课件包)."""
    require(actor, "courses.upload", package)
    if sentence := use_of_package(package):
        raise ConflictError(sentence, code="package_in_use")
    record(actor, "courses.package_deleted", package, title=package.title)
    folder, job = f"packages/{package.uid.hex}", package.job
    package.delete()
    if job is not None:
        cancel(job.uid)
    transaction.on_commit(lambda: remove_tree(folder))


def remove_tree(folder: str) -> None:
    """Remove all files below a folder of the private storage."""
    storage = storages["private"]
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        storage.delete(f"{folder}/{name}")
    for name in folders:
        remove_tree(f"{folder}/{name}")
    storage.delete(folder)


def unpack_package(job: RunningJob, package: CoursePackage) -> dict[str, Any]:
    """Look through an uploaded package, unpack it and note what its manifest says (解包). Doing it again begins anew."""
    if package.state == State.READY:  # its worker died before it had tidied up
        storages["private"].delete(package.source_path)
        return {}
    CoursePackage.objects.filter(pk=package.pk).update(state=State.UNPACKING, error="")
    try:
        made = unpacked(job, package)
        job.progress(99)  # raises when another worker took over: its result counts
    except (ArchiveError, PackageRefusedError) as refusal:
        mark(package, State.REFUSED, refusal.message)
        remove_tree(f"packages/{package.uid.hex}")
        raise
    except JobLostError:
        raise
    except Exception:
        if job.attempt >= MOST_ATTEMPTS:
            mark(package, State.FAILED, STOPPED)
        raise
    mark_ready(package, made)
    storages["private"].delete(package.source_path)
    return {"files": made.file_count}


def unpacked(job: RunningJob, package: CoursePackage) -> Unpacked:
    """Do the work: everything is checked before the first file is written."""
    place = f"packages/{package.uid.hex}"
    for left_over in storages["private"].listdir(place)[0]:
        remove_tree(f"{place}/{left_over}")
    folder = f"{place}/{secrets.token_hex(16)}"
    with storages["private"].open(package.source_path) as handle:
        archive = Archive(handle)
        paths, manifest = looked_through(archive)
        digest, size = hashlib.sha256(), 0
        for number, (path, packed) in enumerate(sorted(paths.items())):
            job.progress(number * 98 // len(paths))
            written, content = keep_file(archive, packed, f"{folder}/{path}")
            digest.update(f"{path}\0{content}\n".encode())
            size += written
    return Unpacked(folder, manifest, len(paths), size, digest.hexdigest())


def looked_through(archive: Archive) -> tuple[dict[str, str], Manifest]:
    """Return the archive's names of a package's files by path, and its manifest. Raises PackageRefusedError."""
    if fault := package_fault(archive.files):
        raise PackageRefusedError(fault)
    root = package_root(one.path for one in archive.files)
    paths = {one.path.removeprefix(root): one.path for one in archive.files if one.path.startswith(root)}
    manifest = parse_manifest(archive.read(manifest_path(paths), most=LARGEST_MANIFEST))
    if manifest.entry not in paths:
        raise PackageRefusedError(f"课件的入口页面“{manifest.entry[:60]}”不在课件包里。请重新导出完整的课件包。")
    return paths, manifest


def files_below(folder: str) -> Iterator[str]:
    """Yield the names of all files below a folder of the private storage, in order."""
    folders, files = storages["private"].listdir(folder)
    yield from (f"{folder}/{name}" for name in sorted(files))
    for name in sorted(folders):
        yield from files_below(f"{folder}/{name}")


def manifest_path(paths: dict[str, str]) -> str:
    """Return where the manifest lies in the archive; its name may be in capitals."""
    return next(packed for path, packed in paths.items() if path.lower() == MANIFEST)


def keep_file(archive: Archive, packed: str, name: str) -> tuple[int, str]:
    """Write one file of an archive into the private storage; return its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as held:
        for piece in archive.pieces(packed):
            held.write(piece)
            digest.update(piece)
            size += len(piece)
        held.seek(0)
        kept: IO[bytes] = held
        if storages["private"].save(name, File(kept)) != name:
            raise PackageRefusedError("课件包里有平台不能保存的文件名。请用字母、数字或汉字命名后重新导出。")
    return size, digest.hexdigest()


def mark(package: CoursePackage, state: State, sentence: str) -> None:
    """Note what is wrong, and with whom."""
    CoursePackage.objects.filter(pk=package.pk).update(state=state, error=sentence[:300])


def mark_ready(package: CoursePackage, made: Unpacked) -> None:
    """Note that it plays."""
    title = package.title or made.manifest.title or title_of(package.source_name)
    CoursePackage.objects.filter(pk=package.pk).update(
        state=State.READY,
        error="",
        title=title[:100],
        folder=made.folder,
        entry=made.manifest.entry,
        query=made.manifest.query,
        mastery_score=made.manifest.mastery_score,
        file_count=made.file_count,
        size_bytes=made.size_bytes,
        digest=made.digest,
    )
