"""A course goes out as one zip: its content, its films as they were uploaded, pictures and subtitles (导出课程)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.storage import storages
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from courses.models import (
    CoursePackage,
    CoursePage,
    CourseTransfer,
    PartMedia,
    Question,
    QuestionAudio,
    QuestionVersion,
    Subtitle,
    Video,
)
from courses.queries.bank import with_all
from courses.queries.subtitles import newest_subtitles
from courses.rules.manifests import FORMAT, KEYS, MANIFEST, REFERENCES, VERSION
from courses.services import transfers
from courses.services.bank import version_of
from courses.services.copies import Part, content_of
from courses.services.packages import files_below
from lms.access.rules import Actor, require
from lms.catalogue.models import Occupation, Trade
from lms.kernel.errors import ConflictError
from lms.kernel.jobs import RunningJob
from lms.organisations.models import Organisation

CHUNK = 1 << 20


def start_export(*, course: CoursePage, actor: Actor) -> CourseTransfer:
    """Have a course packed (导出课程). While an export of the same person is under way, that one is returned."""
    require(actor, "courses.edit", course.institution)
    require(actor, "courses.upload", course.institution)
    parts = content_of(course)
    if problems := export_problems(parts, course.institution):
        raise ConflictError("这门课程暂时不能导出：" + "".join(problems), code="export_unsupported")
    transfer = CourseTransfer(kind=CourseTransfer.Kind.EXPORT, institution=course.institution, course=course)
    transfer.name = f"{course.draft_title[:80]}.zip"
    return transfers.begin_export(transfer, "courses.tasks.export_course", actor)


def export_problems(parts: list[Part], institution: Organisation) -> list[str]:
    """Return what cannot be packed without loss, a sentence each (导出检查): files that were refused are not kept."""
    questions = {pk for part in parts for pk in asked_by(part)}
    found = {one.pk: one for one in with_all(Question.objects.filter(institution=institution, pk__in=questions))}
    packages = {part["fields"]["package"] for part in parts if part["fields"].get("package")}
    refused = CoursePackage.objects.filter(pk__in=packages, state=CoursePackage.State.REFUSED)
    unusable = set(refused.values_list("pk", flat=True))
    problems = []
    for part in parts:
        title = part["fields"]["title"]
        asked = [found.get(pk) for pk in asked_by(part)]
        if None in asked:
            problems.append(f"“{title}”使用了不属于本机构题库的试题，请换一道。")
        if any(is_lost(sound) for one in asked if one and one.current for sound in one.current.sounds):
            problems.append(f"“{title}”的试题有不合格的录音，请在题库里重新上传。")
        if part["fields"].get("package") in unusable:
            problems.append(f"“{title}”的课件包不合格，请换一个。")
    return problems


def is_lost(sound: QuestionAudio) -> bool:
    """Return whether a sound was refused: nothing of it is kept."""
    return sound.state == QuestionAudio.State.REFUSED


def asked_by(part: Part) -> Iterator[int]:
    """Yield the ids of the questions of the bank that a lesson asks."""
    for name in ("quiz", "popups", "check_questions"):
        for block in json.loads(part["fields"].get(name) or "[]"):
            if block["type"] in {"bank", "popup", "check"} and not names_nothing(block):
                yield block["value"] if block["type"] == "bank" else block["value"]["question"]


class Packing:
    """Collects what a course names, under keys of the package (打包)."""

    def __init__(self, parts: list[Part]) -> None:
        self.videos: dict[str, Video] = {}
        self.images: dict[str, Any] = {}
        self.documents: dict[str, Any] = {}
        self.sounds: dict[str, QuestionAudio] = {}
        self.packages: dict[str, CoursePackage] = {}
        self.questions: dict[str, dict[str, Any]] = {}
        asked = {pk for part in parts for pk in asked_by(part)}
        self.asked = {one.pk: one for one in with_all(Question.objects.filter(pk__in=asked))}
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
        if fields.get("package"):
            made["package"] = self.package(fields["package"])
        for name in ("body", "quiz", "popups", "check_questions"):
            if name in fields:
                blocks = json.loads(fields[name] or "[]")
                made[name] = [self.block(block) for block in blocks if not names_nothing(block)]
        return made

    def block(self, block: dict[str, Any]) -> dict[str, Any]:
        """Return a block with a key in place of the id of what it shows or asks."""
        value = block["value"]
        keying = {"documents": self.document, "videos": self.video, "images": self.image, "questions": self.question}
        if block["type"] in KEYS:
            return block | {"value": keying[KEYS[block["type"]]](value)}
        if block["type"] not in REFERENCES:
            return block
        name, table = REFERENCES[block["type"]]
        return block | {"value": value | {name: keying[table](value[name])}}

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

    def document(self, pk: int) -> str:
        """Return the key of a document."""
        self.documents.setdefault(f"d{pk}", get_document_model().objects.get(pk=pk))
        return f"d{pk}"

    def package(self, pk: int) -> str:
        """Return the key of a SCORM package."""
        self.packages.setdefault(f"k{pk}", CoursePackage.objects.get(pk=pk))
        return f"k{pk}"

    def question(self, pk: int) -> str:
        """Return the key of a question of the bank, as it is now."""
        if f"q{pk}" not in self.questions:
            self.questions[f"q{pk}"] = self.question_entry(self.asked[pk])
        return f"q{pk}"

    def question_entry(self, question: Question) -> dict[str, Any]:
        """Return what the manifest says of a question."""
        current = version_of(question)
        places = range(1, len(current.values["parts"]) + 1)
        filed = question.occupation
        return {
            "content": current.content,
            "media": self.media(current),
            "parts": [self.media(current.media_of_part(place)) for place in places],
            "difficulty": question.difficulty,
            "level": question.level,
            "occupation": {"code": filed.code, "edition": filed.edition} if filed else None,
            "knowledge": sorted(one.name for one in question.knowledge.all()),
            "retired": question.is_retired,
        }

    def media(self, held: QuestionVersion | PartMedia | None) -> dict[str, str | None]:
        """Return the keys of the picture and the sound at a stem."""
        if held is None:
            return {"image": None, "audio": None}
        audio = held.audio
        if audio is not None:
            self.sounds.setdefault(f"s{audio.pk}", audio)
        return {"image": self.image(held.image_id), "audio": f"s{audio.pk}" if audio else None}

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
            "sounds": {
                key: {"name": one.name, "file": f"sounds/{key}", "converted": bool(one.path)}
                for key, one in self.sounds.items()
            },
            "packages": {
                key: {"title": one.title, "source_name": one.source_name, "file": f"packages/{key}.zip"}
                for key, one in self.packages.items()
            },
            "questions": self.questions,
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


def names_nothing(block: dict[str, Any]) -> bool:
    """Return whether a draft's block still lacks what it is about."""
    if block["type"] in KEYS:
        return block["value"] is None
    return block["type"] in REFERENCES and block["value"].get(REFERENCES[block["type"]][0]) is None


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
    films = [(f"videos/{key}", video.source_path) for key, video in packing.videos.items()]
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(MANIFEST, json.dumps(packing.manifest(), ensure_ascii=False, indent=1))
        for folder, table in (("images", packing.images), ("documents", packing.documents)):
            for key, kept in table.items():
                with kept.file.storage.open(kept.file.name) as handle_of_kept:
                    store(job, packed, kept_name(folder, key, kept), handle_of_kept, 0)
        for key, video in packing.videos.items():
            for track in Subtitle.objects.filter(pk__in=[one.pk for one in packing.tracks.get(video.pk, [])]):
                packed.writestr(f"subtitles/{key}-{track.language}.vtt", track.webvtt)
        for key, sound in packing.sounds.items():
            storage, path = (
                (storages["default"], sound.path) if sound.path else (storages["private"], sound.source_path)
            )
            with storage.open(path) as handle_of_sound:
                store(job, packed, f"sounds/{key}", handle_of_sound, 0)
        for key, package in packing.packages.items():
            with zipped(job, package) as handle_of_package:
                store(job, packed, f"packages/{key}.zip", handle_of_package, 0)
        for place, (name, path) in enumerate(films):
            with storages["private"].open(path) as handle_of_film:
                store(job, packed, name, handle_of_film, 95 * place // len(films))
    return handle.tell()


def store(job: RunningJob, packed: zipfile.ZipFile, name: str, source: IO[bytes], percent: int) -> None:
    """Copy a file into the zip as it is, saying on the way that one is alive."""
    with packed.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
        while piece := source.read(CHUNK):
            target.write(piece)
            job.progress(percent)


@contextmanager
def zipped(job: RunningJob, package: CoursePackage) -> Iterator[IO[bytes]]:
    """Give a SCORM package as a zip that can be uploaded: made of its files, or the upload that waits to be unpacked."""
    storage = storages["private"]
    if package.state != CoursePackage.State.READY:
        with storage.open(package.source_path) as source:
            yield source
        return
    with TemporaryFile() as handle:
        with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as made:
            for name in files_below(package.folder):
                entry = zipfile.ZipInfo(name.removeprefix(f"{package.folder}/"))
                entry.compress_type = zipfile.ZIP_DEFLATED
                with storage.open(name) as source, made.open(entry, "w", force_zip64=True) as target:
                    while piece := source.read(CHUNK):
                        target.write(piece)
                        job.progress(0)
        handle.seek(0)
        yield handle
