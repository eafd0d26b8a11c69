"""Publishing by WHIP before a real Janus: who may, what goes on the air, what ends it, and a server that is away or slow.

That pictures come by it, `tests/journeys/test_whip_live.py` shows.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client

from lms.kernel import clock
from lms.live import stores
from lms.live.gateways import janus
from lms.live.gateways.janus import JanusRefusedError
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.feeds import open_feeds
from lms.live.queries.relaying import grant_key, stream_token
from lms.live.rules.grants import Action, Grant, token_of
from lms.live.rules.recorders import recorder_of
from lms.live.rules.whip import Line, line_of
from lms.live.services import Puller, end_live, pulling, renew_stream_key, watching
from lms.live.services.broadcasts import begin_broadcast
from tests.factories import make_live
from tests.live_lessons.janus_server import NEEDS_JANUS, JanusServer
from tests.live_lessons.offers import offer
from tests.live_lessons.recordings import MIMES
from tests.live_lessons.stage import moment

pytestmark = NEEDS_JANUS
SDP = "application/sdp"
GOOD = offer("h264", "vp8")


@pytest.fixture
def server(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(janus, "SECONDS", 0.5)
    monkeypatch.setattr(janus, "PAUSES", (0.05,))
    server = JanusServer(tmp_path_factory.mktemp("janus"))
    server.start()
    yield server
    server.go_on()
    server.kill()


@pytest.fixture
def lesson(school, server, settings, tmp_path):
    """Return the stage ten minutes before its live lesson, where Janus takes what is published."""
    said = server.environment()
    settings.LIVE_JANUS = {
        "url": said["LIVE_JANUS_URL"], "secret": said["LIVE_JANUS_SECRET"], "room_key": said["LIVE_JANUS_ROOM_KEY"]
    }  # fmt: skip
    settings.LIVE_ROOT = tmp_path
    stores.KEPT.clear()
    school.at(18, 50)
    return school


def key_of(stage, name="li", session=None):
    return stream_token(session or stage.now(), Action.PUBLISH, getattr(stage.cast, name).pk)


def publish(token, body=GOOD, *, kind=SDP, source="camera"):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return Client().post(f"/live/whip/?source={source}", body.encode(), content_type=kind, headers=headers)


def ask(way, where, token):
    return getattr(Client(), way)(where, headers={"authorization": f"Bearer {token}"})


def runs():
    return list(Broadcast.objects.order_by("number").values_list("number", "source", "end"))


def rooms():
    """Return the rooms that Janus has."""
    line = janus.opened()
    key = "change-me-rooms"
    found = janus.asked(line, request="list", admin_key=key)["list"]
    janus.told(f"/{line.session}", janus="destroy")
    return {one["room"] for one in found}


def looked(puller):
    """Let the process that pulls look once, and do all that it began."""
    puller.turn()
    for thread in puller.ending:
        thread.join()


def test_what_a_page_offers_goes_on_the_air_with_an_answer(lesson):
    answer = publish(key_of(lesson))

    made = Broadcast.objects.get()
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, SDP)
    assert answer.headers["Location"] == f"/live/whip/{made.uid}/"
    assert "a=rtpmap:102 H264/90000" in answer.content.decode()
    assert runs() == [(1, "camera", "")]
    assert (lesson.now().state, made.by, made.is_encoded) == ("live", lesson.cast.li, False)
    assert rooms() == {line_of(made.feed).room}


@pytest.mark.parametrize(
    ("sent", "source", "expected"),
    [
        pytest.param(offer("vp8"), "screen", ("screen", True), id="VP8 is encoded anew"),
        pytest.param(offer("vp8", "h264"), "", ("rtmp", False), id="H.264 comes first, whatever software prefers"),
        pytest.param(offer(), "sound", ("sound", False), id="sound alone"),
    ],
)
def test_the_row_says_what_comes(lesson, sent, source, expected):
    assert publish(key_of(lesson), sent, source=source).status_code == 201
    made = Broadcast.objects.get()
    assert (made.source, made.is_encoded) == expected


@pytest.mark.parametrize(
    ("sent", "source", "words"),
    [
        pytest.param("hello", "camera", "读不懂", id="no description"),
        pytest.param(offer("h264", has_sound=False), "camera", "没有声音", id="no sound"),
        pytest.param(offer(), "camera", "没有画面", id="no picture"),
        pytest.param(offer("av1"), "", "H.264", id="a codec that we do not take"),
        pytest.param(GOOD, "window", "画面来源不对", id="a source that there is not"),
    ],
)
def test_what_is_not_taken_is_refused_in_words_and_leaves_nothing(lesson, sent, source, words):
    answer = publish(key_of(lesson), sent, source=source)

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert (runs(), rooms(), lesson.now().state) == ([], set(), "scheduled")


def test_the_doors_say_what_they_take(lesson):
    token = key_of(lesson)
    where = publish(token).headers["Location"]

    assert publish(token, kind="application/json").status_code == 415
    assert publish(token, GOOD + "x" * (64 << 10)).status_code == 413
    trickled = ask("patch", where, token)
    assert (trickled.status_code, trickled.headers["Allow"]) == (405, "GET, DELETE")
    assert ask("get", "/live/whip/", token).status_code == 405


def test_without_janus_there_is_no_such_door(lesson, settings):
    settings.LIVE_JANUS = {}

    assert publish(key_of(lesson)).status_code == 404


@pytest.mark.parametrize("who", ["nobody", "wang", "qian", "platform", "player"])
def test_nobody_else_publishes(lesson, who):
    session = lesson.now()
    token = {
        "nobody": "",
        "platform": stream_token(session, Action.PUBLISH),
        "player": stream_token(session, Action.PLAY, lesson.cast.li.pk),
    }.get(who) if who in {"nobody", "platform", "player"} else key_of(lesson, who)  # fmt: skip

    assert publish(token).status_code == 403
    assert (runs(), rooms()) == ([], set())


def test_a_key_that_is_old_or_whose_lesson_is_over_opens_nothing(lesson):
    old = Grant(Action.PUBLISH, lesson.session.uid, lesson.cast.li.pk, clock.now() - timedelta(seconds=1))
    before = key_of(lesson)
    renew_stream_key(session=lesson.now(), actor=lesson.cast.actor("li"))

    assert [publish(one).status_code for one in (token_of(old, grant_key()), before)] == [403, 403]
    LiveSession.objects.update(state="ended", began_at=moment(18, 50), ended_at=moment(19))
    over = publish(key_of(lesson))
    assert (over.status_code, "已经结束" in over.content.decode()) == (403, True)
    assert (runs(), rooms()) == ([], set())


def test_a_key_changed_while_janus_was_asked_takes_nothing_to_the_air(lesson, monkeypatch):
    real = janus.published

    def slowly(sent):
        found = real(sent)
        renew_stream_key(session=lesson.now(), actor=lesson.cast.actor("li"))
        return found

    monkeypatch.setattr(janus, "published", slowly)

    assert publish(key_of(lesson)).status_code == 403
    assert (runs(), rooms()) == ([(1, "camera", "lost")], set())


def test_who_publishes_ends_it_and_nobody_else(lesson):
    token = key_of(lesson)
    where = publish(token).headers["Location"]
    other = make_live(lesson.training_class, lesson.cast.li)

    helper = stream_token(lesson.now(), Action.PUBLISH, lesson.helper().pk)
    assert [ask("delete", where, one).status_code for one in (helper, "")] == [404, 403]
    assert ask("delete", where, key_of(lesson, session=other)).status_code == 404
    assert ask("get", where, token).json() == {
        "is_open": True,
        "end": "",
        "state": "live",
        "is_heard": False,
        "detail": "",
    }
    assert ask("delete", where, token).status_code == ask("delete", where, token).status_code == 200
    assert ask("get", where, token).json() == {
        "is_open": False, "end": "finished", "state": "interrupted", "is_heard": False, "detail": ""
    }  # fmt: skip


@pytest.mark.parametrize("deed", ["another page", "another key", "the end", "a page of the other way"])
def test_what_is_on_the_air_no_more_is_cut_at_janus(lesson, deed):
    token, puller, li = key_of(lesson), Puller(), lesson.cast.actor("li")
    publish(token)
    looked(puller)
    (first,) = open_feeds()
    if deed == "another page":
        publish(token, source="screen")
    elif deed == "another key":
        renew_stream_key(session=lesson.now(), actor=li)
    elif deed == "the end":
        end_live(session=lesson.now(), actor=li)
    else:
        begin_broadcast(session=lesson.now(), recorder=recorder_of(MIMES["h264"]), source="camera", actor=li)
    looked(puller)

    assert rooms() == {line_of(one.feed).room for one in open_feeds()}
    assert line_of(first.feed).room not in rooms()


def test_what_was_closed_while_nobody_pulled_is_cut_too(lesson):
    publish(key_of(lesson))
    end_live(session=lesson.now(), actor=lesson.cast.actor("li"))
    looked(Puller())

    assert rooms() == set()


def test_a_browser_that_finds_no_way_to_janus_is_given_up(lesson):
    publish(key_of(lesson))
    puller = Puller()
    looked(puller)
    assert (runs(), puller.pulls) == ([(1, "camera", "")], {})  # it may still come
    lesson.traveller.advance(milliseconds=pulling.CONNECTED_WITHIN_MS + 1)
    looked(puller)
    looked(puller)

    assert (runs(), rooms()) == ([(1, "camera", "lost")], set())


def test_who_may_teach_no_more_is_taken_off_the_air(lesson):
    publish(key_of(lesson))
    lesson.cast.li.is_active = False
    lesson.cast.li.save()
    looked(Puller())

    assert runs() == [(1, "camera", "lost")]


@pytest.mark.parametrize("fault", ["kill", "pause"])
def test_a_janus_that_is_away_or_hangs_is_said_in_seconds_and_leaves_nothing(lesson, server, fault):
    getattr(server, fault)()
    answer = publish(key_of(lesson))

    assert (answer.status_code, answer.headers["X-Refusal"], answer.headers["Retry-After"]) == (503, "whip_down", "5")
    assert "普通方式开播" in answer.content.decode()
    assert runs() == []


def test_a_janus_that_died_and_came_back_costs_the_run_and_not_the_lesson(lesson, server):
    token, puller = key_of(lesson), Puller()
    publish(token)
    server.kill()
    looked(puller)
    assert runs() == [(1, "camera", "")]  # nobody knows yet
    server.start()
    lesson.traveller.advance(milliseconds=pulling.CONNECTED_WITHIN_MS + 1)
    looked(puller)
    assert (runs(), lesson.now().state) == ([(1, "camera", "lost")], "live")
    assert publish(token).status_code == 201


def test_a_janus_that_hangs_is_left_alone_for_a_while(lesson, server, monkeypatch):
    publish(key_of(lesson))
    server.pause()
    puller, asked = Puller(), []
    real = janus.told
    monkeypatch.setattr(janus, "told", lambda *args, **words: asked.append(1) or real(*args, **words))
    for _ in range(5):
        puller.turn()

    assert (len(asked), runs()) == (1, [(1, "camera", "")])


@pytest.mark.parametrize("rtmp", ["", "rtmp://live.example.cn/ingest"])
def test_the_page_publishes_with_the_key_and_shows_it_for_obs(lesson, settings, rtmp):
    settings.LIVE_INGEST_URL = rtmp
    teacher = Client()
    teacher.force_login(lesson.cast.li)
    page = teacher.get(f"/institution/live/{lesson.session.uid}/studio/").content.decode()
    token = key_of(lesson)

    assert f'data-whip="/live/whip/" data-key="{token}"' in page
    assert 'value="http://testserver/live/whip/"' in page
    assert f'id="bearer" readonly autocomplete="off" value="{token}"' in page
    assert ('id="ingest"' in page) == bool(rtmp)


def watch(token):
    return Client().post("/live/watch/", headers={"authorization": f"Bearer {token}"})


def play_key(stage, name="wang"):
    return stream_token(stage.now(), Action.PLAY, getattr(stage.cast, name).pk)


def hear_of_it():
    """Let pieces have come of what is on the air."""
    Broadcast.objects.update(heard_at=clock.now() + timedelta(seconds=5))
    cache.clear()


def test_nobody_watches_whom_the_door_keeps_out(lesson):
    publish(key_of(lesson))
    hear_of_it()
    for token in (play_key(lesson, "lu"), key_of(lesson), "", "play.x"):
        assert watch(token).status_code == 403


def test_a_lesson_that_is_not_published_so_is_watched_the_usual_way(lesson, settings):
    begin_broadcast(
        session=lesson.now(), recorder=recorder_of(MIMES["h264"]), source="camera", actor=lesson.cast.actor("li")
    )
    cache.clear()
    assert watch(play_key(lesson)).headers["X-Refusal"] == "not_direct"
    publish(key_of(lesson))
    cache.clear()
    assert watch(play_key(lesson)).headers["X-Refusal"] == "not_direct"  # no piece of it yet
    hear_of_it()
    settings.LIVE_DIRECT_VIEWERS = 0
    assert watch(play_key(lesson)).headers["X-Refusal"] == "not_direct"


def test_a_full_or_dead_server_refuses_and_the_page_says_where_else(lesson, server, settings):
    publish(key_of(lesson))
    hear_of_it()
    settings.LIVE_DIRECT_VIEWERS = 1
    watching.take_place(Line(1, 2))
    assert watch(play_key(lesson)).headers["X-Refusal"] == "direct_full"
    lesson.traveller.advance(milliseconds=watching.PLACE_MS + 1)
    server.kill()
    cut = watch(play_key(lesson))
    assert (cut.status_code, "普通画面" in cut.content.decode()) == (503, True)


def test_a_viewers_line_ends_with_his_right_to_watch(lesson):
    publish(key_of(lesson))
    line = janus.opened()
    words = [line.session, line.handle, lesson.session.uid.hex, lesson.cast.wang.pk]
    where = f"/live/watch/{signing.dumps(words, salt=watching.SALT, compress=False)}/"
    assert Client().get(where).status_code == 204
    lesson.cast.wang.is_active = False
    lesson.cast.wang.save()
    cache.clear()

    assert [Client().get(where).status_code, Client().get(where + "x/").status_code] == [403, 404]
    with pytest.raises(JanusRefusedError):
        janus.keep(line)
    assert Client().get(where.replace(":", ".")).status_code == 404


def test_a_line_whose_session_ran_out_leaves_no_room(lesson):
    publish(key_of(lesson))
    line = line_of(Broadcast.objects.get().feed)
    janus.told(f"/{line.session}", janus="destroy")
    janus.hang_up(line)
    janus.hang_up(Line(1, 2))

    assert rooms() == set()


def test_another_secret_opens_nothing_at_janus(lesson, settings):
    settings.LIVE_JANUS = settings.LIVE_JANUS | {"secret": "guessed"}
    assert publish(key_of(lesson)).status_code == 503
    settings.LIVE_JANUS = settings.LIVE_JANUS | {"secret": "change-me-api", "room_key": "guessed"}
    assert publish(key_of(lesson)).status_code == 503
    assert runs() == []


def test_no_more_lessons_are_taken_than_the_machine_carries(lesson, monkeypatch):
    monkeypatch.setattr("lms.live.services.feeds.MOST_FEEDS", 0)
    answer = publish(key_of(lesson))

    assert (answer.status_code, "上限" in answer.content.decode()) == (409, True)
    assert (runs(), rooms()) == ([], set())
