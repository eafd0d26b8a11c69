"""A room over the API: who comes in, what is said, and order in it; whoever missed something asks again and has all of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.audit.models import AuditEntry
from lms.live.models import RoomMember, RoomMessage, RoomPolicy
from lms.live.rules.talking import RoomTerms
from lms.live.services import end_live, open_live
from tests.live_lessons.rooms import REASON, Caller, classmate, inside


def test_a_late_joiner_has_what_was_said_and_a_reader_what_is_new(room, li, wang):
    li.say("先看教材第三页")
    version = li.state()["version"]
    wang.say("听得清楚")

    late = Caller(classmate(room, 1)[0], room.session)
    own = late.enter().json()
    assert (own.pop("id"), own.pop("place")) == (str(RoomMember.objects.latest("pk").uid), "learner")
    assert set(own.values()) == {False}
    assert late.texts() == ["先看教材第三页", "听得清楚"]
    assert li.texts(version) == ["听得清楚"]
    (message,) = li.state(version)["messages"]
    assert (message["called"], message["place"]) == (room.cast.wang.called, "learner")


def test_a_state_that_is_the_same_is_not_sent_again(li, wang):
    mark = wang.get()["ETag"]

    assert wang.get("", if_none_match=mark).status_code == 304
    li.say("到了吗")
    assert wang.get("", if_none_match=mark).status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        pytest.param("lu", 404, "live_not_found", id="a stranger"),
        pytest.param("qian", 404, "live_not_found", id="staff of another institution"),
        pytest.param("zhao", 404, "live_not_found", id="staff who do not teach it"),
    ],
)
def test_nobody_else_comes_in_reads_or_writes(room, li, name, status, code):
    stranger = Caller(getattr(room.cast, name), room.session)
    said = li.say("只给本班").json()["id"]

    asked = [
        stranger.enter(), stranger.get(), stranger.get("/members"), stranger.say("你好"),
        stranger.post(f"/messages/{said}/deletion", {"reason": REASON}), stranger.post("", {"is_shut": True}, "patch"),
    ]  # fmt: skip

    assert {(one.status_code, one.json()["code"]) for one in asked} == {(status, code)}
    assert (RoomMember.objects.count(), RoomMessage.objects.count(), li.state()["room"]["is_shut"]) == (1, 1, False)


def test_an_inspector_reads_and_is_seen_by_nobody(room, li, wang):
    chen = Caller(room.cast.chen, room.session)
    wang.say("老师好")

    assert chen.enter().json() == {
        "id": None,
        "place": "inspector",
        "is_muted": False,
        "is_removed": False,
        "is_hand_up": False,
        "is_invited": False,
    }
    assert chen.texts() == ["老师好"]
    refused = chen.say("我来看看")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_in_room")
    assert {one["called"] for one in li.get("/members").json()["items"]} == {room.cast.li.called, room.cast.wang.called}
    assert AuditEntry.objects.filter(action="live.inspected", user=room.cast.chen).count() == 1


def test_too_early_and_after_the_end_the_door_says_why(school):
    wang = Caller(school.cast.wang, school.session)
    school.at(18, 29)
    assert wang.enter().json()["code"] == "too_early"
    school.at(18, 30)
    assert (wang.enter().status_code, wang.say("来早了").status_code) == (200, 200)
    li = inside(school, "li")
    open_live(session=school.session, actor=school.cast.actor("li"))
    end_live(session=school.session, actor=school.cast.actor("li"))

    assert (wang.enter().json()["code"], wang.say("还有吗").json()["code"]) == ("live_ended", "live_ended")
    assert (wang.state()["room"]["phase"], wang.texts(), li.state()["version"] > 1) == ("ended", ["来早了"], True)


def test_the_same_key_is_the_same_message(wang):
    first, second = wang.say("老师好", "k-1").json(), wang.say("老师好", "k-1").json()

    assert (first, wang.texts()) == (second, ["老师好"])
    assert wang.say("没有编号", "x" * 41).status_code == 422


def test_who_writes_too_fast_is_told_to_wait_and_the_teacher_is_not(room, li, wang):
    for number in range(5):
        assert wang.say(f"第{number}条").status_code == 200
    refused = wang.say("第5条")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert "10秒内最多5条" in refused.json()["detail"]
    assert {li.say(f"板书{number}").status_code for number in range(7)} == {200}

    room.traveller.advance(seconds=11)
    assert wang.say("第5条").status_code == 200


def test_words_of_the_list_that_holds_today_are_not_sent(wang):
    RoomPolicy.objects.create(
        version=1, effective_from=date(2026, 5, 6), source="示例", terms=RoomTerms(words=("代考",)).as_json()
    )
    RoomPolicy.objects.create(version=2, effective_from=date(2026, 5, 7), source="示例", terms={"words": ["听得"]})

    refused = wang.say("有人代 考吗")

    assert (refused.status_code, refused.json()["code"], "“代考”" in refused.json()["detail"]) == (
        422,
        "bad_word",
        True,
    )
    assert (wang.say("听得清楚").status_code, wang.texts()) == (200, ["听得清楚"])


@pytest.mark.parametrize(
    ("text", "code"), [("", "text_missing"), (" \n ", "text_missing"), ("长" * 301, "text_too_long")]
)
def test_what_cannot_be_shown_is_refused(wang, text, code):
    refused = wang.say(text)

    assert (refused.status_code, refused.json()["code"], wang.texts()) == (422, code, [])


def test_a_deleted_message_is_gone_for_members_and_kept_with_its_reason(room, li, wang):
    said = wang.say("广告")
    version = li.state()["version"]
    path = f"/messages/{said.json()['id']}/deletion"

    assert wang.post(path, {"reason": REASON}).json()["code"] == "not_leading"
    assert li.post(path, {"reason": "无"}).status_code == 422
    assert li.post(path, {"reason": REASON}).json()["is_deleted"] is True

    assert wang.texts() == []
    (gone,) = wang.state(version)["messages"]
    assert (gone["text"], gone["is_deleted"]) == ("", True)
    kept = RoomMessage.objects.get()
    assert (kept.text, kept.delete_reason, kept.deleted_by) == ("广告", REASON, room.cast.li)
    assert AuditEntry.objects.get(action="live.message_deleted").words == REASON


def test_announcements_stay_on_top_until_taken_down_or_three_are_newer(li, wang):
    assert wang.post("/announcements", {"text": "我宣布", "key": "a0"}).json()["code"] == "not_leading"
    made = [li.post("/announcements", {"text": f"公告{n}", "key": f"a{n}"}).json()["id"] for n in range(1, 5)]

    assert [one["text"] for one in wang.state()["pinned"]] == ["公告4", "公告3", "公告2"]
    assert wang.texts() == ["公告1", "公告2", "公告3", "公告4"]
    li.post(f"/messages/{made[2]}/unpin")
    assert [one["text"] for one in wang.state()["pinned"]] == ["公告4", "公告2"]


def test_silence_for_all_and_for_one(room, li, wang):
    member = wang.state()["me"]["id"]
    li.post("", {"is_quiet": True}, "patch")
    assert (wang.say("能说吗").json()["code"], li.say("请安静").status_code) == ("all_muted", 200)
    assert wang.state()["room"] == {
        "phase": "open",
        "state": "open",
        "is_shut": False,
        "is_quiet": True,
        "emphasis": "slides",
    }

    li.post("", {"is_quiet": False}, "patch")
    li.post(f"/members/{member}/muted", {"is_muted": True}, "put")
    assert (wang.say("能说吗").json()["code"], wang.state()["me"]["is_muted"]) == ("muted", True)
    li.post(f"/members/{member}/muted", {"is_muted": False}, "put")
    assert wang.say("能说了").status_code == 200
    actions = AuditEntry.objects.filter(action__startswith="live.member").values_list("action", flat=True)
    assert list(actions.order_by("pk")) == ["live.member_muted", "live.member_unmuted"]


def test_who_was_sent_out_stays_out_until_let_in_again(room, li, wang):
    member = wang.state()["me"]["id"]
    assert wang.post(f"/members/{member}/removal", {"reason": REASON}).json()["code"] == "not_leading"
    own = li.state()["me"]["id"]
    assert li.post(f"/members/{own}/removal", {"reason": REASON}).json()["code"] == "member_leads"

    li.post(f"/members/{member}/removal", {"reason": REASON})
    assert (wang.enter().json()["code"], wang.say("为什么").json()["code"]) == ("removed", "removed")
    assert [one["is_removed"] for one in li.get("/members").json()["items"]] == [False, True]
    li.post(f"/members/{member}/readmission")
    assert (wang.enter().status_code, wang.say("谢谢老师").status_code) == (200, 200)


def test_a_shut_door_keeps_newcomers_out_only(room, li, wang):
    late = Caller(classmate(room, 1)[0], room.session)
    li.post("", {"is_shut": True}, "patch")

    assert (late.enter().json()["code"], wang.enter().status_code) == ("door_shut", 200)
    li.post("", {"is_shut": False}, "patch")
    assert late.enter().status_code == 200


def test_who_left_the_class_leaves_the_room(room, wang):
    room.wang.state = "withdrawn"
    room.wang.save(update_fields=["state"])

    asked = [wang.enter(), wang.get(), wang.say("还在吗")]

    assert {(one.status_code, one.json()["code"]) for one in asked} == {(403, "withdrawn")}


def test_state_and_members_cost_the_same_for_50_people_and_messages(room, li):
    costs = []
    for number in (range(5), range(5, 50)):
        for one in number:
            user, enrolment = classmate(room, one)
            member = RoomMember.objects.create(
                session=room.session, user=user, enrolment=enrolment, place="learner", called=user.called
            )
            RoomMessage.objects.create(
                session=room.session, member=member, text="到", request_key=f"r{one}", version=one + 1,
                sent_at=room.session.starts_at + timedelta(seconds=one),
            )  # fmt: skip
        li.state()
        with CaptureQueriesContext(connection) as caught:
            assert (len(li.state()["messages"]), len(li.get("/members").json()["items"])) == (one + 1, one + 2)
        costs.append(len(caught))

    assert costs[0] == costs[1]
