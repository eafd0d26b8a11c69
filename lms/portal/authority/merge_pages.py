"""What the office's pages of merging show: two records side by side, and what merging them would do (人员合并)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from attendance.queries import totals_of
from attendance.rules.words import length
from attendance.services import merge_effect
from lms.access.rules import Actor, require
from lms.classes.models import Enrolment
from lms.classes.queries import enrolment_bars
from lms.kernel import clock
from lms.people.models import MergeStep, Person, PersonMerge, User
from lms.people.queries import shown_phone
from lms.people.rules import mask_document
from lms.portal.workspaces import staff_name

MOST = 50


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records (一份档案). `bar`: why it may not be enrolled now."""

    person: Person
    document_type: str
    document: str
    phones: str
    since: datetime
    assurance: str
    check_count: int
    classes: list[str]
    bar: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records beside each other, and what merging them does to hours (合并对照)."""

    survivor: Side
    absorbed: Side
    doubled: str
    beyond: str
    pending: str
    twins: list[str]


def comparison(survivor: Person, absorbed: Person) -> Comparison:
    """Return two records beside each other; numbers are masked."""
    people = (survivor, absorbed)
    bars = enrolment_bars([one.pk for one in people], clock.today())
    effect = merge_effect(survivor.pk, absorbed.pk)
    one, two = (side(person, bars.get(person.pk, "")) for person in people)
    return Comparison(
        one,
        two,
        doubled=told(effect.doubled_ms),
        beyond=told(effect.beyond_ms),
        pending=told(effect.pending_doubled_ms),
        twins=[str(twin.training_class) for twin, _ in effect.twins],
    )


def told(ms: int) -> str:
    """Return a length, or nothing."""
    return length(ms) if ms else ""


def side(person: Person, bar: str) -> Side:
    """Return one record with its accounts, checks and classes."""
    users = User.objects.filter(person=person).order_by("date_joined")
    return Side(
        person=person,
        document_type=person.get_document_type_display(),
        document=mask_document(str(person.document_number or "")),
        phones="、".join(shown_phone(user) for user in users) or "没有账号",
        since=person.created_at,
        assurance=person.get_assurance_display(),
        check_count=person.identity_checks.count(),
        classes=class_lines(Enrolment.objects.filter(person=person).select_related("training_class").order_by("pk")),
        bar=bar,
    )


def class_lines(enrolments: Collection[Enrolment]) -> list[str]:
    """Return classes with what was confirmed in each."""
    totals = totals_of([one.pk for one in enrolments])
    return [
        f"{one.training_class}（{one.get_state_display()}，已认定{length(totals[one.pk].confirmed_ms)}）"
        for one in enrolments
    ]


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A merge in the list (合并记录)."""

    merge: PersonMerge
    documents: str
    by: str
    state: str
    is_waiting: bool


def merge_rows(actor: Actor) -> list[MergeRow]:
    """Return the merges, those that wait first, then the newest. Two queries."""
    require(actor, "people.resolve_case")
    related = ("survivor", "absorbed", "by__person")
    merges = PersonMerge.objects.select_related(*related).prefetch_related("steps").order_by("-pk")[:MOST]
    rows = [row_of(one) for one in merges]
    return sorted(rows, key=lambda row: not row.is_waiting)


def row_of(merge: PersonMerge) -> MergeRow:
    """Return a merge as its row."""
    steps = sorted(merge.steps.all(), key=lambda step: step.pk)
    numbers = (mask_document(str(one.document_number or "")) for one in (merge.survivor, merge.absorbed))
    return MergeRow(
        merge,
        documents=" ← ".join(numbers),
        by=staff_name(merge.by),
        state=steps[-1].get_kind_display() if steps else "待复核",
        is_waiting=not steps,
    )


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as the page tells it (办理记录)."""

    at: datetime
    what: str
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class MergePage:
    """A merge, its steps, and what the actor may do with it (合并办理)."""

    merge: PersonMerge
    lines: list[StepLine]
    is_waiting: bool
    is_merged: bool
    hindrance: str


def merge_page(actor: Actor, merge: PersonMerge) -> MergePage:
    """Return a merge's page."""
    steps = list(merge.steps.select_related("by__person", "note").order_by("pk"))
    kinds = {step.kind for step in steps}
    is_merged = kinds == {MergeStep.Kind.CONFIRMED}
    maker = merge.by_id if not steps else steps[-1].by_id
    hindrance = ""
    if maker == actor.user_id and not steps:
        hindrance = "这件合并是您提出的，复核须由另一位工作人员办理。"
    elif maker == actor.user_id and is_merged:
        hindrance = "这次合并是您复核的，撤销须由另一位工作人员办理。"
    lines = [
        StepLine(merge.at, "提出合并", staff_name(merge.by), merge.words),
        *(StepLine(step.at, step.get_kind_display(), staff_name(step.by), step.words) for step in steps),
    ]
    return MergePage(merge, lines, not steps, is_merged, hindrance)
