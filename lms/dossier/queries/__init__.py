"""Read-only compositions over all stages: pages and API share them, so both always say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from attendance.models import HoursEntry, PackageReport, PresenceCheck, StudySession
from attendance.queries import (
    CheckCounts,
    HoursLine,
    checks_of,
    checks_summary,
    hours_lines,
    ledger_of,
    reports_of,
    sessions_of,
)
from courses.models import LessonVersion
from lms.access.rules import Actor, require
from lms.appeals.queries.records import Stretch, withheld_of
from lms.classes.models import ClassDecision, Enrolment, TrainingClass
from lms.classes.queries import class_for, enrolment_for, enrolments_of, own_enrolment
from lms.completion.queries import ClassCompletion, LessonState, completion_of
from lms.dossier.rules import kept_until
from lms.exams.models import Sitting
from lms.exams.queries.quizzes import sittings_of
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.kernel.hours import class_hours
from lms.people.models import IdentityCheck, Person
from lms.people.rules import mask_document, mask_name
from lms.planning.rules import RuleLine, describe_terms

IDLE = timedelta(days=7)
STATES = {"completed": "可结业", "studying": "学习中", "idle": "落后", "untouched": "未开始"}


@dataclass(frozen=True, slots=True)
class LearnerProgress:
    """An enrolment as its learner sees it (学习进度)."""

    enrolment: Enrolment
    training_class: TrainingClass
    completion: ClassCompletion
    rules: list[RuleLine]
    class_hours: Decimal
    required_hours: Decimal
    data_at: datetime

    @property
    def resume(self) -> LessonState | None:
        """Return the lesson to go on with."""
        return self.completion.next_lesson


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line of the hours account, and of withheld time what may be said against it (学时明细)."""

    line: HoursLine
    stretch: Stretch | None


@dataclass(frozen=True, slots=True)
class CompletionFilters:
    """What an office looks for in a class's list (筛选条件)."""

    state: str = ""
    exceptions: bool = False
    q: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """One learner in a class's completion list (结业核查行). Personal data is masked."""

    enrolment: Enrolment
    name: str
    document: str
    completion: ClassCompletion
    hours: Decimal
    checks: CheckCounts
    quiz_percent: int | None
    state: str
    state_name: str
    exceptions: list[str]


@dataclass(frozen=True, slots=True)
class CompletionList:
    """A class's completion list (结业核查)."""

    training_class: TrainingClass
    rows: list[CompletionRow]
    counts: dict[str, int]
    total: int
    page: int
    page_count: int
    required_hours: Decimal
    filters: CompletionFilters
    export_count: int
    data_at: datetime

    @property
    def export_scope(self) -> str:
        """Return what an export of this list would hold, in words."""
        return scope_words(self.filters)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that proves one learner's hours (学习证据)."""

    enrolment: Enrolment
    name: str
    document: str
    progress: LearnerProgress
    identity_checks: list[IdentityCheck]
    sessions: list[StudySession]
    checks: list[PresenceCheck]
    ledger: list[HoursEntry]
    lines: list[HoursLine]
    sittings: list[Sitting]
    decisions: list[ClassDecision]
    reports: list[PackageReport]
    lessons: dict[UUID, LessonVersion] = field(default_factory=dict)


PER_PAGE = 50


def hours_of(enrolment: Enrolment, ms: int) -> Decimal:
    """Return 学时 by the class's frozen terms, from the sum."""
    terms = enrolment.training_class.study_terms()
    return class_hours(ms, hour_minutes=terms.hour_minutes, step=terms.step)


def progress_of(enrolment: Enrolment, completion: ClassCompletion) -> LearnerProgress:
    """Return an enrolment's progress."""
    return LearnerProgress(
        enrolment=enrolment,
        training_class=enrolment.training_class,
        completion=completion,
        rules=describe_terms(enrolment.training_class.study_terms()),
        class_hours=hours_of(enrolment, completion.totals.confirmed_ms),
        required_hours=hours_of(enrolment, completion.required_ms),
        data_at=clock.now(),
    )


def learner_progress(actor: Actor, enrolment_uid: UUID) -> LearnerProgress:
    """Return the progress of an own enrolment (本人学习进度). Raises NotFoundError for any other."""
    enrolment = own_enrolment(actor, enrolment_uid)
    require(actor, "progress.view", enrolment)
    return progress_of(enrolment, completion_of([enrolment])[enrolment.pk])


def hours_account(enrolment: Enrolment) -> list[AccountLine]:
    """Return every minute with what became of it, newest first, for pages and API alike (学时明细). A constant count of queries."""
    stretches = withheld_of(enrolment)
    return [AccountLine(line, stretches.get(line.entry) if line.entry else None) for line in hours_lines(enrolment)]


def my_enrolments(actor: Actor) -> list[LearnerProgress]:
    """Return all of a learner's enrolments with their progress (我的班级). The query count is constant."""
    enrolments = list(enrolments_of(actor.person_id).exclude(training_class__frozen_terms=None))
    completions = completion_of(enrolments)
    return [progress_of(enrolment, completions[enrolment.pk]) for enrolment in enrolments]


def completion_list(actor: Actor, class_uid: UUID, filters: CompletionFilters) -> CompletionList:
    """Return a class's completion list within the actor's reach. The query count does not depend on the rows."""
    training_class = class_for(actor, class_uid)
    require(actor, "completion.view", training_class)
    ensure_approved(training_class)
    rows = completion_rows(training_class)
    counts = {state: sum(row.state == state for row in rows) for state in STATES}
    counts["exceptions"] = sum(bool(row.exceptions) for row in rows)
    found = [row for row in rows if fits(row, filters)]
    page_count = max(1, -(-len(found) // PER_PAGE))
    page = min(max(1, filters.page), page_count)
    required = rows[0].completion.required_ms if rows else 0
    terms = training_class.study_terms()
    return CompletionList(
        training_class=training_class,
        rows=found[(page - 1) * PER_PAGE : page * PER_PAGE],
        counts=counts,
        total=len(found),
        page=page,
        page_count=page_count,
        required_hours=class_hours(required, hour_minutes=terms.hour_minutes, step=terms.step),
        filters=filters,
        export_count=sum(fits(row, replace(filters, q="")) for row in rows),
        data_at=clock.now(),
    )


def scope_words(filters: CompletionFilters) -> str:
    """Return which learners a list holds, in words (导出范围)."""
    words = [STATES[filters.state]] if filters.state else []
    return "、".join([*words, "有异常的"] if filters.exceptions else words) or "全部学员"


def ensure_approved(training_class: TrainingClass) -> None:
    """Raise ConflictError before a class is approved: it has no frozen terms to work anything out by."""
    if training_class.frozen_terms is None:
        raise ConflictError("这个班还没有批准开班，批准后才有结业核查。", code="class_not_approved")


def completion_rows(training_class: TrainingClass) -> list[CompletionRow]:
    """Return every learner of a class. Seven queries, however many learners."""
    related = ("person", "training_class")
    enrolments = list(training_class.enrolments.select_related(*related).order_by("roster_row__row_number", "pk"))
    completions = completion_of(enrolments)
    checks = checks_summary([enrolment.pk for enrolment in enrolments])
    return [completion_row(one, completions[one.pk], checks[one.pk]) for one in enrolments]


def completion_row(enrolment: Enrolment, completion: ClassCompletion, checks: CheckCounts) -> CompletionRow:
    """Return one learner's row."""
    quizzes = [one.quiz.best_percent for one in completion.lessons if one.quiz]
    state = state_of(completion)
    return CompletionRow(
        enrolment=enrolment,
        name=mask_name(enrolment.person.name),
        document=mask_document(str(enrolment.person.document_number or "")),
        completion=completion,
        hours=hours_of(enrolment, completion.totals.confirmed_ms),
        checks=checks,
        quiz_percent=min(quizzes) if quizzes else None,
        state=state,
        state_name=STATES[state],
        exceptions=exceptions_of(completion, checks),
    )


def state_of(completion: ClassCompletion) -> str:
    """Return where a learner stands."""
    if completion.is_completed:
        return "completed"
    if completion.last_at is None:
        return "untouched"
    return "idle" if clock.now() - completion.last_at > IDLE else "studying"


def exceptions_of(completion: ClassCompletion, checks: CheckCounts) -> list[str]:
    """Return what an office should look at, a sentence each (异常)."""
    found = []
    if checks.failed:
        found.append(f"{checks.failed}次抽查未通过")
    if completion.totals.withheld_ms:
        found.append(f"{completion.totals.withheld_ms // 60_000}分钟暂不认定")
    if any(one.quiz and not one.quiz.is_passed for one in completion.lessons):
        found.append("测验未及格")
    return found


def fits(row: CompletionRow, filters: CompletionFilters) -> bool:
    """Return whether a row is looked for. Names are compared in memory: they are not searched by the database."""
    if filters.state and row.state != filters.state:
        return False
    if filters.exceptions and not row.exceptions:
        return False
    return not filters.q or filters.q in row.enrolment.person.name


def evidence(actor: Actor, enrolment_uid: UUID) -> Evidence:
    """Return everything that proves one learner's hours, for office, department and auditor (学习证据)."""
    enrolment = enrolment_for(actor, enrolment_uid)
    require(actor, "evidence.view", enrolment)
    completion = completion_of([enrolment])[enrolment.pk]
    return Evidence(
        enrolment=enrolment,
        name=mask_name(enrolment.person.name),
        document=mask_document(str(enrolment.person.document_number or "")),
        progress=progress_of(enrolment, completion),
        identity_checks=list(enrolment.person.identity_checks.order_by("at")),
        sessions=sessions_of(enrolment),
        checks=checks_of(enrolment),
        ledger=ledger_of(enrolment),
        lines=hours_lines(enrolment),
        sittings=sittings_of(enrolment),
        decisions=list(enrolment.training_class.decisions.select_related("by").order_by("at")),
        reports=reports_of(enrolment),
        lessons={one.lesson.lesson_uid: one.lesson for one in completion.lessons},
    )


def past_keeping(today: date) -> Iterator[Person]:
    """Yield whose keeping ended before a day and who is not erased yet (保存期限已满的人员)."""
    ended = [
        pk
        for pk, terms in TrainingClass.objects.filter(ends_on__lt=today).values_list("pk", "frozen_terms")
        if terms and terms.get("retention_years") is not None
    ]
    people = Person.objects.filter(
        erased_at=None, pk__in=Enrolment.objects.filter(training_class__in=ended).values("person")
    )
    related = people.order_by("pk").prefetch_related("enrolments__training_class", "users")
    for person in related.iterator(chunk_size=500):
        classes = [enrolment.training_class for enrolment in person.enrolments.all()]
        signed_in = max((user.last_login for user in person.users.all() if user.last_login), default=None)
        until = kept_until(
            [(one.ends_on, (one.frozen_terms or {}).get("retention_years")) for one in classes],
            clock.local(signed_in).date() if signed_in else None,
        )
        if until is not None and until < today:
            yield person
