"""Questions, hands, polls and roll-calls of a room over the API; what many do at once is counted once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.live.models import LiveSession, PollAnswer, QuestionVote, RollCall, RollResult, RoomMember
from lms.live.services import close_due_rolls, end_live, publish_counts, take_lease
from tests.live_lessons.rooms import Caller, classmate, inside

POLL = {"text": "焊条要烘干吗", "options": ["要", "不要", "看天气"]}


@pytest.fixture
def wang(room):
    return there(inside(room, "wang"))


@pytest.fixture
def mate(room):
    caller = Caller(classmate(room, 1)[0], room.session)
    caller.enter()
    return there(caller)


def there(caller):
    """Have somebody sit at a socket."""
    member = RoomMember.objects.get(session=caller.session, user=caller.user)
    take_lease(member=member, holder=new_uid())
    return caller


def count(room):
    return publish_counts(sessions=[room.session.pk])


def ask(caller, text, key="q1"):
    return caller.post("/questions", {"text": text, "key": key})


def test_a_question_is_voted_for_and_answered(room, li, wang, mate):
    first = ask(wang, "焊条受潮了还能用吗").json()
    second = ask(mate, "咬边是不是角度的问题").json()
    version = li.state()["version"]
    for wants in (True, True):
        assert wang.post(f"/questions/{second['id']}/vote", {"wants": wants}, "put").status_code == 200
    li.post(f"/questions/{second['id']}/vote", {"wants": True}, "put")

    assert (count(room), count(room)) == (1, 0)
    assert [(one["id"], one["votes"]) for one in mate.state()["questions"]] == [(second["id"], 2), (first["id"], 0)]
    assert wang.state()["own"]["voted"] == [second["id"]]
    changed = mate.state(version)
    assert ([one["id"] for one in changed["questions"]], changed["version"]) == ([second["id"]], version + 1)

    assert li.post(f"/questions/{second['id']}/state", {"state": "answered"}, "put").json()["state"] == "answered"
    assert wang.post(f"/questions/{second['id']}/vote", {"wants": False}, "put").json()["code"] == "question_settled"
    li.post(f"/questions/{first['id']}/state", {"state": "dismissed"}, "put")
    assert [one["id"] for one in mate.state()["questions"]] == [second["id"]]
    (gone,) = [one for one in mate.state(version)["questions"] if one["id"] == first["id"]]
    assert (gone["text"], gone["state"]) == ("", "dismissed")


def test_a_vote_may_be_taken_back_and_nobody_votes_for_oneself(room, wang, mate):
    asked = ask(wang, "焊条受潮了还能用吗").json()["id"]
    assert wang.post(f"/questions/{asked}/vote", {"wants": True}, "put").json()["code"] == "own_question"
    mate.post(f"/questions/{asked}/vote", {"wants": True}, "put")
    count(room)
    mate.post(f"/questions/{asked}/vote", {"wants": False}, "put")
    count(room)

    assert (mate.state()["questions"][0]["votes"], QuestionVote.objects.count()) == (0, 0)


def test_questions_keep_to_pace_and_words_and_come_once(wang):
    assert ask(wang, "一样的").json() == ask(wang, "一样的").json()
    assert (ask(wang, "", "q2").status_code, len(wang.state()["questions"])) == (422, 1)
    for number in range(4):
        ask(wang, f"又一个{number}", f"k{number}")
    assert ask(wang, "再来", "k9").json()["code"] == "too_many"


def test_hands_wait_in_a_row_that_only_leaders_see(room, li, wang, mate):
    assert mate.post("/hand", {"is_up": True}, "put").json()["is_hand_up"] is True
    room.traveller.advance(seconds=1)
    wang.post("/hand", {"is_up": True}, "put")

    row = [one["id"] for one in li.state()["leaders"]["hands"]]
    assert row == [mate.state()["me"]["id"], wang.state()["me"]["id"]]
    assert (wang.state()["leaders"], li.post("/hand", {"is_up": True}, "put").json()["code"]) == (None, "not_a_learner")
    assert wang.post(f"/members/{row[0]}/invited", {"is_invited": True}, "put").json()["code"] == "not_leading"
    li.post(f"/members/{row[0]}/invited", {"is_invited": True}, "put")
    own = mate.state()["me"]
    assert (own["is_invited"], own["is_hand_up"], len(li.state()["leaders"]["hands"])) == (True, False, 1)


def test_a_poll_is_answered_once_and_counted_for_all(room, li, wang, mate):
    poll = li.post("/polls", POLL).json()
    assert li.post("/polls", POLL).json()["code"] == "poll_running"
    path = f"/polls/{poll['id']}/answers"

    assert wang.post(path, {"choices": [0]}).json() == {"choices": [0]}
    assert wang.post(path, {"choices": [1]}).json() == {"choices": [0]}
    assert mate.post(path, {"choices": [0, 1]}).status_code == 422
    mate.post(path, {"choices": [2]})
    assert count(room) == 1

    state = wang.state()
    assert (state["poll"]["tallies"], state["own"]["choices"]) == ([1, 0, 1], [0])
    assert li.state()["leaders"]["poll_answers"] == 2
    assert li.post(f"/polls/{poll['id']}/end").json()["is_open"] is False
    late = Caller(classmate(room, 2)[0], room.session)
    late.enter()
    assert late.post(path, {"choices": [1]}).json()["code"] == "poll_closed"
    assert (PollAnswer.objects.count(), late.state()["poll"]["tallies"]) == (2, [1, 0, 1])
    assert li.post("/polls", POLL).status_code == 200


def test_results_that_are_kept_back_are_seen_by_leaders_until_the_end(room, li, wang):
    poll = li.post("/polls", POLL | {"shows_results": False}).json()["id"]
    wang.post(f"/polls/{poll}/answers", {"choices": [1]})
    count(room)

    assert (wang.state()["poll"]["tallies"], li.state()["leaders"]["tallies"]) == (None, [0, 1, 0])
    li.post(f"/polls/{poll}/end")
    assert wang.state()["poll"]["tallies"] == [0, 1, 0]


def test_a_poll_that_makes_no_sense_says_where(li, wang):
    refused = li.post("/polls", {"text": "", "options": ["要"]})

    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"text", "options"})
    assert wang.post("/polls", POLL).json()["code"] == "not_leading"


def test_a_roll_call_is_answered_in_time_and_missed_by_the_silent(room, li, wang, mate):
    call = li.post("/roll-calls", {"kind": "tap"}).json()
    assert (call["is_open"], call["seconds_left"], li.post("/roll-calls", {"kind": "tap"}).json()["code"]) == (
        True, 60, "roll_call_running",
    )  # fmt: skip
    answer = f"/roll-calls/{call['id']}/answer"
    assert (wang.post(answer).json(), wang.post(answer).json()) == ({"roll": "answered"}, {"roll": "answered"})
    assert mate.state()["own"]["was_called"] is True

    room.traveller.advance(seconds=64)
    late = mate.post(answer)
    assert (late.status_code, late.json()["code"], "没有记上" in late.json()["detail"]) == (409, "roll_call_over", True)
    assert (close_due_rolls(clock.now()), close_due_rolls(clock.now())) == (1, 0)
    assert (mate.state()["own"]["roll"], wang.state()["own"]["roll"]) == ("missed", "answered")
    rows = li.get(f"/roll-calls/{call['id']}").json()
    assert {one["called"]: one["roll"] for one in rows} == {room.cast.wang.called: "answered", "学员1": "missed"}
    assert wang.get(f"/roll-calls/{call['id']}").json()["code"] == "not_leading"


def test_the_code_is_on_the_teacher_s_screen_alone(room, li, wang):
    call = li.post("/roll-calls", {"kind": "code"}).json()
    code = li.state()["leaders"]["code"]
    answer = f"/roll-calls/{call['id']}/answer"
    assert (len(code), code in wang.get().content.decode()) == (4, False)
    wrong = f"{(int(code) + 1) % 10000:04}"

    assert [wang.post(answer, {"code": wrong}).json()["code"] for _ in range(6)] == ["code_wrong"] * 5 + [
        "too_many_codes"
    ]
    assert wang.post(answer, {"code": code}).json()["code"] == "too_many_codes"
    assert RollResult.objects.count() == 0


def test_the_right_code_counts(li, wang):
    call = li.post("/roll-calls", {"kind": "code"}).json()

    answered = wang.post(f"/roll-calls/{call['id']}/answer", {"code": f" {li.state()['leaders']['code']} "})

    assert answered.json() == {"roll": "answered"}


def test_the_end_of_the_lesson_ends_its_roll_call(room, li, wang):
    li.post("/roll-calls", {"kind": "tap"})
    end_live(session=LiveSession.objects.get(), actor=room.cast.actor("li"))

    assert close_due_rolls(clock.now()) == 1
    assert list(RollResult.objects.values_list("outcome", flat=True)) == ["missed"]


def test_nobody_there_nobody_called(li):
    assert li.post("/roll-calls", {"kind": "tap"}).json()["code"] == "nobody_there"
    assert RollCall.objects.count() == 0


def test_a_stranger_does_none_of_it(room, li, wang):
    asked, poll = ask(wang, "焊条受潮了还能用吗").json()["id"], li.post("/polls", POLL).json()["id"]
    call = li.post("/roll-calls", {"kind": "tap"}).json()["id"]
    lu = Caller(room.cast.lu, room.session)

    refused = [
        ask(lu, "我是谁"), lu.post(f"/questions/{asked}/vote", {"wants": True}, "put"), lu.post("/hand", {"is_up": True}, "put"),
        lu.post("/polls", POLL), lu.post(f"/polls/{poll}/answers", {"choices": [0]}), lu.post(f"/polls/{poll}/end"),
        lu.post("/roll-calls", {"kind": "tap"}), lu.post(f"/roll-calls/{call}/answer"), lu.get(f"/roll-calls/{call}"),
    ]  # fmt: skip

    assert {one.status_code for one in refused} == {404}
    assert (QuestionVote.objects.count(), PollAnswer.objects.count(), RollResult.objects.count()) == (0, 0, 0)


def test_counting_costs_the_same_for_5_and_50_voters(room, li, wang):
    asked, costs, number = ask(wang, "焊条受潮了还能用吗").json()["id"], [], 10
    for more in (5, 45):
        for _ in range(more):
            number += 1
            voter = Caller(classmate(room, number)[0], room.session)
            voter.enter()
            voter.post(f"/questions/{asked}/vote", {"wants": True}, "put")
        with CaptureQueriesContext(connection) as caught:
            count(room)
        costs.append(len(caught))

    assert (costs[0], wang.state()["questions"][0]["votes"]) == (costs[1], 50)


def test_what_one_did_is_read_at_once_on_ones_other_page_while_others_keep_their_state(room, wang, mate):
    """Also while the room's counts are due already: before that alone told pages that something had changed."""
    first = ask(wang, "焊条受潮了还能用吗").json()["id"]
    second = ask(wang, "咬边是不是角度的问题", "q2").json()["id"]
    mate.post(f"/questions/{first}/vote", {"wants": True}, "put")
    marks = {caller: caller.get("?since=0").headers["ETag"] for caller in (mate, wang)}

    mate.post(f"/questions/{second}/vote", {"wants": True}, "put")

    read = mate.get("?since=0", **{"If-None-Match": marks[mate]})
    assert (read.status_code, read.json()["own"]["voted"]) == (200, sorted([first, second]))
    assert wang.get("?since=0", **{"If-None-Match": marks[wang]}).status_code == 304
