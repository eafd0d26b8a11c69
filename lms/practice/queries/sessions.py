"""Sessions of practice with what holds of them now (实操课次)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from courses.models import LessonKind, LessonVersion
from lms.access.rules import Actor, Role
from lms.classes.models import Enrolment, TrainingClass
from lms.classes.queries import reach
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.people.queries import records_of
from lms.practice.models import PracticeSession, PresenceList, Signature, TimetableStep

GONE = "没有找到这次实操课，可能已取消，或不在您的管理范围内。"
PLANNED, RUNNING, OVER, WAITING, RETURNED, CONFIRMED, CANCELLED = (
    "planned", "running", "over", "waiting", "returned", "confirmed", "cancelled",
)  # fmt: skip
STATE_NAMES = {
    PLANNED: "未开始",
    RUNNING: "进行中",
    OVER: "待确认名单",
    WAITING: "名单待复核",
    RETURNED: "名单已退回",
    CONFIRMED: "已确认",
    CANCELLED: "已取消",
}


TONES = {RUNNING: "tag-brand", OVER: "tag-warn", WAITING: "tag-warn", RETURNED: "tag-bad", CONFIRMED: "tag-ok"}


@dataclass(frozen=True, slots=True)
class SessionNow:
    """A session with its newest step, its lesson's title and where it stands (课次现状)."""

    session: PracticeSession
    step: TimetableStep
    lesson_title: str
    state: str
    newest_list: PresenceList | None
    signed_count: int

    @property
    def state_name(self) -> str:
        """Return where it stands, in words."""
        return STATE_NAMES[self.state]

    @property
    def tone(self) -> str:
        """Return how its tag looks."""
        return TONES.get(self.state, "")


def sessions_in_reach(actor: Actor) -> QuerySet[PracticeSession]:
    """Return the sessions that an actor may see: of classes in reach, and those one teaches."""
    classes = TrainingClass.objects.filter(reach(actor)).values("pk")
    taught = TimetableStep.objects.filter(teacher_id=actor.user_id or 0).values("session")
    own = Q(pk__in=taught) & Q(training_class__institution_id__in=actor.units(Role.INSTRUCTOR))
    related = ("training_class__programme", "training_class__institution", "training_class__course_version")
    return PracticeSession.objects.filter(Q(training_class__in=classes) | own).select_related(*related)


def session_for(actor: Actor, uid: UUID) -> PracticeSession:
    """Return a session that the actor may see. Raises NotFoundError for any other."""
    found = sessions_in_reach(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError(GONE, code="practice_not_found")
    return found


def session_of_learner(actor: Actor, uid: UUID) -> tuple[PracticeSession, Enrolment]:
    """Return a session of an own class, and the own enrolment. Raises NotFoundError for any other (本人课次)."""
    related = ("training_class__programme", "training_class__institution", "training_class__course_version", "person")
    enrolment = (
        Enrolment.objects.filter(training_class__practice_sessions__uid=uid, person__in=records_of(actor.person_id))
        .select_related(*related)
        .order_by("state", "pk")
        .first()
    )
    if enrolment is None:
        raise NotFoundError(
            "您不在这次实操课的班级名单中。请确认登录的是本人账号，或联系带班教师。", code="practice_not_found"
        )
    session = PracticeSession.objects.get(uid=uid)
    session.training_class = enrolment.training_class
    return session, enrolment


def step_now(session: PracticeSession) -> TimetableStep:
    """Return what holds of a session now (当前安排)."""
    return session.steps.select_related("teacher__person").order_by("-number")[0]


def practice_lessons(training_class: TrainingClass) -> QuerySet[LessonVersion]:
    """Return the practice lessons of a class's course version, in order (实操课时)."""
    lessons = LessonVersion.objects.filter(course_version_id=training_class.course_version_id)
    return lessons.filter(kind=LessonKind.PRACTICE).order_by("position")


def lesson_of(session: PracticeSession, step: TimetableStep) -> LessonVersion:
    """Return the lesson that a session counts for. Raises NotFoundError when the class's version has it no more."""
    found = practice_lessons(session.training_class).filter(lesson_uid=step.lesson_uid).first()
    if found is None:
        raise NotFoundError("这个班现在的课程版本里没有这个实操课时，请先调整课次安排。", code="lesson_not_found")
    return found


def sessions_now(sessions: Iterable[PracticeSession], moment: datetime | None = None) -> list[SessionNow]:
    """Return sessions as they stand, the earliest first. Four queries, however many there are."""
    found = list(sessions)
    keys = [one.pk for one in found]
    steps: dict[int, TimetableStep] = {}
    for step in TimetableStep.objects.filter(session__in=keys).select_related("teacher__person").order_by("number"):
        steps[step.session_id] = step
    lists: dict[int, PresenceList] = {}
    for filed in PresenceList.objects.filter(session__in=keys).select_related("decision").order_by("number"):
        lists[filed.session_id] = filed
    signers = set(Signature.objects.filter(session__in=keys).values_list("session_id", "enrolment_id"))
    titles = titles_of({one.training_class.course_version_id for one in found})
    now = moment or clock.now()
    rows = []
    for one in found:
        step, newest = steps[one.pk], lists.get(one.pk)
        title = titles.get((one.training_class.course_version_id, step.lesson_uid), "（课程版本中已没有这个课时）")
        signed = sum(session == one.pk for session, _ in signers)
        rows.append(SessionNow(one, step, title, state_of(step, newest, now), newest, signed))
    return sorted(rows, key=lambda row: (row.step.starts_at, row.session.pk))


def titles_of(versions: Collection[int]) -> dict[tuple[int, UUID], str]:
    """Return titles of practice lessons by course version and lesson."""
    lessons = LessonVersion.objects.filter(course_version__in=versions, kind=LessonKind.PRACTICE)
    return {(version, lesson): title for version, lesson, title in lessons.values_list(
        "course_version_id", "lesson_uid", "title"
    )}  # fmt: skip


def state_of(step: TimetableStep, newest: PresenceList | None, now: datetime) -> str:
    """Return where a session stands (课次状态)."""
    if step.is_cancelled:
        return CANCELLED
    if newest is not None:
        decision = getattr(newest, "decision", None)
        return WAITING if decision is None else decision.outcome
    if now < step.starts_at:
        return PLANNED
    return RUNNING if now < step.ends_at else OVER


def sessions_of_class(training_class: TrainingClass) -> list[SessionNow]:
    """Return a class's sessions as they stand (班级实操课)."""
    related = ("training_class__programme", "training_class__institution", "training_class__course_version")
    return sessions_now(PracticeSession.objects.filter(training_class=training_class).select_related(*related))


def has_attendance(session: PracticeSession) -> bool:
    """Return whether somebody signed or a list was filed: the timetable is frozen from then on (已有考勤)."""
    return session.signatures.exists() or session.lists.exists()
