"""Two at once in a room: each change has a version of its own, and without the room's lock two would share one."""

from __future__ import annotations

import pytest

from lms.live.models import Room, RoomMember, RoomQuestion
from lms.live.services import enter_room, open_live, questions, rooms
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting
from tests.live_lessons.rooms import classmate
from tests.live_lessons.stage import lay_school

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def room(cast, site_root, at):
    school = lay_school(cast, site_root, at(2026, 5, 5, 10, 0))
    school.at(18, 50)
    school.session = open_live(session=school.session, actor=cast.actor("li"))
    return school


def ask_at_once(room, monkeypatch, patience):
    """Have two learners ask at once; return the versions of their questions, in order."""
    from lms.access.queries import actor_for

    actors = [room.cast.actor("wang"), actor_for(classmate(room, 1)[0])]
    for actor in actors:
        enter_room(session=room.session, actor=actor)
    monkeypatch.setattr(questions, "begin_deed", meeting(rooms.begin_deed, 2, patience))

    def deed(number, actor):
        return lambda: questions.ask_question(session=room.session, text=f"问题{number}", key=f"q{number}", actor=actor)

    at_once(*(deed(number, actor) for number, actor in enumerate(actors)))
    return sorted(RoomQuestion.objects.values_list("version", flat=True))


def test_two_who_ask_at_once_get_versions_one_after_the_other(room, monkeypatch):
    before = Room.objects.get().version

    assert ask_at_once(room, monkeypatch, MOMENT) == [before + 1, before + 2]
    assert Room.objects.get().version == before + 2


def test_without_the_lock_they_would_share_one_and_a_page_would_miss_a_question(room, monkeypatch):
    """The control: both count on from the same number."""
    monkeypatch.setattr(rooms, "lock_room", lambda session: Room.objects.get(session=session))
    before = Room.objects.get().version

    assert ask_at_once(room, monkeypatch, PATIENCE) == [before + 1, before + 1]


def test_two_pages_of_one_person_that_come_in_at_once_are_one_member(room, monkeypatch):
    monkeypatch.setattr(rooms, "seat_at", meeting(rooms.seat_at, 2, PATIENCE))

    def enter():
        return enter_room(session=room.session, actor=room.cast.actor("wang")).member.pk

    first, second = at_once(enter, enter)

    assert first == second == RoomMember.objects.get(user=room.cast.wang).pk
