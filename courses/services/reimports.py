"""A course package becomes a new course, as drafts: all of it or nothing (导入课程包)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.db import transaction

from courses.gateways.archives import Archive
from courses.models import CourseTransfer, LessonPage
from courses.queries.transfers import is_stuck, lock_transfer
from courses.rules.manifests import (
    BLOCK,
    KEYS,
    LARGEST_MANIFEST,
    MANIFEST,
    REFERENCES,
    VALUES,
    files_of,
    misfit,
    parsed,
)
from courses.rules.texts import blocks_of_html
from courses.services import transfers
from courses.services.copies import TYPES as PART_TYPES
from courses.services.copies import Part, own_fields, write_content
from courses.services.imports import copy_out
from courses.services.landings import Landing, copy_package, landing_of, occupation_named, refused
from courses.services.reimported_questions import drafts_of, write_questions
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import Trade
from lms.kernel.errors import ConflictError
from lms.kernel.ids import new_uid
from lms.kernel.jobs import RunningJob
from lms.organisations.models import Organisation

FILE_FIELDS = {"video": "videos", "cover": "images", "package": "packages"}
STREAMS = ("body", "quiz", "popups", "check_questions")
NO_PLAIN = {"title", *STREAMS, "video", "cover", "package", "occupation", "trade"}
State = CourseTransfer.State


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
        clean_fields(part, manifest)
    drafts_of(manifest)
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
            note_uids(transfer, manifest)
            for path, uid in transfers.films_of(transfer).items():
                copy_out(archive, path, transfers.film_path(uid), lambda: job.progress(50))
            for entry in manifest["packages"].values():
                copy_package(archive, entry, transfer, lambda: job.progress(80))
            job.progress(95)
            with landing_of(transfer, manifest, archive) as landing:
                write_course(landing)
    except Exception as error:
        transfers.failed_by(transfer, job, error)
        raise
    transfers.remove_files(transfer)
    return {}


def note_uids(transfer: CourseTransfer, manifest: dict[str, Any]) -> None:
    """Give every film and SCORM package its uid once, so that a second run finds what the first copied."""
    if "films" not in transfer.plan:
        for name, table in (("films", "videos"), ("packages", "packages")):
            transfer.plan[name] = {entry["file"]: str(new_uid()) for entry in manifest[table].values()}
        transfer.save(update_fields=["plan"])


@transaction.atomic
def write_course(landing: Landing) -> None:
    """Write the course with all that it shows and asks, in one transaction."""
    transfer, manifest = landing.transfer, landing.manifest
    held = lock_transfer(transfer)
    if held.state != State.RUNNING:
        raise ConflictError("这次导入已经结束，没有导入任何内容。", code="transfer_closed")
    require(landing.actor, "courses.edit", held.institution)
    questions = write_questions(landing)

    def pk_of(table: str, key: str) -> int:
        return questions[key] if table == "questions" else landing.pk_of(table, key)

    parts = [resolved(clean_fields(part, manifest), pk_of) for part in manifest["parts"]]
    held.course = write_content(parts, institution=held.institution, actor=landing.actor)
    transfers.finish(held)
    transfer.state = State.DONE
    record(landing.actor, "courses.package_imported", held.course, parts=len(parts))


def clean_fields(part: Part, manifest: dict[str, Any]) -> Part:
    """Return a part with only what it may hold, texts made safe anew. Raises InvalidError at what does not fit."""
    fields = {name: value for name, value in part["fields"].items() if name in own_fields(PART_TYPES[part["type"]])}
    fields["title"] = fields["title"].strip()[:255] or "未命名"
    for name in STREAMS:
        if name in fields:
            fields[name] = clean_stream(name, fields[name], manifest)
    for name, table in FILE_FIELDS.items():
        if fields.get(name) is not None and not is_key(fields[name], manifest[table]):
            raise refused("课程包的清单前后不符，请重新导出。")
    check_plain(part["type"], fields)
    if part["type"] == "course":
        fields |= occupation_of(fields)
    return {"type": part["type"], "fields": fields}


def check_plain(kind: str, fields: dict[str, Any]) -> None:
    """Raise InvalidError for a field that its page could not keep; what an author has yet to write may be missing."""
    for name in set(own_fields(PART_TYPES[kind])) - NO_PLAIN:
        field = PART_TYPES[kind]._meta.get_field(name)
        value = fields.get(name, field.get_default())
        if value is None and field.null or value == "" and field.empty_strings_allowed:
            continue
        try:
            if not isinstance(value, str | int):
                raise ValidationError("格式不对。")
            field.clean(value, None)
        except ValidationError as error:
            sentence = f"“{fields['title'][:40]}”的{field.verbose_name}：{''.join(error.messages)}"
            raise refused(f"课程包里{sentence}请重新导出。") from error


def occupation_of(fields: dict[str, Any]) -> dict[str, int | None]:
    """Return occupation and trade as this platform knows them. Raises InvalidError for one that it does not."""
    given = fields.get("occupation")
    found = occupation_named(given if isinstance(given, dict) else {})
    trade = Trade.objects.filter(occupation=found, name=str(fields.get("trade") or "")).first()
    return {"occupation": found.pk, "trade": trade.pk if trade else None}


def clean_stream(name: str, blocks: Any, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the blocks of a text or quiz, each of a known type and shape."""
    kinds = LessonPage._meta.get_field(name).stream_block.child_blocks
    if not isinstance(blocks, list):
        raise refused("课程包的清单不完整，文件可能被改动过。请重新导出。")
    return [clean_block(block, kinds, manifest, number) for number, block in enumerate(blocks, 1)]


def clean_block(block: Any, kinds: dict[str, Any], manifest: dict[str, Any], number: int) -> dict[str, Any]:
    """Return one block; rich text is made of what the editor allows, whatever stood there."""
    if place := misfit(block, BLOCK, f"第{number}段"):
        raise refused(f"课程包里有一段内容的格式不对（{place}），请重新导出。")
    kind = block["type"]
    if kind not in kinds or kind not in VALUES:
        raise refused("课程包里有平台不认识的内容，请升级平台，或重新导出。")
    value = block.get("value")
    if place := misfit(value, VALUES[kind], f"第{number}段") or unknown_key(kind, value, manifest):
        raise refused(f"课程包里第{number}段内容的格式不对（{place}），请重新导出。")
    made = {
        "type": kind,
        "value": safe_value(kinds, kind, value),
    }
    return made | ({"id": block["id"]} if isinstance(block.get("id"), str) else {})


def unknown_key(kind: str, value: Any, manifest: dict[str, Any]) -> str:
    """Return a key that a block names and no table holds, or nothing."""
    name, table = REFERENCES.get(kind, ("", KEYS.get(kind, "")))
    key = value[name] if name else value
    return "" if kind not in {*KEYS, *REFERENCES} or key in manifest[table] else f"“{key[:40]}”"


def is_key(value: Any, table: dict[str, Any]) -> bool:
    """Return whether a value names an entry of a table; a list would not even be asked for."""
    return isinstance(value, str) and value in table


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
    if kind in {"popup", "check"}:
        return {"at": value.get("at") or "", "question": value["question"]}
    if kind in REFERENCES:
        name, _ = REFERENCES[kind]
        return {name: value[name], "title": str(value.get("title") or "")[:80]}
    if kind != "paragraph":
        return value
    return "".join(
        one["value"] if one["type"] == "paragraph" else f"<p>{one['value']}</p>" for one in blocks_of_html(value)
    )


def resolved(part: Part, pk_of: Callable[[str, str], int]) -> Part:
    """Return a part with this platform's ids in place of the package's keys; `pk_of` takes a table and a key."""
    fields = dict(part["fields"])
    for name, table in FILE_FIELDS.items():
        if fields.get(name) is not None:
            fields[name] = pk_of(table, fields[name])
    for name in STREAMS:
        if name in fields:
            fields[name] = json.dumps([with_id(block, pk_of) for block in fields[name]], ensure_ascii=False)
    return part | {"fields": fields}


def with_id(block: dict[str, Any], pk_of: Callable[[str, str], int]) -> dict[str, Any]:
    """Return a block with this platform's id in place of the package's key."""
    kind, value = block["type"], block["value"]
    if kind in KEYS:
        return block | {"value": pk_of(KEYS[kind], value)}
    if kind not in REFERENCES:
        return block
    name, table = REFERENCES[kind]
    return block | {"value": value | {name: pk_of(table, value[name])}}
