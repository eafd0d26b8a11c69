"""What a reviewer sees of a submitted course: exactly the noted revisions (课程审核)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from courses.models import CourseSubmission, LessonPage, SectionPage
from courses.queries.asked import Pins, checks_of, popups_of, questions_of, submitted_pins
from courses.queries.films import Piece, draft_reading
from courses.queries.media import Media, media_of
from courses.queries.packages import PassKind, Stage, stage_of
from courses.queries.studio import institutions_of, submissions_to_review, submitted_pages
from courses.queries.subtitles import submitted_subtitles
from courses.rules.playback import Grant
from courses.rules.questions import KIND_NAMES, answer_lines
from courses.services.review import length_of
from lms.access.rules import Actor, is_permitted
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel import clock
from lms.planning.rules import StudyTerms
from lms.portal.class_pages import Fact
from lms.portal.workspaces import staff_name

HOUR_MS = StudyTerms().hour_minutes * 60_000


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """A question with its answers (试题). `asked`: where it comes, if not in the order of a quiz."""

    kind: str
    stem: str
    options: list[dict[str, Any]]
    answers: list[str]
    explanation: str
    parts: list[ReviewedQuestion]
    image: dict[str, Any] | None
    audio: dict[str, str] | None
    asked: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedLesson:
    """A lesson as it was submitted (课时)."""

    uid: str
    title: str
    kind: str
    section: str
    length: str
    reading: list[Piece]
    media: Media | None
    stage: Stage | None
    questions: list[ReviewedQuestion]


@dataclass(frozen=True, slots=True)
class ReviewedCourse:
    """A course as it was submitted (课程)."""

    uid: str
    title: str
    facts: list[Fact]
    outcomes: list[str]
    lessons: list[ReviewedLesson]
    warning: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A submission in the list (送审行)."""

    uid: UUID
    title: str
    institution: str
    submitter: str
    submitted_at: datetime
    state: str
    tone: str
    opinion: str


TONES = {CourseSubmission.State.SUBMITTED: "tag-warn", CourseSubmission.State.RELEASED: "tag-ok"}


def review_lines(submissions: Sequence[CourseSubmission]) -> list[ReviewLine]:
    """Return submissions as the list shows them. One query."""
    institutions = institutions_of([one.course for one in submissions])
    return [
        ReviewLine(
            uid=one.uid,
            title=one.course.draft_title,
            institution=institutions[one.course_id],
            submitter=staff_name(one.submitted_by),
            submitted_at=one.submitted_at,
            state=one.get_state_display(),
            tone=TONES.get(CourseSubmission.State(one.state), ""),
            opinion=one.opinion,
        )
        for one in submissions
    ]


def waiting_reviews(actor: Actor) -> list[ReviewLine]:
    """Return the first submissions that wait, for whoever may decide them (待审核课程)."""
    if not is_permitted(actor, "courses.review"):
        return []
    waiting = submissions_to_review(actor).filter(state=CourseSubmission.State.SUBMITTED)
    return review_lines(list(waiting.order_by("submitted_at")[:5]))


def reviewed_course(submission: CourseSubmission, *, grant: Grant, key: str) -> ReviewedCourse:
    """Return the whole course of a submission, in the order of its tree, its films for this reviewer's browser."""
    pages: list[Any] = list(submitted_pages(submission))
    course, section, lessons = pages[0], "", []
    tracks, pins = submitted_subtitles(submission), submitted_pins(submission)
    for page in pages[1:]:
        if isinstance(page, SectionPage):
            section = page.title
        elif isinstance(page, LessonPage):
            film = page.video if page.kind == "video" else None
            media = media_of(film, grant=grant, key=key, tracks=tracks.get(page.pk, []))
            reading = draft_reading(page, grant=grant, key=key, tracks=tracks.get(page.pk, []))
            lessons.append(reviewed_lesson(page, section, media, reading, pins))
    return ReviewedCourse(
        uid=str(course.uid),
        title=course.title,
        facts=course_facts(submission, course, total_ms(pages)),
        outcomes=[line for line in course.outcomes.splitlines() if line.strip()],
        lessons=lessons,
        warning=short_content(course.class_hours, total_ms(pages)),
    )


def course_facts(submission: CourseSubmission, course: Any, content_ms: int) -> list[Fact]:
    """Return what stands above the lessons."""
    return [
        Fact("培训机构", institutions_of([submission.course])[submission.course_id]),
        Fact("提交人", f"{staff_name(submission.submitted_by)}，{clock.local(submission.submitted_at):%Y-%m-%d %H:%M}"),
        Fact("职业", f"{course.occupation.name}（{course.occupation.code}）"),
        Fact("工种", course.trade.name if course.trade else "—"),
        Fact("等级", LEVEL_NAMES[SkillLevel(course.level)]),
        Fact("培训性质", course.get_nature_display()),
        Fact("培训方式", course.get_mode_display()),
        Fact("标明学时", f"{course.class_hours:.1f} 学时"),
        Fact("线上内容", clock_words(content_ms)),
        Fact("简介", course.summary),
    ]


def total_ms(pages: list[Any]) -> int:
    """Return how long the submitted lessons are together, in ms."""
    return sum(length_of(page) for page in pages if isinstance(page, LessonPage))


def clock_words(milliseconds: int) -> str:
    """Return 3分05秒."""
    seconds = round(milliseconds / 1000)
    return f"{seconds // 60}分{seconds % 60:02}秒"


def short_content(class_hours: Decimal, content_ms: int) -> str:
    """Return a sentence when the course holds less than the hours that it states."""
    if content_ms >= class_hours * HOUR_MS:
        return ""
    return f"课程标明{class_hours:.1f}学时，线上内容只有{content_ms // 60_000}分钟。其余若为线下实操，请核对教学计划；否则请退回。"


def reviewed_lesson(
    page: LessonPage, section: str, media: Media | None, reading: list[Piece], pins: Pins
) -> ReviewedLesson:
    """Return a lesson with its text, its film or its questions."""
    return ReviewedLesson(
        uid=str(page.uid),
        title=page.title,
        kind=page.get_kind_display(),
        section=section,
        length=length_words(page),
        reading=reading,
        media=media,
        stage=stage_of(page.package, kind=PassKind.PREVIEW, subject=page.uid) if page.kind == "scorm" else None,
        questions=questions_in(page, pins),
    )


def length_words(page: LessonPage) -> str:
    """Return how long a lesson is, in words."""
    if page.kind == "video" and page.video:
        return clock_words(length_of(page))
    return f"参考时长{page.nominal_minutes}分钟" if page.nominal_minutes else ""


def questions_in(page: LessonPage, pins: Pins) -> list[ReviewedQuestion]:
    """Return what a lesson asks: the questions of a quiz, or those of a film by time and those of checks."""
    if page.kind == "quiz":
        return [reviewed_question(question) for question in questions_of(page, pins)]
    popups = [reviewed_question(one["question"], f"弹题 {clock_words(one['at_ms'])}") for one in popups_of(page, pins)]
    return popups + [reviewed_question(one["question"], check_words(one["at_ms"])) for one in checks_of(page, pins)]


def check_words(at_ms: int) -> str:
    """Return when a check may ask a question."""
    return f"抽查题 {clock_words(at_ms)}以后" if at_ms else "抽查题"


def reviewed_question(question: dict[str, Any], asked: str = "") -> ReviewedQuestion:
    """Return a question for the page."""
    return ReviewedQuestion(
        kind=KIND_NAMES[question["kind"]],
        stem=question["stem"],
        options=question["options"],
        answers=answer_lines(question),
        explanation=question["explanation"],
        parts=[reviewed_question(part) for part in question.get("parts", [])],
        image=question.get("image"),
        audio=question.get("audio"),
        asked=asked,
    )
