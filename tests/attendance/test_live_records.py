"""What stands of a live lesson once it is over: who was there, for how long, and whether that is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import LivePresence, LiveRecord, Seat, SessionEnd
from attendance.queries.lives import attendance_of, timeline_of
from attendance.rules.lives import held_of, is_enough
from attendance.services import reconcile_lives
from lms.completion.queries import completion_of
from lms.kernel import clock
from lms.live.services import close_overdue
from lms.notifications.models import Notice
from lms.planning.rules import StudyTerms
from tests.cast import make_person
from tests.factories import make_enrolment
from tests.live_lessons.lesson import Lesson
from tests.live_lessons.stage import moment

TERMS = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)


@pytest.fixture
def live(cast, site_root, at):
    traveller = at(2026, 5, 5, 10, 0)
    return lambda terms=TERMS: Lesson(cast, site_root, traveller, terms)


@pytest.fixture
def given(live):
    """Return a function that gives a lesson of sixty seconds, of which 王芳 watches some."""

    def give(seconds, terms=TERMS):
        lesson = live(terms)
        lesson.on_air()
        wang = lesson.player()
        for _ in range(seconds // 10):
            lesson.watch(wang, 10)
        lesson.traveller.advance(seconds=60 - seconds)
        lesson.end()
        return lesson

    return give


def close(lesson, *, minutes=5):
    lesson.traveller.advance(minutes=minutes)
    return reconcile_lives(clock.now())


def told(moments):
    return [(one.words, one.ms // 1000) for one in moments]


def test_joins_leaves_and_breaks_are_told_one_after_another(live, cast):
    lesson = live()
    lesson.on_air()
    wang = lesson.player()
    lesson.watch(wang, 20)
    lesson.watch(wang, 30, playing=False)
    wang.close()
    lesson.traveller.advance(seconds=40)
    lesson.heard()
    phone = lesson.player(key="k2")
    lesson.watch(phone, 10)

    assert told(timeline_of(lesson.session, lesson.enrolment)) == [
        ("进入（电脑）", 0),
        ("计入学时", 20),
        ("未计入：视频已暂停", 20),
        ("未计入：没有播放", 10),
        ("离开：正常结束", 0),
        ("进入（电脑）", 0),
        ("计入学时", 10),
    ]


def test_the_list_says_who_was_there_and_who_was_not(given, cast):
    lesson = given(40)
    make_enrolment(lesson.training_class, cast.lu.person)

    attendance = attendance_of(lesson.session.__class__.objects.get(pk=lesson.session.pk))

    rows = {row.enrolment.person_id: (row.visits, row.credit_ms, row.percent) for row in attendance.rows}
    assert (attendance.air.total_ms, attendance.present) == (60_000, 1)
    assert rows == {cast.wang.person_id: (1, 40_000, 66), cast.lu.person_id: (0, 0, 0)}


def test_the_list_costs_as_much_for_many_as_for_few(given, cast):
    lesson = given(40)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            attendance_of(lesson.session)
        return len(captured)

    few = cost()
    for serial in range(8):
        make_enrolment(lesson.training_class, make_person(f"学员{serial}", 700 + serial))
    assert cost() == few


def test_the_books_are_closed_once_when_no_beat_can_come_any_more(given):
    lesson = given(40)

    early = reconcile_lives(clock.now() + timedelta(seconds=30))
    late = [close(lesson), reconcile_lives(clock.now())]

    held = LiveRecord.objects.get()
    assert (early, late) == (0, [1, 0])
    assert (held.on_air_ms, held.expected, held.present, held.enough) == (60_000, 1, 1, 1)
    row = LivePresence.objects.get()
    assert (row.credit_ms, row.percent, row.visits, row.is_enough) == (40_000, 66, 1, True)


def test_closing_the_books_ends_the_sittings_that_nobody_ended(given):
    lesson = given(40)

    close(lesson)

    assert (Seat.objects.get().session, SessionEnd.objects.get().why) == (0, "live_over")


def test_a_lesson_whose_process_died_is_closed_all_the_same(live):
    lesson = live()
    lesson.on_air()
    wang = lesson.player()
    lesson.watch(wang, 10)
    lesson.traveller.move_to(moment(23, 45))  # nobody was heard of since

    close_overdue(clock.now())
    close(lesson)

    assert LiveRecord.objects.get().on_air_ms == 30_000  # what was heard, and a short break
    assert LivePresence.objects.get().credit_ms == 10_000


def test_a_lesson_without_a_picture_or_a_lesson_of_the_course_has_no_books(live):
    lesson = live()
    lesson.open()
    lesson.traveller.move_to(moment(21, 30))
    close_overdue(clock.now())

    assert (close(lesson), LiveRecord.objects.count()) == (0, 0)


def test_the_teacher_and_the_institution_hear_when_nobody_is_counted(given, cast):
    close(given(0))

    assert set(Notice.objects.filter(kind="live_unattended").values_list("user__username", flat=True)) == {
        cast.li.username, cast.zhao.username,
    }  # fmt: skip


def test_nobody_is_alarmed_when_somebody_was_there(given):
    close(given(20))

    assert not Notice.objects.filter(kind="live_unattended").exists()


@pytest.mark.parametrize(
    ("seconds", "counts"), [pytest.param(40, False, id="too short"), pytest.param(50, True, id="long enough")]
)
def test_a_least_share_holds_back_what_was_confirmed(given, seconds, counts):
    lesson = given(seconds, replace(TERMS, live_minimum_percent=80))
    close(lesson)

    found = completion_of([lesson.enrolment])[lesson.enrolment.pk]

    ms = seconds * 1000
    assert (found.totals.confirmed_ms, found.totals.held_ms) == ((ms, 0) if counts else (0, ms))
    assert any("到课满80%" in one for one in found.missing) is not counts


def test_a_lesson_that_ended_early_is_done_by_what_was_given(given):
    lesson = given(60)
    before = completion_of([lesson.enrolment])[lesson.enrolment.pk].lessons[1].state
    close(lesson)

    after = completion_of([lesson.enrolment])[lesson.enrolment.pk]

    assert (before, after.lessons[1].state) == ("studying", "done")
    assert after.required_ms == 2 * 60_000 * 90 // 100  # the film's minute and the one that was given


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param([(0, 5, 0, ""), (5, 5, 0, "")], [(0, 10, "")], id="neighbours are one"),
        pytest.param([(0, 5, 2, "idle"), (7, 0, 3, "idle")], [(0, 5, ""), (5, 10, "idle")], id="lost after credit"),
        pytest.param([(0, 5, 0, ""), (9, 5, 0, "")], [(0, 5, ""), (9, 14, "")], id="a hole stays one"),
        pytest.param([(0, 0, 0, "paused")], [], id="nothing"),
    ],
)
def test_stretches_of_one_kind_are_told_as_one(pieces, expected):
    assert [tuple(one) for one in held_of(pieces)] == expected


@pytest.mark.parametrize(
    ("present", "least", "expected"), [(0, None, False), (1, None, True), (79, 80, False), (80, 80, True)]
)
def test_enough_is_a_share_of_the_time_on_the_air(present, least, expected):
    assert is_enough(present, 100, replace(TERMS, live_minimum_percent=least)) is expected


def visit(client, user, address):
    client.force_login(user)
    return client.get(address)


@pytest.mark.parametrize(("who", "place"), [("li", "institution"), ("zhao", "institution"), ("chen", "office")])
def test_staff_and_the_office_see_the_list_and_the_way(given, cast, client, settings, who, place):
    settings.STAFF_MFA_REQUIRED = False
    lesson = given(40)
    base = f"/{place}/live/{lesson.session.uid}/attendance/"

    listed = visit(client, getattr(cast, who), base).content.decode()
    way = visit(client, getattr(cast, who), f"{base}{lesson.enrolment.uid}/").content.decode()

    assert ("66%" in listed, "王芳" in listed) == (True, True)
    assert "计入学时（" in way


def test_a_way_of_another_class_is_not_found(given, cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    lesson = given(0)

    answer = visit(client, cast.zhao, f"/institution/live/{lesson.session.uid}/attendance/{lesson.session.uid}/")

    assert answer.status_code == 404


def test_a_learner_reads_the_own_attendance_over_the_api(given, cast, client):
    lesson = given(40)

    said = visit(client, cast.wang, f"/api/v1/me/live-sessions/{lesson.session.uid}/attendance").json()

    assert (said["on_air_seconds"], said["counted_seconds"], said["percent"], said["visits"]) == (60, 40, 66, 1)
    assert [line["sentence"] for line in said["lines"]][:2] == ["进入（电脑）", "计入学时"]
