"""A replay for apps: what its page shows, to whom its page opens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses.models import Subtitle, Video
from courses.services.subtitles import put_subtitle
from lms.kernel import clock
from lms.live.models import PageTurn, Replay, RoomMember, RoomMessage, RoomVoice, SlideDeck
from lms.live.services import publish_replay, review_replay, withdraw_replay
from tests.factories import make_live

pytestmark = pytest.mark.sqlite
WHY = "画面里有学员的证件"


def ask(school, who="wang", **query):
    client = Client()
    client.force_login(getattr(school.cast, who))
    return client.get(f"/api/v1/me/live-sessions/{school.session.uid}/replay", query)


@pytest.fixture
def shown(taught):
    publish_replay(session=taught.now(), actor=taught.cast.actor("li"))
    return taught


def speak(school, number):
    session = school.now()
    message = RoomMessage.objects.create(
        session=session, member=RoomMember.objects.get(session=session, place="learner"), kind="voice", text="语音，2秒",
        sent_at=session.began_at + timedelta(seconds=1), request_key=f"v{number}", version=30 + number,
    )  # fmt: skip
    RoomVoice.objects.create(message=message, state="ready", path="a", length_ms=2000)
    return message


def test_an_app_reads_what_the_page_shows(shown):
    deck = SlideDeck.objects.create(
        session=shown.now(), name="讲义", state="ready", page_count=3, texts=["一", "二", "三"], source_path="a"
    )
    PageTurn.objects.create(session=shown.now(), deck=deck, page=2, at=shown.now().began_at, version=50)
    spoken = speak(shown, 0)
    video = Replay.objects.get().video
    put_subtitle(video=video, webvtt="WEBVTT\n\n00:01.000 --> 00:02.000\n先断电\n", actor=shown.cast.actor("li"))

    found = ask(shown).json()

    assert (found["length_ms"], found["chapters"]) == (4000, [{"at_ms": 0, "title": "开始"}])
    assert [(one["at_ms"], one["page"], one["page_count"]) for one in found["slides"]] == [(0, 2, 3)]
    assert found["slides"][0]["url"] == f"/live/{shown.session.uid}/slides/{deck.uid}/2.jpg"
    kinds = [(one["kind"], one["at_ms"], one["called"]) for one in found["lines"]]
    assert ("chat", 1000, "王同学") in kinds
    assert ("chat", 2000, "李老师") in kinds
    poll = next(one for one in found["lines"] if one["kind"] == "poll")
    assert poll["results"] == [{"option": "懂", "count": 3}, {"option": "不懂", "count": 1}]
    voice = next(one for one in found["lines"] if one["kind"] == "voice")
    assert (voice["url"], voice["seconds"]) == (f"/live/{shown.session.uid}/voices/{spoken.uid}.m4a", 2)
    assert found["captions"] == {
        "language": "zh-Hans", "languages": ["zh-Hans"],
        "cues": [{"from_ms": 1000, "to_ms": 2000, "text": "先断电"}],
    }  # fmt: skip
    assert not found["counts"]
    assert found["media"]["hls"].startswith("/")


def test_what_the_teacher_hid_is_not_told(shown):
    hidden = str(RoomMessage.objects.get(text="听得清楚").uid)
    review_replay(session=shown.now(), chapters=[], hidden=[hidden], actor=shown.cast.actor("li"))

    assert hidden not in [one["id"] for one in ask(shown).json()["lines"]]


def test_it_opens_to_whom_its_page_opens(taught):
    assert (ask(taught).status_code, ask(taught).json()["code"]) == (404, "replay_unpublished")
    publish_replay(session=taught.now(), actor=taught.cast.actor("li"))
    assert [ask(taught, who).status_code for who in ("wang", "lu", "li")] == [200, 404, 404]
    withdraw_replay(session=taught.now(), reason=WHY, actor=taught.cast.actor("li"))
    assert ask(taught).json()["code"] == "replay_unpublished"
    assert Client().get(f"/api/v1/me/live-sessions/{taught.session.uid}/replay").status_code == 401


def test_it_costs_the_same_for_5_and_50_lines_and_subtitles(shown):
    costs, begun = [], shown.now().began_at
    deck = SlideDeck.objects.create(session=shown.now(), name="讲义", state="ready", page_count=99, source_path="a")
    put_subtitle(
        video=Replay.objects.get().video, webvtt="WEBVTT\n\n00:01.000 --> 00:02.000\n甲\n", actor=shown.cast.actor("li")
    )
    ask(shown)
    for more in (5, 45):
        for number in range(more):
            speak(shown, more * 100 + number)
            PageTurn.objects.create(
                session=shown.now(), deck=deck, page=number + 1, version=more * 1000 + number,
                at=begun + timedelta(milliseconds=number * 20 + more),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as caught:
            assert ask(shown).status_code == 200
        costs.append(len(caught))

    assert costs[0] == costs[1]
    assert (len(ask(shown).json()["slides"]) >= 50, Subtitle.objects.count()) == (True, 1)


def pages_with_links(school):
    client = Client()
    client.force_login(school.cast.wang)
    address = f"/my/live/{school.session.uid}/replay/"
    own = ("/my/", f"/my/classes/{school.wang.uid}/", "/my/live/")
    return [client.get(path).content.decode().count(address) for path in own]


def test_the_pages_of_learning_lead_to_a_replay_as_long_as_it_is_published(taught):
    assert pages_with_links(taught) == [0, 0, 0]
    publish_replay(session=taught.now(), actor=taught.cast.actor("li"))
    assert pages_with_links(taught) == [1, 1, 1]
    withdraw_replay(session=taught.now(), reason=WHY, actor=taught.cast.actor("li"))
    assert pages_with_links(taught) == [0, 0, 0]


def test_the_pages_of_learning_cost_the_same_for_5_and_50_replays(shown):
    client = Client()
    client.force_login(shown.cast.wang)
    costs = {}
    for count in (5, 50):
        while Replay.objects.count() < count:
            number = Replay.objects.count()
            other = make_live(
                shown.training_class, shown.cast.li, title=f"第{number}课", state="ended", ended_at=clock.now()
            )
            video = Video.objects.create(institution=shown.cast.institution_a, title=f"第{number}课", state="ready")
            Replay.objects.create(
                session=other, state="made", video=video, film_uid=video.uid,
                first_published_at=clock.now(), published_at=clock.now(),
            )  # fmt: skip
        for path in ("/my/", f"/my/classes/{shown.wang.uid}/", "/my/live/"):
            client.get(path)
            with CaptureQueriesContext(connection) as caught:
                assert client.get(path).status_code == 200
            costs.setdefault(path, []).append(len(caught))

    assert all(five == fifty for five, fifty in costs.values()), costs
