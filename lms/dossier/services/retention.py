"""What the policy ends: who a person was, once their records are past their keeping (保存期限)."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from django.db import transaction

from lms.classes.services import erase_roster_rows
from lms.dossier.queries import past_keeping
from lms.kernel import clock
from lms.live.services import forget_member
from lms.notifications.services import forget_notices
from lms.people.models import Person
from lms.people.services import erase_person
from lms.wechat.services import forget_wechat

MOST = 500  # of one night


def erase_due(moment: datetime) -> int:
    """Erase whose keeping ended before today. For the ticker; returns how many. Evidence stays as it is."""
    people = list(islice(past_keeping(clock.local(moment).date()), MOST))
    for person in people:
        erase(person, moment)
    return len(people)


@transaction.atomic
def erase(person: Person, moment: datetime) -> None:
    """Erase one person everywhere, or nowhere."""
    forget_member(person)
    erase_person(person=person, reason="保存期限已满", moment=moment)
    erase_roster_rows(person)
    forget_notices(person)
    forget_wechat(person)
