"""/classes: the classes that run now or will. Open to everybody; rosters and learners never appear here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from ninja import Router
from ninja.decorators import decorate_view

from api.v1.errors import PROBLEMS
from api.v1.paging import rows_at
from api.v1.schemas.classes import ClassDetailOut, ClassesOut, ClassOut, RuleOut
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.classes.models import TrainingClass
from lms.classes.queries import open_class, open_classes
from lms.kernel import clock
from lms.planning.rules import describe_terms

PAGE_SIZE = 20
router = Router(auth=None)
public = decorate_view(conditional_page, cache_control(public=True, max_age=60))


def values_of(training_class: TrainingClass) -> dict[str, Any]:
    """Return what everybody may know of a class."""
    version = training_class.course_version
    return {
        "uid": training_class.uid,
        "number": training_class.number or "",
        "name": training_class.name,
        "course_uid": version.course.uid,
        "course": version.title,
        "occupation": version.occupation.name,
        "level_name": LEVEL_NAMES[SkillLevel(version.level)],
        "class_hours": version.class_hours,
        "institution_uid": training_class.institution.uid,
        "institution": training_class.institution.name,
        "programme": training_class.programme.name,
        "starts_on": training_class.starts_on,
        "ends_on": training_class.ends_on,
    }


@router.get("/classes", response={200: ClassesOut, **PROBLEMS}, summary="在办班级")
@public
def classes(request: HttpRequest, course: UUID | None = None, cursor: str = "") -> Any:
    """Return a page of open classes, of one course or of all, the nearest first day first. Open to everybody."""
    found = open_classes(clock.today(), course_uid=course)
    page = rows_at(found, cursor, PAGE_SIZE)
    items = [ClassOut(**values_of(one)) for one in page.rows]
    return ClassesOut(items=items, total=page.total, next_cursor=page.next_cursor)


@router.get("/classes/{uid}", response={200: ClassDetailOut, **PROBLEMS}, summary="班级概况")
@public
def training_class(request: HttpRequest, uid: UUID) -> Any:
    """Return an open class and the rules by which its time is counted. Open to everybody."""
    found = open_class(uid, clock.today())
    rules = [
        RuleOut(label=one.label, value=one.value, sentence=one.sentence) for one in describe_terms(found.study_terms())
    ]
    return ClassDetailOut(**values_of(found), rules=rules)
