"""A learner who missed a check, appealed, and what the office did."""

from __future__ import annotations

from attendance.models import HoursEntry
from courses.models import LessonVersion
from lms.access.rules import Actor
from lms.appeals.models import HoursAppeal
from lms.appeals.rules import Upload
from lms.appeals.services import confirm_opinion, file_appeal, propose_opinion
from lms.classes.models import Enrolment
from lms.kernel.clock import Traveller
from lms.kernel.ids import new_uid
from tests.cast import Cast
from tests.player import Player

REASON = "当时接了一个医院打来的电话，没有看到确认窗口。"
OPINION = "核对了心跳和设备记录，前后连续，与本人说明一致。"
PHOTO = Upload("note.jpg", b"\xff\xd8\xff" + b"0" * 64)


def film_of(enrolment: Enrolment) -> LessonVersion:
    """Return the first film of the class."""
    found = enrolment.training_class.course_version.lessons.filter(kind="video").order_by("position").first()
    assert found is not None
    return found


def miss_check(
    enrolment: Enrolment, actor: Actor, traveller: Traveller, *, lesson: LessonVersion | None = None
) -> HoursEntry:
    """Study until a check is asked, play on without answering until it is missed; return the withheld entry."""
    player = Player(traveller, enrolment, lesson or film_of(enrolment), actor, key=new_uid().hex)
    before = HoursEntry.objects.count()
    for _ in range(60):
        player.watch(10)
        if HoursEntry.objects.count() > before:
            break
    return HoursEntry.objects.filter(person_id=enrolment.person_id, kind="withheld").latest("pk")


def appeal(entry: HoursEntry, actor: Actor, **changes: object) -> HoursAppeal:
    """Appeal an entry."""
    words = {"reason": REASON, "key": new_uid().hex, "actor": actor} | changes
    return file_appeal(entry=entry, **words)


def propose(appealed: HoursAppeal, actor: Actor, *, grants: bool = True) -> HoursAppeal:
    """Say whether an appeal is well-founded."""
    propose_opinion(appeal=appealed, grants=grants, reason=OPINION, actor=actor)
    return HoursAppeal.objects.get(pk=appealed.pk)


def grant(appealed: HoursAppeal, cast: Cast, *, grants: bool = True) -> HoursAppeal:
    """Have 孙 propose and 陈 confirm."""
    propose(appealed, cast.actor("sun"), grants=grants)
    confirm_opinion(appeal=appealed, agrees=True, opinion="同意", actor=cast.actor("chen"))
    return HoursAppeal.objects.get(pk=appealed.pk)
