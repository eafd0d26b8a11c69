"""A broadcast that brings too much, or for which the disk has no room: stopped, and its teacher told why and what to do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from courses.middleware import MEDIA_KEY
from lms.live import stores
from lms.live.models import Broadcast
from lms.live.queries.playing import stream_address
from lms.live.rules import amounts
from lms.live.rules.playlists import STATE_NAME
from lms.live.services.pulling import Pull, Puller
from tests.live_lessons.test_feeds import INGEST, call, key_of, token_in

SECONDS = 5  # between two looks
ASKED, TAKEN, TOO_MUCH = 2_500_000 // 8, 8_000_000 // 8, 20_000_000 // 8  # bytes a second


class Published:
    """What software publishes, as the process that pulls sees it: pieces of a second in the lesson's folder."""

    def __init__(self, stage, puller, connection="7"):
        call(stage, "publish", token_in(key_of(stage)), connection=connection)
        self.stage, self.puller, self.count = stage, puller, 0
        row = Broadcast.objects.select_related("session").latest("number")
        self.pull = Pull(row, SimpleNamespace(ports=()), SimpleNamespace(is_running=True), 0)

    def go_on(self, bytes_a_second):
        """Write a few seconds and have them looked at; return how the run ended, if it did."""
        self.stage.traveller.advance(seconds=SECONDS)
        folder, run = stores.make_folder(self.stage.session.uid), self.pull.broadcast.number
        for _ in range(SECONDS):
            self.count += 1
            with (folder / f"e{run}_{self.count:06}.m4s").open("wb") as piece:
                piece.truncate(bytes_a_second)
        names = "".join(f"#EXTINF:1.0,\ne{run}_{number:06}.m4s\n" for number in range(1, self.count + 1))
        (folder / f"e{run}.m3u8").write_text(f'#EXTM3U\n#EXT-X-MAP:URI="e{run}_init.mp4"\n{names}')
        self.puller.hear(self.pull)
        self.pull.broadcast.refresh_from_db()
        return self.pull.broadcast.end


@pytest.fixture
def stage(school, settings, tmp_path):
    """Return the stage ten minutes before its live lesson, where software may publish."""
    settings.LIVE_INGEST_URL, settings.LIVE_ROOT = INGEST, tmp_path
    stores.KEPT.clear()
    school.at(18, 50)
    return school


@pytest.fixture
def published(stage):
    return Published(stage, Puller())


def told(stage, name):
    """Return what a person's page hears of why the lesson was stopped."""
    cache.clear()
    client = Client()
    client.cookies[MEDIA_KEY] = "own"
    return client.get(stream_address(stage.now(), getattr(stage.cast, name).pk, "own", STATE_NAME)).json()["cut"]


@pytest.mark.parametrize("size", [ASKED, TAKEN], ids=["as the page asks for", "the most"])
def test_what_keeps_to_the_rate_goes_on_for_as_long_as_it_likes(published, size):
    assert {published.go_on(size) for _ in range(60)} == {""}


def test_what_brings_too_much_is_stopped_and_gains_nothing_by_coming_back(published, stage):
    ends = [published.go_on(TOO_MUCH) for _ in range(6)]

    assert (ends[0], ends[-1], stage.now().state) == ("", "too_much", "interrupted")
    again = Published(stage, published.puller, "8")
    assert again.go_on(TOO_MUCH) == "too_much"


def test_a_burst_is_taken(published):
    assert [published.go_on(size) for size in (5_000_000, ASKED, ASKED)] == ["", "", ""]


def test_a_lesson_stops_before_the_disk_is_full(published, stage, monkeypatch):
    monkeypatch.setattr(stores, "LEAST_LEFT_BYTES", 1 << 62)

    assert (published.go_on(ASKED), stage.now().state) == ("no_space", "interrupted")


def test_who_teaches_hears_why_and_nobody_else_until_it_goes_on(published, stage):
    for _ in range(6):
        published.go_on(TOO_MUCH)

    assert (told(stage, "li"), told(stage, "wang")) == (amounts.CUTS["too_much"], "")
    call(stage, "publish", token_in(key_of(stage)), connection="8")
    assert told(stage, "li") == ""
