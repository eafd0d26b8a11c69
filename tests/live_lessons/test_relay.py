"""The scaled path: who may publish and play by a token, and the same stream through a real nginx-rtmp."""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.core.cache import cache
from django.test import Client

from lms.classes.models import Enrolment
from lms.live.gateways.encoder import Encoder
from lms.live.models import LiveSession
from lms.live.queries.relaying import push_target, relayed_address, stream_token
from lms.live.rules.grants import Action
from lms.live.rules.playlists import segments_of
from lms.live.rules.recorders import recorder_of
from tests.live.servers import free_port
from tests.live_lessons.recordings import MIMES, recording
from tests.live_lessons.relays import NEEDS_RELAY, Relay
from tests.live_lessons.stage import moment


@pytest.fixture
def on_air(school, settings):
    settings.STAFF_MFA_REQUIRED = False
    school.at(19, 30)
    LiveSession.objects.update(state="live", began_at=moment(19))
    school.session.refresh_from_db()
    return school


def ask(stage, action, token):
    sent = {"call": action, "name": stage.session.uid.hex, "token": token, "app": "live"}
    return Client().post("/live/authorise/", sent)


def token(stage, action, name):
    user_id = getattr(stage.cast, name).pk if name else 0
    return stream_token(stage.session, Action(action), user_id)


@pytest.mark.parametrize(
    ("action", "name", "status"),
    [
        pytest.param("play", "wang", 200, id="a learner of the class plays"),
        pytest.param("play", "chen", 200, id="the office looks in"),
        pytest.param("play", "lu", 403, id="a stranger does not play, with a token of his own either"),
        pytest.param("publish", "", 200, id="the platform's encoder publishes"),
        pytest.param("publish", "li", 200, id="the teacher publishes"),
        pytest.param("publish", "wang", 403, id="a learner does not publish"),
    ],
)
def test_a_media_server_lets_in_whom_the_door_lets_in(on_air, action, name, status):
    answer = ask(on_air, action, token(on_air, action, name))

    assert answer.status_code == status
    assert answer.content == b"0" or status == 403


def test_a_server_that_asks_in_json_is_understood(on_air):
    sent = {"action": "read", "path": f"live/{on_air.session.uid.hex}", "token": token(on_air, "play", "wang")}

    assert Client().post("/live/authorise/", sent, content_type="application/json").status_code == 200
    assert Client().post("/live/authorise/", "[1", content_type="application/json").status_code == 403


def test_a_token_ends_with_the_membership_and_with_the_lesson(on_air):
    held, push = token(on_air, "play", "wang"), token(on_air, "publish", "")
    Enrolment.objects.update(state="withdrawn")
    LiveSession.objects.update(state="ended", ended_at=moment(20))
    cache.clear()

    assert [ask(on_air, "play", held).status_code, ask(on_air, "publish", push).status_code] == [403, 403]


def test_a_forged_token_opens_nothing(on_air):
    assert ask(on_air, "play", token(on_air, "play", "wang")[:-1] + "!").status_code == 403
    assert Client().get("/live/authorise/").status_code == 405


def test_without_a_relay_there_is_none(on_air):
    assert (push_target(on_air.session), relayed_address(on_air.session, 1)) == ("", "")


def test_the_page_leads_to_the_relay_and_knows_the_own_stream(on_air, settings):
    settings.LIVE_RELAY = {
        "kind": "tencent",
        "push": "rtmp://p/live",
        "play": "https://q/live",
        "push_key": "a",
        "play_key": "b",
    }
    client = Client()
    client.force_login(on_air.cast.wang)

    page = client.get(f"/my/live/{on_air.session.uid}/").content.decode()

    assert f'data-relayed="https://q/live/{on_air.session.uid.hex}.m3u8?txSecret=' in page
    assert 'data-src="/live/v/' in page


@contextmanager
def on_the_line(encoder, content, *, seconds):
    """Feed a recording as fast as it was recorded, beside what the test does; then end."""
    over = threading.Event()

    def feed():
        size = len(content) // (seconds * 10) + 1
        for place in range(0, len(content), size):
            encoder.write(content[place : place + size])
            if over.wait(0.1):
                return

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        yield
    finally:
        over.set()
        feeder.join()
        encoder.finish()


def pieces(folder, number=1):
    return segments_of(number, (folder / f"e{number}.m3u8").read_text("utf-8"))


def probed(address):
    command = [
        "ffprobe",
        "-v",
        "error",
        "-rw_timeout",
        "8000000",
        "-show_entries",
        "stream=codec_name",
        "-of",
        "csv=p=0",
    ]
    done = subprocess.run([*command, address], capture_output=True, text=True, timeout=120, check=False)
    return set(done.stdout.split())


def status_of(address):
    try:
        with urlopen(address, timeout=60) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def until(found, *, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.3)
    raise AssertionError("it did not come")


@pytest.mark.sqlite
def test_a_relay_that_is_away_costs_no_piece(tmp_path):
    encoder = Encoder(recorder_of(MIMES["h264"]), tmp_path, 1, f"rtmp://127.0.0.1:{free_port()}/live/x?token=y")
    encoder.write(recording("h264"))
    encoder.finish()

    assert sum(one.seconds for one in pieces(tmp_path)) == pytest.approx(6, abs=0.3)


@pytest.fixture
def relay(live_server, tmp_path_factory):
    made = Relay(tmp_path_factory.mktemp("relay"), live_server.url.removeprefix("http://"))
    made.start()
    yield made
    made.stop()


@NEEDS_RELAY
@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_the_stream_goes_through_nginx_to_whom_a_token_lets_in(relay, on_air, settings, tmp_path):
    """One story, because starting nginx and filling it with pictures takes seconds."""
    settings.LIVE_RELAY = relay.settings()
    stream, wang = on_air.session.uid.hex, on_air.cast.wang.pk
    encoder = Encoder(recorder_of(MIMES["h264"]), tmp_path, 1, push_target(on_air.session))
    base = f"{settings.LIVE_RELAY['push']}/{stream}"
    address = relayed_address(on_air.session, wang)
    with on_the_line(encoder, recording("h264", 180), seconds=180):
        until(lambda: status_of(address) == 200)

        assert until(lambda: probed(f"{base}?token={token(on_air, 'play', 'wang')}")) == {"h264", "aac"}
        assert probed(f"{base}?token={token(on_air, 'play', 'lu')}") == set()
        assert probed(base) == set()
        assert until(lambda: probed(address)) == {"h264", "aac"}
        assert status_of(relayed_address(on_air.session, on_air.cast.lu.pk)) == 403
        assert status_of(address.replace(stream, "0" * 32)) == 403
        assert status_of(address.replace("index.m3u8", "../../nginx.conf")) in {400, 403, 404}

    assert sum(one.seconds for one in pieces(tmp_path)) > 3
