"""Appeals in the demo (示例学时申诉): of what learners slept through; one is filed, one proposed. Through the services."""

from __future__ import annotations

from attendance.models import HoursEntry
from attendance.services import restorable
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.appeals.models import HoursAppeal
from lms.appeals.services import file_appeal, propose_opinion
from lms.classes.models import TrainingClass
from lms.people.models import User

REASONS = (
    "那天晚上家里老人突然发烧，我去拿药，没有看到确认窗口，回来后课已经停了。（示例）",
    "当时手机来电挡住了页面，接完电话才看到确认窗口已经过去。（示例）",
)
OPINION = "核对了当晚的心跳和设备记录，前后连续，与本人说明一致，建议恢复。（示例）"


def build(held: TrainingClass, maker: Actor) -> None:
    """Let learners appeal what is withheld of theirs, unless somebody did; the office proposes on the first (示例)."""
    if HoursAppeal.objects.filter(enrolment__training_class=held).exists():
        return
    withheld = HoursEntry.objects.filter(enrolment__training_class=held, kind=HoursEntry.Kind.WITHHELD)
    open_ones = [one for one in withheld.order_by("enrolment", "pk") if restorable(one)]
    filed = [
        file_appeal(entry=entry, reason=reason, key=f"demo-{entry.pk}", actor=actor_of(entry))
        for entry, reason in zip(open_ones, REASONS, strict=False)
    ]
    for appeal in filed[:1]:
        propose_opinion(appeal=appeal, grants=True, reason=OPINION, actor=maker)


def actor_of(entry: HoursEntry) -> Actor:
    """Return whose time it is."""
    return actor_for(User.objects.get(person_id=entry.person_id))
