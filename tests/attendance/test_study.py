"""A learner studies: sessions open, beats are credited, checks move the needle."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from attendance.models import Beat, CheckAsking, HoursEntry, PresenceCheck, Seat
from attendance.rules import Claim
from attendance.services import (
    BeatsRequest,
    Memory,
    answer_check,
    close_session,
    open_session,
    post_beats,
)
from attendance.services import memory as remembering
from lms.access.queries import actor_for
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.planning.rules import StudyTerms
from tests.cast import make_person, make_user
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

    seat = answer_check(session=player.opened.session, number=asked.number, answer="here", actor=actor).seat

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
    assert ack.stop.detail == (
        "在岗确认没有通过：没有在规定时间内应答。上次确认之后的2分10秒暂不认定。本次学习已停止，可以重新开始接着学，"
        "重学那一段可以补上。认为有误的，可以到“学时明细”申诉，最晚2026年5月21日，由两位工作人员先后审核。"
    )
    withheld = HoursEntry.objects.get()
    assert (withheld.kind, withheld.ms) == ("withheld", Seat.objects.get().n and withheld.ms)
    again = Player(traveller, enrolment, lessons[0], actor, key="k2")
    assert again.opened.resume_ms == 0
    assert again.watch(10).pending_ms == 10_000


def test_where_the_policy_says_so_a_learner_goes_on_after_a_failed_check(traveller, stage):
    enrolment, lessons, actor = stage(replace(SHORT_CHECKS, failed_check="continue"))
    player = Player(traveller, enrolment, lessons[0], actor)
    player.play(30)
    ack = player.watch(40)
    answer_check(session=player.opened.session, number=ack.check.number, answer="no", actor=actor)

    on = player.watch(10)

    assert (on.stop, on.confirmed_ms, on.pending_ms) == (None, 30_000, 10_000)
    assert HoursEntry.objects.get(kind="withheld").ms == 40_000
    assert (on.covered_ms, on.lesson_ms, on.seek_limit_ms) == (40_000, 40_000, 80_000)
    player.at = 30_000
    again = player.watch(10)
    assert (again.covered_ms, again.pending_ms) == (50_000, 20_000)


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
    assert phone.watch(10, from_ms=10_000, to_ms=20_000).pending_ms == 10_000
    assert HoursEntry.objects.get().ms == 10_000


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
    stranger = BeatsRequest(
        player.opened.session, player.token, [Claim(1, 0, 10)], cast.actor("lu").person_id, clock.now_ms()
    )
    assert isinstance(post_beats([stranger])[0], NotFoundError)
    assert Beat.objects.count() == 0


def test_without_a_real_name_nothing_opens(traveller, stage):
    enrolment, lessons, actor = stage()
    enrolment.person.assurance = 0

    with pytest.raises(ForbiddenError) as refused:
        Player(traveller, enrolment, lessons[0], actor)

    assert refused.value.code == "real_name_required"


def test_outside_its_dates_a_class_counts_nothing(traveller, stage):
    enrolment, lessons, actor = stage()
    traveller.advance(days=400)

    with pytest.raises(ConflictError) as refused:
        Player(traveller, enrolment, lessons[0], actor)

    assert refused.value.code == "class_not_running"


def test_an_unknown_session_is_not_found(stage, traveller):
    _, _, actor = stage()

    answer = post_beats([BeatsRequest(uuid.uuid4(), "x", [Claim(1, 0, 1)], actor.person_id, clock.now_ms())])[0]

    assert answer.code == "session_not_found"


def test_many_learners_cost_the_same_queries(traveller, stage, cast, django_assert_num_queries):
    enrolment, lessons, actor = stage()
    other = make_enrolment(enrolment.training_class, cast.lu.person)
    players = [
        Player(traveller, enrolment, lessons[0], actor),
        Player(traveller, other, lessons[0], cast.actor("lu")),
    ]
    for player in players:
        player.watch(10)  # the first of a connection also has PostgreSQL prepare the statement
    requests = next_beats(traveller, players)

    writes = 1 if connection.vendor == "postgresql" else 2 + 2 * len(players)
    with django_assert_num_queries(2 + writes):
        acks = post_beats(requests)

    assert [ack.pending_ms for ack in acks] == [20_000, 20_000]


def next_beats(traveller, players):
    traveller.advance(seconds=10)
    return [
        BeatsRequest(
            p.opened.session, p.token, [Claim(p.seq + 1, p.at, p.at + 10_000)], p.actor.person_id, clock.now_ms()
        )
        for p in players
    ]


def test_what_open_checks_ask_is_read_once(traveller, stage, cast):
    """A process that remembers its learners reads nothing for a beat, whether or not a check is open."""
    enrolment, lessons, actor = stage(replace(SHORT_CHECKS, lessons_in_order=False))
    other = make_enrolment(enrolment.training_class, cast.lu.person)
    players = [
        Player(traveller, enrolment, lessons[0], actor),
        Player(traveller, other, lessons[0], cast.actor("lu")),
    ]
    memory, told, reads = Memory(), [], []
    for _ in range(6):
        with CaptureQueriesContext(connection) as queries:
            acks = post_beats(next_beats(traveller, players), memory)
        reads.append(sum(query["sql"].startswith("SELECT") for query in queries))
        for player, ack in zip(players, acks, strict=True):
            player.seq, player.at, player.token = ack.acked_seq, player.at + 10_000, ack.token
        told.append([ack.check and (ack.check.number, ack.check.kind) for ack in acks])

    assert told == [[None] * 2] * 2 + [[(1, "tap")] * 2] * 4
    assert (reads[1], reads[4:]) == (2, [2, 2])  # how classes stand: looked up every few seconds
    assert CheckAsking.objects.count() == 2


def test_a_remembered_check_is_not_told_as_the_next_one(traveller, stage):
    enrolment, lessons, actor = stage(replace(SHORT_CHECKS, check_kinds=("tap",)))
    player, memory = Player(traveller, enrolment, lessons[0], actor), Memory()
    numbers = []
    for _ in range(8):
        [ack] = post_beats(next_beats(traveller, [player]), memory)
        player.seq, player.at, player.token = ack.acked_seq, player.at + 10_000, ack.token
        numbers.append(ack.check.number if ack.check else 0)
        if numbers.count(numbers[-1]) == 2 and ack.check:
            answer_check(session=player.opened.session, number=ack.check.number, answer="here", actor=actor)

    assert sorted(set(numbers)) == [0, 1, 2]


def test_a_full_memory_is_read_again_and_refuses_nobody(traveller, stage, cast, monkeypatch):
    monkeypatch.setattr(remembering, "MOST_REMEMBERED", 2)
    enrolment, lessons, actor = stage()
    memory, acks = Memory(), []
    players = [Player(traveller, enrolment, lessons[0], actor)]
    for user in (cast.lu, make_user("newcomer", make_person("学员丙", 900))):
        acks += post_beats(next_beats(traveller, players), memory)
        for player, ack in zip(players, acks[-len(players) :], strict=True):
            player.seq, player.at, player.token = ack.acked_seq, player.at + 10_000, ack.token
        own = make_enrolment(enrolment.training_class, user.person)
        players.append(Player(traveller, own, lessons[0], actor_for(user)))
    acks += post_beats(next_beats(traveller, players), memory)

    assert [ack.acked_seq for ack in acks] == [1, 2, 1, 3, 2, 1]


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

    seat = answer_check(session=player.opened.session, number=asked.number, answer="here", actor=actor).seat

    assert HoursEntry.objects.get().ms == 30_000
    assert seat.until_check == until - 30_000


def test_a_class_without_checks_confirms_nothing_of_one_that_has_them(traveller, stage, cast):
    checked, lessons, actor = stage(StudyTerms(check_min_ms=600_000, check_max_ms=600_000))
    Player(traveller, checked, lessons[0], actor, key="checked").watch(50)
    free = make_class(checked.training_class.course_version, cast.department, terms=NO_CHECKS)
    player = Player(traveller, make_enrolment(free, cast.wang.person), lessons[0], actor, key="free")
    asked = player.opened.ack.check

    player.watch(40)
    player.close()

    assert asked.number == 1
    assert HoursEntry.objects.count() == 0
    assert Seat.objects.get().pending == 90_000


def test_the_check_at_the_door_of_a_class_without_checks_confirms_what_was_owed(traveller, stage, cast):
    checked, lessons, actor = stage(StudyTerms(check_min_ms=600_000, check_max_ms=600_000))
    Player(traveller, checked, lessons[0], actor, key="checked").watch(50)
    until = Seat.objects.get().until_check
    free = make_class(checked.training_class.course_version, cast.department, terms=NO_CHECKS)
    player = Player(traveller, make_enrolment(free, cast.wang.person), lessons[0], actor, key="free")

    player.answer(player.opened.ack.check.number)
    player.watch(40)
    player.close()

    assert sorted(HoursEntry.objects.values_list("ms", flat=True)) == [40_000, 50_000]
    assert Seat.objects.get().until_check == until


def test_a_class_without_checks_leaves_the_first_interval_to_be_drawn(traveller, stage, cast):
    free, lessons, actor = stage()
    Player(traveller, free, lessons[0], actor, key="free").watch(50)
    terms = StudyTerms(check_min_ms=900_000, check_max_ms=900_000)
    checked = make_class(free.training_class.course_version, cast.department, terms=terms)

    Player(traveller, make_enrolment(checked, cast.wang.person), lessons[0], actor, key="checked")

    assert Seat.objects.get().until_check == 900_000


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: setattr(one, "state", "withdrawn"), id="the learner has left it"),
        pytest.param(lambda one: setattr(one.training_class, "state", "closed"), id="it was closed"),
        pytest.param(
            lambda one: setattr(one.training_class, "course_version_id", one.other), id="it has another version"
        ),
    ],
)
def test_a_session_of_a_class_that_changed_earns_no_more(traveller, stage, cast, site_root, change):
    enrolment, lessons, actor = stage()
    enrolment.other = make_course_version(site_root, cast.institution_a).pk
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(10)
    change(enrolment)
    enrolment.save()
    enrolment.training_class.save()

    ack = player.watch(10)

    assert (ack.acked_seq, ack.stop.code) == (1, "class_over")
    assert Beat.objects.count() == 1


def test_what_nobody_claimed_before_the_last_contact_is_on_the_tape_when_the_sitting_ends(traveller, stage):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)
    player.watch(20, to_ms=12_000)

    player.close()

    tape = list(Beat.objects.order_by("n").values_list("credit", "lost", "why"))
    assert tape == [(12_000, 0, ""), (0, 8_000, "idle")]
    assert Seat.objects.get().settled == 1


@pytest.mark.parametrize("token", ["\ud800", "令牌", ""], ids=ascii)
def test_a_token_that_no_server_gave_is_refused(traveller, stage, token):
    enrolment, lessons, actor = stage()
    player = Player(traveller, enrolment, lessons[0], actor)

    request = BeatsRequest(player.opened.session, token, [Claim(1, 0, 10)], actor.person_id, clock.now_ms())

    assert post_beats([request])[0].code == "token_wrong"


def test_a_device_of_no_name_that_can_be_kept_is_refused(traveller, stage):
    enrolment, lessons, actor = stage()
    device = "Chromium\x00"

    with pytest.raises(InvalidError) as refused:
        open_session(
            enrolment=enrolment, lesson_uid=lessons[0].lesson_uid, client="pc", device=device, key="k", actor=actor
        )

    assert refused.value.code == "open_invalid"


def test_a_check_answered_after_closing_is_passed_and_says_so_again(traveller, stage):
    enrolment, lessons, actor = stage(SHORT_CHECKS)
    player = Player(traveller, enrolment, lessons[0], actor)
    number = player.watch(40).check.number
    player.close()

    answers = [
        answer_check(session=player.opened.session, number=number, answer=words, actor=actor) for words in ("here", "x")
    ]

    assert [answered.outcome for answered in answers] == ["passed", "passed"]
    assert HoursEntry.objects.get().kind == "confirmed"


def test_an_answer_is_late_by_the_class_that_asked_not_by_the_one_it_comes_through(traveller, stage, cast):
    enrolment, lessons, actor = stage(SHORT_CHECKS)
    short = make_class(
        enrolment.training_class.course_version, cast.department, terms=StudyTerms(check_answer_ms=1_000)
    )
    other = Player(traveller, make_enrolment(short, cast.wang.person), lessons[0], actor, key="other")
    player = Player(traveller, enrolment, lessons[0], actor, key="asked")
    number = player.watch(40).check.number
    player.watch(60)
    traveller.advance(seconds=60)

    answered = answer_check(session=other.opened.session, number=number, answer="here", actor=actor)

    assert answered.outcome == "missed"
    assert PresenceCheck.objects.get().outcome == "missed"


def test_a_person_has_one_seat_by_the_database(traveller, stage):
    enrolment, lessons, actor = stage()
    Player(traveller, enrolment, lessons[0], actor)

    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(person_id=actor.person_id)
