"""/institution/classes: an institution's classes, their rosters and their way to the office, the same deeds as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.paging import rows_at
from api.v1.schemas.institution import OwnClassDetailOut, OwnClassesOut, RosterOut, RosterReportOut, State
from lms.access.rules import Actor, is_permitted, require
from lms.access.views import SignedInRequest
from lms.classes import services
from lms.classes.models import ClassDecision, RosterRow, TrainingClass
from lms.classes.queries import class_for, classes_visible_to, decisions_of, roster_bars, roster_of, roster_row_for
from lms.classes.rules import EDITABLE
from lms.kernel.errors import InvalidError
from lms.people.rules import mask_document, mask_phone

router = Router()
PAGE_SIZE, ROSTER_SIZE, MOST_ERRORS = 20, 100, 200
WRONG_ROWS = "名册里有填写错误，全部没有导入。请按提示修改后重新上传整份名册。"


def class_fields(training_class: TrainingClass) -> dict[str, Any]:
    """Return a class's fields; it comes from `classes_visible_to`, which counts."""
    same = ("uid", "name", "state", "starts_on", "ends_on", "roster_count", "learner_count")
    return {name: getattr(training_class, name) for name in same} | {
        "number": training_class.number or "",
        "state_name": training_class.get_state_display(),
        "course": training_class.course_version.title,
        "programme": training_class.programme.name,
    }


def decision_fields(step: ClassDecision) -> dict[str, Any]:
    """Return a step's fields."""
    name = ClassDecision.Kind(step.kind).label
    return {"kind": step.kind, "kind_name": name, "at": step.at, "opinion": step.opinion}


def detail_of(actor: Actor, uid: UUID) -> dict[str, Any]:
    """Return a class with what it lacks."""
    found = class_for(actor, uid)
    is_editable = found.state in EDITABLE and is_permitted(actor, "classes.file", found)
    return class_fields(found) | {
        "teacher": found.teacher.called if found.teacher else "",
        "is_editable": is_editable,
        "missing": services.class_problems(found) if is_editable else [],
        "decisions": [decision_fields(step) for step in decisions_of(found)],
    }


def row_fields(row: RosterRow, bars: dict[int, str]) -> dict[str, Any]:
    """Return a person of a roster, masked."""
    return {
        "uid": row.uid,
        "number": row.row_number,
        "name": row.name,
        "document_type": row.document_type,
        "document_number": mask_document(str(row.document_number)),
        "phone": mask_phone(str(row.phone_sealed)) if row.phone_sealed else None,
        "is_enrolled": hasattr(row, "enrolment"),
        "bar": bars.get(row.pk, ""),
    }


@router.get("/institution/classes", response={200: OwnClassesOut, **PROBLEMS}, summary="本单位的班级")
def own_classes(request: SignedInRequest, state: State | None = None, cursor: str = "") -> Any:
    """Return a page of the classes that one may see, newest first. Open to staff of institutions, teachers, and the office."""
    actor = actor_of(request)
    require(actor, "classes.view")
    found = classes_visible_to(actor)
    page = rows_at(found.filter(state=state) if state else found, cursor, PAGE_SIZE)
    return {
        "items": [class_fields(one) for one in page.rows],
        "total": page.total,
        "next_cursor": page.next_cursor,
    }


@router.get("/institution/classes/{uuid:uid}", response={200: OwnClassDetailOut, **PROBLEMS}, summary="班级办理情况")
def own_class(request: SignedInRequest, uid: UUID) -> Any:
    """Return a class with what it lacks and how its approval went. Open to whoever may see it."""
    return detail_of(actor_of(request), uid)


@router.get("/institution/classes/{uuid:uid}/roster", response={200: RosterOut, **PROBLEMS}, summary="花名册")
def roster(request: SignedInRequest, uid: UUID, cursor: str = "") -> Any:
    """Return a page of a class's roster, masked. Open to staff of its institution and the office."""
    actor = actor_of(request)
    training_class = class_for(actor, uid)
    require(actor, "roster.view", training_class)
    page = rows_at(roster_of(training_class), cursor, ROSTER_SIZE)
    bars = roster_bars(page.rows)
    return {
        "items": [row_fields(row, bars) for row in page.rows],
        "total": page.total,
        "next_cursor": page.next_cursor,
    }


@router.post("/institution/classes/{uuid:uid}/roster", response={201: RosterReportOut, **PROBLEMS}, summary="上传名册")
def upload_roster(request: SignedInRequest, uid: UUID, file: File[UploadedFile], replaces: Form[bool] = False) -> Any:
    """Import a roster (xlsx or csv), whole or not at all; 422 `roster_rows` names what is wrong by row and column.

    A form: `file`, and `replaces` if it takes the place of the roster before. Open to staff of the institution, while the
    class may be changed.
    """
    actor = actor_of(request)
    report = services.import_roster(
        training_class=class_for(actor, uid), name=file.name or "", content=file.read(), actor=actor, replaces=replaces
    )
    if report.errors:
        fields = {f"file.{one.number}.{one.column}": one.sentence for one in report.errors[:MOST_ERRORS]}
        raise InvalidError(WRONG_ROWS, fields=fields, code="roster_rows")
    return Status(201, {"added": report.added, "removed": report.removed})


@router.delete(
    "/institution/classes/{uuid:uid}/roster/{uuid:row}", response={204: None, **PROBLEMS}, summary="移出名册"
)
def remove_row(request: SignedInRequest, uid: UUID, row: UUID) -> Any:
    """Take a person off a roster. Open to staff of the institution, while the class may be changed."""
    actor = actor_of(request)
    services.remove_roster_row(row=roster_row_for(class_for(actor, uid), row), actor=actor)
    return Status(204, None)


@router.post(
    "/institution/classes/{uuid:uid}/submit", response={200: OwnClassDetailOut, **PROBLEMS}, summary="提交区办审核"
)
def submit(request: SignedInRequest, uid: UUID) -> Any:
    """Submit a class to the office; 422 `class_incomplete` says all that it lacks. Open to staff of the institution."""
    actor = actor_of(request)
    services.submit_class(training_class=class_for(actor, uid), actor=actor)
    return detail_of(actor, uid)
