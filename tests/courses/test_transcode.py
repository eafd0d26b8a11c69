"""From an uploaded file to what every screen plays, and what never gets through."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.core.files.storage import default_storage, storages

from courses.gateways.media import MediaRefusedError, key_frames, probe
from courses.models import Video
from courses.rules.authoring import longest_gap
from courses.services.pipeline import transcode_video
from courses.services.videos import upload_video
from lms.kernel.errors import ForbiddenError
from lms.kernel.jobs import JobLostError, RunningJob
from lms.kernel.models import Job
from tests.courses.media import make_video

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture
def upload(cast, django_capture_on_commit_callbacks):
    def send(path, *, who="li", title="焊前检查"):
        with path.open("rb") as handle, django_capture_on_commit_callbacks(execute=True):
            video = upload_video(
                institution=cast.institution_a,
                title=title,
                file=handle,
                name=path.name,
                size=path.stat().st_size,
                actor=cast.actor(who),
            )
        video.refresh_from_db()
        return video

    return send


def test_a_video_becomes_hls_mp4_and_poster(upload, film):
    video = upload(film)

    assert video.state == Video.State.READY
    assert (video.width, video.height) == (320, 180)
    assert 1900 <= video.duration_ms <= 2100
    assert video.job.state == Job.State.DONE
    names = set(default_storage.listdir(video.folder)[1])
    assert {"master.m3u8", "index.m3u8", "init.mp4", "video.mp4", "poster.jpg"} <= names
    with default_storage.open(f"{video.folder}/master.m3u8") as handle:
        assert b'CODECS="avc1.' in handle.read()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        pytest.param(("-an",), "no sound", id="without sound"),
        pytest.param(("-vf", "scale=180:320"), "portrait", id="portrait"),
        pytest.param(("-c:v", "mpeg4", "-f", "matroska"), "another codec", id="another codec in another container"),
        pytest.param(("-s", "1920x1080"), "large", id="larger than the top rung"),
    ],
)
def test_unusual_sources_are_made_playable(upload, tmp_path, options, why):
    video = upload(make_video(tmp_path / "odd.mp4", seconds=1, extra=options))

    assert video.state == Video.State.READY, video.error
    assert min(video.width, video.height) <= 720


def test_a_name_that_looks_like_an_option_or_a_protocol_is_no_path(tmp_path):
    for name in ("-version", "concat:a|b"):
        with pytest.raises(MediaRefusedError):
            probe(Path(name))


def test_another_institution_cannot_upload_here(upload, film):
    with pytest.raises(ForbiddenError):
        upload(film, who="qian")

    assert Video.objects.count() == 0


def test_a_film_with_rare_key_frames_is_encoded_again(upload, tmp_path):
    rare = ("-g", "1000", "-sc_threshold", "0")
    video = upload(make_video(tmp_path / "rare.mp4", seconds=9, extra=rare))

    path = Path(default_storage.path(f"{video.folder}/video.mp4"))
    assert longest_gap(key_frames(tmp_path / "rare.mp4", probe(tmp_path / "rare.mp4")), 9) > 8
    assert longest_gap(key_frames(path, probe(path)), 9) < 2.5


def test_a_turned_film_is_turned(upload, tmp_path):
    flat = make_video(tmp_path / "flat.mp4", seconds=1)
    turned = tmp_path / "turned.mp4"
    turn = ["ffmpeg", "-v", "error", "-y", "-i", flat, "-c", "copy", "-metadata:s:v", "rotate=90", turned]
    subprocess.run(turn, check=True)

    video = upload(turned)

    assert (video.state, video.width, video.height) == (Video.State.READY, 180, 320)


def test_a_recording_that_does_not_say_its_length_gets_one(upload, tmp_path):
    codec = ("-c:v", "libvpx", "-c:a", "libopus", "-live", "1", "-f", "webm")
    recording = make_video(tmp_path / "recording.webm", seconds=3, extra=codec)
    assert probe(recording).duration == 0

    video = upload(recording)

    assert video.state == Video.State.READY, video.error
    assert abs(video.duration_ms - 3000) < 300


def test_a_worker_that_lost_the_job_stops(cast, film, django_capture_on_commit_callbacks):
    with film.open("rb") as handle, django_capture_on_commit_callbacks(execute=False):
        video = upload_video(
            institution=cast.institution_a, title="片", file=handle, name="a.mp4", size=film.stat().st_size,
            actor=cast.actor("li"),
        )  # fmt: skip
    Job.objects.filter(pk=video.job_id).update(state=Job.State.RUNNING, attempt=2)

    with pytest.raises(JobLostError):
        transcode_video(RunningJob(Job(uid=video.job.uid, attempt=1)), video)

    video.refresh_from_db()
    assert (video.state, video.folder) == (Video.State.PROCESSING, "")


def test_a_fault_of_the_platform_is_said_after_the_last_try(cast, film, django_capture_on_commit_callbacks):
    with film.open("rb") as handle, django_capture_on_commit_callbacks(execute=False):
        video = upload_video(
            institution=cast.institution_a, title="片", file=handle, name="a.mp4", size=film.stat().st_size,
            actor=cast.actor("li"),
        )  # fmt: skip
    storages["private"].delete(video.source_path)

    for attempt, state in ((1, Video.State.PROCESSING), (3, Video.State.FAILED)):
        with pytest.raises(FileNotFoundError):
            transcode_video(RunningJob(Job(uid=video.job.uid, attempt=attempt)), video)
        video.refresh_from_db()
        assert video.state == state
