"""Tasks for the tests of jobs, and what another process does with a job."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]


def note(job, *, path: str, seconds: float = 0.0) -> dict[str, int]:
    """Leave a line when it begins and when it ends."""
    write(path, f"begin {os.getpid()}")
    time.sleep(seconds)
    write(path, f"end {os.getpid()}")
    return {"pid": os.getpid()}


def fail(job, *, path: str) -> None:
    write(path, f"try {job.attempt}")
    raise ValueError("an unforeseen fault")


def refuse(job) -> None:
    from lms.kernel.errors import ConflictError

    raise ConflictError("文件已损坏，请重新上传。")


def write(path: str, line: str) -> None:
    with Path(path).open("a", encoding="utf-8") as handle:
        handle.write(line + "\n")


def a_moment() -> None:
    time.sleep(0.5)


def careless_take(uid, pause=a_moment):
    """What `jobs.take` would be without the condition in the statement: look, then write. Every beginning is counted."""
    from django.db.models import F

    from lms.kernel.models import Job

    row = Job.objects.get(uid=uid)
    if row.state != Job.State.QUEUED:
        return None
    pause()
    Job.objects.filter(uid=uid).update(state=Job.State.RUNNING, attempt=F("attempt") + 1)
    return Job.objects.get(uid=uid)


def meet(path: str, people: int) -> None:
    """Wait until so many are here."""
    write(path, str(os.getpid()))
    while len(Path(path).read_text("utf-8").splitlines()) < people:
        time.sleep(0.005)


def main(uid: str, starting_gun: str, *flags: str) -> None:
    """Run a job in this process as soon as the starting gun is there."""
    import django

    django.setup()
    from lms.kernel import jobs

    if "careless" in flags:
        jobs.take = partial(careless_take, pause=lambda: meet(starting_gun + ".seen", 2))
    write(starting_gun + ".ready", str(os.getpid()))
    while not Path(starting_gun).exists():
        time.sleep(0.005)
    jobs.run(uid)


if __name__ == "__main__":
    main(*sys.argv[1:])
