"""From a lesson that ended to a film of the institution's library, whoever dies on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.test import Client

from courses.gateways.media import probe
from courses.models import UploadQuota, Video
from courses.services.videos import delete_video
from lms.kernel import clock, jobs
from lms.kernel.errors import ConflictError, ForbiddenError
from lms.kernel.models import Job
from lms.live import services
from lms.live.models import Poll, Replay
from lms.live.queries.replays import making_of, marks_of, replay_of
from lms.live.services import begin_due_replays, replays, retry_replay, settle_stopped_replays
from lms.live.tasks import make_replay
from tests.live_lessons.recorded import ready_at_once, record_lesson, replayed

pytestmark = pytest.mark.sqlite


@pytest.fixture
def make(school, django_capture_on_commit_callbacks):
    """Return a function that has the lesson be given in runs of some kinds, and its replay be made."""

    def make(*kinds, **more):
        school.at(19)
        session = record_lesson(school.session, *kinds, **more)
        replayed(session, school.traveller, django_capture_on_commit_callbacks)
        return replay_of(session)

    return make


@pytest.fixture
def unfilmed(monkeypatch):
    """Have films be ready as soon as they are there: their pipeline has tests of its own."""
    monkeypatch.setattr("courses.tasks.transcode_video", ready_at_once)


def test_a_lesson_becomes_a_film_of_its_institution(make, school):
    replay = make("h264")

    video = replay.video
    assert (replay.state, video.state, video.institution) == ("made", Video.State.READY, school.cast.institution_a)
    assert video.duration_ms == pytest.approx(3000, abs=250)
    assert replay.recording_ms == pytest.approx(3000, abs=250)
    assert [part.lesson_ms for part in replay.film_parts()] == [0]
    assert replay.film_chapters()[0].title == "开始"
    assert (making_of(replay).is_ready, making_of(replay).percent) == (True, 100)
    assert video.size_bytes == storages["private"].size(video.source_path)


@pytest.mark.parametrize("kinds", [("h264", "vp8"), ("sound", "h264")], ids=["two recorders", "sound first"])
@pytest.mark.usefixtures("unfilmed")
def test_runs_of_different_recorders_are_one_film(make, kinds):
    replay = make(*kinds, seconds=2)

    film = probe(Path(storages["private"].path(replay.video.source_path)))
    assert (film.duration, film.width, film.has_audio) == (pytest.approx(4, abs=0.4), 320, True)
    assert len(replay.film_parts()) == 2


def test_a_lesson_without_a_picture_begins_no_replay(school):
    school.at(21, 30)
    services.close_overdue(clock.now())
    school.at(22, 30)

    assert begin_due_replays(clock.now()) == 0


@pytest.mark.usefixtures("unfilmed")
def test_a_replay_is_begun_once(make, school):
    make("h264")

    assert begin_due_replays(clock.now()) == 0
    assert Replay.objects.count() == Video.objects.count() == 1


@pytest.mark.usefixtures("unfilmed")
def test_an_empty_recording_says_so(make):
    replay = make()

    assert replay.state == "empty"
    assert "没有录到画面" in making_of(replay).error
    assert not making_of(replay).may_retry


@pytest.mark.usefixtures("unfilmed")
def test_a_worker_that_died_leaves_the_work_to_the_next(make, school, monkeypatch):
    """The first worker is gone with the file half in the storage; its lease runs out, the next one makes the film."""

    class KilledError(BaseException):
        pass

    taken_in = replays.take_in

    def die(*args):
        raise KilledError

    monkeypatch.setattr(replays, "take_in", die)
    make("h264")
    replay = Replay.objects.get()
    assert (replay.state, Video.objects.count(), replay.job.state) == ("joining", 0, Job.State.RUNNING)

    monkeypatch.setattr(replays, "take_in", taken_in)
    school.traveller.advance(seconds=300)
    jobs.sweep(clock.now())
    jobs.run(replay.job.uid)

    replay.refresh_from_db()
    assert (replay.state, Video.objects.count(), replay.job.attempt) == ("made", 1, 2)
    assert storages["private"].listdir(f"videos/{replay.film_uid.hex}")[1] == ["source"]


@pytest.mark.usefixtures("unfilmed")
def test_a_worker_that_comes_late_makes_no_second_film(make):
    replay = make("h264")
    Job.objects.filter(pk=replay.job_id).update(state=Job.State.RUNNING, attempt=2)

    assert (
        make_replay(
            jobs.RunningJob(Job.objects.get(pk=replay.job_id)),
            session_uid=str(replay.session.uid),
            film_uid=str(replay.film_uid),
        )
        == {}
    )
    assert Video.objects.count() == 1


@pytest.mark.usefixtures("unfilmed")
def test_without_room_the_teacher_reads_why_and_tries_again(make, school, django_capture_on_commit_callbacks):
    quota = UploadQuota.objects.create(institution=school.cast.institution_a, gigabytes=0, reason="测试")
    replay = make("h264")
    assert (replay.state, Video.objects.count()) == ("failed", 0)
    assert "放不下这个文件" in making_of(replay).error
    assert storages["private"].listdir(f"videos/{replay.film_uid.hex}")[1] == []

    quota.delete()
    with django_capture_on_commit_callbacks(execute=True):
        retry_replay(session=school.now(), actor=school.cast.actor("li"))

    assert making_of(replay_of(school.session)).is_ready


@pytest.mark.usefixtures("unfilmed")
def test_only_what_failed_is_tried_again(make, school):
    make("h264")

    with pytest.raises(ConflictError):
        retry_replay(session=school.now(), actor=school.cast.actor("li"))


@pytest.mark.usefixtures("unfilmed")
def test_a_stranger_tries_nothing_again(make, school):
    UploadQuota.objects.create(institution=school.cast.institution_a, gigabytes=0, reason="测试")
    make("h264")

    with pytest.raises(ForbiddenError):
        retry_replay(session=school.now(), actor=school.cast.actor("lu"))
    assert Replay.objects.get().state == "failed"


@pytest.mark.usefixtures("unfilmed")
def test_what_nobody_makes_any_more_is_said_to_have_stopped(make, school):
    replay = make("h264")
    Replay.objects.update(state="joining", video=None)
    Job.objects.filter(pk=replay.job_id).update(state=Job.State.FAILED, finished_at=clock.now())

    assert settle_stopped_replays(clock.now()) == 1
    assert making_of(replay_of(school.session)).may_retry


@pytest.mark.usefixtures("unfilmed")
def test_a_film_that_a_replay_plays_is_not_deleted(make, school):
    replay = make("h264")

    with pytest.raises(ConflictError, match="的回放，不能删除"):
        delete_video(video=replay.video, actor=school.cast.actor("li"))


def test_polls_become_chapters(school, django_capture_on_commit_callbacks):
    school.at(19)
    session = record_lesson(school.session, "h264", seconds=3)
    Poll.objects.create(session=session, text="懂了吗", options=["懂", "不懂"], version=1)
    assert [mark.title for mark in marks_of(session)] == ["投票：懂了吗"]


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(client, school):
    return client.get(f"/institution/live/{school.session.uid}/replay/")


@pytest.mark.usefixtures("unfilmed")
def test_the_teacher_sees_how_far_it_is(school, make, settings):
    settings.STAFF_MFA_REQUIRED = False
    client = signed_in(school.cast.li)
    progress = f"/institution/live/{school.session.uid}/replay/progress/"
    assert "自动制作成回放" in page(client, school).content.decode()
    assert client.get(progress).json()["is_waiting"] is False
    make("h264")
    client = signed_in(school.cast.li)  # it is the next evening
    assert "已制作完成" in page(client, school).content.decode()
    Replay.objects.update(state="joining", video=None, job=None)

    assert "正在合成录像 0%" in page(client, school).content.decode()
    assert client.get(progress).json() == {
        "is_waiting": True, "percent": 0, "state": "正在合成录像", "error": "",
    }  # fmt: skip
    Replay.objects.all().delete()

    assert "录像正在保存" in page(client, school).content.decode()
    assert client.get(progress).json()["is_waiting"] is True
