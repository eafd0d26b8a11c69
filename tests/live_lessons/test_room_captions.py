"""Captions typed in a room over the API: told at once, kept with the server's time, the subtitles of the replay."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Subtitle
from lms.kernel import clock
from lms.live.models import RoomCaption, RoomMember
from lms.live.queries.captions import subtitles_of
from lms.live.queries.replays import replay_of
from lms.live.rules.replays import Part
from lms.live.services import enter_room
from tests.live_lessons.recorded import ready_at_once, record_lesson, replayed
from tests.live_lessons.rooms import Caller, inside


def write(caller, text, key):
    return caller.post("/captions", {"text": text, "key": key})


def test_lines_are_told_in_order_once_each_and_late_joiners_read_the_newest(room, li, wang):
    version = wang.state()["version"]
    first = write(li, "先断电，再验电", "k1").json()
    assert write(li, "先断电，再验电", "k1").json() == first
    room.traveller.advance(seconds=2)
    write(li, " 挂牌\n上锁 ", "k2")
    room.traveller.advance(seconds=2)
    write(li, "三级教育", "k3")

    state = wang.state(version)
    assert [one["text"] for one in state["captions"]] == ["挂牌 上锁", "三级教育"]
    assert (state["version"], RoomCaption.objects.count()) == (version + 3, 3)
    assert first["said_at"] < state["captions"][0]["said_at"]


def test_assistants_type_too_and_nobody_else(room, li, wang):
    helper = room.helper()
    room.session.assistants.add(helper)
    typing = Caller(helper, room.session)
    typing.enter()
    assert write(typing, "助教在打字", "k1").status_code == 200

    lu = Caller(room.cast.lu, room.session)
    assert (write(wang, "我来打", "k1").json()["code"], write(lu, "我来打", "k1").status_code) == ("not_leading", 404)
    assert [one.member.place for one in RoomCaption.objects.select_related("member")] == [RoomMember.As.ASSISTANT]


def change(caller, line, text):
    return caller.client.patch(caller.path(f"/captions/{line['id']}"), {"text": text}, content_type="application/json")


def withdraw(caller, line):
    return caller.client.delete(caller.path(f"/captions/{line['id']}"))


def test_a_line_is_corrected_at_its_place_and_everybody_hears_of_it_once(room, li, wang):
    first = write(li, "先断点", "k1").json()
    room.traveller.advance(seconds=5)
    write(li, "再验电", "k2")
    version = wang.state()["version"]

    assert change(li, first, " 先断电 ").json() == first | {"text": "先断电"}
    assert change(li, first, "先断电").json()["text"] == "先断电"

    state = wang.state(version)
    assert ([one["text"] for one in state["captions"]], state["version"]) == (["先断电", "再验电"], version + 1)
    assert subtitles_of(room.session, [Part(0, 60_000, 0, clock.now_ms() - 10_000)]).index("先断电") > 0


def test_a_line_that_was_taken_back_stands_nowhere(room, li, wang):
    lines = [write(li, text, text).json() for text in ("甲", "乙", "说错了")]
    assert withdraw(li, lines[2]).status_code == 204

    assert [one["text"] for one in wang.state()["captions"]] == ["甲", "乙"]
    assert [one["text"] for one in li.state()["leaders"]["captions"]] == ["甲", "乙"]
    assert "说错了" not in subtitles_of(room.session, [Part(0, 60_000, 0, clock.now_ms() - 10_000)])
    for answer in (withdraw(li, lines[2]), change(li, lines[2], "又改")):
        assert (answer.status_code, answer.json()["code"]) == (404, "caption_not_found")
    assert RoomCaption.objects.get(text="说错了").removed_at is not None


@pytest.mark.parametrize(("text", "code"), [(" ", "text_missing"), ("字" * 81, "text_too_long")])
def test_a_wrong_correction_leaves_the_line_as_it_was(li, text, code):
    line = write(li, "先断电", "k1").json()

    refused = change(li, line, text)

    assert (refused.status_code, refused.json()["code"], RoomCaption.objects.get().text) == (422, code, "先断电")


def test_only_who_teaches_corrects_and_only_while_the_room_is_open(room, li, wang):
    line = write(li, "先断电", "k1").json()
    for caller, code in ((wang, "not_leading"), (Caller(room.cast.lu, room.session), "live_not_found")):
        assert (change(caller, line, "我来").json()["code"], withdraw(caller, line).json()["code"]) == (code, code)
    room.session.state, room.session.ended_at = "ended", clock.now()
    room.session.save(update_fields=["state", "ended_at"])

    assert (change(li, line, "改").json()["code"], withdraw(li, line).json()["code"]) == ("live_ended", "live_ended")
    assert RoomCaption.objects.get().text == "先断电"


@pytest.mark.parametrize(
    ("text", "code"), [("", "text_missing"), ("字" * 81, "text_too_long"), ("字" * 2000, "text_too_long")]
)
def test_a_line_that_cannot_be_shown_says_why(li, text, code):
    refused = write(li, text, "k1")

    assert (refused.status_code, refused.json()["code"], RoomCaption.objects.count()) == (422, code, 0)


def test_nobody_types_when_the_lesson_is_over(room, li):
    room.session.state, room.session.ended_at = "ended", clock.now()
    room.session.save(update_fields=["state", "ended_at"])

    assert write(li, "太晚了", "k1").json()["code"] == "live_ended"


def test_the_state_and_the_subtitles_cost_the_same_for_5_and_50_lines(room, li, wang):
    parts, costs = [Part(0, 3_600_000, 0, clock.now_ms())], []
    li.state()
    for more in (5, 45):
        for number in range(more):
            room.traveller.advance(seconds=2)
            write(li, f"第{number}行", f"{more}-{number}")
        with CaptureQueriesContext(connection) as caught:
            li.state()
            subtitles_of(room.session, parts)
        costs.append(len(caught))

    assert costs[0] == costs[1]
    assert subtitles_of(room.session, parts).count("-->") == 50


@pytest.mark.sqlite
def test_the_replay_has_them_as_subtitles_that_the_teacher_may_edit(
    school, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("courses.tasks.transcode_video", ready_at_once)
    school.at(19)
    enter_room(session=school.session, actor=school.cast.actor("li"))
    typing = inside(school, "li")
    school.traveller.advance(seconds=1)
    write(typing, "先断电，再验电", "k1")
    school.traveller.advance(seconds=-1)
    session = record_lesson(school.session, "h264", seconds=3)
    replayed(session, school.traveller, django_capture_on_commit_callbacks)

    track = Subtitle.objects.get()
    assert (track.video, track.language, track.saved_by) == (replay_of(session).video, "zh-Hans", None)
    assert "00:00:01.000 --> 00:00:03" in track.webvtt
    assert "先断电，再验电" in track.webvtt
