"""The demo's courses: films made, uploaded, transcoded, written as drafts, submitted and released (示例课程)."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.images import ImageFile
from django.db import transaction
from wagtail.images import get_image_model

from courses.models import CoursePackage, CoursePage, CourseVersion, LessonKind, SectionPage, Video
from courses.models import Question as BankQuestion
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.packages import upload_package
from courses.services.review import release_course, submit_course
from courses.services.subtitles import put_subtitle
from courses.services.tree import collection_of
from courses.services.videos import upload_video
from lms.access.rules import Actor
from lms.catalogue.models import Occupation
from lms.demo import films
from lms.demo.bank import build_bank
from lms.demo.content import interactive
from lms.demo.content.shapes import ArticleText, CourseText, FilmText, PracticeText, Question, QuizText
from lms.kernel import jobs
from lms.organisations.models import Organisation

POPUP_AT = "0:05"


def build_course(text: CourseText, *, institution: Organisation, teacher: Actor, reviewer: Actor) -> CourseVersion:
    """Return the released version of a course, built when it is not there yet."""
    known = CourseVersion.objects.filter(title=text.title, institution=institution).order_by("-number").first()
    if known is not None:
        return known
    videos = {film.title: build_video(text, film, institution, teacher) for film in text.films}
    with transaction.atomic():
        course = write_course(text, institution, teacher, videos)
        submission = submit_course(course=course, actor=teacher)
        return release_course(submission=submission, opinion="内容完整，同意发布。（示例）", actor=reviewer)


def build_video(text: CourseText, film: FilmText, institution: Organisation, teacher: Actor) -> Video:
    """Return a film's video, ready to play."""
    video = Video.objects.filter(institution=institution, title=film.title, state=Video.State.READY).first()
    if video is not None:
        return video
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        path = films.make_film(text, film, Path(folder) / "film.mp4")
        with path.open("rb") as handle:
            video = upload_video(
                institution=institution,
                title=film.title,
                file=handle,
                name=f"{film.title}.mp4",
                size=path.stat().st_size,
                actor=teacher,
            )
    put_subtitle(video=video, webvtt=films.subtitles(film), actor=teacher)
    if video.job is not None:  # the worker of a fresh installation does not run yet; its queue finds the job done
        jobs.run(video.job.uid)
    video.refresh_from_db()
    return video


def build_package(institution: Organisation, teacher: Actor) -> CoursePackage:
    """Return a course package in the studio, ready to be chosen for a lesson."""
    package = CoursePackage.objects.filter(institution=institution, title=interactive.TITLE).first()
    if package is not None:
        return package
    data = interactive.zipped()
    package = upload_package(
        institution=institution, title="", file=BytesIO(data), name="停电检修步骤.zip", size=len(data), actor=teacher
    )
    if package.job is not None:
        jobs.run(package.job.uid)
    package.refresh_from_db()
    return package


def write_course(text: CourseText, institution: Organisation, teacher: Actor, videos: dict[str, Video]) -> CoursePage:
    """Write a course's pages as drafts."""
    occupation = Occupation.objects.filter(code=text.occupation_code).order_by("-valid_from").first()
    course = add_course(
        institution=institution,
        actor=teacher,
        title=text.title,
        occupation=occupation,
        level=text.level,
        nature=text.nature,
        mode=text.mode,
        class_hours=text.class_hours,
        summary=text.summary,
        outcomes="\n".join(text.outcomes),
        cover=cover_of(text, institution),
    )
    asked = build_bank(institution, teacher) if any(film.has_popup for film in text.films) else None
    for part in text.sections:
        section = add_section(course=course, title=part.title)
        for lesson in part.lessons:
            write_lesson(section, lesson, videos, asked)
    return course


def write_lesson(
    section: SectionPage,
    lesson: FilmText | ArticleText | PracticeText | QuizText,
    videos: dict[str, Video],
    asked: tuple[BankQuestion, BankQuestion] | None,
) -> None:
    """Write a lesson of its kind; of `asked` the first stops the film that has a question, the second is asked in checks."""
    if isinstance(lesson, FilmText):
        fields: dict[str, Any] = {"video": videos[lesson.title], "is_sample": lesson.is_sample}
        if asked and lesson.has_popup:
            fields["popups"] = [("popup", {"at": POPUP_AT, "question": asked[0]})]
            fields["check_questions"] = [("check", {"at": "", "question": asked[1]})]
        kind = LessonKind.VIDEO
    elif isinstance(lesson, ArticleText):
        fields, kind = {"body": text_blocks(lesson, videos), "nominal_minutes": lesson.minutes}, LessonKind.ARTICLE
    elif isinstance(lesson, PracticeText):
        fields, kind = {"body": text_blocks(lesson, videos), "nominal_minutes": lesson.minutes}, LessonKind.PRACTICE
    else:
        fields, kind = {"quiz": [("question", question_value(one)) for one in lesson.questions]}, LessonKind.QUIZ
    add_lesson(section=section, title=lesson.title, kind=kind, **fields)


def text_blocks(lesson: ArticleText | PracticeText, videos: dict[str, Video]) -> list[tuple[str, Any]]:
    """Return a text's blocks; a film in it is named by its title."""
    return [
        (kind, {"film": videos[words], "title": words} if kind == "video" else words) for kind, words in lesson.body
    ]


def question_value(question: Question) -> dict[str, Any]:
    """Return a question as the quiz block takes it."""
    return {
        "kind": question.kind,
        "stem": question.stem,
        "options": [
            {"text": option.removeprefix("*"), "correct": option.startswith("*")} for option in question.options
        ],
        "explanation": question.explanation,
    }


def cover_of(text: CourseText, institution: Organisation) -> Any:
    """Return the course's cover in the institution's collection."""
    images = get_image_model().objects
    title = f"封面：{text.title}"
    if cover := images.filter(title=title).first():
        return cover
    picture = BytesIO()
    films.draw_cover(text).save(picture, "PNG")
    file = ImageFile(BytesIO(picture.getvalue()), name=f"cover-{text.key}.png")
    return images.create(title=title, file=file, collection=collection_of(institution))
