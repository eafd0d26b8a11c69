"""Documents of lessons: who may have one (附件)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.module_loading import import_string
from wagtail.documents import get_document_model
from wagtail.models import GroupCollectionPermission

from courses.models import LessonDocument, LessonPage
from courses.queries.studio import studio_group
from lms.access.rules import Actor, Role, is_permitted
from lms.kernel.errors import NotFoundError
from lms.kernel.numbers import whole_number

READERS: list[str] = []


def when_read(function: str) -> None:
    """Have `function(person_id, document_id)` asked whether a learner may have a document of a released lesson."""
    if function not in READERS:
        READERS.append(function)


def is_own_document(actor: Actor, document_id: str) -> bool:
    """Return whether a document lies in a collection of the actor's institutions."""
    groups = [studio_group(unit) for unit in actor.units(Role.INSTRUCTOR, Role.INSTITUTION)]
    collections = GroupCollectionPermission.objects.filter(group__name__in=groups).values("collection")
    return bool(get_document_model().objects.filter(pk=whole_number(document_id), collection__in=collections).exists())


def documents_of(institution_id: int) -> QuerySet[Any]:
    """Return the documents in the collection of an institution, which its lessons' texts use (机构文件)."""
    groups = GroupCollectionPermission.objects.filter(group__name=studio_group(institution_id))
    found: QuerySet[Any] = get_document_model().objects.filter(collection__in=groups.values("collection"))
    return found


def document_for(actor: Actor, document_id: int) -> Any:
    """Return a document for its institution's staff, a reviewer, a learner of a lesson with it, or anybody if it is free.

    Raises NotFoundError for everybody else, and nobody learns which numbers exist.
    """
    document = get_document_model().objects.filter(pk=document_id).first()
    if document is None or not may_have(actor, document_id):
        raise NotFoundError("没有找到这个附件，或您不在有它的班级里。请从课时页面打开。", code="document_not_found")
    return document


def may_have(actor: Actor, document_id: int) -> bool:
    """Return whether an actor may have a document."""
    if is_own_document(actor, str(document_id)) or is_permitted(actor, "courses.review"):
        return True
    if any(import_string(name)(actor.person_id, document_id) for name in READERS):
        return True
    lessons = LessonDocument.objects.filter(document_id=document_id).values("lesson__lesson_uid")
    return bool(LessonPage.objects.filter(uid__in=lessons, is_sample=True, live=True).exists())
