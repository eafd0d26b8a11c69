"""What lists say of people is sealed beside the evidence, is read where it was, and ends by the class's terms or with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.queries import hours_lines
from lms.audit.models import AuditEntry
from lms.audit.services import sequence, verify
from lms.dossier.services.sheets import practice
from lms.kernel import clock
from lms.kernel.wording import ERASED_WORDS
from lms.people.models import SealedWords
from lms.people.services import forget_words, purge_words
from lms.portal.practice_pages import row_of
from lms.practice.models import PracticeSession, PresenceList
from lms.practice.queries.presence import attendees, lists_of
from lms.practice.services import confirm_list, file_list
from tests.practice.stage import absent, ms, present

AWAY, WHY, OPINION = "突发阑尾炎住院（示例）", "家属来电更正（示例）", "与病历核对一致（示例）"


@pytest.fixture
def corrected(workshop):
    """Return a list that was corrected: 王芳 had been there, and had not."""
    workshop.at(11, 10)
    for lines, note in (
        ([present(workshop.wang, ms(9), ms(11), "全程在岗")], ""),
        ([absent(workshop.wang, AWAY)], WHY),
    ):
        filed = file_list(session=workshop.session, lines=lines, note=note, actor=workshop.cast.actor("li"))
        confirm_list(presence_list=filed, opinion=OPINION, actor=workshop.cast.actor("zhao"))
    return PresenceList.objects.order_by("-number")[0]


def shown(workshop):
    """Return all that pages and the package say of the session."""
    mark = attendees(workshop.session, lists_of(workshop.session)[0])[0].mark
    lists = [(one.words, one.decision.words) for one in lists_of(workshop.session)]
    lines = [line.sentence for line in hours_lines(workshop.wang)]
    return str([mark.words, lists, lines, list(practice(workshop.wang))])


def test_words_are_read_where_they_were_and_lie_nowhere_in_the_open(workshop, corrected):
    said = shown(workshop)

    assert all(word in said for word in (f"缺席（{AWAY}）", WHY, OPINION))
    with connection.cursor() as cursor:
        for table in ("presencelist", "presencemark", "listdecision"):
            cursor.execute(f"SELECT * FROM practice_{table}")
            assert not any(word in str(cursor.fetchall()) for word in (AWAY, WHY, OPINION))
    log = list(AuditEntry.objects.values_list("action", "reason"))
    assert not any(word in str(log) for word in (AWAY, WHY, OPINION))
    assert ("attendance.offline_corrected", "实操名单第2份更正") in log


def test_words_end_by_the_terms_of_the_class_and_the_evidence_verifies(workshop, corrected):
    sequence(clock.now())
    days = workshop.session.training_class.study_terms().appeal_words_days

    assert purge_words(clock.now() + timedelta(days=days - 1)) == 0
    assert purge_words(clock.now() + timedelta(days=days)) == SealedWords.objects.count()

    said = shown(workshop)
    assert f"缺席（{ERASED_WORDS}）" in said
    row = row_of(attendees(workshop.session, lists_of(workshop.session)[0])[0], {}, "")
    assert (row.told, row.reason) == (ERASED_WORDS, "")  # a correction does not start from the sentence that it ended
    assert not any(word in said for word in (AWAY, WHY, OPINION))
    sequence(clock.now())
    assert verify().findings == []


def test_what_was_written_about_a_learner_ends_with_the_learner(workshop, corrected):
    forget_words(workshop.wang.person, clock.now())

    said = shown(workshop)
    assert (AWAY in said, WHY in said, OPINION in said) == (False, True, True)
    assert SealedWords.objects.exclude(erased_at=None).count() == 2


def read(session):
    """Read the newest list as its pages do; return whose words there are and how many queries it cost."""
    fresh = PracticeSession.objects.select_related("training_class").get(pk=session.pk)
    with CaptureQueriesContext(connection) as asked:
        newest = lists_of(fresh)[0]
        words = [one.mark.words for one in attendees(fresh, newest) if one.mark]
        assert newest.decision.words
    return words, len(asked)


def test_words_of_fifty_cost_as_many_queries_as_those_of_five(workshop):
    learners = [workshop.join(40 + serial) for serial in range(50)]
    workshop.at(11, 10)
    costs = []
    for count, note in ((5, ""), (50, WHY)):
        lines = [absent(one, AWAY) for one in learners[:count]]
        filed = file_list(session=workshop.session, lines=lines, note=note, actor=workshop.cast.actor("li"))
        if filed.needs_second:
            confirm_list(presence_list=filed, opinion=OPINION, actor=workshop.cast.actor("zhao"))
        read(workshop.session)  # the first opens the key by which words are sealed
        words, cost = read(workshop.session)
        assert words == [AWAY] * count
        costs.append(cost)

    assert costs[0] == costs[1]
