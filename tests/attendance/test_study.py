"""A learner studies: sessions open, beats are credited, checks move the needle."""

from __future__ import annotations

import uuid

import pytest

from attendance.models import Beat, HoursEntry, PresenceCheck, Seat
from attendance.rules import Claim
from attendance.services import BeatsRequest, answer_check, close_session, post_beats
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, NotFoundError
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player

NO_CHECKS = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)
SHORT_CHECKS = StudyTerms(check_min_ms=30_000, check_max_ms=30_000)


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def stage(cast, site_root):
    def make(terms=NO_CHECKS, lessons=(("video", 10 * MINUTE), ("video", 10 * MINUTE))):
        version = make_course_version(site_root, cast.institution_a, lessons=lessons)
        enrolment = make_enrolment(make_class(version, cast.department, terms=terms), cast.wang.person)
        return enrolment, list(version.lessons.all()), cast.actor("wang")

    return make


def test_honest_minutes_are_credited(traveller, stage):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)

    for _ in range(6):
        ack = player.watch(10)

    assert (ack.acked_seq, ack.pending_ms, ack.covered_ms) == (6, 60_000, 60_000)
    assert Beat.objects.filter(person_id=actor.person_id).count() == 6


def test_the_same_beats_again_change_nothing(traveller, stage):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)
    first = player.token
    player.watch(10)

    again = player.send([Claim(1, 0, 10_000)], token=first)

    assert (again.acked_seq, again.pending_ms) == (1, 10_000)
    assert Beat.objects.count() == 1


def test_a_claim_of_the_whole_film_earns_only_the_time_that_passed(traveller, stage):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)

    ack = player.watch(10, to_ms=600_000)

    assert ack.pending_ms == 10_000
    assert ack.covered_ms == 10_000


def test_a_token_of_long_ago_carries_no_new_beat(traveller, stage):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)
    old = player.token
    player.watch(10)

    refused = player.send([Claim(2, 10_000, 20_000)], token=old)

    assert refused.code == "token_wrong"
    assert Seat.objects.get().pending == 10_000


def test_closing_posts_the_hours_where_there_are_no_checks(traveller, stage):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(50)

    ack = close_session(session=player.opened.session, actor=actor)

    entry = HoursEntry.objects.get()
    assert (entry.kind, entry.ms, entry.enrolment) == ("confirmed", 50_000, enrolment)
    assert ack.stop.code == "closed"


def test_without_checks_the_ledger_is_posted_every_ten_minutes(traveller, stage):
    enrolment, lessons, actor = stage(lessons=(("video", 20 * MINUTE),))
    player = Player(traveller, enrolment, lessons[0], actor)

    for _ in range(12):
        ack = player.watch(50)

    assert ack.confirmed_ms == 600_000
    assert ack.pending_ms == 0


def test_a_check_is_asked_and_an_answer_confirms(traveller, stage):
    enrolment, lessons, actor = stage(SHORT_CHECKS)
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(20)
    asked = player.watch(20).check

    seat = answer_check(session=player.opened.session, number=asked.number, answer="here", actor=actor)

    assert (seat.pending, seat.check_due) == (0, 0)
    assert HoursEntry.objects.get().ms == 40_000
    assert PresenceCheck.objects.get().outcome == "passed"


def test_a_missed_check_withholds_and_stops_and_may_be_earned_again(traveller, stage):
    enrolment, lessons, actor = stage(SHORT_CHECKS)
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(20)
    player.watch(20)
    for _ in range(10):
        ack = player.watch(10)

    assert ack.stop.code == "check"
    withheld = HoursEntry.objects.get()
    assert (withheld.kind, withheld.ms) == ("withheld", Seat.objects.get().n and withheld.ms)
    again = Player(traveller, enrolment, lessons[0], actor, key="k2")
    assert again.opened.resume_ms == 0
    assert again.watch(10).pending_ms == 10_000


def test_silence_over_a_dead_network_is_asked_once_more(traveller, stage):
    enrolment, lessons, actor = stage(SHORT_CHECKS)
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(40)
    traveller.advance(minutes=10)

    ack = player.watch(5)

    assert ack.stop is None
    assert ack.check is not None
    assert ack.check.answer_ms == 90_000


def test_a_second_device_takes_over_and_the_first_is_told(traveller, stage):
    enrolment, lessons, actor = stage()
    pc = Player(traveller, enrolment, lessons[0], actor, key="pc")
    pc.watch(10)
    phone = Player(traveller, enrolment, lessons[0], actor, key="phone")

    told = pc.watch(10)

    assert told.stop.code == "takeover"
    assert phone.opened.resume_ms == 10_000
    assert phone.watch(10, from_ms=10_000, to_ms=20_000).pending_ms >= 20_000


def test_two_devices_earn_no_more_than_the_clock(traveller, stage):
    enrolment, lessons, actor = stage()
    start = clock.now_ms()
    for n in range(10):
        Player(traveller, enrolment, lessons[n % 2], actor, key=f"k{n}").watch(10)

    assert sum(Beat.objects.values_list("credit", flat=True)) <= clock.now_ms() - start


def test_a_policy_may_refuse_the_second_device(traveller, stage):
    enrolment, lessons, actor = stage(StudyTerms(check_min_ms=None, check_max_ms=None, second_device="refuse"))
    Player(traveller, enrolment, lessons[0], actor, key="pc").watch(10)

    with pytest.raises(ConflictError) as refused:
        Player(traveller, enrolment, lessons[0], actor, key="phone")

    assert refused.value.code == "elsewhere"


def test_a_stranger_can_neither_open_nor_speak(traveller, stage, cast):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)

    with pytest.raises(ForbiddenError):
        Player(traveller, enrolment, lessons[0], cast.actor("lu"))
    stranger = BeatsRequest(player.opened.session, player.token, [Claim(1, 0, 10)], cast.actor("lu"), clock.now_ms())
    assert isinstance(post_beats([stranger])[0], NotFoundError)
    assert Beat.objects.count() == 0


def test_without_a_real_name_nothing_opens(traveller, stage):
    enrolment, lessons, actor = stage()
    enrolment.person.assurance = 0

    with pytest.raises(ForbiddenError) as refused:
        Player(traveller, enrolment, lessons[0], actor)

    assert refused.value.code == "real_name_required"


def test_outside_its_dates_a_class_counts_nothing(at, stage):
    traveller = at(2027, 3, 1, 9, 0)
    enrolment, lessons, actor = stage()

    with pytest.raises(ConflictError) as refused:
        Player(traveller, enrolment, lessons[0], actor)

    assert refused.value.code == "class_not_running"


def test_an_unknown_session_is_not_found(stage, traveller):
    _, _, actor = stage()

    answer = post_beats([BeatsRequest(uuid.uuid4(), "x", [Claim(1, 0, 1)], actor, clock.now_ms())])[0]

    assert answer.code == "session_not_found"


def test_many_learners_cost_the_same_queries(traveller, stage, cast, django_assert_num_queries):
    enrolment, lessons, actor = stage()
    other = make_enrolment(enrolment.training_class, cast.lu.person)
    players = [
        Player(traveller, enrolment, lessons[0], actor),
        Player(traveller, other, lessons[0], cast.actor("lu")),
    ]
    traveller.advance(seconds=10)
    requests = [
        BeatsRequest(p.opened.session, p.token, [Claim(1, 0, 10_000)], p.actor, clock.now_ms()) for p in players
    ]

    from django.db import connection

    writes = 1 if connection.vendor == "postgresql" else 2 + 2 * len(players)
    with django_assert_num_queries(2 + writes):
        acks = post_beats(requests)

    assert [ack.pending_ms for ack in acks] == [10_000, 10_000]


def test_the_end_is_near_enough_when_a_player_stops_a_few_frames_early(traveller, stage):
    enrolment, lessons, actor = stage(StudyTerms(), lessons=(("video", 30_000),))
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(15)

    assert player.watch(14).check is not None


def test_the_last_frames_after_an_answer_ask_no_second_time(traveller, stage):
    enrolment, lessons, actor = stage(StudyTerms(), lessons=(("video", 30_000),))
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(29)
    answer_check(session=player.opened.session, number=1, answer="here", actor=actor)

    assert player.watch(1).check is None


def test_the_lessons_end_asks_for_a_check_without_buying_an_interval(traveller, stage):
    enrolment, lessons, actor = stage(StudyTerms(), lessons=(("video", 30_000),))
    player = Player(traveller, enrolment, lessons[0], actor)
    until = Seat.objects.get().until_check
    player.watch(15)
    asked = player.watch(15).check

    seat = answer_check(session=player.opened.session, number=asked.number, answer="here", actor=actor)

    assert HoursEntry.objects.get().ms == 30_000
    assert seat.until_check == until - 30_000
