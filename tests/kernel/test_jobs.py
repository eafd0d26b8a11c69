"""Jobs: handed out once, taken up again when a worker dies, given up after the last attempt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from lms.kernel import clock, jobs
from lms.kernel.models import Job
from tests.kernel.work import ROOT


def job(task: str, **arguments: object) -> Job:
    return jobs.enqueue_on_commit(f"tests.kernel.work.{task}", **arguments)


def database_url() -> str:
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    return f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def queued(tmp_path: Path, seconds: float = 0.3) -> Job:
    """Return a job that is not handed over: in tests the queue would run it here and now."""
    arguments = {"path": str(tmp_path / "notes"), "seconds": seconds}
    return Job.objects.create(task="tests.kernel.work.note", arguments=arguments)


def worker(row: Job, gun: Path, *flags: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.kernel.work", str(row.uid), str(gun), *flags],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "lms.settings.test"},
    )


def wait_until(condition, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split("\n")[:-1] if path.exists() else []


@pytest.mark.django_db
def test_keeps_result_and_progress(tmp_path):
    row = job("note", path=str(tmp_path / "notes"))

    jobs.run(row.uid)

    row.refresh_from_db()
    assert (row.state, row.progress_percent, row.attempt) == (Job.State.DONE, 100, 1)
    assert row.result == {"pid": os.getpid()}
    assert row.lease_until is None


@pytest.mark.django_db
def test_reaches_the_queue_only_after_commit(django_capture_on_commit_callbacks, tmp_path):
    with django_capture_on_commit_callbacks() as callbacks:
        row = job("note", path=str(tmp_path / "notes"))

    assert len(callbacks) == 1
    assert not (tmp_path / "notes").exists()
    callbacks[0]()
    assert len(lines(tmp_path / "notes")) == 2
    row.refresh_from_db()
    assert row.state == Job.State.DONE


@pytest.mark.django_db
def test_refusal_is_shown_and_not_tried_again():
    row = job("refuse")

    jobs.run(row.uid)
    jobs.run(row.uid)

    row.refresh_from_db()
    assert (row.state, row.error, row.attempt) == (Job.State.FAILED, "文件已损坏，请重新上传。", 1)


@pytest.mark.django_db
def test_fault_is_tried_again_and_then_given_up(tmp_path):
    row = job("fail", path=str(tmp_path / "notes"))

    for _ in range(jobs.MOST_ATTEMPTS + 2):
        jobs.run(row.uid)

    row.refresh_from_db()
    assert row.state == Job.State.FAILED
    assert lines(tmp_path / "notes") == ["try 1", "try 2", "try 3"]
    assert "已多次重试" in row.error


@pytest.mark.django_db
def test_progress_renews_the_lease_even_when_the_percentage_stands_still(at):
    travel = at(2026, 3, 2, 9, 0)
    held = jobs.RunningJob(jobs.take(job("refuse").uid))
    held.progress(40)

    for _ in range(4):
        travel.advance(seconds=60)
        held.progress(40)

    assert jobs.sweep(clock.now()) == 0
    assert Job.objects.get(uid=held.uid).progress_percent == 40


@pytest.mark.django_db
def test_worker_that_lost_its_lease_hears_it_and_changes_nothing(at):
    travel = at(2026, 3, 2, 9, 0)
    row = job("refuse")
    slow = jobs.RunningJob(jobs.take(row.uid))
    travel.advance(minutes=3)
    jobs.sweep(clock.now())
    fast = jobs.RunningJob(jobs.take(row.uid))

    with pytest.raises(jobs.JobLostError):
        slow.progress(50)
    jobs.finish(slow, Job.State.DONE, result={"by": "slow"})
    jobs.give_back(slow)

    row.refresh_from_db()
    assert (row.state, row.attempt, row.result) == (Job.State.RUNNING, 2, {})
    jobs.finish(fast, Job.State.DONE, result={"by": "fast"})
    row.refresh_from_db()
    assert (row.state, row.result) == (Job.State.DONE, {"by": "fast"})


@pytest.mark.django_db
def test_sweep_leaves_living_jobs_alone(at):
    at(2026, 3, 2, 9, 0)
    jobs.take(job("refuse").uid)
    job("refuse")

    assert jobs.sweep(clock.now() + jobs.LEASE - timedelta(seconds=1)) == 0


@pytest.mark.django_db
def test_sweep_hands_a_forgotten_job_over_once_per_patience(at):
    at(2026, 3, 2, 9, 0)
    job("refuse")
    later = clock.now() + jobs.PATIENCE + timedelta(seconds=1)

    assert [jobs.sweep(later), jobs.sweep(later + timedelta(seconds=20))] == [1, 0]


@pytest.mark.django_db
def test_sweep_gives_up_a_job_that_killed_its_worker_every_time(at):
    travel = at(2026, 3, 2, 9, 0)
    row = job("refuse")
    for _ in range(jobs.MOST_ATTEMPTS):
        assert jobs.take(row.uid)
        travel.advance(minutes=3)
        jobs.sweep(clock.now())

    row.refresh_from_db()
    assert (row.state, row.attempt) == (Job.State.FAILED, jobs.MOST_ATTEMPTS)
    assert jobs.take(row.uid) is None


@pytest.mark.django_db(transaction=True)
def test_job_of_a_killed_worker_is_taken_up_again(tmp_path):
    row = queued(tmp_path, seconds=60)
    gun = tmp_path / "gun"
    gun.touch()
    process = worker(row, gun)
    wait_until(lambda: lines(tmp_path / "notes"))

    process.send_signal(signal.SIGKILL)
    process.wait()
    assert jobs.take(row.uid) is None, "its lease still holds"
    Job.objects.filter(pk=row.pk).update(arguments={"path": str(tmp_path / "notes")})
    jobs.sweep(clock.now() + jobs.LEASE + timedelta(seconds=1))
    jobs.run(row.uid)

    row.refresh_from_db()
    assert (row.state, row.attempt, row.result) == (Job.State.DONE, 2, {"pid": os.getpid()})


def race(tmp_path: Path, row: Job, *flags: str) -> int:
    """Return how many of two processes ran the job."""
    gun = tmp_path / "gun"
    processes = [worker(row, gun, *flags) for _ in range(2)]
    wait_until(lambda: len(lines(Path(f"{gun}.ready"))) == 2)
    gun.touch()
    assert [process.wait(300) for process in processes] == [0, 0]
    return len([line for line in lines(tmp_path / "notes") if line.startswith("begin")])


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_run_the_same_job(tmp_path):
    assert race(tmp_path, queued(tmp_path)) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_condition_in_the_statement_both_would_run_it(tmp_path):
    assert race(tmp_path, queued(tmp_path), "careless") == 2
