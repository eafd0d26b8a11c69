"""Voice messages over the API: who was invited records, a worker makes it playable, the room hears it."""

from __future__ import annotations

import json
import subprocess

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.kernel import clock, jobs
from lms.kernel.models import Job
from lms.live.models import RoomMessage, RoomVoice
from lms.live.queries.replays import sayings_of
from lms.live.services import forget_member, settle_stopped_voices, voices
from tests.live_lessons.rooms import REASON, Caller, classmate
from tests.live_lessons.voices import recording

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }


@pytest.fixture
def invited(room, li, wang):
    """Return the learner, invited to speak."""
    li.post(f"/members/{wang.state()['me']['id']}/invited", {"is_invited": True}, "put")
    return wang


def send(caller, content, key="k1"):
    file = SimpleUploadedFile("voice", content, "audio/webm")
    return caller.client.post(caller.path("/voices"), {"file": file, "key": key})


def convert():
    for job in Job.objects.filter(task="lms.live.tasks.convert_voice", state="queued"):
        jobs.run(job.uid)


def spoken(caller, content, key="k1"):
    """Send a recording, convert it, and return the message as its sender then reads it."""
    sent = send(caller, content, key)
    assert sent.status_code == 201, sent.content.decode()
    convert()
    return next(one for one in caller.state()["messages"] if one["id"] == sent.json()["id"])


@pytest.mark.parametrize("kind", ["webm", "mp4", "ogg"])
def test_what_a_browser_records_is_heard_by_everybody_in_the_room(
    invited, li, tmp_path, kind, django_capture_on_commit_callbacks
):
    version = li.state()["version"]
    sent = send(invited, recording(tmp_path, kind)).json()
    assert (sent["kind"], sent["text"], sent["voice"]["state"]) == ("voice", "语音（正在处理）", "waiting")
    assert sent["voice"]["url"] == ""

    with django_capture_on_commit_callbacks(execute=True):
        convert()

    heard = li.state(version)["messages"]
    assert [(one["text"], one["voice"]["seconds"]) for one in heard] == [("语音，2秒", 2)]
    sound = li.client.get(heard[0]["voice"]["url"], headers={"Range": "bytes=0-"})
    content = b"".join(sound)
    assert (sound.status_code, sound["Content-Type"], content[4:8]) == (206, "audio/mp4", b"ftyp")
    assert "no-store" in sound["Cache-Control"]
    files = storages["private"].listdir("live-voices")[1]
    assert [name.endswith(".m4a") for name in files] == [True], "what was recorded is gone, what is heard stays"


def test_tags_of_the_recording_are_not_passed_on(invited, tmp_path):
    plain = tmp_path / "plain.mp4"
    plain.write_bytes(recording(tmp_path, "mp4"))
    tagged = tmp_path / "tagged.mp4"
    where = ["-metadata", "location=+31.2+121.5/", "-metadata", "title=家里", "-c", "copy"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(plain), *where, str(tagged)], check=True)

    spoken(invited, tagged.read_bytes())

    with storages["private"].open(RoomVoice.objects.get().path) as made:
        content = made.read()
    assert "家里".encode() in tagged.read_bytes()
    assert "家里".encode() not in content
    assert b"+31.2" not in content


@pytest.mark.parametrize(
    ("kind", "seconds", "words"),
    [
        pytest.param("flac", 2, "无法识别", id="not what browsers record"),
        pytest.param("film", 1, "无法识别", id="a picture is none of it"),
        pytest.param("ogg", 62, "最长60秒", id="longer than the policy says"),
        pytest.param("ogg", 0.2, "录音太短", id="a slip of the finger"),
    ],
)
def test_what_is_no_voice_message_is_refused_where_it_was_recorded(invited, tmp_path, kind, seconds, words):
    refused = send(invited, recording(tmp_path, kind, seconds))

    assert (refused.status_code, refused.json()["code"]) == (422, "voice_refused")
    assert words in refused.json()["fields"]["file"]
    assert (RoomMessage.objects.exists(), list(tmp_path.glob("live-voices/*"))) == (False, [])


@pytest.mark.parametrize("content", [b"", b"x" * 3_000, b"\x1aE\xdf\xa3" + b"\0" * 500, b"0" * 2_100_000])
def test_empty_broken_and_huge_files_are_refused(invited, content):
    assert send(invited, content).status_code in {400, 422}
    assert not RoomMessage.objects.exists()


def test_a_length_that_only_decoding_shows_is_held_to_the_policy(invited, li, tmp_path):
    long = send(invited, recording(tmp_path, "webm", 62))
    assert long.status_code == 201, "the header of what Chromium records knows no length"
    convert()

    told = li.state()["messages"][0]
    assert (told["text"], told["voice"]["state"], told["voice"]["url"]) == ("语音（没有处理成功）", "refused", "")
    assert "最长60秒" in told["voice"]["error"]
    assert li.client.get(f"/live/{invited.session.uid}/voices/{told['id']}.m4a").status_code == 404
    assert sayings_of(invited.session) == [], "a replay leaves out what nobody heard"


def test_only_who_was_invited_speaks(room, li, wang, tmp_path):
    sound = recording(tmp_path)
    codes = [send(one, sound).json()["code"] for one in (wang, li)]
    assert codes == ["not_invited", "not_a_learner"]
    assert send(Caller(room.cast.lu, room.session), sound).status_code == 404

    own = f"/members/{wang.state()['me']['id']}"
    li.post(f"{own}/invited", {"is_invited": True}, "put")
    li.post(f"{own}/muted", {"is_muted": True}, "put")
    assert send(wang, sound).json()["code"] == "muted"
    li.post(f"{own}/muted", {"is_muted": False}, "put")
    li.post(f"{own}/invited", {"is_invited": False}, "put")
    assert send(wang, sound).json()["code"] == "not_invited"
    assert not RoomVoice.objects.exists()


def test_silence_for_all_leaves_who_was_invited_a_voice(invited, li, tmp_path):
    li.post("", {"is_quiet": True}, "patch")

    assert spoken(invited, recording(tmp_path))["voice"]["state"] == "ready"


def test_the_same_key_is_the_same_message_and_the_next_waits_for_it(invited, tmp_path):
    sound = recording(tmp_path)
    first, again = send(invited, sound).json(), send(invited, sound).json()
    assert (again["id"], RoomVoice.objects.count()) == (first["id"], 1)
    assert len(list(tmp_path.glob("live-voices/*.source"))) == 1

    waits = send(invited, sound, "k2")
    assert (waits.status_code, waits.json()["code"]) == (409, "voice_waiting")
    convert()
    assert send(invited, sound, "k2").status_code == 201


def test_who_sends_without_end_is_held_up(invited, room, tmp_path):
    for number in range(20):
        send(invited, b"broken", f"k{number}")

    last = send(invited, recording(tmp_path), "last")
    assert (last.status_code, last.json()["code"]) == (429, "too_many")


def test_a_message_that_the_teacher_deletes_is_heard_no_more(invited, li, tmp_path):
    message = spoken(invited, recording(tmp_path))
    li.post(f"/messages/{message['id']}/deletion", {"reason": REASON})

    gone = invited.state(1)["messages"][0]
    assert (gone["is_deleted"], gone["text"], gone["voice"]) == (True, "", None)
    for caller in (invited, li):
        assert caller.client.get(message["voice"]["url"]).status_code == 404


def test_strangers_and_who_left_do_not_hear_it(invited, room, tmp_path):
    url = spoken(invited, recording(tmp_path))["voice"]["url"]

    assert Caller(room.cast.lu, room.session).client.get(url).status_code == 404
    other, _ = classmate(room, 1)
    assert Caller(other, room.session).client.get(url).status_code == 200


def test_forgetting_the_learner_ends_the_sound(invited, li, tmp_path, django_capture_on_commit_callbacks):
    message = spoken(invited, recording(tmp_path))
    with django_capture_on_commit_callbacks(execute=True):
        forget_member(invited.user.person)

    assert (RoomVoice.objects.exists(), list(tmp_path.glob("live-voices/*"))) == (False, [])
    assert li.client.get(message["voice"]["url"]).status_code == 404
    assert li.state()["messages"][0]["voice"] is None
    assert [one.sound for one in sayings_of(invited.session)] == [""]


def test_a_recording_that_is_forgotten_before_it_is_converted_is_left_alone(invited, tmp_path):
    send(invited, recording(tmp_path))
    forget_member(invited.user.person)
    convert()

    assert Job.objects.get(task="lms.live.tasks.convert_voice").state == "done"


def test_a_learner_who_is_forgotten_while_a_worker_converts_leaves_no_sound(
    invited, tmp_path, monkeypatch, django_capture_on_commit_callbacks
):
    send(invited, recording(tmp_path))
    keep = voices.keep

    def keep_late(*args):
        keep(*args)
        forget_member(invited.user.person)

    monkeypatch.setattr(voices, "keep", keep_late)
    with django_capture_on_commit_callbacks(execute=True):
        convert()

    assert (RoomVoice.objects.exists(), list(tmp_path.glob("live-voices/*"))) == (False, [])


def test_a_worker_that_takes_over_makes_the_same_message(invited, tmp_path, monkeypatch):
    send(invited, recording(tmp_path))
    settle = voices.settle
    monkeypatch.setattr(voices, "settle", lambda *args, **facts: (_ for _ in ()).throw(OSError("killed")))
    convert()  # made and stored, and not noted
    monkeypatch.setattr(voices, "settle", settle)
    convert()

    message = RoomMessage.objects.get()
    assert (message.text, message.voice.state) == ("语音，2秒", "ready")
    assert len(list(tmp_path.glob("live-voices/*.m4a"))) == 1


def test_a_recording_whose_workers_all_died_says_so(invited, li, tmp_path):
    send(invited, recording(tmp_path))
    Job.objects.filter(task="lms.live.tasks.convert_voice").update(state="failed", finished_at=clock.now())
    version = li.state()["version"]

    assert settle_stopped_voices(clock.now()) == 1
    assert "重新录一段" in li.state(version)["messages"][0]["voice"]["error"]
    assert settle_stopped_voices(clock.now()) == 0


def test_the_state_costs_the_same_for_5_and_50_voice_messages(room, invited, li):
    costs = []
    li.state()
    for more in (5, 45):
        for number in range(more):
            message = RoomMessage.objects.create(
                session=room.session, member=room.session.members.get(user=invited.user), kind="voice",
                text="语音，2秒", request_key=f"{more}-{number}", version=number + 1,
            )  # fmt: skip
            RoomVoice.objects.create(message=message, state="ready", path="a", length_ms=2000)
        with CaptureQueriesContext(connection) as caught:
            assert len(json.dumps(li.state())) > 0
            sayings_of(room.session)
        costs.append(len(caught))

    assert costs[0] == costs[1]
