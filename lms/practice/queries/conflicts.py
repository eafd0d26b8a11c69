"""What a session meets at the same time: the same place, or learners who are somewhere else. Told, not forbidden."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery

from lms.classes.models import Enrolment
from lms.classes.queries import Appointment
from lms.kernel import clock
from lms.practice.models import PracticeSession, TimetableStep

MOST_NAMED = 5


def newest_steps() -> QuerySet[TimetableStep]:
    """Return the step of every session that holds now (当前安排)."""
    newest = TimetableStep.objects.filter(session=OuterRef("session")).order_by("-number").values("number")[:1]
    return TimetableStep.objects.alias(newest=Subquery(newest)).filter(number=F("newest"))


def taught_at_places(user_id: int, starts_at: datetime, ends_at: datetime) -> list[Appointment]:
    """Return the sessions that somebody teaches at a time (实操授课安排)."""
    busy = newest_steps().filter(teacher=user_id, is_cancelled=False, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return [
        Appointment(
            one.session.uid, one.starts_at, one.ends_at, f"{one.place}的实操课", one.session.training_class.name
        )
        for one in busy.select_related("session__training_class")
    ]


def conflicts_of(session: PracticeSession, step: TimetableStep) -> list[str]:
    """Return a sentence for everything that a session meets at the same time (时间冲突). Two queries at most."""
    if step.is_cancelled:
        return []
    same_time = newest_steps().filter(is_cancelled=False, starts_at__lt=step.ends_at, ends_at__gt=step.starts_at)
    others = list(same_time.exclude(session=session).select_related("session__training_class"))
    return [*same_place(session, step, others), *same_persons(session, others)]


def same_place(session: PracticeSession, step: TimetableStep, others: list[TimetableStep]) -> list[str]:
    """Return what else the institution has planned at the place."""
    institution = session.training_class.institution_id
    met = [
        one for one in others if one.place == step.place and one.session.training_class.institution_id == institution
    ]
    return [f"同一时间，“{step.place}”还安排了{named(one)}。请确认场地够用，或调整其中一次。" for one in met]


def same_persons(session: PracticeSession, others: list[TimetableStep]) -> list[str]:
    """Return which learners of the class have another session to attend."""
    active = Enrolment.objects.filter(state=Enrolment.State.ACTIVE)
    own = active.filter(training_class=session.training_class_id).values("person")
    classes = {one.session.training_class_id for one in others} - {session.training_class_id}
    found: dict[int, list[str]] = {}
    if classes:
        rows = active.filter(training_class__in=classes, person__in=own).order_by("person__name", "pk")
        for training_class, name in rows.values_list("training_class", "person__name"):
            found.setdefault(training_class, []).append(name)
    return [
        f"同一时间，本班学员{names_of(found[one.session.training_class_id])}还要参加{named(one)}。请与学员确认去哪一处。"
        for one in others
        if one.session.training_class_id in found
    ]


def names_of(names: list[str]) -> str:
    """Return a few names, and how many there are when there are more."""
    shown = "、".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown}等{len(names)}人"


def named(step: TimetableStep) -> str:
    """Return a session as it is told to staff of another."""
    begin, end = clock.local(step.starts_at), clock.local(step.ends_at)
    return f"“{step.session.training_class.name}”的实操课（{begin:%m月%d日%H:%M}至{end:%H:%M}）"
