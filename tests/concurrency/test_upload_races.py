"""Two uploads at once for the last room, and two last parts: the locks decide, and without them both would go through."""

from __future__ import annotations

import pytest

from courses.models import Upload, Video
from courses.queries import uploads as queries
from courses.rules.uploads import GIGABYTE
from courses.services import uploads as services
from courses.services.quotas import set_quota
from lms.organisations.models import Organisation
from tests.concurrency.race import at_once, meeting

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def begin_at_once(cast, monkeypatch):
    """Return a function that begins two uploads of 1 GB each where 1 GB is left: lengths or refusals, sorted."""
    set_quota(institution=cast.institution_a, gigabytes=1, reason="示例", actor=cast.actor("chen"))
    li = cast.actor("li")

    def begin():
        monkeypatch.setattr(queries, "room_of", meeting(queries.room_of, 2))

        def deed():
            made = services.begin_parts(institution=cast.institution_a, name="a.mp4", length=GIGABYTE, actor=li)
            return made.length

        return sorted(at_once(deed, deed), key=str)

    return begin


def test_the_last_room_is_given_once(begin_at_once):
    assert begin_at_once() == [GIGABYTE, "quota_exceeded"]


def test_without_the_lock_it_would_be_given_twice(begin_at_once, monkeypatch):
    """The control."""
    monkeypatch.setattr(queries, "lock_institution", lambda one: Organisation.objects.get(pk=one.pk))

    assert begin_at_once() == [GIGABYTE, GIGABYTE]


@pytest.fixture
def finish_at_once(cast, monkeypatch):
    """Return a function that finishes one upload twice at the same time."""
    upload = Upload.objects.create(institution=cast.institution_a, owner=cast.li, title="片", name="a.mp4", length=9)
    li = cast.actor("li")

    def finish():
        monkeypatch.setattr(services, "refuse_closed", meeting(services.refuse_closed, 2))
        deed = lambda: services.finish_upload(upload=Upload.objects.get(pk=upload.pk), actor=li).pk  # noqa: E731
        return at_once(deed, deed)

    return finish


def test_a_file_finished_twice_is_one_video(finish_at_once):
    first, second = finish_at_once()

    assert first == second == Video.objects.get().pk


def test_without_the_lock_the_second_would_break(finish_at_once, monkeypatch):
    """The control: only the unique uid is left to hold it."""
    monkeypatch.setattr(queries, "lock_upload", lambda one: Upload.objects.get(pk=one.pk))

    assert "IntegrityError" in finish_at_once()
