"""Making up for what one missed of a live lesson: the same seat, ledger and coverage, and nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import Beat
from attendance.queries import hours_lines, lessons_studied, totals_of
from courses.queries.media import still_holds
from courses.rules.playback import GrantKind
from lms.completion.queries import completion_of
from lms.kernel.errors import ConflictError
from lms.live.services import publish_replay, withdraw_replay
from lms.planning.rules import StudyTerms
from tests.live_lessons.lesson import Lesson
from tests.live_lessons.recorded import lay_replay
from tests.live_lessons.stage import moment

TERMS = StudyTerms(check_min_ms=None, check_max_ms=None, live_replay="makeup", live_replay_days=10)


@pytest.fixture
def live(cast, site_root, at):
    """Return a function that lays a lesson that was on the air for 60 s, of which 王芳 attended the first `seen`."""
    traveller = at(2026, 5, 5, 10, 0)

    def lay(terms=TERMS, *, seen=20, attended=True):
        lesson = Lesson(cast, site_root, traveller, terms)
        lesson.on_air()
        if attended:
            wang = lesson.player()
            for _ in range(seen // 10):
                lesson.watch(wang, 10)
            wang.close()
        for _ in range((60 - seen) // 10):
            traveller.advance(seconds=10)
            lesson.heard()
        lesson.end()
        lesson.session.refresh_from_db()
        lesson.replay = lay_replay(lesson.session, seconds=60)
        traveller.advance(seconds=300)
        return lesson

    return lay


def published(lesson):
    publish_replay(session=lesson.session, actor=lesson.teacher)
    return lesson


def confirmed(lesson):
    return totals_of([lesson.enrolment.pk])[lesson.enrolment.pk].confirmed_ms


def why_lost(cast):
    return set(Beat.objects.filter(person_id=cast.wang.person_id, lost__gt=0).values_list("why", flat=True))


def test_what_was_missed_is_made_up_and_what_was_attended_is_not_counted_twice(live):
    lesson = published(live(seen=20))
    player = lesson.player(key="k2")

    assert player.opened.resume_ms == 20_000  # where she left the lesson
    player.at = 0
    player.watch(20)  # what she saw live
    for _ in range(4):
        player.watch(10)
    player.close()

    assert confirmed(lesson) == 60_000
    studied = lessons_studied([lesson.enrolment.pk])[lesson.enrolment.pk, lesson.lesson.lesson_uid]
    assert studied.covered_ms == 60_000


def test_the_account_says_line_by_line_what_was_made_up(live):
    lesson = published(live(seen=20))
    player = lesson.player(key="k2")
    player.watch(30)
    player.close()

    sentences = [line.sentence for line in hours_lines(lesson.enrolment)]
    assert any("30秒已认定（看直播回放补课）。" in one for one in sentences)
    assert any("20秒已认定。" in one for one in sentences)


def test_who_missed_it_all_makes_it_up_from_the_beginning(live):
    lesson = published(live(seen=0, attended=False))
    player = lesson.player()

    assert player.opened.resume_ms == 0
    assert player.opened.length_ms == 60_000
    player.watch(60)
    player.close()

    assert confirmed(lesson) == 60_000


@pytest.mark.parametrize(
    ("terms", "days", "code"),
    [
        pytest.param(replace(TERMS, live_replay="none"), 0, "replay_not_counted", id="the policy counts no replays"),
        pytest.param(replace(TERMS, live_replay_days=2), 3, "replay_late", id="after the last day"),
    ],
)
def test_a_replay_that_does_not_count_opens_no_session(live, terms, days, code):
    lesson = published(live(terms))
    lesson.traveller.advance(days=days)

    with pytest.raises(ConflictError) as refusal:
        lesson.player(key="k2")
    assert refusal.value.code == code


def test_before_it_is_published_nothing_opens(live):
    lesson = live()

    with pytest.raises(ConflictError) as refusal:
        lesson.player(key="k2")
    assert refusal.value.code == "live_ended"


def test_the_days_run_from_the_first_time_it_was_shown(live):
    lesson = published(live(replace(TERMS, live_replay_days=2)))
    lesson.traveller.advance(days=3)
    withdraw_replay(session=lesson.session, reason="章节标题有误，改正后再发", actor=lesson.teacher)
    published(lesson)

    with pytest.raises(ConflictError, match="补课期限已过"):
        lesson.player(key="k2")


def test_a_replay_that_is_withdrawn_counts_no_more(live, cast):
    lesson = published(live())
    player = lesson.player(key="k2")
    player.watch(10)
    session, video = player.opened.session, lesson.replay.video
    assert still_holds(GrantKind.SESSION, session.hex, video, None)
    withdraw_replay(session=lesson.session, reason="画面里有学员的证件", actor=lesson.teacher)
    player.watch(10)
    player.close()

    assert confirmed(lesson) == 30_000
    assert why_lost(cast) >= {"replay_end"}
    assert not still_holds(GrantKind.SESSION, session.hex, video, None)


def test_time_beyond_the_last_day_is_lost_and_told(live, cast):
    always = replace(TERMS, live_replay_days=1, window_from_minute=None, window_to_minute=None)
    lesson = published(live(always))
    lesson.traveller.move_to(moment(23, 59, day=7))
    lesson.traveller.advance(seconds=50)
    player = lesson.player(key="k2")
    player.watch(20)
    player.close()

    assert confirmed(lesson) == 20_000 + 10_000
    assert why_lost(cast) == {"replay_end"}


def test_checks_are_those_of_films(live):
    lesson = published(live(replace(TERMS, check_min_ms=10_000, check_max_ms=10_000), seen=0, attended=False))
    player = lesson.player()

    assert player.watch(20).check is not None


def test_a_least_share_holds_back_what_was_made_up_and_nothing_else(live):
    lesson = published(live(replace(TERMS, live_replay_percent=80), seen=20))
    player = lesson.player(key="k2")
    player.watch(20)
    player.close()
    half = completion_of([lesson.enrolment])[lesson.enrolment.pk].totals
    player = lesson.player(key="k3")
    player.watch(20)
    player.close()

    # The lesson is worth an hour in the course and its books are not closed: nothing of it suffices yet.
    assert (half.confirmed_ms, half.held_ms) == (20_000, 20_000)


def test_a_batch_of_beats_asks_once_for_all_replays(live):
    lesson = published(live(seen=0, attended=False))
    player = lesson.player()
    player.watch(10)
    with CaptureQueriesContext(connection) as caught:
        player.watch(10)

    assert sum('"live_replay"' in one["sql"] for one in caught.captured_queries) <= 2
