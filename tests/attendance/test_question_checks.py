"""A check may ask about what was just taught: drawn once, answered by choosing, never giving the right answer away."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest

from attendance.models import CheckAsking, CheckReply, HoursEntry, PresenceCheck
from attendance.services import answer_check
from courses.models import LessonVersion
from lms.kernel.errors import ConflictError, InvalidError
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player
from tests.questions import popup

ASKED = StudyTerms(check_min_ms=30_000, check_max_ms=30_000, check_kinds=("question",), lessons_in_order=False)
TAPPED = replace(ASKED, check_kinds=("tap",))


@pytest.fixture
def stage(cast, site_root, at):
    """Return a way to sit wang in front of a film with questions."""
    traveller = at(2026, 5, 6, 9, 0)

    def make(*popups, checks=(), terms=ASKED):
        version = make_course_version(site_root, cast.institution_a, lessons=(("video", 10 * MINUTE),))
        LessonVersion.objects.filter(course_version=version).update(popups=list(popups), check_questions=list(checks))
        enrolment = make_enrolment(make_class(version, cast.department, terms=terms), cast.wang.person)
        return Player(traveller, enrolment, version.lessons.get(), cast.actor("wang"))

    return make


def ids(check, *texts):
    return [option["id"] for option in check.question["options"] if option["text"] in texts]


def reply(player, check, answer):
    return answer_check(session=player.opened.session, number=check.number, answer=answer, actor=player.actor)


def test_it_asks_what_was_just_taught_and_a_right_answer_confirms(stage):
    player = stage(popup(5_000, "早先的题"), popup(45_000, "刚学的题"), popup(500_000, "还没学的题"))
    player.watch(20)
    first = player.watch(20).check
    reply(player, first, ids(first, "对的"))
    player.watch(20)

    check = player.watch(20).check
    answered = reply(player, check, ids(check, "对的"))

    assert (first.kind, first.question["stem"]) == ("question", "早先的题")
    assert (check.question["stem"], answered.outcome) == ("刚学的题", "passed")
    assert [entry.ms for entry in HoursEntry.objects.order_by("pk")] == [40_000, 40_000]
    kept = CheckReply.objects.latest("at_ms")
    asking = CheckAsking.objects.get(number=check.number)
    assert (kept.is_right, kept.check_row.kind, json.loads(kept.answer)) == (True, "question", ids(check, "对的"))
    assert (asking.version is not None, json.loads(asking.shown)) == (True, check.question)


def test_it_asks_what_the_lesson_has_for_checks_once_it_was_taught(stage):
    player = stage(checks=[popup(0, "全课的题"), popup(45_000, "后段的题"), popup(500_000, "还没学的题")])
    player.watch(20)
    first = player.watch(20).check
    reply(player, first, ids(first, "对的"))
    player.watch(20)

    second = player.watch(20).check

    assert (first.question["stem"], second.question["stem"]) == ("全课的题", "后段的题")


def test_nothing_that_is_sent_tells_what_is_right(stage):
    player = stage(popup(5_000, "题"))

    sent = json.dumps(player.watch(40).fields(), ensure_ascii=False)

    assert "对的" in sent
    assert not any(word in sent for word in ("correct", "解析", "expected"))


def test_the_question_stays_the_same_until_it_is_answered(stage):
    player = stage(*[popup(second * 1000, f"题{second}") for second in range(1, 30)])
    check = player.watch(40).check

    again = [player.watch(10).check for _ in range(3)]

    assert {(one.number, json.dumps(one.question)) for one in again} == {(check.number, json.dumps(check.question))}


def test_a_wrong_answer_is_followed_by_another_question_then_it_is_failed(stage):
    player = stage(popup(5_000, "甲题"), popup(9_000, "乙题"))
    check = player.watch(40).check

    first = reply(player, check, ids(check, "错甲"))
    further = first.check
    second = reply(player, further, ids(further, "错乙"))

    assert (first.fields()["result"], further.is_further, first.seat.pending) == ("again", True, 40_000)
    assert {check.question["stem"], further.question["stem"]} == {"甲题", "乙题"}
    assert second.fields()["result"] == "failed"
    assert list(PresenceCheck.objects.order_by("number").values_list("outcome", flat=True)) == ["retried", "wrong"]
    assert HoursEntry.objects.get().kind == "withheld"


@pytest.mark.parametrize(
    ("popups", "terms"),
    [
        pytest.param(2, replace(ASKED, check_further_questions=0), id="the policy gives no further question"),
        pytest.param(1, ASKED, id="there is no other question"),
    ],
)
def test_without_a_further_question_a_wrong_answer_fails(stage, popups, terms):
    player = stage(*[popup(1_000 * n, f"题{n}") for n in range(1, popups + 1)], terms=terms)
    check = player.watch(40).check

    assert reply(player, check, ids(check, "错甲")).outcome == "wrong"


def test_a_further_question_may_be_answered_and_all_is_confirmed(stage):
    player = stage(popup(5_000, "甲题"), popup(9_000, "乙题"))
    check = player.watch(40).check
    further = reply(player, check, ids(check, "错甲")).check

    assert reply(player, further, ids(further, "对的")).outcome == "passed"
    assert HoursEntry.objects.get().ms == 40_000


def test_the_same_answer_again_hears_the_same_and_a_better_one_changes_nothing(stage):
    player = stage(popup(5_000, "甲题"), popup(9_000, "乙题"))
    check = player.watch(40).check
    first = reply(player, check, ids(check, "错甲"))

    again, better = reply(player, check, ids(check, "错甲")), reply(player, check, ids(check, "对的"))

    assert first.fields() == again.fields() == better.fields()
    assert CheckReply.objects.count() == 1


def test_several_right_options_are_all_to_be_chosen_and_no_other(stage):
    player = stage(popup(5_000, "题", "multiple", rights=("甲", "乙"), wrongs=("丙",)))
    check = player.watch(40).check

    with pytest.raises(InvalidError) as refused:
        reply(player, check, [])
    assert refused.value.code == "answer_empty"
    assert reply(player, check, ids(check, "甲", "乙")[::-1]).outcome == "passed"


@pytest.mark.parametrize("answer", ["here", ["a"], ["zzzz"]])
def test_what_belongs_to_no_option_of_this_check_is_wrong(stage, answer):
    player = stage(popup(5_000, "题"))
    check = player.watch(40).check

    assert reply(player, check, answer).outcome == "wrong"


@pytest.mark.parametrize(
    "popups",
    [
        pytest.param([], id="no question"),
        pytest.param([popup(5_000, "简答", "short", rights=(), wrongs=())], id="none that is answered by choosing"),
        pytest.param([popup(300_000, "后面的题")], id="none on what was taught yet"),
    ],
)
def test_where_there_is_nothing_to_ask_it_is_a_tap(stage, popups):
    player = stage(*popups)
    check = player.watch(40).check

    assert (check.kind, check.question) == ("tap", None)
    assert reply(player, check, "here").outcome == "passed"


def test_time_under_questions_is_not_confirmed_by_a_tap_of_another_class(stage, cast):
    player = stage(popup(5_000, "题"))
    player.watch(20)
    version = player.opened.lesson.course_version
    tapping = make_enrolment(make_class(version, cast.department, terms=TAPPED), cast.wang.person)

    elsewhere = Player(player.traveller, tapping, version.lessons.get(), player.actor, key="elsewhere")
    check = elsewhere.watch(20).check

    assert (check.kind, check.question["stem"]) == ("question", "题")


def test_both_kinds_come_where_the_policy_names_both(stage, monkeypatch):
    draws = itertools.chain([0, 0], itertools.repeat(1))  # the kind, the order of two options, the next kind
    monkeypatch.setattr("secrets.randbelow", lambda most: next(draws) if most == 2 else 0)
    player = stage(popup(5_000, "题"), terms=replace(ASKED, check_kinds=("question", "tap")))

    kinds = []
    for _ in range(2):
        player.watch(20)
        check = player.watch(20).check
        kinds.append(check.kind)
        reply(player, check, "here" if check.kind == "tap" else ids(check, "对的"))

    assert kinds == ["question", "tap"]


def test_a_check_that_was_never_asked_is_refused(stage):
    player = stage(popup(5_000, "题"))
    player.watch(10)

    with pytest.raises(ConflictError) as refused:
        answer_check(session=player.opened.session, number=1, answer="here", actor=player.actor)
    assert refused.value.code == "check_changed"
