"""A folder of files becomes sections and lessons of a course: looked through first, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from courses.gateways.archives import Archive
from courses.models import CoursePage, CourseTransfer, LessonKind, Video
from courses.queries.transfers import is_stuck, lock_transfer
from courses.rules.archives import LARGEST_TEXT, SUBTITLES, TEXTS, PlanLine, ending, plan_as_json, plan_of, stem
from courses.rules.manifests import MANIFEST
from courses.rules.subtitles import write_webvtt
from courses.rules.texts import MAKERS, Block, reading_minutes
from courses.services import transfers
from courses.services.authoring import add_lesson, add_section
from courses.services.outline import lock_outline
from courses.services.subtitles import cues_of_text
from courses.services.videos import keep_video
from lms.access.queries import actor_for
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.ids import new_uid
from lms.kernel.jobs import RunningJob
from lms.kernel.sheets import ENCODINGS

State = CourseTransfer.State


def check_folder(*, course: CoursePage, name: str, file: BinaryIO, size: int, actor: Actor) -> CourseTransfer:
    """Look through a zip and say what each file will become; nothing is added yet (检查压缩包). Size in bytes."""
    institution = course.institution
    require(actor, "courses.edit", institution)
    require(actor, "courses.upload", institution)
    archive = Archive(file)
    if archive.has(MANIFEST):
        sentence = "这是本平台导出的课程包。请在“导入课程包”里上传，它会成为一门新的课程。"
        raise InvalidError(sentence, fields={"file": sentence})
    plan = plan_of(archive.files, name=stem(name) or "导入的课时")
    plan.lines = [checked_text(archive, line) for line in plan.lines]
    if not plan.errors and not plan.sections:
        sentence = "压缩包里没有可以导入的视频或文字文件。视频支持 MP4、MOV、MKV、WebM、AVI，文字支持 MD、TXT、HTML。"
        raise InvalidError(sentence, fields={"file": sentence})
    transfer = CourseTransfer(kind=CourseTransfer.Kind.FOLDER, institution=institution, course=course, size_bytes=size)
    transfer.name, transfer.plan, transfer.made_by_id = name[-200:], plan_as_json(plan), actor.user_id
    file.seek(0)
    transfers.keep_archive(transfer, file)
    with transaction.atomic():
        transfer.save()
        record(actor, "courses.folder_checked", transfer, files=len(archive.files), errors=len(plan.errors))
    return transfer


def checked_text(archive: Archive, line: PlanLine) -> PlanLine:
    """Return the line of a text or subtitle, with what is wrong inside of it."""
    if line.error or ending(line.path) not in TEXTS | SUBTITLES:
        return line
    try:
        if ending(line.path) in TEXTS:
            text_blocks(archive, line.path)
        else:
            subtitle_text(archive, line.path)
    except InvalidError as error:
        return PlanLine(line.path, line.becomes, error.message)
    return line


def decoded(archive: Archive, path: str) -> str:
    """Return a text file in UTF-8 or GB18030. Raises InvalidError for any other."""
    content = archive.read(path, most=LARGEST_TEXT)
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidError("文字编码读不懂，请另存为 UTF-8 编码的文本。", code="text_encoding")


def text_blocks(archive: Archive, path: str) -> list[Block]:
    """Return the blocks of an article. Raises InvalidError when nothing is left of it."""
    blocks = MAKERS[ending(path)](decoded(archive, path))
    if not blocks:
        raise InvalidError("文件里没有可以导入的文字。", code="text_empty")
    return blocks


def subtitle_text(archive: Archive, path: str) -> str:
    """Return subtitles as WebVTT. Raises InvalidError for what is none."""
    return write_webvtt(cues_of_text(decoded(archive, path)))


@transaction.atomic
def start_folder(*, transfer: CourseTransfer, actor: Actor) -> CourseTransfer:
    """Start an import that was looked through (开始导入). Asked twice, it runs once."""
    require(actor, "courses.upload", transfer)
    held = lock_transfer(transfer)
    if held.state != State.CHECKED and not is_stuck(held):
        raise ConflictError("这次导入已经开始或已经结束，请刷新页面查看进度。", code="transfer_started")
    if any(error for _, _, error in held.plan["lines"]) or held.course_id is None:
        raise InvalidError("压缩包里还有问题，请改正后重新上传。", code="transfer_errors")
    paths = [one["path"] for one in lessons_of(held) if one["kind"] == LessonKind.VIDEO]
    held.plan.setdefault("films", {path: str(new_uid()) for path in paths})
    transfers.begin(held, "courses.tasks.import_folder", actor)
    return held


def lessons_of(transfer: CourseTransfer) -> list[dict[str, Any]]:
    """Return the lessons of a plan in order."""
    return [lesson for section in transfer.plan["sections"] for lesson in section["lessons"]]


def run_folder(job: RunningJob, transfer: CourseTransfer) -> dict[str, Any]:
    """Import a folder (导入). A second run goes on where the first broke off; a refusal leaves nothing behind."""
    if transfer.state == State.DONE:
        return {"lessons": len(lessons_of(transfer))}
    try:
        with storages["private"].open(transfer.path) as handle:
            archive = Archive(handle)
            keep_films(job, archive, transfer)
            texts = read_texts(archive, transfer)
        write_lessons(transfer, texts)
    except Exception as error:
        transfers.failed_by(transfer, job, error)
        raise
    transfers.remove_files(transfer)
    return {"lessons": len(lessons_of(transfer))}


def keep_films(job: RunningJob, archive: Archive, transfer: CourseTransfer) -> None:
    """Copy the films out of the archive, each to the place of its video; those that are there already stay."""
    films = transfers.films_of(transfer)
    total = sum(archive.infos[path].file_size for path in films) or 1
    done = 0
    for path, uid in films.items():
        copy_out(archive, path, transfers.film_path(uid), partial(job.progress, done * 95 // total))
        done += archive.infos[path].file_size
    job.progress(95)


def copy_out(archive: Archive, path: str, target: str, alive: Callable[[], None]) -> None:
    """Copy one file into the private storage under exactly this name, saying on the way that one is alive."""
    storage, size = storages["private"], archive.infos[path].file_size
    if storage.exists(target):
        if storage.size(target) == size:
            return
        storage.delete(target)
    with TemporaryFile() as copy:
        for piece in archive.pieces(path):
            copy.write(piece)
            alive()
        copy.seek(0)
        storage.save(target, File(copy))


def read_texts(archive: Archive, transfer: CourseTransfer) -> dict[str, Any]:
    """Return blocks and subtitles by path, read before anything is written."""
    found: dict[str, Any] = {}
    for lesson in lessons_of(transfer):
        if lesson["kind"] == LessonKind.ARTICLE:
            found[lesson["path"]] = text_blocks(archive, lesson["path"])
        if lesson["subtitle"]:
            found[lesson["subtitle"]] = subtitle_text(archive, lesson["subtitle"])
    return found


@transaction.atomic
def write_lessons(transfer: CourseTransfer, texts: dict[str, Any]) -> None:
    """Add all sections and lessons and hand the films to the pipeline, in one transaction."""
    held = lock_transfer(transfer)
    if held.state != State.RUNNING or held.course is None:
        raise ConflictError("这次导入已经结束，或课程已被删除，没有导入任何内容。", code="transfer_closed")
    actor = actor_for(held.made_by)
    require(actor, "courses.edit", held.institution)
    lock_outline(held.course)
    for section in held.plan["sections"]:
        page = add_section(course=held.course, title=section["title"])
        for lesson in section["lessons"]:
            values = lesson_values(held, lesson, texts, actor)
            add_lesson(section=page, title=lesson["title"], kind=lesson["kind"], **values)
    transfer.state = State.DONE
    transfers.finish(held)
    record(actor, "courses.folder_imported", held.course, lessons=len(lessons_of(held)))


def lesson_values(held: CourseTransfer, lesson: dict[str, Any], texts: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Return the fields of a lesson; a film becomes a video in the queue."""
    if lesson["kind"] == LessonKind.ARTICLE:
        blocks = texts[lesson["path"]]
        return {"body": blocks, "nominal_minutes": reading_minutes(blocks)}
    uid = transfers.films_of(held)[lesson["path"]]
    video = Video(
        uid=uid,
        institution=held.institution,
        title=lesson["title"],
        source_name=lesson["path"].rpartition("/")[2][-200:],
        source_path=transfers.film_path(uid),
        size_bytes=lesson["size"],
        uploaded_by_id=held.made_by_id,
    )
    keep_video(video, texts.get(lesson["subtitle"], ""), actor)
    return {"video": video}
