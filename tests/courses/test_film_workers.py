"""Films and their workers as real processes: nothing is lost, nothing done twice at once, the short ones first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django_tasks_db.models import DBTaskResult

from courses.models import Video
from courses.services import videos
from courses.services.pipeline import WORK
from lms.kernel import clock, jobs
from lms.kernel.models import Job
from tests.courses.media import make_video
from tests.kernel.test_jobs import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)
REENCODED = ("-c:v", "mpeg4", "-q:v", "3", "-f", "matroska")


@pytest.fixture
def queue(settings):
    """Have the queue keep its tasks for the workers instead of running them here and now."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": settings.QUEUES}}


@pytest.fixture
def upload(cast, queue):
    def send(path):
        with path.open("rb") as handle:
            return videos.upload_video(
                institution=cast.institution_a,
                title=path.stem,
                file=handle,
                name=path.name,
                size=path.stat().st_size,
                actor=cast.actor("li"),
            )

    return send


@pytest.fixture
def start_worker():
    """Return a function that starts a worker of films, as production does."""
    started = []

    def start():
        command = [sys.executable, "manage.py", "db_worker", "--queue-name=films", "--interval=0.1"]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "lms.settings.dev",
            "DATABASE_URL": database_url(),
            "VAR_DIR": str(settings.VAR_DIR),
        }
        process = subprocess.Popen([*command, "--no-startup-delay"], cwd=ROOT, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def children_of(pid):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def wait_until(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def work_folders(pid):
    return list(Path(tempfile.gettempdir()).glob(f"{WORK}{pid}-*"))


def ready():
    return Video.objects.filter(state=Video.State.READY).count()


def test_the_film_of_a_killed_worker_is_finished_by_others_and_none_twice(upload, start_worker, tmp_path):
    long_one = upload(make_video(tmp_path / "long.mkv", seconds=12, size="960x540", extra=REENCODED))
    first = start_worker()
    wait_until(lambda: Job.objects.filter(pk=long_one.job_id, progress_percent__gt=2).exists())
    wait_until(lambda: children_of(first.pid))
    encoder = children_of(first.pid)
    assert len(encoder) == 1

    first.send_signal(signal.SIGKILL)
    first.wait()

    wait_until(lambda: not Path("/proc", str(encoder[0])).exists())
    assert work_folders(first.pid), "it had no time to tidy up"
    for number in range(4):
        upload(make_video(tmp_path / f"short{number}.mp4", seconds=1))
    assert jobs.sweep(clock.now() + jobs.LEASE) == 1
    workers = [start_worker() for _ in range(3)]
    wait_until(lambda: ready() == 5)

    assert dict(Job.objects.values_list("pk", "attempt")) == {
        video.job_id: 2 if video.pk == long_one.pk else 1 for video in Video.objects.all()
    }
    assert not work_folders(first.pid), "the next worker did it"
    assert len({worker.pid for worker in workers}) == 3
    long_one.refresh_from_db()
    assert default_storage.listdir(f"videos/{long_one.uid.hex}")[0] == [long_one.folder.rpartition("/")[2]]


def test_the_short_ones_go_first_and_a_long_wait_goes_before_all(upload, monkeypatch, tmp_path, at):
    travel = at(2026, 5, 6, 9, 0)
    film = make_video(tmp_path / "film.mp4", seconds=1)
    monkeypatch.setattr(videos, "SHORT_FIRST", ((1, 20), (film.stat().st_size, 0)))
    upload(film)
    monkeypatch.setattr(videos, "SHORT_FIRST", ((film.stat().st_size, 20),))
    upload(film)

    priorities = DBTaskResult.objects.ready().values_list("queue_name", "priority")
    assert list(priorities) == [("films", 20), ("films", 0)]

    travel.advance(minutes=31)
    jobs.sweep(clock.now())
    assert set(DBTaskResult.objects.ready().values_list("priority", flat=True)[:2]) == {jobs.OVERDUE_PRIORITY}


def test_a_cancelled_film_stops_at_once_and_may_be_taken_up_again(upload, cast, start_worker, tmp_path):
    video = upload(make_video(tmp_path / "long.mkv", seconds=12, size="960x540", extra=REENCODED))
    worker = start_worker()
    wait_until(lambda: Job.objects.filter(pk=video.job_id, progress_percent__gt=2).exists())
    video.refresh_from_db()

    videos.cancel_video(video=video, actor=cast.actor("li"))

    wait_until(lambda: not children_of(worker.pid) and not work_folders(worker.pid))
    video.refresh_from_db()
    assert (video.state, video.job.state, video.folder) == (Video.State.CANCELLED, Job.State.CANCELLED, "")
    again = videos.retry_video(video=video, actor=cast.actor("li"))
    assert (again.state, again.job.state) == (Video.State.UPLOADED, Job.State.QUEUED)
