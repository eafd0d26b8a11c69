"""What a course package brings is stored as the institution's own; files go again if the course is not written."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.core.files.base import File
from django.core.files.images import ImageFile
from django.core.files.storage import Storage, storages
from PIL import Image
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from courses.gateways.archives import Archive, ArchiveError
from courses.gateways.process import MediaRefusedError
from courses.models import CoursePackage, CourseTransfer, QuestionAudio, Video
from courses.rules.archives import LARGEST_TEXT, ending
from courses.rules.documents import LONGEST_HEAD, document_problem
from courses.rules.manifests import IMAGES
from courses.rules.packages import PackageRefusedError
from courses.services import packages, sounds, transfers
from courses.services.imports import copy_out
from courses.services.subtitles import put_subtitle
from courses.services.tree import collection_of
from courses.services.videos import keep_video
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.catalogue.models import Occupation
from lms.kernel.errors import InvalidError

LARGEST_IMAGE, LARGEST_DOCUMENT, MOST_PIXELS = 20 * 1024**2, 100 * 1024**2, 50_000_000
PICTURE_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    OverflowError,
    struct.error,
    Image.DecompressionBombError,
)


def refused(sentence: str) -> InvalidError:
    """Return a refusal at the field of the file."""
    return InvalidError(sentence, fields={"file": sentence}, code="package_refused")


def occupation_named(named: dict[str, Any]) -> Occupation:
    """Return an occupation as this platform knows it. Raises InvalidError for one that it does not."""
    found = Occupation.objects.filter(code=str(named.get("code", "")), edition=str(named.get("edition", ""))).first()
    if found is None:
        raise refused(f"职业目录里没有课程包所属的职业（{named.get('code', '')}），请联系区办更新职业目录。")
    return found


@dataclass(slots=True)
class Landing:
    """An import that is under way (正在导入): what it reads, for whom, what was added, and which files were stored."""

    transfer: CourseTransfer
    actor: Actor
    manifest: dict[str, Any]
    archive: Archive
    added: dict[tuple[str, str], int] = field(default_factory=dict)
    stored: list[tuple[Storage, str]] = field(default_factory=list)

    def pk_of(self, table: str, key: str) -> int:
        """Return the id of what a key of the package stands for, added when it is first asked for."""
        if (table, key) not in self.added:
            self.added[table, key] = ADDING[table](self, self.manifest[table][key]).pk
        return self.added[table, key]


@contextmanager
def landing_of(transfer: CourseTransfer, manifest: dict[str, Any], archive: Archive) -> Iterator[Landing]:
    """Give an import for what is written inside; if that fails, the files that were stored for it are removed."""
    landing = Landing(transfer, actor_for(transfer.made_by), manifest, archive)
    try:
        yield landing
    except BaseException:
        for storage, name in landing.stored:
            storage.delete(name)
        raise


def add_image(landing: Landing, entry: dict[str, Any]) -> Any:
    """Add a picture to the institution's own."""
    content = landing.archive.read(entry["file"], most=LARGEST_IMAGE)
    check_picture(entry["file"], content)
    picture = get_image_model()(
        title=text_of(entry, "title", 255),
        description=text_of(entry, "description", 255),
        collection=collection_of(landing.transfer.institution),
        uploaded_by_user_id=landing.transfer.made_by_id,
    )
    return saved(landing, picture, ImageFile(BytesIO(content), name=entry["file"].rpartition("/")[2]))


def check_picture(name: str, content: bytes) -> None:
    """Raise InvalidError for what is no picture or too large a one."""
    sentence = f"课程包里的“{name}”不是可以使用的图片。"
    try:
        with Image.open(BytesIO(content)) as picture:
            if ending(name) not in IMAGES or picture.width * picture.height > MOST_PIXELS:
                raise refused(sentence)
            picture.verify()
    except PICTURE_FAULTS as error:
        raise refused(sentence) from error


def add_document(landing: Landing, entry: dict[str, Any]) -> Any:
    """Add a document to the institution's own."""
    content = landing.archive.read(entry["file"], most=LARGEST_DOCUMENT)
    if problem := document_problem(entry["file"], content[:LONGEST_HEAD]):
        raise refused(f"课程包里的附件“{text_of(entry, 'title', 255)}”：{problem}")
    document = get_document_model()(
        title=text_of(entry, "title", 255),
        collection=collection_of(landing.transfer.institution),
        uploaded_by_user_id=landing.transfer.made_by_id,
    )
    return saved(landing, document, File(BytesIO(content), name=entry["file"].rpartition("/")[2]))


def saved(landing: Landing, held: Any, file: File[bytes]) -> Any:
    """Save a picture or document: its file is noted before its row is written."""
    held.file.save(file.name, file, save=False)
    landing.stored.append((held.file.storage, held.file.name))
    held.save()
    return held


def add_video(landing: Landing, entry: dict[str, Any]) -> Video:
    """Add a video whose file was copied already; it goes to the pipeline."""
    uid = transfers.films_of(landing.transfer)[entry["file"]]
    video = Video(
        uid=uid,
        institution=landing.transfer.institution,
        title=text_of(entry, "title", 100) or "未命名",
        source_name=text_of(entry, "source_name", 200),
        source_path=transfers.film_path(uid),
        size_bytes=landing.archive.infos[entry["file"]].file_size,
        uploaded_by_id=landing.transfer.made_by_id,
    )
    keep_video(video, "", landing.actor)
    for track in entry.get("subtitles") or []:
        webvtt = landing.archive.read(track["file"], most=LARGEST_TEXT).decode("utf-8", "replace")
        put_subtitle(video=video, webvtt=webvtt, actor=landing.actor, language=track["language"])
    return video


def add_sound(landing: Landing, entry: dict[str, Any]) -> QuestionAudio:
    """Add a sound: one that was converted once stays as it is, any other is treated as an upload."""
    name, institution, actor = text_of(entry, "name", 100), landing.transfer.institution, landing.actor
    content = landing.archive.read(entry["file"], most=sounds.LARGEST_BYTES)

    def upload() -> sounds.NewSound:
        return sounds.NewSound(file=BytesIO(content), name=name, size_bytes=len(content))

    try:
        sound = sounds.stored_conversion(upload(), institution, actor) if entry.get("converted") else None
        if sound is not None:
            landing.stored.append((storages["default"], sound.path))
            sounds.keep_conversion(sound=sound, size_bytes=len(content), actor=actor)
            return sound
        sound = sounds.stored_sound(upload(), institution, actor, "file")
    except (MediaRefusedError, InvalidError) as refusal:
        raise refused(f"课程包里的录音“{name}”：{refusal.message}") from refusal
    landing.stored.append((storages["private"], sound.source_path))
    sounds.keep_sound(sound=sound, size_bytes=len(content), actor=actor)
    return sound


def copy_package(archive: Archive, entry: dict[str, Any], transfer: CourseTransfer, alive: Callable[[], None]) -> None:
    """Copy a SCORM package out and look through it as through an upload. Raises InvalidError with its title."""
    title = text_of(entry, "title", 100)
    if not 0 < archive.infos[entry["file"]].file_size <= packages.LARGEST_BYTES:
        raise refused(f"课程包里的课件包“{title}”是空的，或超过500MB，没有导入。")
    target = transfers.package_path(transfers.packages_of(transfer)[entry["file"]])
    copy_out(archive, entry["file"], target, alive)
    with storages["private"].open(target) as handle:
        try:
            packages.looked_through(Archive(handle))
        except (ArchiveError, PackageRefusedError) as refusal:
            raise refused(f"课程包里的课件包“{title}”：{refusal.message}") from refusal


def add_package(landing: Landing, entry: dict[str, Any]) -> CoursePackage:
    """Add a SCORM package whose file was copied already; it is unpacked as an upload is."""
    uid = transfers.packages_of(landing.transfer)[entry["file"]]
    package = CoursePackage(
        uid=uid,
        institution=landing.transfer.institution,
        title=text_of(entry, "title", 100),
        source_name=text_of(entry, "source_name", 200),
        source_path=transfers.package_path(uid),
        size_bytes=landing.archive.infos[entry["file"]].file_size,
        uploaded_by_id=landing.transfer.made_by_id,
    )
    packages.keep_package(package, landing.actor)
    return package


def text_of(entry: dict[str, Any], name: str, most: int) -> str:
    """Return a text of an entry, as long as its column."""
    return str(entry.get(name) or "")[:most]


ADDING: dict[str, Callable[[Landing, dict[str, Any]], Any]] = {
    "images": add_image,
    "documents": add_document,
    "videos": add_video,
    "sounds": add_sound,
    "packages": add_package,
}
