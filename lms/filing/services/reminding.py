"""Telling institutions in time that their licence ends (许可到期提醒)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lms.filing.queries.policies import terms_on
from lms.filing.queries.records import ending_licences, staff_of
from lms.filing.rules.opening import day_words
from lms.kernel import clock
from lms.notifications.rules import Message
from lms.notifications.services import tell_users


@transaction.atomic
def remind_of_licences(moment: datetime) -> int:
    """Tell the staff of whom it concerns, once for each licence; returns how many institutions. For the ticker."""
    day = clock.local(moment).date()
    days = terms_on(day).licence_notice_days
    if days is None:
        return 0
    ending = [(one, one.current.licence_to) for one in ending_licences(day, days) if one.current]
    for filing, ends in ending:
        if ends is None:
            continue
        title = f"办学许可将于{day_words(ends)}到期"
        text = "到期后不能开新班。换证后请在“机构备案”中提交变更备案。"
        about = Message("filing_decided", filing.organisation.uid, f"licence:{filing.uid}:{ends}", title, text)
        tell_users(staff_of(filing.organisation_id), about)
    return len(ending)
