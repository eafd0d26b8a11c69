"""Running the detectors: nightly and on demand, in bounded batches; the same thing seen again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db import transaction

from lms.access.rules import SYSTEM, Actor, require
from lms.anomalies.models import AnomalyCase, AnomalyFlag, AnomalyPolicy, DetectionRun
from lms.anomalies.queries.measures import bars_that_ended
from lms.anomalies.queries.policies import policy_on
from lms.anomalies.queries.rows import Batch, Week, batches, near_quizzes, shared_sessions, week_of
from lms.anomalies.queries.signatures import signatures_in
from lms.anomalies.rules import detectors, signatures
from lms.anomalies.rules.findings import Finding
from lms.anomalies.rules.terms import AnomalyTerms
from lms.audit.services import record
from lms.classes.models import Enrolment
from lms.classes.services import enrol_from_rosters
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.kernel.jobs import enqueue_on_commit
from lms.kernel.models import Job
from lms.people.models import Person

TASK = "lms.anomalies.tasks.detect"
NIGHT_HOUR = 2  # after the day's last study, before the office opens
CLOSED = (AnomalyCase.State.CLOSED, AnomalyCase.State.APPEALED)
Progress = Callable[[int], None]


@dataclass(slots=True)
class Detected:
    """What a run found (检测结果)."""

    findings: int = 0
    flags: int = 0


def ask_for_detection(*, actor: Actor) -> Job:
    """Have the detectors run now (立即检测); the work under way, if there is one. Raises ConflictError without a policy."""
    require(actor, "anomalies.handle")
    if policy_on(clock.today()) is None:
        raise ConflictError("还没有生效的线索口径，请区办先发布口径。", code="no_anomaly_policy")
    with transaction.atomic():
        return under_way() or enqueue_on_commit(TASK, owner_id=actor.user_id)


def under_way() -> Job | None:
    """Return the detection that waits or runs."""
    return Job.objects.filter(task=TASK, state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()


def detect_nightly(moment: datetime) -> bool:
    """Have the detectors run once a night. For the ticker; returns whether it was asked for."""
    local = clock.local(moment)
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    done = DetectionRun.objects.filter(started_at__gte=night).exists()
    if local < night or done or under_way() or policy_on(local.date()) is None:
        return False
    readmit(moment)
    enqueue_on_commit(TASK)
    return True


def readmit(moment: datetime) -> None:
    """Enrol those whose bar is over in the classes whose rosters name them (恢复报名)."""
    for person in Person.objects.filter(pk__in=bars_that_ended(clock.local(moment).date())).order_by("pk"):
        with transaction.atomic():
            enrol_from_rosters(person)


def detect(progress: Progress = lambda percent: None) -> Detected:
    """Run all detectors over this week and the last, by the policy of today (检测). Raises ConflictError without one."""
    policy, started = policy_on(clock.today()), clock.now()
    if policy is None:
        raise ConflictError("还没有生效的线索口径，请区办先发布口径。", code="no_anomaly_policy")
    found = Detected()
    this_week = week_of(clock.today())
    for place, week in enumerate((Week(this_week.monday - timedelta(days=7)), this_week)):
        for percent, findings in findings_in(week, policy.anomaly_terms()):
            for finding in findings:
                found.findings += 1
                found.flags += note(finding, policy)
            progress(50 * place + percent // 2)
    DetectionRun.objects.create(policy=policy, started_at=started, findings=found.findings, flags=found.flags)
    return found


def findings_in(week: Week, terms: AnomalyTerms) -> Iterator[tuple[int, Iterable[Finding]]]:
    """Yield what detectors find in a week, a batch at a time, with how far it is in percent."""
    for percent, batch in batches(week):
        yield percent, findings_of(batch, terms, week)
    if terms.device_persons is not None:
        for rows in shared_sessions(week, "device", terms.device_persons):
            yield 100, detectors.shared(rows, "device", terms.device_persons, week.monday)
    if terms.address_persons is not None:
        for rows in shared_sessions(week, "address", terms.address_persons):
            yield 100, detectors.shared(rows, "address", terms.address_persons, week.monday)
    signed = signatures_in(week)
    for detector in (signatures.shared_signers, signatures.same_positions, signatures.fast_travels):
        yield 100, detector(signed, terms, week.monday)
    if terms.twin_seconds is not None:
        rows_near = near_quizzes(week, terms.twin_seconds * 1000)
        yield 100, detectors.twin_answers(rows_near, terms, week.monday)


def findings_of(batch: Batch, terms: AnomalyTerms, week: Week) -> Iterator[Finding]:
    """Yield what the detectors say that look at one person at a time."""
    day = week.monday
    return chain(
        detectors.even_beats(batch.beats, terms, day),
        detectors.even_answers(batch.checks, terms, day),
        detectors.fast_quizzes(batch.quizzes, terms, day),
        detectors.night_study(batch.studies, terms, day),
        detectors.two_networks(batch.sessions, terms, day),
        detectors.low_faces(batch.faces, terms, day),
    )


@transaction.atomic
def note(finding: Finding, policy: AnomalyPolicy) -> bool:
    """Make a flag of a finding, in the open case of its subject or in a new one; nothing when it was seen before."""
    AnomalyPolicy.objects.select_for_update().get(pk=policy.pk)  # two runs at once wait for each other here
    if AnomalyFlag.objects.filter(key=finding.key).exists():
        return False
    case = open_case(finding)
    moment = clock.now()
    flag = AnomalyFlag.objects.create(
        case=case,
        key=finding.key,
        kind=finding.kind,
        person_id=finding.person,
        enrolment_id=finding.enrolment,
        week=finding.week,
        seen=finding.seen,
        compared=finding.compared,
        innocent=finding.innocent,
        figures=[list(figure) for figure in finding.figures],
        evidence=finding.evidence,
        policy=policy,
        at=moment,
    )
    case.flag_count, case.is_strong, case.last_at = case.flag_count + 1, case.is_strong or finding.is_strong, moment
    case.save(update_fields=["flag_count", "is_strong", "last_at"])
    record(SYSTEM, "anomalies.flagged", case, kind=finding.kind, flag=str(flag.uid))
    return True


def open_case(finding: Finding) -> AnomalyCase:
    """Return the case that is open about a finding's subject, made when there is none."""
    found = (
        AnomalyCase.objects.select_for_update().exclude(state__in=CLOSED).filter(subject_key=finding.subject).first()
    )
    if found is not None:
        return found
    columns = ("training_class__institution_id", "training_class__programme__department_id")
    concerned = Enrolment.objects.filter(pk__in=finding.enrolments or [finding.enrolment or 0]).values_list(*columns)
    institutions, departments = {unit for unit, _ in concerned}, {unit for _, unit in concerned}
    return AnomalyCase.objects.create(
        number=next_case_number(clock.today().year),
        subject=finding.subject.partition(":")[0],
        subject_key=finding.subject,
        person_id=finding.person,
        institution_id=institutions.pop() if len(institutions) == 1 else None,
        department_id=departments.pop() if len(departments) == 1 else None,
    )


def next_case_number(year: int) -> str:
    """Return the next number of a year (案件编号). The policy's row is held, so numbers have no duplicates."""
    numbers = AnomalyCase.objects.filter(number__startswith=f"YC-{year}-").values_list("number", flat=True)
    return f"YC-{year}-{max((int(number.rsplit('-', 1)[1]) for number in numbers), default=0) + 1:04}"
