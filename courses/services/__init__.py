"""Content: the deeds. Course pages are saved by Wagtail; a whole course is submitted, reviewed and released here (C2)."""

from __future__ import annotations

import json
from typing import Any, BinaryIO
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from wagtail.admin.models import Admin
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Locale, Page, Site

from courses import rules
from courses.models import (
    CatalogueIndexPage,
    CoursePage,
    CourseSubmission,
    CourseVersion,
    HomePage,
    InstitutionPage,
    LessonKind,
    LessonPage,
    LessonVersion,
    SectionPage,
    Subtitle,
    Video,
)
from lms.access.models import Grant
from lms.access.rules import SYSTEM, Actor, Role, require
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.jobs import enqueue_on_commit
from lms.kernel.zh import bigrams
from lms.organisations.models import Organisation

LARGEST_BYTES = 2 * 1024**3
STUDIO_PAGE_PERMISSIONS = ("add_page", "change_page")
STUDIO_COLLECTION_PERMISSIONS = ("add_image", "change_image", "choose_image")


# --- the tree -------------------------------------------------------------------------------------------------------


@transaction.atomic
def lay_tree() -> CatalogueIndexPage:
    """Lay home and catalogue once, and let the site begin at home."""
    Locale.objects.get_or_create(language_code="zh-hans")
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root")
    home = HomePage.objects.first()
    if home is None:
        for welcome in root.get_children().filter(slug="home", content_type__model="page"):
            welcome.slug = "welcome"
            welcome.save()
        home = root.add_child(instance=HomePage(title="首页", slug="home"))
        Site.objects.update_or_create(
            is_default_site=True, defaults={"hostname": "localhost", "root_page": home, "site_name": "职业技能培训平台"}
        )
    index: CatalogueIndexPage | None = CatalogueIndexPage.objects.first()
    if index is None:
        index = home.add_child(instance=CatalogueIndexPage(title="课程目录", slug="catalogue"))
    return index


@transaction.atomic
def open_studio(*, institution: Organisation, actor: Actor) -> InstitutionPage:
    """Give an institution its page, its collection and a group that may write there but never publish (机构工作区)."""
    page: InstitutionPage | None = InstitutionPage.objects.filter(institution=institution).first()
    if page is None:
        page = lay_tree().add_child(
            instance=InstitutionPage(title=institution.name, slug=f"org-{institution.pk}", institution=institution)
        )
        record(actor, "courses.studio_opened", institution)
    group, _ = Group.objects.get_or_create(name=studio_group_name(institution))
    group.permissions.add(admin_permission())
    for codename in STUDIO_PAGE_PERMISSIONS:
        permission = Permission.objects.get(codename=codename, content_type__app_label="wagtailcore")
        GroupPagePermission.objects.get_or_create(group=group, page=page, permission=permission)
    collection = collection_of(institution)
    for codename in STUDIO_COLLECTION_PERMISSIONS:
        permission = Permission.objects.get(codename=codename, content_type__app_label="wagtailimages")
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)
    return page


def admin_permission() -> Permission:
    """Return the permission to enter Wagtail's admin; a migration of Wagtail's lays it."""
    kind = ContentType.objects.get_for_model(Admin)
    found, _ = Permission.objects.get_or_create(
        content_type=kind, codename="access_admin", defaults={"name": "Can access Wagtail admin"}
    )
    return found


def studio_group_name(institution: Organisation) -> str:
    """Return the name of the group of an institution's staff."""
    return f"studio-{institution.pk}"


def collection_of(institution: Organisation) -> Collection:
    """Return the institution's collection of pictures."""
    root = Collection.get_first_root_node() or Collection.add_root(name="Root")
    name = f"{institution.short_name}-{institution.pk}"
    return Collection.objects.filter(name=name).first() or root.add_child(name=name)


def join_studio_of_grant(grant: Grant) -> None:
    """Let an instructor or an institution's staff work in the institution's subtree; called when a role is granted."""
    institution = grant.organisation
    if grant.role in {Role.INSTRUCTOR, Role.INSTITUTION} and institution is not None:
        if not Group.objects.filter(name=studio_group_name(institution)).exists():
            open_studio(institution=institution, actor=SYSTEM)
        grant.user.groups.add(Group.objects.get(name=studio_group_name(institution)))


@transaction.atomic
def add_course(*, institution: Organisation, actor: Actor, **fields: Any) -> CoursePage:
    """Add a course as a draft (新建课程)."""
    require(actor, "courses.edit", institution)
    page = open_studio(institution=institution, actor=actor)
    course: CoursePage = page.add_child(instance=CoursePage(**fields, live=False))
    course.save_revision()
    return course


@transaction.atomic
def add_section(*, course: CoursePage, title: str) -> SectionPage:
    """Add a section as a draft."""
    section: SectionPage = course.add_child(instance=SectionPage(title=title, live=False))
    section.save_revision()
    return section


@transaction.atomic
def add_lesson(*, section: SectionPage, title: str, kind: str, **fields: Any) -> LessonPage:
    """Add a lesson as a draft."""
    lesson: LessonPage = section.add_child(instance=LessonPage(title=title, kind=kind, **fields, live=False))
    lesson.save_revision()
    return lesson


# --- videos ---------------------------------------------------------------------------------------------------------


def upload_video(*, institution: Organisation, title: str, file: BinaryIO, name: str, size: int, actor: Actor) -> Video:
    """Keep an uploaded file out of every URL's reach and hand it to the pipeline (上传视频). Size in bytes."""
    require(actor, "courses.upload", institution)
    if not title.strip():
        raise InvalidError("请填写视频标题。", fields={"title": "请填写视频标题。"})
    if not 0 < size <= LARGEST_BYTES:
        sentence = "文件是空的，请重新选择。" if size <= 0 else "文件超过2GB，请压缩或分段后上传。"
        raise InvalidError(sentence, fields={"file": sentence})
    video = Video(
        institution=institution,
        title=title.strip()[:100],
        source_name=name[:200],
        uploaded_by_id=actor.user_id,
    )
    video.source_path = storages["private"].save(f"videos/{video.uid.hex}/source", File(file))
    with transaction.atomic():
        video.save()
        record(actor, "courses.video_uploaded", video, size=size)
        start_transcode(video, actor)
    return video


def start_transcode(video: Video, actor: Actor) -> None:
    """Put a video into the queue."""
    video.job = enqueue_on_commit("courses.tasks.transcode", owner_id=actor.user_id, video_uid=str(video.uid))
    video.state, video.error = Video.State.UPLOADED, ""
    video.save(update_fields=["job", "state", "error"])


@transaction.atomic
def retry_video(*, video: Video, actor: Actor) -> Video:
    """Try a failed video again (重新转码)."""
    require(actor, "courses.upload", video)
    if video.state not in {Video.State.FAILED, Video.State.REFUSED}:
        raise ConflictError("只有处理失败的视频才能重新处理。", code="video_not_failed")
    start_transcode(video, actor)
    return video


def mark_processing(video: Video) -> None:
    """Note that a worker has it."""
    Video.objects.filter(pk=video.pk).update(state=Video.State.PROCESSING, error="")


def mark_refused(video: Video, sentence: str) -> None:
    """Note why the file is no good."""
    Video.objects.filter(pk=video.pk).update(state=Video.State.REFUSED, error=sentence)


def mark_failed(video: Video) -> None:
    """Note that the platform, not the file, is at fault; it may be tried again."""
    sentence = "平台处理视频时出错。请点击重新处理；如仍失败，请联系平台客服。"
    Video.objects.filter(pk=video.pk).update(state=Video.State.FAILED, error=sentence)


def mark_ready(video: Video, made: dict[str, Any]) -> None:
    """Note that it plays."""
    Video.objects.filter(pk=video.pk).update(
        state=Video.State.READY,
        folder=f"videos/{video.uid.hex}",
        duration_ms=made["duration_ms"],
        width=made["width"],
        height=made["height"],
        error="",
    )


@transaction.atomic
def put_subtitle(
    *, video: Video, webvtt: str, actor: Actor, language: str = "zh-Hans", label: str = "中文"
) -> Subtitle:
    """Keep a video's subtitles (字幕), replacing those of the same language."""
    require(actor, "courses.upload", video)
    if not webvtt.lstrip("\ufeff").startswith("WEBVTT"):
        sentence = "字幕文件应为 WebVTT 格式（第一行是 WEBVTT）。"
        raise InvalidError(sentence, fields={"webvtt": sentence})
    track, _ = Subtitle.objects.update_or_create(
        video=video, language=language, defaults={"webvtt": webvtt.lstrip("\ufeff"), "label": label}
    )
    return track


# --- review and release ---------------------------------------------------------------------------------------------


def pages_of(course: CoursePage) -> list[Page]:
    """Return the course, its sections and lessons in the order of the tree, as their own types."""
    return [page.specific for page in course.get_descendants(inclusive=True).order_by("path")]


def latest(page: Page) -> Page:
    """Return a page as its newest revision has it."""
    return page.get_latest_revision_as_object() if page.latest_revision_id else page


def course_problems(course: CoursePage) -> list[str]:
    """Return what keeps a course from being submitted, a sentence each (送审检查)."""
    drafts = [latest(page) for page in pages_of(course)]
    lessons = [page for page in drafts if isinstance(page, LessonPage)]
    if not lessons:
        return ["课程里还没有课时，请先添加章和课时。"]
    return [f"课时“{lesson.title}”：{problem}" for lesson in lessons for problem in lesson_problems(lesson)]


def lesson_problems(lesson: LessonPage) -> list[str]:
    """Return what is wrong with a lesson."""
    if lesson.kind == LessonKind.VIDEO:
        if lesson.video is None:
            return ["还没有选择视频。"]
        if lesson.video.state in {Video.State.REFUSED, Video.State.FAILED}:
            return [lesson.video.error or "视频处理失败，请重新上传。"]
        return [] if lesson.video.state == Video.State.READY else ["视频还在处理，请等转码完成后再提交。"]
    if lesson.kind == LessonKind.ARTICLE:
        problems = [] if lesson.body else ["还没有正文。"]
        return problems if lesson.nominal_minutes else [*problems, "请填写参考时长。"]
    return rules.quiz_problems(questions_of(lesson))


def questions_of(lesson: LessonPage) -> list[dict[str, Any]]:
    """Return a quiz as plain values; a question's id is its block's."""
    return [
        {
            "id": str(block.id),
            "kind": block.value["kind"],
            "stem": block.value["stem"],
            "options": [
                {"id": chr(ord("a") + place), "text": option["text"], "correct": bool(option["correct"])}
                for place, option in enumerate(block.value["options"])
            ],
            "explanation": block.value["explanation"] or "",
        }
        for block in lesson.quiz
    ]


def submit_course(*, course: CoursePage, actor: Actor) -> CourseSubmission:
    """Submit a whole course, noting the exact revision of every page (送审). Raises InvalidError with `problems`."""
    institution = course.get_parent().specific.institution
    require(actor, "courses.submit", institution)
    if problems := course_problems(course):
        raise InvalidError("课程还不能提交：" + " ".join(problems), problems=problems, code="course_incomplete")
    try:
        with transaction.atomic():
            revisions = [note_revision(page) for page in pages_of(course)]
            made = CourseSubmission.objects.create(course=course, revisions=revisions, submitted_by_id=actor.user_id)
            record(actor, "courses.submitted", made, pages=len(revisions))
            return made
    except IntegrityError as error:
        raise ConflictError("这门课程已有一份待审核的提交，请等区办审核后再提交。", code="already_submitted") from error


def note_revision(page: Page) -> dict[str, Any]:
    """Return what identifies a page as it is submitted."""
    revision = page.latest_revision or page.save_revision()
    return {"page": page.pk, "revision": revision.pk, "uid": str(page.uid), "kind": page.specific_class.__name__}


@transaction.atomic
def return_course(*, submission: CourseSubmission, opinion: str, actor: Actor) -> CourseSubmission:
    """Send a course back with an opinion (退回)."""
    held = decidable(submission, actor, "courses.review", opinion, needs_opinion=True)
    return decide(held, CourseSubmission.State.RETURNED, opinion, actor, "courses.returned")


@transaction.atomic
def release_course(*, submission: CourseSubmission, opinion: str, actor: Actor) -> CourseVersion:
    """Publish exactly the submitted revisions and write the immutable version, all or nothing (发布课程)."""
    held = decidable(submission, actor, "courses.release", opinion, needs_opinion=False)
    pages = [publish_revision(entry, actor) for entry in held.revisions]
    version = write_version(held, pages, actor)
    decide(held, CourseSubmission.State.RELEASED, opinion, actor, "courses.released")
    return version


def decidable(
    submission: CourseSubmission, actor: Actor, permission: str, opinion: str, *, needs_opinion: bool
) -> CourseSubmission:
    """Return the submission, locked, if this actor may decide it now. Maker and checker differ (M3)."""
    require(actor, permission)
    if needs_opinion and len(opinion.strip()) < 5:
        sentence = "请写明退回意见（至少5个字），让老师知道怎么改。"
        raise InvalidError(sentence, fields={"opinion": sentence})
    held = CourseSubmission.objects.select_for_update().select_related("course").get(pk=submission.pk)
    if held.state != CourseSubmission.State.SUBMITTED:
        raise ConflictError("这份送审已经处理过，请刷新页面查看结果。", code="submission_decided")
    if held.submitted_by_id is not None and held.submitted_by_id == actor.user_id:
        raise ForbiddenError("提交人不能审核自己提交的课程，请由另一位同事办理。", code="maker_is_checker")
    return held


def decide(held: CourseSubmission, state: str, opinion: str, actor: Actor, action: str) -> CourseSubmission:
    """Write a decision."""
    held.state, held.opinion, held.decided_at, held.decided_by_id = state, opinion.strip(), clock.now(), actor.user_id
    held.save(update_fields=["state", "opinion", "decided_at", "decided_by"])
    record(actor, action, held, reason=held.opinion[:200])
    return held


def publish_revision(entry: dict[str, Any], actor: Actor) -> Page:
    """Publish one noted revision and return the page as it was submitted."""
    page = Page.objects.get(pk=entry["page"])
    revision = page.revisions.get(pk=entry["revision"])
    revision.publish()
    return revision.as_object()


def write_version(held: CourseSubmission, pages: list[Page], actor: Actor) -> CourseVersion:
    """Write a course version with its lessons."""
    course = section = pages[0]
    lessons: list[dict[str, Any]] = []
    for page in pages[1:]:
        if isinstance(page, SectionPage):
            section = page
        elif isinstance(page, LessonPage):
            lessons.append(lesson_values(page, section, len(lessons) + 1))
    version = CourseVersion.objects.create(
        course=held.course,
        submission=held,
        number=CourseVersion.objects.filter(course=held.course).count() + 1,
        title=course.title,
        summary=course.summary,
        outcomes=course.outcomes,
        occupation=course.occupation,
        trade=course.trade,
        level=course.level,
        class_hours=course.class_hours,
        institution=held.course.get_parent().specific.institution,
        words=words_of(course),
        digest=rules.digest_of([plain(values) for values in lessons]),
        released_by_id=actor.user_id,
        released_at=clock.now(),
    )
    LessonVersion.objects.bulk_create(LessonVersion(course_version=version, **values) for values in lessons)
    return version


def words_of(course: Any) -> str:
    """Return what the catalogue finds a version by: names and summary in pairs of characters, and its singles."""
    trade = course.trade.name if course.trade else ""
    text = f"{course.title} {course.summary} {course.occupation.name} {course.occupation.code} {trade}"
    return f" {bigrams(text)} {text.lower()} "


def lesson_values(page: LessonPage, section: Page, position: int) -> dict[str, Any]:
    """Return the values of a lesson's version. A video is worth its duration, a text its nominal minutes."""
    length = {LessonKind.VIDEO: page.video.duration_ms if page.video else 0}.get(
        LessonKind(page.kind), (page.nominal_minutes or 0) * 60_000 if page.kind == LessonKind.ARTICLE else 0
    )
    return {
        "lesson_uid": page.uid,
        "position": position,
        "section_uid": section.uid,
        "section_title": section.title,
        "title": page.title,
        "kind": page.kind,
        "video": page.video if page.kind == LessonKind.VIDEO else None,
        "length_ms": length,
        "body": json.loads(json.dumps(list(page.body.raw_data), default=str)),
        "html": str(page.body) if page.body else "",
        "quiz": questions_of(page) if page.kind == LessonKind.QUIZ else [],
    }


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values that JSON can hold, for the digest."""
    video = values["video"]
    return {
        name: str(value) if isinstance(value, UUID) else value for name, value in values.items() if name != "video"
    } | {"video": str(video.uid) if video else ""}
