"""A smaller picture and the sound alone beside the picture as it came: real ffmpeg, and what players are given."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace

import pytest
from django.core.cache import cache

from lms.live import stores
from lms.live.gateways.encoder import Encoder, command
from lms.live.models import LiveSession
from lms.live.queries.playing import stream_address
from lms.live.rules.playlists import segments_of
from lms.live.rules.recorders import recorder_of
from lms.live.rules.renditions import Way
from lms.live.services import renditions
from lms.live.services.renditions import ways_for
from tests.live_lessons.recordings import MIMES, recording
from tests.live_lessons.stage import moment
from tests.live_lessons.test_playing import KEY, browser, write_run

WAYS = (Way.LOW, Way.SOUND)


def encode(folder, content, ways=WAYS):
    encoder = Encoder(recorder_of(MIMES["h264"]), folder, 1, ways=ways)
    encoder.write(content)
    encoder.finish()


def pieces(folder, way):
    return segments_of(1, (folder / f"e1{way}.m3u8").read_text("utf-8"))


def streams(folder, way):
    film = folder / f"all{way}.mp4"
    names = [f"e1{way}_init.mp4", *(one.name for one in pieces(folder, way))]
    film.write_bytes(b"".join((folder / name).read_bytes() for name in names))
    asked = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(film)]
    said = subprocess.run(asked, capture_output=True, check=True, text=True)
    return {one["codec_type"]: one for one in json.loads(said.stdout)["streams"]}


def large(seconds):
    """Return a recording in the size of a camera."""
    source = ["-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=25:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "libopus"]
    made = ["ffmpeg", "-v", "error", *source, *tone, *codecs, "-f", "matroska", "-live", "1", "pipe:1"]
    return subprocess.run(made, capture_output=True, check=True).stdout


@pytest.mark.sqlite
def test_one_run_writes_three_streams_of_the_same_length(tmp_path):
    encode(tmp_path, large(4))

    lengths = {way: sum(one.seconds for one in pieces(tmp_path, way)) for way in Way}
    assert lengths == {way: pytest.approx(4, abs=0.3) for way in Way}
    full, low, sound = (streams(tmp_path, way) for way in Way)
    assert (full["video"]["width"], low["video"]["width"], low["video"]["height"]) == (1280, 640, 360)
    assert (set(low), set(sound)) == ({"video", "audio"}, {"audio"})
    small, large_one = (
        sum((tmp_path / one.name).stat().st_size for one in pieces(tmp_path, way)) for way in (Way.LOW, Way.FULL)
    )
    assert small < 480_000 / 8 * 5 < large_one


@pytest.mark.sqlite
def test_a_small_picture_is_not_made_larger_and_the_great_one_stays_as_it_came(tmp_path):
    encode(tmp_path, recording("h264", 3))
    asked = command(recorder_of(MIMES["h264"]), tmp_path, 1, ways=WAYS)

    assert streams(tmp_path, Way.LOW)["video"]["width"] == 320
    assert (asked.count("copy"), asked.count("libx264"), asked[asked.index("-threads:v") + 1]) == (1, 1, "1")


def test_without_other_renditions_nothing_else_is_written(tmp_path):
    assert command(recorder_of(MIMES["h264"]), tmp_path, 1).count("hls") == 1


@pytest.mark.parametrize(("lower", "expected"), [(0, WAYS), (2, (Way.SOUND,))])
def test_capacity_is_counted_in_running_encoders(settings, monkeypatch, lower, expected):
    settings.LIVE_RENDITIONS = "auto"
    monkeypatch.setattr(renditions.os, "getloadavg", lambda: (0.1, 0, 0))
    monkeypatch.setattr(renditions.os, "cpu_count", lambda: 2)
    running = [SimpleNamespace(ways=WAYS, is_running=True)] * lower
    running += [SimpleNamespace(ways=WAYS, is_running=False), SimpleNamespace(ways=(Way.SOUND,), is_running=True)]

    assert ways_for(recorder_of(MIMES["h264"]), running) == expected


@pytest.fixture
def on_air(school, settings, tmp_path):
    """Return the stage with two runs on the air, of which only the first has other renditions."""
    settings.LIVE_ROOT = tmp_path
    stores.KEPT.clear()
    cache.clear()
    school.at(19, 30)
    LiveSession.objects.update(state="live", began_at=moment(19))
    folder = stores.make_folder(school.session.uid)
    for number in ("1", "1l", "1a", "2"):
        write_run(folder, number, 3)
    return school


def get(stage, name):
    return browser().get(stream_address(stage.session, stage.cast.wang.pk, KEY, name))


def test_players_choose_and_find_the_picture_where_a_rendition_is_missing(on_air):
    low = get(on_air, "low.m3u8").content.decode()

    assert [low.count("e1l_0"), low.count("e1_0"), low.count("e2_0")] == [3, 0, 3]
    assert low.count("#EXT-X-DISCONTINUITY\n") == 1
    assert get(on_air, "sound.m3u8").content.decode().count("e1a_0") == 3
    assert get(on_air, "e1l_000001.m4s").status_code == 200
    assert get(on_air, "e1x_000001.m4s").status_code == 404


def test_the_main_playlist_names_what_there_is(on_air):
    master = get(on_air, "master.m3u8").content.decode()

    assert [line for line in master.splitlines() if not line.startswith("#")] == ["live.m3u8", "low.m3u8"]
    assert "BANDWIDTH=1600" in master  # 200 bytes a second
    assert get(on_air, "state.json").json()["ways"] == ["low", "sound"]


def test_a_recording_is_the_picture_as_it_came(on_air):
    assert [one.name for one in stores.segments(on_air.session.uid)] == [
        f"e{run}_{n:06}.m4s" for run in (1, 2) for n in range(3)
    ]


def test_before_the_picture_there_is_no_playlist(school, settings, tmp_path):
    settings.LIVE_ROOT = tmp_path
    school.at(19, 30)

    assert get(school, "master.m3u8").status_code == 404
