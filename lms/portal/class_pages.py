"""What pages show of a class: the same lines for institutions and for the office."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lms.classes.models import ClassDecision, RosterRow, TrainingClass
from lms.classes.queries import category_names, decisions_of, roster_bars
from lms.people.models import DocumentType
from lms.people.rules import mask_document, mask_phone
from lms.portal.workspaces import staff_name

TONES = {"draft": "", "submitted": "tag-warn", "returned": "tag-bad", "open": "tag-ok", "closed": ""}


@dataclass(frozen=True, slots=True)
class Fact:
    """A named value of a class (班级信息项)."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class in a list (班级行)."""

    uid: UUID
    name: str
    number: str
    state: str
    tone: str
    institution: str
    programme: str
    course: str
    dates: str
    roster_count: int
    learner_count: int


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A person of a roster, number and phone masked (名册行)."""

    uid: UUID
    number: int
    name: str
    document_type: str
    document: str
    phone: str
    category: str
    is_enrolled: bool
    bar: str  # why the person may not be enrolled


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A step of a class's approval (办理记录)."""

    step: str
    by: str
    at: datetime
    opinion: str


def class_line(training_class: TrainingClass) -> ClassLine:
    """Return a class as lists show it. It comes from `classes_visible_to`, which counts."""
    return ClassLine(
        uid=training_class.uid,
        name=training_class.name,
        number=training_class.number or "",
        state=training_class.get_state_display(),
        tone=TONES[training_class.state],
        institution=str(training_class.institution),
        programme=training_class.programme.name,
        course=training_class.course_version.title,
        dates=dates_of(training_class),
        roster_count=getattr(training_class, "roster_count", 0),
        learner_count=getattr(training_class, "learner_count", 0),
    )


def dates_of(training_class: TrainingClass) -> str:
    """Return 2026年3月1日至2026年4月30日."""
    start, end = training_class.starts_on, training_class.ends_on
    return f"{start.year}年{start.month}月{start.day}日至{end.year}年{end.month}月{end.day}日"


def facts_of(training_class: TrainingClass) -> list[Fact]:
    """Return what a class is, for reading."""
    version = training_class.course_version
    return [
        Fact("开班编号", training_class.number or "批准后编号"),
        Fact("培训机构", training_class.institution.name),
        Fact("培训项目", f"{training_class.programme.name}（{training_class.programme.code}）"),
        Fact("主管部门", training_class.programme.department.name),
        Fact("课程", f"{version.title}，第{version.number}版"),
        Fact("课程学时", f"{version.class_hours}学时"),
        Fact("培训时间", dates_of(training_class)),
        Fact("任课教师", staff_name(training_class.teacher)),
    ]


def roster_lines(rows: Collection[RosterRow]) -> list[RosterLine]:
    """Return the rows of a roster; what identifies a person beyond the name is masked (S2)."""
    categories, documents = category_names(), dict(DocumentType.choices)
    bars = roster_bars(list(rows))
    return [
        RosterLine(
            uid=row.uid,
            number=row.row_number,
            name=row.name,
            document_type=str(documents.get(row.document_type, "")),
            document=mask_document(str(row.document_number)),
            phone=mask_phone(str(row.phone_sealed)) if row.phone_sealed else "—",
            category=categories.get(row.category_code, "—"),
            is_enrolled=hasattr(row, "enrolment"),
            bar=bars.get(row.pk, ""),
        )
        for row in rows
    ]


def decision_lines(training_class: TrainingClass) -> list[DecisionLine]:
    """Return the steps of the approval, the newest first."""
    return [
        DecisionLine(ClassDecision.Kind(step.kind).label, staff_name(step.by), step.at, step.opinion)
        for step in decisions_of(training_class)
    ]
