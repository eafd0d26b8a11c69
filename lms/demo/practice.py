"""Practice days of the demo (示例线下实操): confirmed, waiting for a second person, to come. Through the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from attendance.rules import Origin
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.clock import SHANGHAI, Traveller
from lms.people.models import User
from lms.practice import services
from lms.practice.models import PracticeSession, PresenceList
from lms.practice.queries.sessions import PLANNED, practice_lessons, sessions_of_class
from lms.practice.rules.codes import IN, OUT

PLACE = "实训楼一层焊接车间（示例）"
PHONES = "203.0.113.200"  # the workshop's network; for documents only (RFC 5737)
BEGIN, END = time(9), time(10, 30)
DONE_DAY, NEXT_DAYS = 19, 2
OPINION = "与教师和学员核对过（示例）"


def build(held: TrainingClass, enrolments: Sequence[Enrolment], first_day: date, teacher: Actor, staff: Actor) -> None:
    """Live two days of practice, unless the class had some; plan one that is to come, unless there is one (示例).

    `enrolments` in the order of the roster: most sign themselves, one is entered by hand, one does not come.
    """
    if not PracticeSession.objects.filter(training_class=held).exists():
        signed, waiting = first_day + timedelta(days=DONE_DAY), clock.today() - timedelta(days=1)
        filed = live_day(held, signed, [enrolments[0], *enrolments[2:12]], enrolments[12:14], teacher, staff)
        with clock.travel(at(signed, time(14))):
            services.confirm_list(presence_list=filed, opinion=OPINION, actor=staff)
        live_day(held, waiting, enrolments[14:18], enrolments[18:20], teacher, staff)
    if not any(one.state == PLANNED for one in sessions_of_class(held)):
        plan(held, clock.today() + timedelta(days=NEXT_DAYS), staff)


def at(day: date, moment: time) -> datetime:
    """Return a moment on the district's clock."""
    return datetime.combine(day, moment, tzinfo=SHANGHAI)


def plan(held: TrainingClass, day: date, staff: Actor) -> PracticeSession:
    """Plan a morning in the workshop."""
    lesson = practice_lessons(held)[0]
    teacher = held.teacher
    assert teacher is not None
    words = services.Plan(lesson.lesson_uid, at(day, BEGIN), at(day, END), PLACE, teacher, 20)
    return services.plan_practice(training_class=held, plan=words, actor=staff)


def live_day(
    held: TrainingClass,
    day: date,
    signers: Sequence[Enrolment],
    others: Sequence[Enrolment],
    teacher: Actor,
    staff: Actor,
) -> PresenceList:
    """Let a morning pass: `signers` scan in and out, of the two `others` one has no phone and one does not come."""
    with clock.travel(at(day - timedelta(days=2), time(16))) as travel:
        session = plan(held, day, staff)
        for way, begin in ((IN, time(8, 50)), (OUT, time(10, 35))):
            travel.move_to(at(day, begin))
            for one in signers:
                scan(session, one, way, teacher, travel)
        travel.move_to(at(day, time(11, 10)))
        whole = session.steps.get().hours()
        by_hand, away = others
        lines = [services.Line(one, True, whole.starts_ms, whole.ends_ms, "现场点名核对（示例）") for one in signers]
        lines.append(services.Line(by_hand, True, whole.starts_ms, whole.ends_ms, "手机没电，全程在岗（示例）"))
        lines.append(services.Line(away, False, reason="请假（示例）"))
        return services.file_list(session=session, lines=lines, actor=teacher)


def scan(session: PracticeSession, enrolment: Enrolment, way: str, teacher: Actor, travel: Traveller) -> None:
    """Scan the code on the screen, half a minute after whoever stood in front."""
    travel.advance(seconds=25)
    actor = actor_for(User.objects.get(person_id=enrolment.person_id))
    token = services.code_now(session=session, way=way, actor=teacher).code.token
    ticket = services.ticket_for(session=session, way=way, given=token, enrolment=enrolment, actor=actor)
    origin = Origin(f"示例浏览器{enrolment.pk}-phone", PHONES)
    services.sign(session=session, enrolment=enrolment, ticket=ticket, actor=actor, origin=origin)
