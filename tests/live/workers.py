"""Work through tasks with two workers that are killed (SIGKILL) again and again: python -m tests.live.workers KILLS.

The tasks are course packages to unpack, each handed over twice. WEAK=sweep is a control without the sweeper, WEAK=take
one in which a worker looks first and takes then. Prints {"tasks", "hit", "faults"}.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")
EACH_TIME, WORKERS = 4, 2
STILL = 15  # seconds in which a worker that lives takes something, however slow the machine
dice = random.Random(5)


def let_go() -> None:
    """Close what a child must not share."""
    from django.db import connection

    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()


def start_workers() -> list[int]:
    """Fork workers that have everything imported; return their processes."""
    let_go()
    found = []
    for _ in range(WORKERS):
        child = os.fork()
        if child == 0:
            work()
        found.append(child)
    return found


def work() -> None:
    """Be a worker, as production's, until killed."""
    from django.core.management import call_command

    with contextlib.suppress(BaseException):
        call_command(
            "db_worker", "--queue-name=*", "--interval=0.05", "--no-startup-delay", "--no-reload", "--verbosity=0"
        )
    os._exit(1)


def kill(workers: list[int]) -> None:
    """End all of them in one moment."""
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    for pid in workers:
        os.waitpid(pid, 0)


def wait_for(condition: Callable[[], bool], seconds: float = 300) -> None:
    """Return when it came to be, or after this long."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def stand_still(count: Callable[[], int]) -> None:
    """Return when nothing more was counted for a while: what is open then stays open."""
    last, since = count(), time.monotonic()
    while time.monotonic() - since < STILL:
        time.sleep(0.1)
        if count() != last:
            last, since = count(), time.monotonic()


def upload(institution, actor) -> None:
    """Bring packages; hand each over a second time, as two tickers would."""
    from courses.services.packages import upload_package
    from lms.kernel import jobs
    from tests.packages import golden

    content = golden()
    for number in range(EACH_TIME):
        package = upload_package(
            institution=institution, title=f"示例课件{number}", file=io.BytesIO(content), name="unit.zip",
            size=len(content), actor=actor,
        )  # fmt: skip
        jobs.hand_over(package.job.uid, jobs.Lane())


def run(kills: int, weak: str) -> dict:
    """Kill at random moments, have the sweeper come when the leases have run out, and look at what is there."""
    from lms.kernel import clock, jobs
    from lms.kernel.models import Job
    from tests.cast import make_cast

    cast = make_cast()
    institution, actor = cast.institution_a, cast.actor("li")
    done, open_ones = Job.objects.filter(state=Job.State.DONE), Job.objects.exclude(state=Job.State.DONE)
    hit, is_swept = 0, weak != "sweep"

    def goes_on() -> bool:
        """Return whether something was done since the last kill, and nothing hit again is open: it is given up at the third."""
        return done.count() > before and not open_ones.filter(attempt__gte=2).exists()

    workers = start_workers()
    try:
        for number in range(
            1, 10 * kills + 1
        ):  # on a quick machine most kills come between two tasks: some must hit one
            before = done.count()
            upload(institution, actor)
            wait_for(goes_on, STILL if weak else 300)  # a careless site has tasks that nothing brings to an end
            time.sleep(dice.uniform(0, 0.15))
            kill(workers)
            hit += open_ones.filter(state=Job.State.RUNNING).count()
            if is_swept:  # at last also what a worker took from the queue, swept or not, and died before it began
                jobs.sweep(clock.now() + jobs.LEASE + (jobs.PATIENCE if number >= kills else timedelta()))
            workers = start_workers()
            if number >= kills and hit:
                break
        if weak:
            stand_still(done.count)
        else:
            wait_for(lambda: not open_ones.exists())
    finally:
        kill(workers)
    return {"tasks": Job.objects.count(), "hit": hit, "faults": [*lost(), *twice(hit)]}


def lost() -> list[str]:
    """Return what was not done, or not as a whole."""
    from django.core.files.storage import storages

    from courses.models import CoursePackage
    from courses.services.packages import files_below
    from lms.kernel.models import Job
    from tests.packages import GOLDEN

    packages = CoursePackage.objects.select_related("job")
    undone = packages.exclude(job__state=Job.State.DONE, state=CoursePackage.State.READY)
    faults = [f"package {one.pk}: {one.job.state}, {one.state}" for one in undone]
    for one in packages.filter(state=CoursePackage.State.READY):
        folders, files = storages["private"].listdir(f"packages/{one.uid.hex}")
        try:
            kept = {name.removeprefix(f"{one.folder}/") for name in files_below(one.folder)}
        except FileNotFoundError:  # another worker tidied up
            kept = set()
        if kept != set(GOLDEN) or files or len(folders) != 1:
            faults.append(f"package {one.pk}: {len(kept)} files in {len(folders)} folders, {files} left over")
    return faults


def twice(hit: int) -> list[str]:
    """Return whether anything was begun more often than it was broken off."""
    from django.db.models import Sum

    from lms.kernel.models import Job

    begun, tasks = Job.objects.aggregate(Sum("attempt"))["attempt__sum"], Job.objects.count()
    return [f"{begun} beginnings of {tasks} tasks, of which {hit} were broken off"] if begun > tasks + hit else []


def weaken(weak: str) -> None:
    """Put a worker's careless way of taking a task in the place of ours."""
    if weak == "take":
        from lms.kernel import jobs
        from tests.kernel.work import careless_take

        jobs.take = careless_take


def main(kills: int) -> None:
    import django

    django.setup()
    from django.core.management import load_command_class

    import courses.services.packages  # noqa: F401 - everything is imported before the fork
    import lms.kernel.tasks  # noqa: F401
    from tests.live.stage import lay_tables

    load_command_class("django_tasks_db", "db_worker")
    lay_tables()
    weak = os.environ.get("WEAK", "")
    weaken(weak)
    print(json.dumps(run(kills, weak)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
