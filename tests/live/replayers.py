"""Make replays with two workers that are killed (SIGKILL) again and again: python -m tests.live.replayers KILLS.

Each round two lessons end, one recorded in one go and one in two runs, and each is begun twice, as by two tickers. A kill hits
the joining, the taking in or the transcoding. WEAK=sweep is a control without the sweeper. Prints {"replays", "hit", "faults"}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from datetime import timedelta

from tests.live.workers import dice, kill, start_workers, wait_for

LONGEST_WAIT = 3.0  # s until a kill: joining and transcoding three seconds takes about so long
RUNS = (("h264",), ("h264", "h264"))
SECONDS = 3


def teach(training_class, teacher, number: int) -> None:
    """Have two lessons be recorded with a caption each, and end."""
    from lms.kernel import clock
    from lms.live.models import RoomCaption, RoomMember
    from lms.live.services import begin_due_replays
    from tests.factories import make_live
    from tests.live_lessons.recorded import record_lesson

    for runs in RUNS:
        session = make_live(training_class, teacher, title=f"第{number}课，{len(runs)}段")
        session = record_lesson(session, *runs, seconds=SECONDS)
        member = RoomMember.objects.create(session=session, user=teacher, place="teacher", called="李老师")
        said_at = session.began_at + timedelta(seconds=1)
        RoomCaption.objects.create(session=session, member=member, text="先断电", said_at=said_at, version=1)
    for _ in range(2):
        begin_due_replays(clock.now() + timedelta(minutes=1))


def run(kills: int, weak: str) -> dict:
    """Kill at random moments, have the sweeper come when the leases have run out, and look at what is there."""
    from wagtail.models import Page

    from lms.kernel import clock, jobs
    from lms.kernel.models import Job
    from lms.live.models import Replay
    from tests.cast import make_cast
    from tests.factories import make_class, make_course_version

    cast = make_cast()
    version = make_course_version(Page.get_first_root_node(), cast.institution_a)
    training_class = make_class(version, cast.department, teacher=cast.li)
    done, open_ones = Job.objects.filter(state=Job.State.DONE), Job.objects.exclude(state=Job.State.DONE)
    hit: Counter[str] = Counter()

    def goes_on() -> bool:
        """Return whether something was done since the last kill, and nothing hit again is open: it is given up at the third."""
        return done.count() > before and not open_ones.filter(attempt__gte=2).exists()

    workers = start_workers()
    try:
        for number in range(1, 10 * kills + 1):  # some kill must have hit a task
            before = done.count()
            teach(training_class, cast.li, number)
            if number > 1:
                wait_for(goes_on)
            time.sleep(dice.uniform(0, LONGEST_WAIT))
            kill(workers)
            hit.update(open_ones.filter(state=Job.State.RUNNING).values_list("task", flat=True))
            if weak != "sweep":
                jobs.sweep(clock.now() + jobs.LEASE + (jobs.PATIENCE if number >= kills else timedelta()))
            workers = start_workers()
            if number >= kills and hit:
                break
        wait_for(lambda: not open_ones.exists(), 300 if weak != "sweep" else 5)
    finally:
        kill(workers)
    return {"replays": Replay.objects.count(), "hit": hit, "faults": [*lost(), *twice(sum(hit.values()))]}


def lost() -> list[str]:
    """Return which lessons have no whole replay, and what lies about that belongs to none."""
    from django.core.files.storage import storages

    from courses.models import Subtitle, Video
    from courses.services.pipeline import clear_strays
    from lms.live.models import LiveSession, Replay

    faults = []
    for one in LiveSession.objects.select_related("replay__video"):
        replay = Replay.objects.select_related("video").filter(session=one).first()
        if replay is None or replay.video is None or replay.video.state != Video.State.READY:
            faults.append(f"{one.title}: {replay and replay.state}, {replay and replay.video and replay.video.state}")
            continue
        runs = one.broadcasts.count()
        if len(replay.parts) != runs or abs(replay.video.duration_ms - runs * SECONDS * 1000) > 1_000:
            faults.append(f"{one.title}: {replay.parts} of {runs} runs, {replay.video.duration_ms} ms")
        places = storages["default"].listdir(f"videos/{replay.video.uid.hex}")[0]
        if len(places) != 1:
            faults.append(f"{one.title}: made in {len(places)} places")
    counts = {"films": Video.objects.count(), "subtitles": Subtitle.objects.count()}
    counts["sources"] = len(storages["private"].listdir("videos")[0])
    faults += [f"{count} {name} of {LiveSession.objects.count()} lessons" for name, count in counts.items()
               if count != LiveSession.objects.count()]  # fmt: skip
    clear_strays()
    return faults


def twice(hit: int) -> list[str]:
    """Return what was noted more than once, or begun more often than it was broken off."""
    from django.db.models import Count, Sum

    from lms.audit.models import AuditEntry
    from lms.kernel.models import Job

    noted = AuditEntry.objects.filter(action__in=["live.replay_begun", "live.replay_joined"])
    noted = noted.values("action", "target_uid").annotate(times=Count("pk")).filter(times__gt=1)
    faults = [f"{one['action']} noted {one['times']} times" for one in noted]
    begun, tasks = Job.objects.aggregate(Sum("attempt"))["attempt__sum"], Job.objects.count()
    if begun > tasks + hit:
        faults.append(f"{begun} beginnings of {tasks} tasks, of which {hit} were broken off")
    return faults


def main(kills: int) -> None:
    import django

    django.setup()
    from django.core.management import load_command_class

    import courses.tasks  # noqa: F401 - everything is imported before the fork
    import lms.kernel.tasks  # noqa: F401
    import lms.live.tasks  # noqa: F401
    from tests.live.stage import lay_tables

    load_command_class("django_tasks_db", "db_worker")
    lay_tables()
    print(json.dumps(run(kills, os.environ.get("WEAK", ""))))


if __name__ == "__main__":
    main(int(sys.argv[1]))
