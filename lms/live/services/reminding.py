"""Learners, and who teaches, are reminded of a live lesson once, as long before it as the policy says (开课提醒)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from lms.classes.services import tell_learners
from lms.kernel import clock
from lms.kernel.jobs import enqueue_on_commit
from lms.live.models import LiveSession
from lms.live.queries.rooms import terms_at
from lms.live.queries.sessions import lessons
from lms.live.rules.lifecycle import OPEN, SCHEDULED
from lms.live.rules.talking import MOST_REMIND_MINUTES
from lms.notifications.rules import Message
from lms.notifications.services import tell_users

TO_COME = (SCHEDULED, OPEN)


def remind_due(moment: datetime) -> int:
    """Have a worker remind the classes of the lessons whose time has come (到时提醒). Returns how many."""
    furthest = moment + timedelta(minutes=MOST_REMIND_MINUTES)
    near = LiveSession.objects.filter(
        state__in=TO_COME, reminded_at=None, starts_at__gt=moment, starts_at__lte=furthest
    )
    return sum(begin_reminding(session, moment) for session in near.select_related("training_class"))


@transaction.atomic
def begin_reminding(session: LiveSession, moment: datetime) -> bool:
    """Note that a lesson's class is reminded, unless another ticker did or it is too early."""
    if session.starts_at - moment > timedelta(minutes=terms_at(session).remind_minutes):
        return False
    own = LiveSession.objects.filter(pk=session.pk, reminded_at=None, starts_at=session.starts_at)
    if not own.update(reminded_at=moment):
        return False
    enqueue_on_commit("lms.live.tasks.remind", session_uid=str(session.uid))
    return True


@transaction.atomic
def remind(uid: UUID) -> bool:
    """Tell a class and who teaches it that its lesson begins soon: once, and not when it has begun or was put off."""
    session = lessons().get(uid=uid)
    if session.state not in TO_COME or session.reminded_at is None or session.starts_at <= clock.now():
        return False
    begin = clock.local(session.starts_at)
    key = f"live_soon:{session.pk}:{int(begin.timestamp())}"
    remind_hands(session)
    title = f"{begin:%-m月%-d日%H:%M}的直播课“{session.title}”快开始了"
    text = "请提前几分钟进入，看看声音和网络是否正常。"
    tell_learners(session.training_class, Message("live_soon", session.uid, key, title, text))
    return True


def remind_hands(session: LiveSession) -> None:
    """Tell the teacher and assistants that their lesson begins soon (主讲教师和助教的开课提醒)."""
    begin = clock.local(session.starts_at)
    key = f"live_teach_soon:{session.pk}:{int(begin.timestamp())}"
    title = f"{begin:%-m月%-d日%H:%M}您的直播课“{session.title}”快开始了"
    text = "请提前进入直播页面，检测摄像头和麦克风，备好课件和资料。"
    hands = [session.teacher_id, *(one.pk for one in session.assistants.all())]
    tell_users(hands, Message("live_teach_soon", session.uid, key, title, text))
