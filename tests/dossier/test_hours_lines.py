"""Every uncredited minute is explained to the learner in a sentence (A8)."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import Seat, StudySession
from attendance.queries import hours_lines, totals_of
from attendance.services import Ack
from lms.planning.rules import StudyTerms
from tests.dossier.stage import joined
from tests.factories import MINUTE, make_class, make_course_version
from tests.player import Player

FREE = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)


@pytest.fixture
def sat(cast, site_root, at):
    """Return a function that seats 王芳 at a film of twenty minutes on 6 May at nine."""

    def sit(terms=FREE, moment=(2026, 5, 6, 9, 0)) -> Player:
        traveller = at(*moment)
        version = make_course_version(site_root, cast.institution_a, lessons=(("video", 20 * MINUTE),))
        enrolment, actor = joined(make_class(version, cast.department, terms=terms), cast.wang.person)
        player = Player(traveller, enrolment, version.lessons.get(), actor)
        player.enrolment = enrolment
        return player

    return sit


def told(player) -> list[tuple[str, int, str]]:
    """Return kind, seconds and sentence of each line, the oldest first."""
    return [(line.kind, line.ms // 1000, line.sentence) for line in reversed(hours_lines(player.enrolment))]


def lost(player) -> list[str]:
    return [sentence for kind, _, sentence in told(player) if kind == "lost"]


def test_confirmed_time_is_said_plainly(sat):
    player = sat()
    player.play(120, beat=30)
    player.close()

    assert told(player) == [("confirmed", 120, "5月6日，2分钟已认定。")]


def test_pending_time_says_what_confirms_it(sat):
    player = sat(StudyTerms(check_min_ms=600_000, check_max_ms=600_000))
    player.play(90, beat=30)

    assert told(player) == [("pending", 90, "5月6日 09:00至09:01，1分30秒待确认：通过下一次抽查后计入。")]


def test_without_checks_pending_time_says_when_it_counts_by_itself(sat):
    player = sat()
    player.play(90, beat=30)

    pending = "本班不设抽查，每满10分钟计入一次，其余在离开这一课后计入。"
    assert told(player) == [("pending", 90, f"5月6日 09:00至09:01，1分30秒待确认：{pending}")]


def test_time_in_a_class_without_checks_waits_for_the_check_that_another_class_left_owing(sat, cast, site_root):
    player = sat(StudyTerms(check_min_ms=600_000, check_max_ms=600_000))
    player.play(30)
    player.close()
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 20 * MINUTE),))
    enrolment, actor = joined(make_class(version, cast.department, terms=FREE), cast.wang.person)
    free = Player(player.traveller, enrolment, version.lessons.get(), actor, key="k2")
    free.watch(30)
    free.enrolment = enrolment

    assert told(free)[-1][2].endswith("30秒待确认：通过正在进行的抽查后计入。")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"playing": False, "to_ms": 60_000}, "视频已暂停", id="paused"),
        pytest.param({"visible": False}, "页面在后台或被遮住", id="hidden"),
        pytest.param({"rate_percent": 200, "to_ms": 120_000}, "播放速度超过规定倍速", id="too fast"),
        pytest.param({"from_ms": 600_000, "to_ms": 630_000}, "跳过了还没学过的内容", id="skipped"),
        pytest.param({"from_ms": 0, "to_ms": 30_000}, "这部分内容已经学过，重看不再计入", id="seen before"),
        pytest.param({"to_ms": 60_000}, "没有播放", id="standing still"),
        pytest.param({"from_ms": 90_000, "to_ms": 60_000}, "上报的播放位置不正确", id="backwards"),
    ],
)
def test_what_does_not_count_has_its_reason(sat, changes, reason):
    player = sat()
    player.play(60, beat=30)

    player.watch(40, **changes)

    assert lost(player) == [f"5月6日 09:01至09:01，30秒未计入：{reason}。"]
    assert totals_of([player.enrolment.pk])[player.enrolment.pk].pending_ms == 60_000


def test_silence_is_a_gap(sat):
    """Ten seconds of it stay open for late packets."""
    player = sat()
    player.play(60, beat=30)
    player.traveller.advance(minutes=22)

    player.watch(30)

    (sentence,) = lost(player)
    assert sentence == "5月6日 09:01至09:23，21分50秒未计入：网络中断或离开过久，服务器没有收到学习记录。"


def test_after_the_days_cap_nothing_counts(sat):
    player = sat(StudyTerms(check_min_ms=None, check_max_ms=None, daily_cap_ms=60_000))

    player.play(120, beat=30)

    assert lost(player) == ["5月6日 09:01至09:02，50秒未计入：当天认定时长已到上限。"]


def test_outside_the_allowed_hours_nothing_counts(sat):
    player = sat(moment=(2026, 5, 6, 22, 59))

    player.play(120, beat=30)

    assert lost(player) == ["5月6日 23:00至23:01，50秒未计入：不在允许学习的时段内。"]


def test_a_missed_check_is_named_by_its_minute(sat):
    player = sat(StudyTerms(check_min_ms=60_000, check_max_ms=60_000, check_rearms=0))
    player.watch(30)
    player.watch(30)
    while isinstance(ack := player.watch(10), Ack) and ack.stop is None:
        pass

    (line,) = [line for line in told(player) if line[0] == "withheld"]
    assert ack.stop.code == "check"
    assert line == ("withheld", 150, "5月6日，2分30秒暂不认定：09:01的抽查未应答。重新学习这一段可再次计入。")


def test_a_wrong_answer_is_named_as_such(sat):
    player = sat(StudyTerms(check_min_ms=60_000, check_max_ms=60_000))
    player.watch(30)
    asked = player.watch(30).check

    player.answer(asked.number, "elsewhere")

    assert told(player) == [("withheld", 60, "5月6日，1分钟暂不认定：09:01的抽查答错。重新学习这一段可再次计入。")]


def random_step(player: Player, dice: random.Random) -> None:
    """Do something that a learner may do, honest or not."""
    seconds = dice.choice([5, 10, 20, 30, 45, 70])
    here = player.at
    changes = dice.choice(
        [
            {},
            {},
            {},
            {"playing": False, "to_ms": here},
            {"visible": False},
            {"rate_percent": 150},
            {"from_ms": 0, "to_ms": 20_000},
            {"from_ms": here + 60_000, "to_ms": here + 70_000},
            {"to_ms": here + 10 * seconds * 1000},
        ]
    )
    ack = player.watch(seconds, **changes)
    player.at = here if changes or not isinstance(ack, Ack) else player.at
    if isinstance(ack, Ack) and ack.check is not None:
        player.answer(ack.check.number, dice.choice(["here", "here", "elsewhere"]))


@pytest.mark.parametrize("seed", range(6))
def test_no_minute_is_left_without_a_sentence(sat, seed):
    """From sitting down to the last contact the lines add up to the clock; and to the totals."""
    dice = random.Random(seed)  # noqa: S311 (a test's dice)
    terms = StudyTerms(check_min_ms=120_000, check_max_ms=120_000)
    player = sat(terms)
    spent = 0
    for sitting in range(3):
        opened = StudySession.objects.latest("opened_ms").opened_ms
        for _ in range(8):
            random_step(player, dice)
        spent += Seat.objects.get().seen - opened
        player.close()
        player.traveller.advance(minutes=7)
        again = Player(player.traveller, player.enrolment, player.opened.lesson, player.actor, key=f"again{sitting}")
        again.enrolment, player = player.enrolment, again

    lines = hours_lines(player.enrolment)

    sums = {kind: sum(line.ms for line in lines if line.kind == kind) for kind in ("confirmed", "pending", "withheld")}
    totals = totals_of([player.enrolment.pk])[player.enrolment.pk]
    assert sums == {
        "confirmed": totals.confirmed_ms,
        "pending": totals.pending_ms,
        "withheld": totals.withheld_ms,
    }
    assert sum(line.ms for line in lines) == spent > 0
    assert all(line.sentence.endswith("。") and "月" in line.sentence for line in lines)
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)


def test_many_sittings_cost_no_more_queries_than_one(sat):
    player = sat()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert hours_lines(player.enrolment)
        return len(captured)

    player.watch(30, visible=False)
    one = queries()
    for n in range(8):
        again = Player(player.traveller, player.enrolment, player.opened.lesson, player.actor, key=f"more{n}")
        again.watch(30)
        again.watch(30, visible=False)

    assert queries() == one
