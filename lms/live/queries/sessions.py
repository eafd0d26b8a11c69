"""Live lessons of who asks, and as what somebody may come in (直播课、准入)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from courses.models import LessonKind, LessonVersion
from lms.access.models import Grant
from lms.access.rules import Actor, Role, is_permitted
from lms.classes.models import Enrolment, TrainingClass
from lms.classes.queries import Appointment, reach
from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from lms.live.models import Broadcast, LiveSession
from lms.live.rules.admission import SENTENCES, Bar, Moment, Place, Visit, bar_of, place_of
from lms.live.rules.lifecycle import CANCELLED, ENDED, OVER

GONE = "没有找到这次直播课，可能已删除，或不在您的管理范围内。"
HANDS = frozenset({Place.TEACHER, Place.ASSISTANT})
NOT_YOURS = "没有找到这次直播课，或您不在它的班级名单中。请确认登录的是本人账号，或联系培训机构。"
RELATED = ("training_class__programme", "training_class__institution", "teacher__person")


@dataclass(frozen=True, slots=True)
class Entrance:
    """As what somebody stands at the door, and why it stays shut (准入)."""

    session: LiveSession
    place: Place | None
    bar: Bar | None

    @property
    def sentence(self) -> str:
        """Return why it stays shut and what to do, or nothing."""
        return SENTENCES[self.bar] if self.bar else ""


def lessons() -> QuerySet[LiveSession]:
    """Return all live lessons with what pages show of them, the earliest first; two queries, however many there are."""
    found = LiveSession.objects.select_related(*RELATED).prefetch_related("assistants__person")
    return found.order_by("starts_at", "pk")


def lives_in_reach(actor: Actor) -> QuerySet[LiveSession]:
    """Return the live lessons that staff may see: of classes in reach, and those one teaches or assists."""
    classes = TrainingClass.objects.filter(reach(actor)).values("pk")
    helped = LiveSession.assistants.through.objects.filter(
        livesession_id=OuterRef("pk"), user_id=actor.user_id or 0
    )  # fmt: skip
    own = (Q(teacher_id=actor.user_id or 0) | Exists(helped)) & Q(
        training_class__institution_id__in=actor.units(Role.INSTRUCTOR)
    )
    return lessons().filter(Q(training_class__in=classes) | own)


def live_for(actor: Actor, uid: UUID) -> LiveSession:
    """Return a live lesson within the actor's reach. Raises NotFoundError for any other."""
    found = lives_in_reach(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError(GONE, code="live_not_found")
    return found


def lives_of_class(training_class: TrainingClass) -> QuerySet[LiveSession]:
    """Return a class's live lessons by time (班级直播课)."""
    return lessons().filter(training_class=training_class)


def live_lessons(training_class: TrainingClass) -> QuerySet[LessonVersion]:
    """Return the lessons of a class's course that are given live, in order (直播课时)."""
    lessons = LessonVersion.objects.filter(course_version_id=training_class.course_version_id)
    return lessons.filter(kind=LessonKind.LIVE).order_by("position")


GIVEN = ~Q(state=CANCELLED) & (~Q(state=ENDED) | Q(began_at__isnull=False))  # as the constraint `live_lesson_once` says


def given_lesson(training_class: TrainingClass, lesson_uid: UUID) -> LiveSession | None:
    """Return when a lesson of a class's course is given or was given live; nothing while it is not planned."""
    return lives_of_class(training_class).filter(GIVEN, lesson_uid=lesson_uid).first()


def lives_of_learner(person_id: int | None) -> QuerySet[LiveSession]:
    """Return the live lessons of a person's classes by time (我的直播课)."""
    own = Enrolment.objects.filter(
        training_class=OuterRef("training_class"), person_id=person_id or 0, state=Enrolment.State.ACTIVE
    )
    return lessons().filter(Exists(own))


def coming_of(person_id: int | None) -> QuerySet[LiveSession]:
    """Return what of a person's live lessons is not over, the nearest first (待上的直播课)."""
    return lives_of_learner(person_id).exclude(state__in=OVER)


def replays_of_learner(person_id: int | None) -> QuerySet[LiveSession]:
    """Return the live lessons of a person's classes whose replays they see, what was published last first (我的回放)."""
    return (
        lives_of_learner(person_id).filter(replay__published_at__isnull=False).order_by("-replay__published_at", "-pk")
    )


def live_of_learner(actor: Actor, uid: UUID) -> LiveSession:
    """Return a live lesson of a class in which the actor is or was. Raises NotFoundError for any other."""
    own = Enrolment.objects.filter(training_class=OuterRef("training_class"), person_id=actor.person_id or 0)
    found = lessons().filter(Exists(own), uid=uid).first()
    if found is None:
        raise NotFoundError(NOT_YOURS, code="live_not_found")
    return found


def visit_of(actor: Actor, session: LiveSession) -> Visit:
    """Return what is known of an actor at the door of a live lesson."""
    states = set(
        Enrolment.objects.filter(
            training_class_id=session.training_class_id, person_id=actor.person_id or 0
        ).values_list("state", flat=True)
    )  # fmt: skip
    teaches = session.training_class.institution_id in actor.units(Role.INSTRUCTOR)
    helpers = {one.pk for one in session.assistants.all()}
    return Visit(
        is_teacher=teaches and actor.user_id == session.teacher_id,
        is_assistant=teaches and actor.user_id in helpers,
        may_inspect=is_permitted(actor, "live.inspect", session),
        has_real_name=actor.person_id is not None,
        is_enrolled=Enrolment.State.ACTIVE in states,
        has_withdrawn=Enrolment.State.WITHDRAWN in states,
    )


def entrance_of(actor: Actor, session: LiveSession, now: datetime | None = None) -> Entrance:
    """Return as what an actor may come in, and why not now (准入)."""
    visit = visit_of(actor, session)
    moment = Moment(session.state, session.opens_at, now or clock.now())
    return Entrance(session, place_of(visit), bar_of(visit, moment))


def teaching_obstacle(actor: Actor, session: LiveSession) -> DomainError | None:
    """Return why an actor cannot put a live lesson on the air now, or nothing (不能开播的原因)."""
    entrance = entrance_of(actor, session)
    if entrance.place not in HANDS:
        return ForbiddenError("这次直播课由主讲教师或助教开播。需要换人的，请由机构调整安排。", code="not_the_teacher")
    return ConflictError(entrance.sentence, code=entrance.bar.value) if entrance.bar else None


def unfounded_broadcasts() -> QuerySet[Broadcast]:
    """Return what is on the air by accounts that may teach the lesson no more, as `teaching_obstacle` says. One query."""
    teaches = Grant.objects.filter(
        user=OuterRef("by"), user__is_active=True, role=Role.INSTRUCTOR,
        organisation=OuterRef("session__training_class__institution"),
    )  # fmt: skip
    helped = LiveSession.assistants.through.objects.filter(livesession_id=OuterRef("session"), user_id=OuterRef("by"))
    given = Q(session__teacher=F("by")) | Exists(helped)
    founded = Q(Exists(teaches)) & given
    return Broadcast.objects.filter(~founded, ended_at=None, by__isnull=False).select_related("session")


def taught_live(user_id: int, starts_at: datetime, ends_at: datetime) -> list[Appointment]:
    """Return the live lessons that somebody teaches or assists at a time (直播授课安排)."""
    helped = LiveSession.assistants.through.objects.filter(livesession_id=OuterRef("pk"), user_id=user_id)
    busy = LiveSession.objects.filter(Q(teacher_id=user_id) | Exists(helped), starts_at__lt=ends_at)
    busy = busy.filter(ends_at__gt=starts_at).exclude(state__in=OVER).select_related("training_class")
    return [
        Appointment(one.uid, one.starts_at, one.ends_at, f"直播课“{one.title}”", one.training_class.name)
        for one in busy
    ]


def publish_group(session: UUID) -> str:
    """Return where the pages that put a live lesson on the air hear of one another."""
    return f"live.publish.{session.hex}"


def lives_to_inspect(actor: Actor) -> QuerySet[LiveSession]:
    """Return the live lessons that the office may look into, by time (可巡课的直播课)."""
    return lessons().filter(training_class__in=TrainingClass.objects.filter(reach(actor)).values("pk"))


def live_to_inspect(actor: Actor, uid: UUID) -> LiveSession:
    """Return a live lesson that the office may look into. Raises NotFoundError for any other."""
    found = lives_to_inspect(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError(GONE, code="live_not_found")
    return found
