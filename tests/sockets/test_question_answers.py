"""A question check over the socket: asked with the acknowledgement, answered by choosing, followed by another, told at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async

from attendance.consumers import collector as collecting
from attendance.models import CheckReply, HoursEntry
from courses.models import LessonVersion
from tests.questions import popup
from tests.sockets.conftest import TERMS

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = replace(TERMS, check_min_ms=10_000, check_max_ms=10_000, check_kinds=("question",))


@pytest.fixture
def asked(people):
    """Return 王芳 in front of a film with two questions, in a class that asks them."""
    LessonVersion.objects.update(popups=[popup(2_000, "甲题"), popup(4_000, "乙题")])
    training_class = people[0].enrolment.training_class
    training_class.frozen_terms = ASKED.as_json()
    training_class.save(update_fields=["frozen_terms"])
    people[0].sit("k2")
    return people[0]


async def answered(seated, check, answer):
    """Hand an answer in; return what comes back."""
    await seated.line.send_json_to({"type": "answer", "check": check["id"], "answer": answer})
    return await seated.hear()


def ids(check, *texts):
    return [option["id"] for option in check["question"]["options"] if option["text"] in texts]


@sync_to_async
def kept():
    """Return what was noted: whether answers were right, and what is in the ledger."""
    return (
        list(CheckReply.objects.order_by("at_ms").values_list("is_right", flat=True)),
        list(HoursEntry.objects.values_list("kind", "ms")),
    )


async def leave(seated):
    await collecting.collector().stop()
    await seated.line.disconnect()
    await seated.line.wait()


async def asked_after_ten_seconds(seated, traveller):
    """Return the line, connected, and the check that comes with its first acknowledgement."""
    wang = await seated.connect()
    traveller.advance(seconds=10)
    await wang.say()
    return wang, (await wang.ack())["check"]


async def test_a_wrong_answer_gets_another_question_and_a_right_one_confirms(asked, traveller):
    wang, check = await asked_after_ten_seconds(asked, traveller)

    empty = await answered(wang, check, [])
    traveller.advance(seconds=2)
    again = await answered(wang, check, ids(check, "错甲"))
    further = again["check"]
    traveller.advance(seconds=2)
    passed = await answered(wang, further, ids(further, "对的"))
    await leave(wang)

    assert (check["kind"], check["question"]["kind"]) == ("question", "single")
    assert (empty["type"], empty["code"]) == ("refused", "answer_empty")
    assert (again["type"], again["result"], further["is_further"]) == ("answered", "again", True)
    assert (again["detail"], passed["detail"]) == ("刚才答错了，请再答一题。", "已确认，学习时间已计入。")
    assert {check["question"]["stem"], further["question"]["stem"]} == {"甲题", "乙题"}
    assert (passed["result"], passed["credited_seconds"], passed["pending_seconds"]) == ("passed", 10, 0)
    assert await kept() == ([False, True], [("confirmed", 10_000)])


async def test_wrong_twice_withholds_and_stops(asked, traveller):
    wang, check = await asked_after_ten_seconds(asked, traveller)

    traveller.advance(seconds=2)
    further = (await answered(wang, check, ids(check, "错甲")))["check"]
    traveller.advance(seconds=2)
    failed = await answered(wang, further, "对的")  # the words, not the id: nothing of this check
    stopped = await wang.hear()
    await leave(wang)

    assert (failed["type"], failed["result"], failed["credited_seconds"]) == ("answered", "failed", 0)
    assert (stopped["type"], stopped["code"]) == ("stop", "check")
    assert failed["detail"] == stopped["detail"]
    assert failed["detail"].startswith("在岗确认没有通过：题目答错了。上次确认之后的10秒暂不认定。")
    assert await kept() == ([False, False], [("withheld", 10_000)])
