"""Row `beats.batch`: beats of many learners through `post_beats`, beside the bare statements that store as many rows.

SQLite runs inside this process, so its CPU time is that of server and database together.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection, transaction

from bench.harness import Row, interleave
from bench.stage import seat

LEARNERS = {"small": 100, "full": 1000}
CALLS = {"small": 12, "full": 30}
ROUNDS = 5
GOAL = 0.15


def seated(count: int) -> list[dict[str, object]]:
    """Return so many learners, each with an open session at the longest film of the demo's open class."""
    from courses.queries.catalogue import lessons_of
    from lms.access.queries import actor_for
    from lms.classes.models import TrainingClass

    held = TrainingClass.objects.get(state=TrainingClass.State.OPEN)
    films = [one for one in lessons_of(held.course_version_id) if one.video_id]
    lesson = max(films, key=lambda one: one.length_ms)
    free = {"daily_cap_ms": None, "check_min_ms": None, "check_max_ms": None}
    held.frozen_terms = {**held.frozen_terms, **free, "lessons_in_order": False, "rewatch_credited": True}
    held.save(update_fields=["frozen_terms"])
    people = []
    for _ in range(count):
        user, opened = seat(held, lesson.lesson_uid)
        people.append(
            {"session": opened.session, "token": opened.ack.token, "acked": 0, "at": 0, "actor": actor_for(user)}
        )
    return people


def measure(size: str, only: str) -> dict[str, Row]:
    """Return the row if it is asked for."""
    from attendance.services import Memory
    from lms.kernel import clock

    if not "beats.batch".startswith(only):
        return {}
    noon = datetime.combine(clock.today(), datetime.min.time(), tzinfo=clock.SHANGHAI) + timedelta(hours=9)
    with clock.travel(noon) as travel:
        people = seated(LEARNERS[size])
        with connection.cursor() as cursor:
            columns = ", ".join(f"{name} bigint not null" for name in ("seq", "at", "credit", "from_ms", "to_ms"))
            cursor.execute(f"CREATE TABLE bench_beat (person bigint, {columns}, PRIMARY KEY (person, seq))")
            cursor.execute("CREATE TABLE bench_seat (person bigint PRIMARY KEY, acked bigint, credit bigint)")
            cursor.executemany("INSERT INTO bench_seat VALUES (%s, 0, 0)", [(n,) for n in range(len(people))])
        seq, memory = iter(range(1, 10**9)), Memory()
        value, limit = interleave(
            lambda: ours(people, travel, CALLS[size], memory), lambda: bare(len(people), seq, CALLS[size]), ROUNDS
        )
    return {"beats.batch": Row(value, "beats per CPU-second of server and database", limit, GOAL)}


def ours(people: list[dict[str, object]], travel: object, calls: int, memory: object) -> float:
    """Send a beat of every learner in one call, again and again; each must be credited."""
    from attendance.rules import Claim
    from attendance.services import BeatsRequest, post_beats
    from lms.kernel import clock

    began = time.process_time()
    for _ in range(calls):
        travel.advance(seconds=5)
        now = clock.now_ms()
        requests = [
            BeatsRequest(
                one["session"],
                one["token"],
                [Claim(one["acked"] + 1, one["at"], one["at"] + 5_000)],
                one["actor"].person_id,
                now,
            )
            for one in people
        ]
        for one, ack in zip(people, post_beats(requests, memory), strict=True):
            if isinstance(ack, Exception):
                raise ack
            if ack.acked_seq != one["acked"] + 1 or ack.stop:
                raise SystemExit(f"a beat was not credited: {ack}")
            one["token"], one["acked"], one["at"] = ack.token, ack.acked_seq, one["at"] + 5_000
    return len(people) * calls / (time.process_time() - began)


def bare(count: int, seq: object, calls: int) -> float:
    """Store as many rows in one transaction a call: an idempotent insert and an update of the running sum."""
    began = time.process_time()
    for _ in range(calls):
        number = next(seq)
        rows = [(person, number, 0, 5_000, 0, 5_000) for person in range(count)]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT OR IGNORE INTO bench_beat VALUES (%s, %s, %s, %s, %s, %s)", rows)
            sums = [(number, 5_000, person) for person in range(count)]
            cursor.executemany("UPDATE bench_seat SET acked = %s, credit = credit + %s WHERE person = %s", sums)
    return count * calls / (time.process_time() - began)
