"""From an uploaded file to what every screen plays, and what never gets through."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage, storages

from courses.gateways.media import loudness, probe, timing
from courses.gateways.process import MediaRefusedError
from courses.models import Video
from courses.rules.ladder import longest_gap
from courses.services import pipeline
from courses.services.pipeline import transcode_video
from courses.services.videos import STOPPED, delete_video, mark_ready, retry_video, settle_stopped_videos, upload_video
from lms.kernel import clock, jobs
from lms.kernel.errors import ConflictError, ForbiddenError
from lms.kernel.jobs import LEASE, JobLostError, RunningJob
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


def stored(video, name):
    return Path(default_storage.path(f"{video.folder}/{name}"))


def segment_lengths(video, name):
    return [float(found) for found in re.findall(r"#EXTINF:([\d.]+)", stored(video, f"{name}.m3u8").read_text())]


def test_a_video_becomes_hls_mp4_storyboard_and_poster(upload, film):
    video = upload(film)

    assert video.state == Video.State.READY
    assert (video.width, video.height, video.renditions, video.has_audio) == (320, 180, [180], True)
    assert 1900 <= video.duration_ms <= 2100
    assert video.job.state == Job.State.DONE
    assert {
        "master.m3u8", "only_180p.m3u8", "180p.m3u8", "180p_init.mp4", "audio.m3u8", "video.mp4", "poster.jpg",
        "storyboard.jpg", "storyboard.vtt",
    } <= set(default_storage.listdir(video.folder)[1])  # fmt: skip
    assert 'CODECS="avc1.' in stored(video, "master.m3u8").read_text()


def test_the_renditions_of_a_film_change_at_the_same_moments(upload, tmp_path):
    video = upload(make_video(tmp_path / "film.mkv", seconds=9, size="1280x720", extra=("-g", "300", "-f", "matroska")))

    assert video.renditions == [360, 540, 720]
    lengths = segment_lengths(video, "360p")
    assert lengths == segment_lengths(video, "540p") == segment_lengths(video, "720p")
    assert [round(length) for length in lengths] == [4, 4, 1]
    assert stored(video, "master.m3u8").read_text().count("#EXT-X-STREAM-INF") == 3


def test_a_picture_that_can_be_cut_stays_as_it_is_and_the_lower_ones_follow_it(upload, tmp_path):
    film = make_video(tmp_path / "film.mp4", seconds=9, size="960x540", extra=("-g", "75", "-b:v", "900k"))
    video = upload(film)

    assert video.renditions == [360, 540]
    assert segment_lengths(video, "360p") == segment_lengths(video, "540p")
    assert frames_digest(stored(video, "540p.m3u8")) == frames_digest(film)
    assert frames_digest(stored(video, "360p.m3u8")) != frames_digest(film)


def frames_digest(path):
    """Return a digest of the compressed pictures, whatever they are packed in."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-c", "copy", "-bsf:v", "h264_mp4toannexb"]
    made = subprocess.run([*command, "-f", "md5", "-"], capture_output=True, text=True, check=True)
    return made.stdout


def test_quiet_sound_is_raised_and_silence_is_not(upload, tmp_path):
    quiet = upload(make_video(tmp_path / "quiet.mp4", seconds=3, extra=("-af", "volume=-20dB")))
    silent = upload(make_video(tmp_path / "silent.mp4", seconds=3, extra=("-af", "volume=0")))

    made = probe(stored(quiet, "video.mp4"))
    raised, _ = loudness(stored(quiet, "video.mp4"), made, alive=lambda: None)
    before, _ = loudness(tmp_path / "quiet.mp4", probe(tmp_path / "quiet.mp4"), alive=lambda: None)
    assert before < -35
    assert abs(raised - (before + 20)) < 1, "twenty decibels are the most"
    assert loudness(stored(silent, "video.mp4"), probe(stored(silent, "video.mp4")), alive=lambda: None)[0] < -60


@pytest.mark.parametrize(
    ("options", "size"),
    [
        pytest.param(("-an",), (320, 180), id="without sound"),
        pytest.param(("-vf", "scale=180:320,setsar=1"), (180, 320), id="held upright"),
        pytest.param(("-c:v", "mpeg4", "-f", "matroska"), (320, 180), id="another codec in another container"),
        pytest.param(("-s", "2560x1440"), (1920, 1080), id="larger than the top rung"),
        pytest.param(("-vf", "setsar=4/3,interlace"), (426, 180), id="stretched and interlaced"),
        pytest.param(
            ("-vf", "scale=321:181,setsar=1", "-c:v", "libx264", "-pix_fmt", "yuv444p"), (320, 180), id="odd sides"
        ),
        pytest.param(("-c:v", "mpeg2video", "-f", "mpegts"), (320, 180), id="a broadcast stream"),
    ],
)
def test_unusual_sources_are_made_playable(upload, tmp_path, options, size):
    video = upload(make_video(tmp_path / "odd.mp4", seconds=1, extra=options))

    assert video.state == Video.State.READY, video.error
    assert (video.width, video.height) == size
    assert probe(stored(video, "video.mp4")).duration >= 0.9


def test_uneven_frames_are_made_even(upload, tmp_path):
    uneven = ("-vf", "select='lt(t,1)+not(mod(n,7))'", "-fps_mode", "vfr", "-c:v", "mpeg4", "-f", "matroska")
    film = make_video(tmp_path / "screen.mkv", seconds=4, extra=uneven)
    assert not timing(film, probe(film), alive=lambda: None).is_steady

    made = stored(upload(film), "video.mp4")

    pace = timing(made, probe(made), alive=lambda: None)
    assert (pace.is_steady, round(pace.frames_per_second)) == (True, 25)


def test_a_name_that_looks_like_an_option_or_a_protocol_is_no_path(tmp_path):
    for name in ("-version", "concat:a|b"):
        with pytest.raises(MediaRefusedError):
            probe(Path(name))


def test_a_film_that_killed_its_worker_every_time_may_be_tried_again(cast, upload, film, at):
    travel = at(2026, 5, 6, 9, 0)
    video = upload(film)
    Job.objects.filter(pk=video.job_id).update(state=Job.State.RUNNING, attempt=3, lease_until=clock.now())
    Video.objects.filter(pk=video.pk).update(state=Video.State.PROCESSING)

    travel.advance(minutes=3)
    jobs.sweep(clock.now())
    assert settle_stopped_videos(clock.now()) == 1

    video.refresh_from_db()
    assert (video.state, video.error) == (Video.State.FAILED, STOPPED)
    assert retry_video(video=video, actor=cast.actor("li")).state == Video.State.UPLOADED


def test_a_second_job_for_a_film_takes_nothing_from_the_first(upload, film):
    video = upload(film)

    mark_ready(video, f"videos/{video.uid.hex}/another", {"duration_ms": 1})

    video.refresh_from_db()
    assert default_storage.exists(f"{video.folder}/master.m3u8")


def test_a_retry_pressed_twice_is_one_job(cast, upload, film, at):
    at(2026, 5, 6, 9, 0)
    video = upload(film)
    Video.objects.filter(pk=video.pk).update(state=Video.State.FAILED)
    first, second = Video.objects.get(pk=video.pk), Video.objects.get(pk=video.pk)
    retry_video(video=first, actor=cast.actor("li"))

    with pytest.raises(ConflictError):
        retry_video(video=second, actor=cast.actor("li"))


def test_a_deleted_film_leaves_no_file(cast, upload, film, django_capture_on_commit_callbacks):
    video = upload(film)
    places = (video.source_path, f"{video.folder}/master.m3u8")

    with django_capture_on_commit_callbacks(execute=True):
        delete_video(video=video, actor=cast.actor("li"))

    assert not storages["private"].exists(places[0])
    assert not default_storage.exists(places[1])
    assert not default_storage.exists(f"videos/{video.uid.hex}")


def test_another_institution_cannot_upload_here(upload, film):
    with pytest.raises(ForbiddenError):
        upload(film, who="qian")

    assert Video.objects.count() == 0


def test_a_film_with_rare_key_frames_is_encoded_again(upload, tmp_path):
    rare = make_video(tmp_path / "rare.mp4", seconds=9, extra=("-g", "1000", "-sc_threshold", "0"))
    video = upload(rare)

    assert longest_gap(list(timing(rare, probe(rare), alive=lambda: None).marks), 9) > 8
    made = stored(video, "video.mp4")
    assert longest_gap(list(timing(made, probe(made), alive=lambda: None).marks), 9) < 2.5


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


@pytest.fixture
def held(cast):
    """Return a video and the job that a worker holds for it."""
    row = Job.objects.create(
        task="courses.tasks.transcode", state=Job.State.RUNNING, attempt=1, lease_until=clock.now()
    )
    video = Video.objects.create(institution=cast.institution_a, title="片", source_name="a.mp4", job=row)
    return video, RunningJob(row)


def test_a_film_deleted_while_it_is_kept_leaves_no_file(cast, held, monkeypatch, django_capture_on_commit_callbacks):
    video, job = held

    def made(job, video, work):
        (work / "out").mkdir()
        (work / "out" / "poster.jpg").write_bytes(b"poster")
        (work / "out" / "video.mp4").write_bytes(b"film")
        return {}

    def saved(name, content):
        kept = FileSystemStorage.save(storages["default"], name, content)
        if name.endswith("poster.jpg"):
            with django_capture_on_commit_callbacks(execute=True):
                delete_video(video=Video.objects.get(pk=video.pk), actor=cast.actor("li"))
        return kept

    monkeypatch.setattr(pipeline, "make", made)
    monkeypatch.setattr(storages["default"], "save", saved)

    with pytest.raises(JobLostError):
        transcode_video(job, video)

    assert not storages["default"].exists(f"videos/{video.uid.hex}")


def test_a_file_that_is_long_on_its_way_keeps_the_job(held, at, tmp_path, monkeypatch):
    now, (_, job) = at(2026, 3, 1, 9, 0), held
    (tmp_path / "video.mp4").write_bytes(b"film")

    def slowly(name, content):
        while content.read(1):
            now.advance(seconds=100)

    monkeypatch.setattr(storages["default"], "save", slowly)

    pipeline.keep(job, "videos/x/1", tmp_path)

    left = Job.objects.get(uid=job.uid).lease_until - clock.now()
    assert 0 < left.total_seconds() <= LEASE.total_seconds()


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
