"""Two processes close the books of one live lesson at once: the lock lets one write, the constraint stands behind it."""

from __future__ import annotations

import pytest

from attendance.models import LivePresence, LiveRecord, SessionEnd
from attendance.services import live_records
from lms.notifications.models import Notice
from lms.planning.rules import StudyTerms
from tests.concurrency.race import PATIENCE, at_once, meeting
from tests.live_lessons.lesson import Lesson

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ended(cast, site_root, at):
    """Return a lesson that is over and settled; its learner's page died in the middle of it."""
    lesson = Lesson(cast, site_root, at(2026, 5, 5, 10, 0), StudyTerms(check_min_ms=None, check_max_ms=None))
    lesson.on_air()
    lesson.watch(lesson.player(), 10)
    lesson.end()
    lesson.traveller.advance(minutes=5)
    return lesson


def close_twice(lesson, monkeypatch, seconds=1.0):
    """Let two find at the same time that there is no record yet."""
    monkeypatch.setattr(live_records, "end_sittings", meeting(live_records.end_sittings, 2, seconds))

    def deed():
        return live_records.close_record(lesson.session)

    return sorted(at_once(deed, deed), key=str)


def test_the_books_are_closed_once(ended, monkeypatch):
    assert close_twice(ended, monkeypatch) == [False, True]
    assert (LiveRecord.objects.count(), LivePresence.objects.count(), SessionEnd.objects.count()) == (1, 1, 1)
    assert not Notice.objects.filter(kind="live_unattended").exists()


def test_without_the_lock_only_the_constraint_stands(ended, monkeypatch):
    monkeypatch.setattr(live_records, "lock_live", lambda session: session)

    assert close_twice(ended, monkeypatch, PATIENCE) == ["IntegrityError", True]
    assert (LiveRecord.objects.count(), LivePresence.objects.count(), SessionEnd.objects.count()) == (1, 1, 1)
