"""Software that publishes by RTMP: who may, and a whole lesson through a real nginx-rtmp, a drop, a kill and to its film."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.test import Client

from courses.gateways.media import probe
from lms.audit.models import AuditEntry
from lms.kernel import clock, supervisor
from lms.kernel.errors import ForbiddenError
from lms.kernel.management.commands import supervise
from lms.live import stores
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.feeds import pull_address, stream_key
from lms.live.queries.relaying import grant_key
from lms.live.queries.replays import replay_of
from lms.live.rules.grants import Action, Grant, token_of
from lms.live.rules.recorders import recorder_of
from lms.live.services import Puller, end_live, pulling, renew_stream_key, sweep, take_call
from lms.live.services.broadcasts import begin_broadcast, cut_unfounded
from lms.people.services import end_role
from tests.factories import make_live
from tests.live_lessons.recorded import ready_at_once, replayed
from tests.live_lessons.recordings import MIMES
from tests.live_lessons.relays import NEEDS_RELAY, Relay
from tests.live_lessons.software import Software
from tests.live_lessons.stage import moment
from tests.live_lessons.test_relay import probed, until

INGEST = "rtmp://live.example.cn/ingest"


@pytest.fixture
def lesson(school, settings, tmp_path):
    """Return the stage ten minutes before its live lesson, where software may publish."""
    settings.LIVE_INGEST_URL, settings.LIVE_ROOT = INGEST, tmp_path
    stores.KEPT.clear()
    school.at(18, 50)
    return school


def key_of(stage, name="li", session=None):
    return stream_key(session or stage.now(), getattr(stage.cast, name).pk)


def token_in(key):
    return key.key.partition("?token=")[2]


def call(stage, kind, token, *, connection="7", name=""):
    sent = {
        "call": kind,
        "name": name or stage.session.uid.hex,
        "clientid": connection,
        "token": token,
        "app": "ingest",
    }
    return Client().post("/live/ingest/", sent)


def runs():
    return list(Broadcast.objects.order_by("number").values_list("number", "source", "end"))


def test_the_teachers_software_goes_on_the_air_under_a_name_of_its_own(lesson):
    answer = call(lesson, "publish", token_in(key_of(lesson)))

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{lesson.session.uid.hex}-7")
    assert runs() == [(1, "rtmp", "")]
    assert lesson.now().state == "live"
    assert Broadcast.objects.get().by == lesson.cast.li


@pytest.mark.parametrize(
    ("name", "token"),
    [
        pytest.param("", "", id="no token"),
        pytest.param("", "wang", id="a learner"),
        pytest.param("", "qian", id="another institution's teacher"),
        pytest.param("0" * 32, "li", id="another lesson"),
        pytest.param("../etc", "li", id="no name"),
        pytest.param("", "platform", id="our own encoder's token"),
    ],
)
def test_nobody_else_publishes(lesson, name, token):
    user_id = 0 if token == "platform" else getattr(lesson.cast, token).pk if token else None
    words = token_in(stream_key(lesson.now(), user_id)) if user_id is not None else ""

    assert call(lesson, "publish", words, name=name).status_code == 403
    assert (runs(), lesson.now().state) == ([], "scheduled")


def test_a_key_that_is_over_or_for_another_lesson_opens_nothing(lesson):
    other = make_live(lesson.training_class, lesson.cast.li)
    old = Grant(Action.PUBLISH, lesson.session.uid, lesson.cast.li.pk, clock.now() - timedelta(seconds=1))

    assert call(lesson, "publish", token_of(old, grant_key())).status_code == 403
    assert call(lesson, "publish", token_in(key_of(lesson, session=other))).status_code == 403
    assert runs() == []


def test_too_early_and_too_late_nobody_publishes(lesson):
    token = token_in(key_of(lesson))
    lesson.at(12)
    assert call(lesson, "publish", token).status_code == 403
    lesson.at(19)
    LiveSession.objects.update(state="ended", ended_at=moment(19))
    assert call(lesson, "publish", token).status_code == 403
    assert runs() == []


def test_a_short_drop_is_another_run_and_no_interruption(lesson):
    token = token_in(key_of(lesson))
    call(lesson, "publish", token)

    assert call(lesson, "publish_done", token).status_code == 200
    assert (lesson.now().state, runs()) == ("live", [(1, "rtmp", "lost")])
    lesson.traveller.advance(seconds=8)
    sweep(clock.now())
    call(lesson, "publish", token, connection="9")

    assert (lesson.now().state, runs()) == ("live", [(1, "rtmp", "lost"), (2, "rtmp", "")])


def test_a_long_one_interrupts_the_lesson(lesson):
    token = token_in(key_of(lesson))
    call(lesson, "publish", token)
    call(lesson, "publish_done", token)
    lesson.traveller.advance(seconds=lesson.session.terms.live_silence_seconds + 1)
    sweep(clock.now())

    assert lesson.now().state == "interrupted"


def test_a_publisher_that_went_without_a_word_is_missed(lesson):
    call(lesson, "publish", token_in(key_of(lesson)))
    lesson.traveller.advance(seconds=lesson.session.terms.live_silence_seconds + 1)
    sweep(clock.now())

    assert (lesson.now().state, runs()) == ("interrupted", [(1, "rtmp", "lost")])


def test_an_old_connection_that_ends_late_ends_nothing_new(lesson):
    token = token_in(key_of(lesson))
    call(lesson, "publish", token, connection="7")
    call(lesson, "publish", token, connection="8")
    call(lesson, "publish_done", token, connection="7")

    assert runs() == [(1, "rtmp", "replaced"), (2, "rtmp", "")]


def test_a_page_takes_over_from_software(lesson):
    token = token_in(key_of(lesson))
    call(lesson, "publish", token)
    begin_broadcast(
        session=lesson.now(), recorder=recorder_of(MIMES["h264"]), source="camera", actor=lesson.cast.actor("li")
    )

    assert runs() == [(1, "rtmp", "replaced"), (2, "camera", "")]
    assert call(lesson, "update_publish", token).status_code == 200  # dropped, it would come back and take over again


def test_another_key_ends_the_one_before(lesson):
    before = token_in(key_of(lesson))
    call(lesson, "publish", before)
    renew_stream_key(session=lesson.now(), actor=lesson.cast.actor("li"))

    assert runs() == [(1, "rtmp", "lost")]
    assert [call(lesson, kind, before).status_code for kind in ("update_publish", "publish")] == [403, 403]
    assert call(lesson, "publish", token_in(key_of(lesson)), connection="8").status_code == 302


def test_the_key_of_who_teaches_no_more_is_dead_and_its_picture_ends_at_once(lesson):
    key = token_in(key_of(lesson))
    call(lesson, "publish", key)
    end_role(grant=lesson.cast.li.grants.get(), reason="已离职交接", actor=lesson.cast.actor("chen"))

    assert (runs(), lesson.now().state) == ([(1, "rtmp", "lost")], "interrupted")
    assert [call(lesson, kind, key).status_code for kind in ("update_publish", "publish")] == [403, 403]
    assert runs() == [(1, "rtmp", "lost")]
    assert AuditEntry.objects.filter(action="live.cut").count() == 1


def test_who_was_taken_off_the_lesson_is_cut_by_the_ticker(lesson):
    call(lesson, "publish", token_in(key_of(lesson)))
    LiveSession.objects.update(teacher=lesson.helper())
    sweep(clock.now())

    assert (runs(), lesson.now().state) == ([(1, "rtmp", "lost")], "interrupted")


def test_looking_for_who_may_teach_no_more_costs_the_same_for_5_and_50_lessons(lesson, django_assert_num_queries):
    call(lesson, "publish", token_in(key_of(lesson)))
    for number in range(50):
        other = make_live(lesson.training_class, lesson.cast.li, title=f"第{number}课")
        Broadcast.objects.create(
            session=other, number=1, source="camera", is_encoded=False, by=lesson.cast.li,
            started_at=clock.now(), heard_at=clock.now(),
        )  # fmt: skip
        if number in (4, 49):
            with django_assert_num_queries(1):
                assert cut_unfounded() == 0


def test_only_who_teaches_changes_the_key(lesson):
    for name in ("wang", "zhao", "qian"):
        with pytest.raises(ForbiddenError):
            renew_stream_key(session=lesson.now(), actor=lesson.cast.actor(name))
    assert lesson.now().key_number == 0


def test_nobody_but_our_encoder_plays_what_is_published(lesson):
    call(lesson, "publish", token_in(key_of(lesson)))
    feed = Broadcast.objects.get().feed
    ours = pull_address(Broadcast.objects.select_related("session").get()).partition("?token=")[2]
    theirs = token_of(
        Grant(Action.PLAY, lesson.session.uid, lesson.cast.wang.pk, clock.now() + timedelta(hours=1)), grant_key()
    )

    assert [call(lesson, "play", one, name=feed).status_code for one in (ours, theirs, "")] == [200, 403, 403]


def test_the_page_shows_address_and_key_and_changes_it(lesson):
    teacher = Client()
    teacher.force_login(lesson.cast.li)
    path = f"/institution/live/{lesson.session.uid}/"

    page = teacher.get(f"{path}studio/").content.decode()
    before = key_of(lesson).key
    assert (f'value="{INGEST}"' in page, f'value="{before}"' in page, "有效期到05月06日 23:30" in page) == (True,) * 3
    changed = teacher.post(f"{path}stream-key/", follow=True).content.decode()
    assert ("旧的推流码已作废" in changed, f'value="{before}"' in changed) == (True, False)


def test_without_a_server_for_software_the_page_says_nothing_of_it(lesson, settings):
    settings.LIVE_INGEST_URL = ""
    teacher = Client()
    teacher.force_login(lesson.cast.li)

    assert "<stream-key" not in teacher.get(f"/institution/live/{lesson.session.uid}/studio/").content.decode()


@pytest.mark.parametrize(
    ("address", "janus", "expected"), [("", {}, False), (INGEST, {}, True), ("", {"url": "http://x/janus"}, True)]
)
def test_the_supervisor_starts_who_pulls_where_there_is_something_to_pull(settings, address, janus, expected):
    settings.LIVE_INGEST_URL, settings.LIVE_JANUS = address, janus
    found: list[supervisor.Child] = supervise.children("127.0.0.1", 8000)

    assert any("pull_lives" in child.command for child in found) == expected


ONE = threading.RLock()  # the server's thread and the test's share a connection: their transactions must not mix


def one_by_one(said):
    with ONE:
        return take_call(said)


@pytest.fixture
def media(live_server, tmp_path_factory, lesson, settings, monkeypatch):
    """Return a real nginx-rtmp beside the real doors, and a process' puller that looks all the time."""
    relay = Relay(tmp_path_factory.mktemp("ingest"), live_server.url.removeprefix("http://"))
    settings.LIVE_INGEST_URL = settings.LIVE_PULL_URL = relay.ingest
    monkeypatch.setattr(pulling, "FIRST_PAUSE_MS", 0)
    monkeypatch.setattr(pulling, "LONGEST_PAUSE_MS", 0)  # the clock of the tests stands
    monkeypatch.setattr("lms.live.views.take_call", one_by_one)
    relay.start()
    yield relay
    relay.stop()


class Room:
    """A lesson as its teacher and its learners have it: software that publishes, and our puller."""

    def __init__(self, stage):
        self.stage, self.puller, self.programs = stage, Puller(), []

    def publish(self, key=None):
        found = key or key_of(self.stage)
        self.programs.append(Software(f"{found.server}/{found.key}"))
        return self.programs[-1]

    def until(self, found, *, seconds=120):
        def looked():
            with ONE:
                self.puller.turn()
                return found()

        return until(looked, seconds=seconds)

    def pieces(self, run):
        return [one for one in stores.segments(self.stage.session.uid) if one.run == run]

    def is_turned_away(self, key):
        program = self.publish(key)
        return self.until(lambda: not program.is_running)

    def close(self):
        for program in self.programs:
            program.kill()
        self.puller.stop()


@pytest.fixture
def classroom(media, lesson):
    lesson.at(19)
    made = Room(lesson)
    yield made
    made.close()


@NEEDS_RELAY
@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_lesson_is_given_by_software_through_drops_and_kills(
    classroom, media, monkeypatch, django_capture_on_commit_callbacks
):
    """One story, because servers and pictures take seconds to come."""
    monkeypatch.setattr("courses.tasks.transcode_video", ready_at_once)
    lesson = classroom.stage
    session, base = lesson.session, f"{media.ingest}/{lesson.session.uid.hex}"
    assert classroom.is_turned_away(key_of(lesson, "wang"))
    assert runs() == []

    first = classroom.publish()
    classroom.until(lambda: len(classroom.pieces(1)) >= 3)
    assert lesson.now().state == "live"
    feed = Broadcast.objects.get().feed
    theirs = token_of(
        Grant(Action.PLAY, session.uid, lesson.cast.wang.pk, clock.now() + timedelta(hours=1)), grant_key()
    )
    assert probed(f"{media.ingest}/{feed}?token={theirs}") == probed(base) == set()

    first.kill()
    classroom.until(lambda: runs()[-1][2] == "lost")
    last = len(runs())  # where the server is slow to say that nobody publishes, the encoder was begun anew meanwhile
    assert lesson.now().state == "live"
    second = classroom.publish()
    classroom.until(lambda: len(classroom.pieces(last + 1)) >= 3)
    assert "#EXT-X-DISCONTINUITY\n" in stores.playlist(session.uid, is_over=False)

    (pull,) = classroom.puller.pulls.values()
    os.kill(pull.encoder.pid, signal.SIGKILL)
    classroom.until(lambda: len(classroom.pieces(last + 2)) >= 3)
    assert [end for _, _, end in runs()[last - 1 :]] == ["lost", "broken", ""]

    old = key_of(lesson)
    with ONE:
        renew_stream_key(session=lesson.now(), actor=lesson.cast.actor("li"))
    classroom.until(lambda: not second.is_running)
    assert classroom.is_turned_away(old)
    third = classroom.publish()
    classroom.until(lambda: len(classroom.pieces(last + 3)) >= 3)

    with ONE:
        end_live(session=lesson.now(), actor=lesson.cast.actor("li"))
    classroom.until(lambda: not third.is_running and not classroom.puller.pulls and not classroom.puller.ending)
    assert classroom.is_turned_away(key_of(lesson))
    assert [end for _, _, end in runs()[last - 1 :]] == ["lost", "broken", "lost", "finished"]
    recorded = sum(one.seconds for one in stores.segments(session.uid))
    replayed(lesson.now(), lesson.traveller, django_capture_on_commit_callbacks)
    film = probe(Path(storages["private"].path(replay_of(lesson.now()).video.source_path)))
    assert film.duration == pytest.approx(recorded, abs=0.8)
    assert (film.width, film.has_audio) == (320, True)


@NEEDS_RELAY
@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_puller_that_dies_is_followed_by_another(classroom):
    classroom.publish()
    classroom.until(lambda: len(classroom.pieces(1)) >= 2)
    dead, classroom.puller = classroom.puller, Puller()
    dead.stop()
    classroom.until(lambda: len(classroom.pieces(2)) >= 2)

    assert [end for _, _, end in runs()] == ["broken", ""]


def test_two_pullers_never_write_into_one_folder(lesson):
    order = []

    def second():
        with stores.only_puller():
            order.append("second")

    waiting = threading.Thread(target=second)
    with stores.only_puller():
        waiting.start()
        time.sleep(0.2)
        order.append("first")
    waiting.join()

    assert order == ["first", "second"]
