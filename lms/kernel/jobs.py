"""Background work: a Job row that pages poll, run by a worker process, taken up again when a worker dies.

A task is a plain function `(job: RunningJob, **arguments)` in some app's tasks.py, named by its dotted path. It must be
idempotent; its arguments never hold personal data.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.module_loading import import_string

from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.kernel.models import Job

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
RENEW_MS = int(LEASE.total_seconds()) * 1000 // 4
PATIENCE = timedelta(minutes=30)  # how long a job may lie in the queue before it is handed over again
MOST_ATTEMPTS = 3
OVERDUE_PRIORITY = 50  # what waited for all of PATIENCE goes before whatever came after it


class JobLostError(Exception):
    """Another worker holds the job now, or it was cancelled: stop at once."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Which workers take a job, and how soon (队列). `priority`: -100 to 100, the higher the sooner."""

    queue: str = "default"
    priority: int = 0


class RunningJob:
    """What a task holds while it runs."""

    def __init__(self, row: Job) -> None:
        self.uid, self.attempt, self.owner_id = row.uid, row.attempt, row.owner_id
        self.said, self.renewed_ms = -1, 0

    def progress(self, percent: int) -> None:
        """Say how far it is, and renew the lease. Raises JobLostError when it is this worker's no more."""
        if percent == self.said and clock.now_ms() - self.renewed_ms < RENEW_MS:
            return
        self.said, self.renewed_ms = percent, clock.now_ms()
        held = Job.objects.filter(uid=self.uid, attempt=self.attempt, state=Job.State.RUNNING)
        if not held.update(progress_percent=min(percent, 99), lease_until=clock.now() + LEASE):
            raise JobLostError


def enqueue_on_commit(task: str, *, owner_id: int | None = None, lane: Lane | None = None, **arguments: Any) -> Job:
    """Note a job in this transaction and hand it to the workers once it is committed."""
    way = lane or Lane()
    job = Job.objects.create(
        task=task,
        arguments=arguments,
        owner_id=owner_id,
        lease_until=clock.now() + PATIENCE,
        queue=way.queue,
        priority=way.priority,
    )
    hand_over(job.uid, way)
    return job


def hand_over(uid: UUID, lane: Lane) -> None:
    """Give a queued job to the task queue after COMMIT."""
    from lms.kernel.tasks import run_job  # the queue's decorator needs the app registry

    task = run_job.using(queue_name=lane.queue, priority=lane.priority)
    transaction.on_commit(lambda: task.enqueue(str(uid)))


def cancel(uid: UUID) -> bool:
    """Stop a job that waits or runs (取消): its worker hears it at its next word. Returns whether there was one."""
    open_states = [Job.State.QUEUED, Job.State.RUNNING]
    cancelled = Job.objects.filter(uid=uid, state__in=open_states).update(
        state=Job.State.CANCELLED, lease_until=None, finished_at=clock.now()
    )
    return bool(cancelled)


def take(uid: UUID | str) -> Job | None:
    """Take a queued job, or None when somebody else has it."""
    now = clock.now()
    taken = Job.objects.filter(uid=uid, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING, attempt=F("attempt") + 1, started_at=now, lease_until=now + LEASE, error=""
    )
    return Job.objects.get(uid=uid) if taken else None


def run(uid: UUID | str) -> None:
    """Run a job to its end and note how it ended."""
    row = take(uid)
    if row is None:
        return
    job = RunningJob(row)
    try:
        result = import_string(row.task)(job, **row.arguments)
    except JobLostError:
        log.info("job %s was taken over or cancelled", row.uid)
    except DomainError as refusal:
        finish(job, Job.State.FAILED, error=refusal.message)
    except Exception:
        log.exception("job %s failed", row.uid)
        give_back(job)
    else:
        finish(job, Job.State.DONE, result=result or {})


def finish(job: RunningJob, state: str, *, error: str = "", result: dict[str, Any] | None = None) -> None:
    """Close the job if it is still held."""
    percent = {"progress_percent": 100} if state == Job.State.DONE else {}
    Job.objects.filter(uid=job.uid, attempt=job.attempt, state=Job.State.RUNNING).update(
        state=state, error=error, result=result or {}, finished_at=clock.now(), lease_until=None, **percent
    )


def give_back(job: RunningJob) -> None:
    """After an unforeseen fault: queue again, or give up after the last attempt."""
    if job.attempt >= MOST_ATTEMPTS:
        finish(job, Job.State.FAILED, error="系统处理时出错，已多次重试。请稍后重新提交；如仍失败，请联系平台客服。")
        return
    held = Job.objects.filter(uid=job.uid, attempt=job.attempt, state=Job.State.RUNNING)
    if held.update(state=Job.State.QUEUED, lease_until=clock.now() + PATIENCE):
        row = Job.objects.get(uid=job.uid)
        hand_over(job.uid, Lane(row.queue, row.priority))


def settle_stopped(waiting: QuerySet[Any], moment: datetime, **values: Any) -> int:
    """Note `values` on those of `waiting` that nobody works on any more, their worker having died too often. Returns how many."""
    return waiting.filter(job__state=Job.State.FAILED, job__finished_at__lte=moment).update(**values)


def sweep(moment: datetime) -> int:
    """Hand out again what a dead worker held, and what was queued and never came to the queue. Returns how many."""
    overdue = Job.objects.filter(lease_until__lt=moment)
    overdue.filter(state=Job.State.RUNNING, attempt__gte=MOST_ATTEMPTS).update(
        state=Job.State.FAILED, error="处理多次中断，已停止。请重新提交。", lease_until=None, finished_at=moment
    )
    waiting = {"state": Job.State.QUEUED, "lease_until": moment + PATIENCE}
    handed = 0
    for row in overdue.filter(state__in=[Job.State.RUNNING, Job.State.QUEUED])[:100]:
        # The condition again: its worker may have said something, or another ticker may have been faster.
        if overdue.filter(uid=row.uid, state=row.state).update(**waiting):
            hand_over(row.uid, Lane(row.queue, max(row.priority, OVERDUE_PRIORITY)))
            handed += 1
    return handed
