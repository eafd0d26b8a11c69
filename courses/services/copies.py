"""A course as plain values: what a copy is made of, and what a package carries (复制课程)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from courses.models import CoursePage, LessonPage, SectionPage
from courses.queries.studio import as_revised
from courses.services.review import latest, pages_of
from courses.services.tree import open_studio
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.organisations.models import Organisation

TYPES: dict[str, type[CoursePage | SectionPage | LessonPage]] = {
    "course": CoursePage,
    "section": SectionPage,
    "lesson": LessonPage,
}
NOT_COPIED = frozenset({"page_ptr", "uid", "is_withdrawn"})
LONGEST_TITLE = 255

Part = dict[str, Any]  # {"type": course | section | lesson, "fields": {name: a value that JSON holds}}


def content_of(course: CoursePage) -> list[Part]:
    """Return the newest draft of a course, its sections and lessons in order; what was withdrawn is left out (课程内容)."""
    return [part_of_page(latest(page)) for page in pages_of(course)]


def part_of_page(page: Any) -> Part:
    """Return a page's own content."""
    kind = next(name for name, model in TYPES.items() if isinstance(page, model))
    data = page.serializable_data()
    fields = {name: data[name] for name in own_fields(type(page))}
    return {"type": kind, "fields": json.loads(json.dumps(fields, cls=DjangoJSONEncoder))}


def own_fields(model: type[Any]) -> list[str]:
    """Return the names of what a page of ours holds."""
    return ["title", *(field.name for field in model._meta.local_fields if field.name not in NOT_COPIED)]


def write_content(parts: Iterable[Part], *, institution: Organisation, actor: Actor) -> CoursePage:
    """Write a course as drafts with uids of its own; the caller holds the transaction."""
    home = open_studio(institution=institution, actor=actor)
    course: Any = None
    section: Any = None
    for part in parts:
        page = as_revised(TYPES[part["type"]](live=False), part["fields"])
        page.draft_title = page.title
        if course is None:
            course = page = home.add_child(instance=page)
        elif isinstance(page, SectionPage):
            section = page = course.add_child(instance=page)
        else:
            page = section.add_child(instance=page)
        page.save_revision()
    made: CoursePage = course
    return made


@transaction.atomic
def copy_course(*, course: CoursePage, actor: Actor) -> CoursePage:
    """Copy a course within its institution, as drafts; films and pictures are shared (复制课程)."""
    institution = course.institution
    require(actor, "courses.edit", institution)
    parts = content_of(course)
    fields = parts[0]["fields"]
    fields["title"] = f"{fields['title'][: LONGEST_TITLE - 4]}（副本）"
    made = write_content(parts, institution=institution, actor=actor)
    record(actor, "courses.copied", made, source=str(course.uid))
    return made
