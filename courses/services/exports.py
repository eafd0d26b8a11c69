"""A course goes out as one zip: its content, its films as they were uploaded, pictures and subtitles (导出课程)."""

from __future__ import annotations

import json
import zipfile
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.storage import storages
from django.db import transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from courses.models import CoursePage, CourseTransfer, Subtitle, Video
from courses.queries.subtitles import newest_subtitles
from courses.rules.manifests import FORMAT, MANIFEST, NAMES, VERSION
from courses.services import transfers
from courses.services.copies import Part, content_of
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import Occupation, Trade
from lms.kernel.errors import ConflictError
from lms.kernel.jobs import RunningJob

CHUNK = 1 << 20
KNOWN_BLOCKS = {"heading", "paragraph", "image", "warning", "question", "practice_task", "document"}


@transaction.atomic
def start_export(*, course: CoursePage, actor: Actor) -> CourseTransfer:
    """Have a course packed (导出课程)."""
    require(actor, "courses.edit", course.institution)
    require(actor, "courses.upload", course.institution)
    if problems := export_problems(content_of(course)):
        raise ConflictError("这门课程暂时不能导出：" + "".join(problems), code="export_unsupported")
    transfer = CourseTransfer(kind=CourseTransfer.Kind.EXPORT, institution=course.institution, course=course)
    transfer.name, transfer.made_by_id = f"{course.draft_title[:80]}.zip", actor.user_id
    transfer.save()
    transfers.begin(transfer, "courses.tasks.export_course", actor)
    return transfer


def export_problems(parts: list[Part]) -> list[str]:
    """Return what cannot be packed without loss, a sentence each (导出检查)."""
    problems = []
    for part in parts:
        fields = part["fields"]
        blocks = [
            block["type"] for name in ("body", "quiz", "popups") for block in json.loads(fields.get(name) or "[]")
        ]
        strange = sorted({NAMES.get(kind, kind) for kind in blocks if kind not in KNOWN_BLOCKS})
        strange += ["课件包"] if fields.get("package") else []
        if strange:
            problems.append(f"“{fields['title']}”使用了{'、'.join(strange)}，课程包还带不走。")
    return problems


class Packing:
    """Collects what a course names, under keys of the package (打包)."""

    def __init__(self, parts: list[Part]) -> None:
        self.videos: dict[str, Video] = {}
        self.images: dict[str, Any] = {}
        self.documents: dict[str, Any] = {}
        self.parts = [{"type": part["type"], "fields": self.fields(part["fields"])} for part in parts]
        self.tracks = newest_subtitles([video.pk for video in self.videos.values()])

    def fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return a part's fields with keys in place of ids."""
        made = dict(fields)
        if "occupation" in fields:
            occupation = Occupation.objects.get(pk=fields["occupation"])
            made["occupation"] = {"code": occupation.code, "edition": occupation.edition}
            made["trade"] = Trade.objects.get(pk=fields["trade"]).name if fields["trade"] else None
            made["cover"] = self.image(fields["cover"])
        if fields.get("video"):
            made["video"] = self.video(fields["video"])
        for name in ("body", "quiz", "popups"):
            if name in fields:
                made[name] = [self.block(block) for block in json.loads(fields[name] or "[]")]
        return made

    def block(self, block: dict[str, Any]) -> dict[str, Any]:
        """Return a block with a key in place of a picture's or a document's id."""
        value = block["value"]
        if block["type"] == "image":
            return block | {"value": self.image(value)}
        return (
            block | {"value": value | {"file": self.document(value["file"])}} if block["type"] == "document" else block
        )

    def video(self, pk: int) -> str:
        """Return the key of a video."""
        self.videos.setdefault(f"v{pk}", Video.objects.get(pk=pk))
        return f"v{pk}"

    def image(self, pk: int | None) -> str | None:
        """Return the key of a picture."""
        if pk is None:
            return None
        self.images.setdefault(f"i{pk}", get_image_model().objects.get(pk=pk))
        return f"i{pk}"

    def document(self, pk: int | None) -> str | None:
        """Return the key of a document."""
        if pk is None:
            return None
        self.documents.setdefault(f"d{pk}", get_document_model().objects.get(pk=pk))
        return f"d{pk}"

    def manifest(self) -> dict[str, Any]:
        """Return what stands in manifest.json."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "parts": self.parts,
            "videos": {key: self.video_entry(key, video) for key, video in self.videos.items()},
            "images": {
                key: {"title": one.title, "description": one.description, "file": kept_name("images", key, one)}
                for key, one in self.images.items()
            },
            "documents": {
                key: {"title": one.title, "file": kept_name("documents", key, one)}
                for key, one in self.documents.items()
            },
        }

    def video_entry(self, key: str, video: Video) -> dict[str, Any]:
        """Return what the manifest says of a video."""
        tracks = self.tracks.get(video.pk, [])
        return {
            "title": video.title,
            "source_name": video.source_name,
            "file": f"videos/{key}",
            "subtitles": [
                {"language": one.language, "label": one.label, "file": f"subtitles/{key}-{one.language}.vtt"}
                for one in tracks
            ],
        }


def kept_name(folder: str, key: str, kept: Any) -> str:
    """Return the name of a picture or document in the package."""
    return f"{folder}/{key}{PurePosixPath(kept.file.name).suffix.lower()}"


def run_export(job: RunningJob, transfer: CourseTransfer) -> dict[str, Any]:
    """Pack a course (导出). A second run packs it anew."""
    if transfer.state == transfers.State.DONE or transfer.course is None:
        return {}
    try:
        with TemporaryFile() as handle:
            size = pack(job, transfer.course, handle)
            handle.seek(0)
            transfers.keep_archive(transfer, handle)
        transfer.size_bytes = size
        transfers.finish(transfer)
    except Exception as error:
        transfers.failed_by(transfer, job, error)
        raise
    return {"size": size}


def pack(job: RunningJob, course: CoursePage, handle: IO[bytes]) -> int:
    """Write the zip; films are stored as they are."""
    packing = Packing(content_of(course))
    sources = [(f"videos/{key}", video.source_path) for key, video in packing.videos.items()]
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(MANIFEST, json.dumps(packing.manifest(), ensure_ascii=False, indent=1))
        for folder, table in (("images", packing.images), ("documents", packing.documents)):
            for key, kept in table.items():
                with kept.file.storage.open(kept.file.name) as handle_of_kept:
                    packed.writestr(kept_name(folder, key, kept), handle_of_kept.read())
        for key, video in packing.videos.items():
            for track in Subtitle.objects.filter(pk__in=[one.pk for one in packing.tracks.get(video.pk, [])]):
                packed.writestr(f"subtitles/{key}-{track.language}.vtt", track.webvtt)
        for place, (name, path) in enumerate(sources):
            store(job, packed, name, path, 95 * place // len(sources))
    return handle.tell()


def store(job: RunningJob, packed: zipfile.ZipFile, name: str, path: str, percent: int) -> None:
    """Copy a film into the zip, saying on the way that one is alive."""
    entry = zipfile.ZipInfo(name)
    with storages["private"].open(path) as source, packed.open(entry, "w", force_zip64=True) as target:
        while piece := source.read(CHUNK):
            target.write(piece)
            job.progress(percent)


@transaction.atomic
def note_download(*, transfer: CourseTransfer, actor: Actor) -> None:
    """Note that a package was fetched (下载课程包)."""
    require(actor, "courses.upload", transfer)
    record(actor, "courses.package_downloaded", transfer)
