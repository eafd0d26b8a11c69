"""A whole course is submitted, reviewed and released here (C2)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.html import strip_tags
from wagtail.models import Page

from courses.models import (
    CoursePackage,
    CoursePage,
    CourseSubmission,
    CourseVersion,
    LessonFilm,
    LessonKind,
    LessonPage,
    LessonVersion,
    SectionPage,
    Subtitle,
    Video,
)
from courses.queries.asked import (
    Pins,
    asked_problems,
    checks_of,
    pins_of,
    popups_of,
    questions_of,
    submitted_pins,
)
from courses.queries.films import newest_tracks, text_films, tracks_of
from courses.queries.reviews import checklist_on
from courses.queries.subtitles import submitted_subtitles
from courses.rules import authoring
from courses.rules.accessibility import FilmFacts, LessonFacts, accessible_problems
from courses.services.documents import note_documents
from courses.services.remarks import unchecked
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.visitors import forget_pages_on_commit
from lms.kernel.zh import pinyin, words_for_search
from lms.notifications.rules import Message
from lms.notifications.services import tell_users


def pages_of(course: CoursePage) -> list[Page]:
    """Return the course, its sections and lessons in the order of the tree, as their own types.

    What was withdrawn, and what lies below it, is left out.
    """
    pages = list(course.get_descendants(inclusive=True).order_by("path").specific())
    gone = tuple(page.path for page in pages if getattr(page, "is_withdrawn", False))
    return [page for page in pages if not page.path.startswith(gone)] if gone else pages


def latest(page: Page) -> Page:
    """Return a page as its newest revision has it."""
    return page.get_latest_revision_as_object() if page.latest_revision_id else page


def course_problems(course: CoursePage) -> list[str]:
    """Return what keeps a course from being submitted, a sentence each (送审检查)."""
    drafts = [latest(page) for page in pages_of(course)]
    lessons = [page for page in drafts if isinstance(page, LessonPage)]
    problems = head_problems(drafts[0])
    if not lessons:
        return [*problems, "课程里还没有课时，请先添加章和课时。"]
    return [*problems, *(f"课时“{one.title}”：{problem}" for one in lessons for problem in lesson_problems(one))]


def head_problems(course: Any) -> list[str]:
    """Return what is wrong with what the course says of itself."""
    problems = [] if course.class_hours > 0 else ["课程的学时应大于0，请修改。"]
    if course.trade is not None and course.trade.occupation_id != course.occupation_id:
        problems.append(f"工种“{course.trade.name}”不属于职业“{course.occupation.name}”，请重新选择。")
    return problems if course.outcomes.strip() else [*problems, "请填写“学完能做什么”。"]


def lesson_problems(lesson: LessonPage) -> list[str]:
    """Return what is wrong with a lesson."""
    if lesson.kind == LessonKind.VIDEO:
        return video_problems(lesson.video) or asked_problems(lesson)
    return [*own_problems(lesson), *asked_problems(lesson)]


def own_problems(lesson: LessonPage) -> list[str]:
    """Return what is wrong with what a lesson of another kind consists of."""
    if lesson.kind == LessonKind.SCORM:
        problems = [*package_problems(lesson.package), *text_film_problems(lesson)]
        return problems if lesson.nominal_minutes else [*problems, "请填写参考时长。"]
    if lesson.kind in {LessonKind.PRACTICE, LessonKind.LIVE}:
        return text_film_problems(lesson) if lesson.nominal_minutes else ["请填写参考时长。"]
    if lesson.kind == LessonKind.ARTICLE:
        problems = text_film_problems(lesson) if has_content(lesson.body) else ["还没有正文。"]
        return problems if lesson.nominal_minutes else [*problems, "请填写参考时长。"]
    return []


def video_problems(video: Video | None) -> list[str]:
    """Return why a lesson's video cannot be shown."""
    if video is None:
        return ["还没有选择视频。"]
    if video.state in {Video.State.REFUSED, Video.State.FAILED}:
        return [video.error or "视频处理失败，请重新上传。"]
    if video.state == Video.State.CANCELLED:
        return ["视频的处理已取消，请先在视频页点击“重新处理”。"]
    return [] if video.state == Video.State.READY else ["视频还在处理，请等转码完成后再提交。"]


def text_film_problems(lesson: LessonPage) -> list[str]:
    """Return why films in a lesson's text cannot be shown."""
    films = text_films(lesson)
    nameless = [] if all(title.strip() for title, _ in films) else ["正文里有视频没有显示名称，请填写。"]
    return nameless + [f"正文视频“{title}”：{problem}" for title, film in films for problem in video_problems(film)]


def package_problems(package: CoursePackage | None) -> list[str]:
    """Return what is wrong with the package that a lesson plays."""
    if package is None:
        return ["还没有选择课件包。"]
    if package.state in {CoursePackage.State.REFUSED, CoursePackage.State.FAILED}:
        return [package.error or "课件包处理失败，请重新上传。"]
    return [] if package.state == CoursePackage.State.READY else ["课件包还在处理，请等解包完成后再提交。"]


def has_content(body: Any) -> bool:
    """Return whether a text holds more than empty blocks."""
    return any(block.block_type in {"image", "video"} or strip_tags(str(block.value)).strip() for block in body)


def has_news(course: CoursePage) -> bool:
    """Return whether a course differs from what was released last: changed, added, moved or left out."""
    released = course.submissions.filter(state=CourseSubmission.State.RELEASED).order_by("-decided_at", "-pk").first()
    if released is None:
        return True
    pages = pages_of(course)
    then = [(entry["page"], entry["revision"]) for entry in released.revisions]
    if then != [(page.pk, page.latest_revision_id) for page in pages]:
        return True
    shown, asked = subtitles_shown(pages), questions_pinned(pages)
    return any(
        entry.get("subtitles", now) != now or entry.get("questions", pins) != pins
        for entry in released.revisions
        for now, pins in [(shown.get(entry["page"], []), asked.get(entry["page"], {}))]
    )


def questions_pinned(pages: list[Page]) -> dict[int, dict[str, str]]:
    """Return the versions of the bank's questions that pages ask as drafts, by page."""
    return {page.pk: pins_of(latest(page)) for page in pages if isinstance(page, LessonPage)}


def subtitles_shown(pages: list[Page]) -> dict[int, list[str]]:
    """Return the uids of the newest subtitles of the films that pages show as drafts, by page."""
    lessons = {page.pk: latest(page) for page in pages if isinstance(page, LessonPage)}
    found = newest_tracks(lessons.values())
    return {pk: [str(track.uid) for track in found(lesson)] for pk, lesson in lessons.items()}


def accessible_advice(course: CoursePage) -> list[str]:
    """Return what the course lacks for the accessible badge, a sentence each (无障碍建议). It may be submitted without."""
    drafts = [latest(page) for page in pages_of(course)]
    lessons = [page for page in drafts if isinstance(page, LessonPage)]
    found = newest_tracks(lessons)
    return accessible_problems(lesson_facts(lesson, found(lesson)) for lesson in lessons)


def lesson_facts(lesson: LessonPage, tracks: list[Subtitle]) -> LessonFacts:
    """Return what the accessible badge asks of a lesson, its films having these subtitles."""
    pictures = [block.value for block in lesson.body if block.block_type == "image" and block.value]
    wordless = tuple(picture.title for picture in pictures if not picture.description.strip())
    languages = tuple(track.language for track in tracks)
    films = tuple(
        FilmFacts(film.title, tuple(track.language for track in tracks_of(film, tracks)))
        for _, film in text_films(lesson)
        if film is not None
    )
    return LessonFacts(lesson.title, lesson.kind, languages, wordless, films)


def submit_course(*, course: CoursePage, actor: Actor) -> CourseSubmission:
    """Submit a whole course, noting the exact revision of every page (送审). Raises InvalidError with `problems`."""
    require(actor, "courses.submit", course.institution)
    if problems := course_problems(course):
        raise InvalidError("课程还不能提交：" + " ".join(problems), problems=problems, code="course_incomplete")
    if not has_news(course):
        raise ConflictError("上次发布以后没有任何修改，不需要重新提交。", code="nothing_new")
    try:
        with transaction.atomic():
            pages = pages_of(course)
            shown = subtitles_shown(pages)
            asked = questions_pinned(pages)
            revisions = [
                note_revision(page) | {"subtitles": shown.get(page.pk, []), "questions": asked.get(page.pk, {})}
                for page in pages
            ]
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
def release_course(
    *, submission: CourseSubmission, opinion: str, actor: Actor, checks: Collection[str] = ()
) -> CourseVersion:
    """Publish exactly the submitted revisions and write the immutable version, all or nothing (发布课程).

    `checks` are the items of today's checklist that the reviewer confirmed: all of them.
    """
    held = decidable(submission, actor, "courses.release", opinion, needs_opinion=False)
    note_checks(held, checks)
    pages = [publish_revision(entry, actor) for entry in held.revisions]
    version = write_version(held, pages, actor)
    decide(held, CourseSubmission.State.RELEASED, opinion, actor, "courses.released")
    forget_pages_on_commit()
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
    title = f"《{held.course.title}》{'已发布' if state == CourseSubmission.State.RELEASED else '被退回'}"
    text = f"意见：{held.opinion}" if held.opinion else ""
    told = Message("course_decided", held.course.uid, f"course:{held.uid}", title, text)
    tell_users([held.submitted_by_id], told)
    return held


def note_checks(held: CourseSubmission, checks: Collection[str]) -> None:
    """Keep what was confirmed with the submission. Raises InvalidError while an item is open."""
    checklist = checklist_on(clock.today())
    if missing := unchecked(checklist, checks):
        sentence = f"还有{len(missing)}条审核要点没有确认：{'；'.join(missing)}。不符合要求的，请退回。"
        raise InvalidError(sentence, fields={"checks": sentence})
    held.checklist, held.checks = checklist, list(checklist.items) if checklist else []
    held.save(update_fields=["checklist", "checks"])


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
    facts: list[LessonFacts] = []
    shown, pins = submitted_subtitles(held), submitted_pins(held)
    for page in pages[1:]:
        if isinstance(page, SectionPage):
            section = page
        elif isinstance(page, LessonPage):
            tracks = shown.get(page.pk, [])
            lessons.append(lesson_values(page, section, len(lessons) + 1, pins) | film_values(page, tracks))
            facts.append(lesson_facts(page, tracks))
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
        nature=course.nature,
        mode=course.mode,
        class_hours=course.class_hours,
        institution=held.course.institution,
        words=words_of(course),
        pinyin=pinyin(course.title),
        digest=authoring.digest_of([plain(values) for values in lessons]),
        is_accessible=bool(lessons) and not accessible_problems(facts),
        released_by_id=actor.user_id,
        released_at=clock.now(),
    )
    films = [values.pop("films", []) for values in lessons]
    made = LessonVersion.objects.bulk_create(LessonVersion(course_version=version, **values) for values in lessons)
    note_documents(made)
    LessonFilm.objects.bulk_create(
        LessonFilm(lesson=lesson, **film) for lesson, shown in zip(made, films, strict=True) for film in shown
    )
    return version


def film_values(page: LessonPage, tracks: list[Subtitle]) -> dict[str, Any]:
    """Return what a lesson's version says of its films: the subtitles of its own, and those in its text with theirs."""
    if page.kind == LessonKind.VIDEO:
        return {"subtitles": named(tracks)}
    films = {film.pk: film for _, film in text_films(page) if film is not None}
    shown = [{"video": film, "subtitles": named(tracks_of(film, tracks))} for film in films.values()]
    return {"subtitles": [], **({"films": shown} if shown else {})}


def named(tracks: list[Subtitle]) -> list[dict[str, str]]:
    """Return subtitles as a lesson's version names them."""
    return [
        {"uid": str(track.uid), "language": track.language, "label": track.label, "digest": track.digest}
        for track in tracks
    ]


def words_of(course: Any) -> str:
    """Return what the catalogue finds a version by of its own: title, summary, level, institution, occupation's code.

    The names of the occupation and its trades are found at the occupation, where they may still grow.
    """
    level = LEVEL_NAMES[SkillLevel(course.level)]
    return words_for_search(course.title, course.summary, course.occupation.code, level, course.institution.name)


def lesson_values(page: LessonPage, section: Page, position: int, pins: Pins) -> dict[str, Any]:
    """Return the values of a lesson's version; its questions of the bank are those that were submitted."""
    return {
        "lesson_uid": page.uid,
        "position": position,
        "section_uid": section.uid,
        "section_title": section.title,
        "title": page.title,
        "kind": page.kind,
        "video": page.video if page.kind == LessonKind.VIDEO else None,
        "package": page.package if page.kind == LessonKind.SCORM else None,
        "length_ms": length_of(page),
        "body": json.loads(json.dumps(list(page.body.raw_data), default=str)),
        "html": str(page.body) if page.body else "",
        "quiz": questions_of(page, pins) if page.kind == LessonKind.QUIZ else [],
        "popups": popups_of(page, pins),
        "check_questions": checks_of(page, pins),
    }


def length_of(page: LessonPage) -> int:
    """Return what a lesson is worth at most, in ms (课时时长): a video its duration, a text and a package their nominal minutes."""
    if page.kind == LessonKind.VIDEO:
        return page.video.duration_ms if page.video else 0
    return 0 if page.kind == LessonKind.QUIZ else (page.nominal_minutes or 0) * 60_000


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values that JSON can hold, for the digest."""
    video, package = values["video"], values["package"]
    return {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in values.items()
        if name not in {"video", "package", "films"}
    } | {
        "video": str(video.uid) if video else "",
        **({"package": package.digest} if package else {}),
        **(
            {"films": [film | {"video": str(film["video"].uid)} for film in values["films"]]}
            if "films" in values
            else {}
        ),
    }
