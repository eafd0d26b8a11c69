from __future__ import annotations

import pytest

from lms.live.services import open_live
from tests.live_lessons.recorded import lay_replay, ready_at_once, record_lesson, talk
from tests.live_lessons.rooms import inside
from tests.live_lessons.stage import lay_school


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def school(cast, site_root, at):
    """Return a class with a live lesson on 6 May, 19:00 to 20:30; it is the day before, ten o'clock."""
    return lay_school(cast, site_root, at(2026, 5, 5, 10, 0))


@pytest.fixture
def room(school):
    """Return the stage ten minutes before the lesson, its room opened by the teacher."""
    school.at(18, 50)
    school.session = open_live(session=school.session, actor=school.cast.actor("li"))
    return school


@pytest.fixture
def li(room):
    return inside(room, "li")


@pytest.fixture
def wang(room):
    return inside(room, "wang")


@pytest.fixture
def taught(school, settings, monkeypatch, django_capture_on_commit_callbacks):
    """Return the stage after its lesson: 4 s were recorded, three lines were said, and the film is there."""
    settings.STAFF_MFA_REQUIRED = False
    monkeypatch.setattr("courses.tasks.transcode_video", ready_at_once)
    school.at(19)
    session = record_lesson(school.session, "h264", seconds=4)
    talk(school, session)
    school.capture = django_capture_on_commit_callbacks
    lay_replay(session, seconds=4)
    school.traveller.advance(seconds=60)
    return school
