"""A course package becomes a new course, as drafts: all of it or nothing (导入课程包)."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.images import ImageFile
from django.core.files.storage import storages
from django.db import transaction
from PIL import Image
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from courses.gateways.archives import Archive
from courses.models import CourseTransfer, LessonPage, Video
from courses.queries.transfers import is_stuck, lock_transfer
from courses.rules.archives import LARGEST_TEXT, ending
from courses.rules.documents import LONGEST_HEAD, document_problem
from courses.rules.manifests import IMAGES, LARGEST_MANIFEST, MANIFEST, files_of, parsed
from courses.rules.texts import blocks_of_html
from courses.services import transfers
from courses.services.copies import TYPES as PART_TYPES
from courses.services.copies import Part, own_fields, write_content
from courses.services.exports import KNOWN_BLOCKS
from courses.services.imports import copy_out
from courses.services.subtitles import put_subtitle
from courses.services.tree import collection_of
from courses.services.videos import keep_video
from lms.access.queries import actor_for
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import Occupation, Trade
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.ids import new_uid
from lms.kernel.jobs import RunningJob
from lms.organisations.models import Organisation

LARGEST_IMAGE, LARGEST_DOCUMENT, MOST_PIXELS = 20 * 1024**2, 100 * 1024**2, 50_000_000
State = CourseTransfer.State


def refused(sentence: str) -> InvalidError:
    """Return a refusal at the field of the file."""
    return InvalidError(sentence, fields={"file": sentence}, code="package_refused")


def manifest_of(archive: Archive) -> dict[str, Any]:
    """Return a package's manifest, looked through. Raises InvalidError for anything that does not fit."""
    if not archive.has(MANIFEST):
        raise refused("压缩包里没有课程清单，这不是本平台导出的课程包。普通文件夹请在课程大纲的“从文件导入”里上传。")
    try:
        found = parsed(archive.read(MANIFEST, most=LARGEST_MANIFEST).decode("utf-8", "replace"))
    except ValueError as error:
        raise refused(str(error)) from error
    if missing := [name for name in files_of(found) if not archive.has(name)]:
        raise refused(f"课程包里缺少文件“{missing[0]}”，请重新导出。")
    return found


def check_package(*, institution: Organisation, name: str, file: BinaryIO, size: int, actor: Actor) -> CourseTransfer:
    """Look through a course package and say what it holds; nothing is added yet (检查课程包)."""
    require(actor, "courses.edit", institution)
    require(actor, "courses.upload", institution)
    archive = Archive(file)
    manifest = manifest_of(archive)
    for part in manifest["parts"]:
        clean_fields(part, manifest, archive)
    transfer = CourseTransfer(kind=CourseTransfer.Kind.PACKAGE, institution=institution, size_bytes=size)
    transfer.name, transfer.plan, transfer.made_by_id = name[-200:], plan_of(manifest, archive), actor.user_id
    file.seek(0)
    transfers.keep_archive(transfer, file)
    with transaction.atomic():
        transfer.save()
        record(actor, "courses.package_checked", transfer, parts=len(manifest["parts"]))
    return transfer


def plan_of(manifest: dict[str, Any], archive: Archive) -> dict[str, Any]:
    """Return what the page shows of a package, and the sizes of its films."""
    names = {"course": "课程", "section": "章", "lesson": "课时"}
    lines = [[part["fields"]["title"], names[part["type"]], ""] for part in manifest["parts"]]
    sections: list[dict[str, Any]] = []
    for part in manifest["parts"][1:]:
        if part["type"] == "section":
            sections.append({"title": part["fields"]["title"], "lessons": []})
        else:
            sections[-1]["lessons"].append({"title": part["fields"]["title"]})
    return {"lines": lines, "sections": sections}


@transaction.atomic
def start_package(*, transfer: CourseTransfer, actor: Actor) -> CourseTransfer:
    """Start an import that was looked through (开始导入课程包)."""
    require(actor, "courses.upload", transfer)
    held = lock_transfer(transfer)
    if held.state != State.CHECKED and not is_stuck(held):
        raise ConflictError("这次导入已经开始或已经结束，请刷新页面查看进度。", code="transfer_started")
    transfers.begin(held, "courses.tasks.import_package", actor)
    return held


def run_package(job: RunningJob, transfer: CourseTransfer) -> dict[str, Any]:
    """Import a course package (导入课程包). A refusal leaves nothing behind."""
    if transfer.state == State.DONE:
        return {}
    try:
        with storages["private"].open(transfer.path) as handle:
            archive = Archive(handle)
            manifest = manifest_of(archive)
            note_films(transfer, manifest)
            for path, uid in transfers.films_of(transfer).items():
                copy_out(archive, path, transfers.film_path(uid), lambda: job.progress(50))
            job.progress(95)
            write_course(transfer, manifest, archive)
    except Exception as error:
        transfers.failed_by(transfer, job, error)
        raise
    transfers.remove_files(transfer)
    return {}


def note_films(transfer: CourseTransfer, manifest: dict[str, Any]) -> None:
    """Give every film its uid once, so that a second run finds what the first copied."""
    if "films" not in transfer.plan:
        transfer.plan["films"] = {entry["file"]: str(new_uid()) for entry in manifest["videos"].values()}
        transfer.save(update_fields=["plan"])


@transaction.atomic
def write_course(transfer: CourseTransfer, manifest: dict[str, Any], archive: Archive) -> None:
    """Write the course with its videos, subtitles and pictures, in one transaction."""
    held = lock_transfer(transfer)
    if held.state != State.RUNNING:
        raise ConflictError("这次导入已经结束，没有导入任何内容。", code="transfer_closed")
    actor = actor_for(held.made_by)
    require(actor, "courses.edit", held.institution)
    keys: dict[str, int] = {key: image_of(entry, archive, held) for key, entry in manifest["images"].items()}
    keys |= {key: document_of(entry, archive, held) for key, entry in manifest["documents"].items()}
    keys |= {key: video_of(entry, archive, held, actor) for key, entry in manifest["videos"].items()}
    parts = [resolved(clean_fields(part, manifest, archive), keys) for part in manifest["parts"]]
    held.course = write_content(parts, institution=held.institution, actor=actor)
    transfers.finish(held)
    transfer.state = State.DONE
    record(actor, "courses.package_imported", held.course, parts=len(parts))


def image_of(entry: dict[str, Any], archive: Archive, held: CourseTransfer) -> int:
    """Return the id of a picture that was added to the institution's own."""
    content = archive.read(entry["file"], most=LARGEST_IMAGE)
    check_picture(entry["file"], content)
    picture = get_image_model()(
        title=str(entry.get("title", ""))[:255],
        description=str(entry.get("description", ""))[:255],
        collection=collection_of(held.institution),
        uploaded_by_user_id=held.made_by_id,
        file=ImageFile(BytesIO(content), name=entry["file"].rpartition("/")[2]),
    )
    picture.save()
    return int(picture.pk)


def check_picture(name: str, content: bytes) -> None:
    """Raise InvalidError for what is no picture or too large a one."""
    sentence = f"课程包里的“{name}”不是可以使用的图片。"
    try:
        with Image.open(BytesIO(content)) as picture:
            if ending(name) not in IMAGES or picture.width * picture.height > MOST_PIXELS:
                raise refused(sentence)
            picture.verify()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise refused(sentence) from error


def document_of(entry: dict[str, Any], archive: Archive, held: CourseTransfer) -> int:
    """Return the id of a document that was added to the institution's own."""
    content = archive.read(entry["file"], most=LARGEST_DOCUMENT)
    if problem := document_problem(entry["file"], content[:LONGEST_HEAD]):
        raise refused(f"课程包里的附件“{entry.get('title', '')}”：{problem}")
    document = get_document_model()(
        title=str(entry.get("title", ""))[:255],
        collection=collection_of(held.institution),
        uploaded_by_user_id=held.made_by_id,
        file=File(BytesIO(content), name=entry["file"].rpartition("/")[2]),
    )
    document.save()
    return int(document.pk)


def video_of(entry: dict[str, Any], archive: Archive, held: CourseTransfer, actor: Actor) -> int:
    """Return the id of a video whose file was copied already; it goes to the pipeline."""
    uid = transfers.films_of(held)[entry["file"]]
    video = Video(
        uid=uid,
        institution=held.institution,
        title=str(entry.get("title", ""))[:100] or "未命名",
        source_name=str(entry.get("source_name", ""))[:200],
        source_path=transfers.film_path(uid),
        size_bytes=archive.infos[entry["file"]].file_size,
        uploaded_by_id=held.made_by_id,
    )
    keep_video(video, "", actor)
    for track in entry.get("subtitles", []):
        webvtt = archive.read(track["file"], most=LARGEST_TEXT).decode("utf-8", "replace")
        put_subtitle(video=video, webvtt=webvtt, actor=actor, language=str(track.get("language", ""))[:10])
    return video.pk


def clean_fields(part: Part, manifest: dict[str, Any], archive: Archive) -> Part:
    """Return a part with only what it may hold, texts made safe anew. Raises InvalidError at what does not fit."""
    fields = {name: value for name, value in part["fields"].items() if name in own_fields(PART_TYPES[part["type"]])}
    fields["title"] = fields["title"].strip()[:255] or "未命名"
    for name in ("body", "quiz", "popups"):
        if name in fields:
            fields[name] = clean_stream(name, fields[name], manifest)
    for name, table in (("video", "videos"), ("cover", "images")):
        if fields.get(name) is not None and fields[name] not in manifest[table]:
            raise refused("课程包的清单前后不符，请重新导出。")
    fields.pop("package", None)
    if part["type"] == "course":
        fields |= occupation_of(fields)
    return {"type": part["type"], "fields": fields}


def occupation_of(fields: dict[str, Any]) -> dict[str, int | None]:
    """Return occupation and trade as this platform knows them. Raises InvalidError for one that it does not."""
    given = fields.get("occupation")
    named: dict[str, Any] = given if isinstance(given, dict) else {}
    found = Occupation.objects.filter(code=str(named.get("code", "")), edition=str(named.get("edition", ""))).first()
    if found is None:
        raise refused(f"职业目录里没有课程包所属的职业（{named.get('code', '')}），请联系区办更新职业目录。")
    trade = Trade.objects.filter(occupation=found, name=str(fields.get("trade") or "")).first()
    return {"occupation": found.pk, "trade": trade.pk if trade else None}


def clean_stream(name: str, blocks: Any, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the blocks of a text or quiz, each of a known type and shape."""
    kinds = LessonPage._meta.get_field(name).stream_block.child_blocks
    if not isinstance(blocks, list):
        raise refused("课程包的清单不完整，文件可能被改动过。请重新导出。")
    return [clean_block(block, kinds, manifest) for block in blocks]


def clean_block(block: Any, kinds: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """Return one block; rich text is made of what the editor allows, whatever stood there."""
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in kinds or kind not in KNOWN_BLOCKS:
        raise refused("课程包里有平台不认识的内容，请升级平台，或重新导出。")
    value = block.get("value")
    if kind == "image":
        is_sound = value in manifest["images"]
    elif kind == "document":
        is_sound = isinstance(value, dict) and value.get("file") in manifest["documents"]
    elif kind in {"question", "practice_task"}:
        is_sound = isinstance(value, dict)
    else:
        is_sound = isinstance(value, str)
    if not is_sound:
        raise refused("课程包里有一段内容的格式不对，请重新导出。")
    made = {
        "type": kind,
        "value": safe_value(kinds, kind, value),
    }
    return made | ({"id": block["id"]} if isinstance(block.get("id"), str) else {})


def readable(block: Any, value: dict[str, Any]) -> dict[str, Any]:
    """Return a structured value that its block can read. Raises InvalidError for any other."""
    try:
        block.get_prep_value(block.to_python(value))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise refused("课程包里有一段内容的格式不对，请重新导出。") from error
    return value


def safe_value(kinds: dict[str, Any], kind: str, value: Any) -> Any:
    """Return a paragraph's markup made anew; other values are escaped where they are shown."""
    if kind in {"question", "practice_task"}:
        return readable(kinds[kind], value)
    if kind == "document":
        return {"file": value["file"], "title": str(value.get("title") or "")[:80]}
    if kind != "paragraph":
        return value
    return "".join(
        one["value"] if one["type"] == "paragraph" else f"<p>{one['value']}</p>" for one in blocks_of_html(value)
    )


def resolved(part: Part, keys: dict[str, int]) -> Part:
    """Return a part with this platform's ids in place of the package's keys."""
    fields = dict(part["fields"])
    for name in ("video", "cover"):
        if fields.get(name) is not None:
            fields[name] = keys[fields[name]]
    for name in ("body", "quiz", "popups"):
        if name in fields:
            fields[name] = json.dumps([with_id(block, keys) for block in fields[name]], ensure_ascii=False)
    return part | {"fields": fields}


def with_id(block: dict[str, Any], keys: dict[str, int]) -> dict[str, Any]:
    """Return a block with this platform's id in place of the package's key."""
    value = block["value"]
    if block["type"] == "image":
        return block | {"value": keys[value]}
    return block | {"value": value | {"file": keys[value["file"]]}} if block["type"] == "document" else block
