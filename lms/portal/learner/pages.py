"""Finished values of a learner's pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from attendance.models import PackageReport
from attendance.queries import newest_report
from attendance.rules.words import waiting_for
from courses.models import LessonKind
from lms.access.rules import Actor
from lms.classes.models import Enrolment, TrainingClass
from lms.classes.queries import own_enrolment_in
from lms.completion.queries import LessonState, completion_of
from lms.completion.rules import LOCKED
from lms.dossier.queries import (
    AccountLine,
    LearnerProgress,
    hours_account,
    learner_progress,
    my_enrolments,
    progress_of,
)
from lms.exams.queries.popups import PopupView, popups_for
from lms.exams.queries.quizzes import QuizView, quiz_for
from lms.kernel import clock
from lms.kernel.errors import ConflictError, NotFoundError
from lms.live.queries.sessions import coming_of, given_lesson, replays_of_learner
from lms.planning.rules import StudyTerms
from lms.portal.live_pages import LiveLine, live_line, live_lines
from lms.practice.queries.sessions import SessionNow, sessions_of_class

MOST_LIVES, MOST_REPLAYS = 3, 20
BITING = {"拖动进度", "离开页面", "在岗确认"}


@dataclass(frozen=True, slots=True)
class MyPage:
    """我的学习."""

    going_on: list[LearnerProgress]
    completed: list[LearnerProgress]
    needs_real_name: bool
    lives: list[LiveLine]  # what comes next
    replays: list[LiveLine]  # published last


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section with the states of its lessons."""

    title: str
    lessons: list[LessonState]

    @property
    def done_count(self) -> int:
        """Return how many are completed."""
        return sum(one.state == "done" for one in self.lessons)


@dataclass(frozen=True, slots=True)
class ClassPage:
    """我的班级."""

    progress: LearnerProgress
    chapters: list[Chapter]
    replays: list[LiveLine]


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one calendar day, newest first."""

    day: date
    lines: list[AccountLine]


@dataclass(frozen=True, slots=True)
class HoursPage:
    """学时明细. Sums in ms."""

    progress: LearnerProgress
    days: list[Day]
    lessons: dict[UUID, str]
    lost_ms: int


@dataclass(frozen=True, slots=True)
class LearnPage:
    """A lesson under study."""

    progress: LearnerProgress
    chapters: list[Chapter]
    state: LessonState
    terms: StudyTerms
    following: LessonState | None
    quiz: QuizView | None
    popups: list[PopupView]  # those that were not answered yet
    report: PackageReport | None
    sessions: list[SessionNow]  # of a practice lesson
    live: LiveLine | None  # of a lesson that is given live, once it is planned

    @property
    def waits(self) -> str:
        """Return what makes pending time count."""
        return waiting_for(self.terms)

    @property
    def claim(self) -> str:
        """Return what the lesson's package said of itself last (课件自报)."""
        if self.report is None:
            return "未开始"
        score = "" if self.report.score is None else f"，得分 {self.report.score.normalize():f}"
        return f"{self.report.get_status_display()}{score}"

    @property
    def notice(self) -> str:
        """Return the rules that bite while one studies, said where they bite."""
        return "".join(rule.sentence for rule in self.progress.rules if rule.label in BITING)

    @property
    def is_quiz(self) -> bool:
        """Return whether it is answered rather than studied."""
        return self.state.lesson.kind == LessonKind.QUIZ

    @property
    def template(self) -> str:
        """Return which page shows it."""
        if self.state.lesson.kind in {LessonKind.PRACTICE, LessonKind.LIVE}:
            return f"{self.state.lesson.kind}_lesson"
        return "quiz" if self.is_quiz else "study"


def my(actor: Actor) -> MyPage:
    """Return a learner's home."""
    found = my_enrolments(actor) if actor.person_id else []
    going_on = [one for one in found if not one.completion.is_completed]
    lives = live_lines(coming_of(actor.person_id)[:MOST_LIVES]) if actor.person_id else []
    completed = [one for one in found if one.completion.is_completed]
    return MyPage(going_on, completed, actor.person_id is None, lives, replays_for(actor)[:MOST_LIVES])


def replays_for(actor: Actor, training_class: TrainingClass | None = None) -> list[LiveLine]:
    """Return the replays of a learner's classes, or of one of them, published last first (直播回放)."""
    if actor.person_id is None:
        return []
    found = replays_of_learner(actor.person_id)
    own = found.filter(training_class=training_class) if training_class else found
    return [live_line(one, has_replay=True) for one in own[:MOST_REPLAYS]]


def chapters_of(states: list[LessonState]) -> list[Chapter]:
    """Return lessons by section, in order."""
    sections: dict[UUID, Chapter] = {}
    for state in states:
        sections.setdefault(state.lesson.section_uid, Chapter(state.lesson.section_title, [])).lessons.append(state)
    return list(sections.values())


def my_class(actor: Actor, uid: UUID) -> ClassPage:
    """Return a class with its lessons."""
    progress = learner_progress(actor, uid)
    replays = replays_for(actor, progress.training_class)
    return ClassPage(progress, chapters_of(progress.completion.lessons), replays)


def my_hours(actor: Actor, uid: UUID) -> HoursPage:
    """Return what counted, what did not and why."""
    progress = learner_progress(actor, uid)
    account = hours_account(progress.enrolment)
    days: dict[date, list[AccountLine]] = defaultdict(list)
    for one in account:
        days[clock.local(one.line.at).date()].append(one)
    lessons = {one.lesson.lesson_uid: one.lesson.title for one in progress.completion.lessons}
    lost = sum(one.line.ms for one in account if one.line.kind == "lost")
    return HoursPage(progress, [Day(day, found) for day, found in sorted(days.items(), reverse=True)], lessons, lost)


def learn(actor: Actor, class_uid: UUID, lesson_uid: UUID) -> LearnPage:
    """Return a lesson of an own class. Raises NotFoundError, or ConflictError while it is locked."""
    enrolment = own_enrolment_in(actor, class_uid)
    if enrolment.training_class.frozen_terms is None:
        raise ConflictError("班级还没有批准开班，请等培训机构通知。", code="class_not_running")
    completion = completion_of([enrolment])[enrolment.pk]
    place = next((n for n, one in enumerate(completion.lessons) if one.lesson.lesson_uid == lesson_uid), None)
    if place is None:
        raise NotFoundError("这个班的课程里没有这一课，请从课程目录重新进入。", code="lesson_not_found")
    state = completion.lessons[place]
    if state.state == LOCKED:
        raise ConflictError(f"这一课还没有开放：{state.reason}。", code="lesson_locked")
    later = completion.lessons[place + 1 :]
    is_quiz = state.lesson.kind == LessonKind.QUIZ
    return LearnPage(
        progress=progress_of(enrolment, completion),
        chapters=chapters_of(completion.lessons),
        state=state,
        terms=enrolment.training_class.study_terms(),
        following=later[0] if later else None,
        quiz=quiz_for(enrolment, state.lesson) if is_quiz else None,
        report=newest_report(enrolment, lesson_uid) if state.lesson.kind == LessonKind.SCORM else None,
        popups=[one for one in popups_for(enrolment, state.lesson) if one.review is None],
        sessions=sessions_for(enrolment, state),
        live=live_for_lesson(enrolment, state),
    )


def live_for_lesson(enrolment: Enrolment, state: LessonState) -> LiveLine | None:
    """Return when a lesson is given live."""
    if state.lesson.kind != LessonKind.LIVE:
        return None
    session = given_lesson(enrolment.training_class, state.lesson.lesson_uid)
    return live_line(session) if session else None


def sessions_for(enrolment: Enrolment, state: LessonState) -> list[SessionNow]:
    """Return when and where a practice lesson is."""
    if state.lesson.kind != LessonKind.PRACTICE:
        return []
    planned = sessions_of_class(enrolment.training_class)
    return [one for one in planned if one.step.lesson_uid == state.lesson.lesson_uid]
