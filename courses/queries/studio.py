"""What the staff of an institution see in their studio, and what the office reviews."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, SmallIntegerField, When, prefetch_related_objects
from wagtail.images import get_image_model
from wagtail.models import GroupCollectionPermission, Page, Revision

from courses.models import (
    CoursePage,
    CourseSubmission,
    CourseVersion,
    InstitutionPage,
    LessonPage,
    LessonVersion,
    Video,
)
from lms.access.rules import Actor, Role, require
from lms.kernel.errors import NotFoundError
from lms.kernel.numbers import whole_number
from lms.organisations.models import Organisation


def studio_institutions(actor: Actor) -> list[Organisation]:
    """Return the institutions in whose studio the actor works (所在机构)."""
    return list(Organisation.objects.filter(pk__in=actor.units(Role.INSTRUCTOR, Role.INSTITUTION)))


def studio_paths(actor: Actor) -> list[str]:
    """Return the tree paths of the pages under which the actor works (机构页面范围)."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    return list(InstitutionPage.objects.filter(institution_id__in=units).values_list("path", flat=True))


def is_in_studio(actor: Actor, page_id: str) -> bool:
    """Return whether a page lies in the actor's studio."""
    path = Page.objects.filter(pk=whole_number(page_id)).values_list("path", flat=True).first()
    return path is not None and path.startswith(tuple(studio_paths(actor)))


def pictures_of(units: Collection[int]) -> Any:
    """Return the pictures in the collections of some institutions, newest first (机构图片库)."""
    groups = [studio_group(unit) for unit in units]
    collections = GroupCollectionPermission.objects.filter(group__name__in=groups).values("collection")
    return get_image_model().objects.filter(collection__in=collections).order_by("-pk")


def is_own_picture(actor: Actor, image_id: str) -> bool:
    """Return whether a picture lies in a collection of the actor's institutions."""
    own = pictures_of(actor.units(Role.INSTRUCTOR, Role.INSTITUTION))
    return bool(own.filter(pk=whole_number(image_id)).exists())


def studio_group(institution_id: int) -> str:
    """Return the name of the group of an institution's staff."""
    return f"studio-{institution_id}"


def within_studio(pages: Any, actor: Actor) -> Any:
    """Return those pages of a queryset that lie in the actor's studio."""
    inside = Q(pk__in=[])
    for path in studio_paths(actor):
        inside |= Q(path__startswith=path)
    return pages.filter(inside)


def deletion_refusal(page: Page) -> str:
    """Return why a page may not be deleted, or nothing: what was released or waits for review stays (删除检查)."""
    below = Page.objects.descendant_of(page, inclusive=True)
    if CourseVersion.objects.filter(course__in=below.values("pk")).exists():
        return f"“{page.title}”含有已发布过的课程，学员的学时和成绩以它为据，不能删除。如不再开课，请联系区办下架。"
    uids = LessonPage.objects.filter(pk__in=below.values("pk")).values("uid")
    if LessonVersion.objects.filter(lesson_uid__in=uids).exists():
        return f"“{page.title}”含有已发布过的课时，不能删除。如内容有误，请修改后重新提交审核。"
    ids = set(below.values_list("pk", flat=True))
    waiting = CourseSubmission.objects.filter(state=CourseSubmission.State.SUBMITTED).values_list(
        "revisions", flat=True
    )
    if any(entry["page"] in ids for revisions in waiting for entry in revisions):
        return f"“{page.title}”正在等待区办审核，审核结束前不能删除。"
    if CourseSubmission.objects.filter(course__in=ids).exists():
        return f"“{page.title}”有过送审记录，需要留痕，不能删除。"
    return ""


def videos_visible_to(actor: Actor) -> QuerySet[Video]:
    """Return the videos of the actor's institutions, newest first."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    return Video.objects.filter(institution_id__in=units).select_related("job", "institution").order_by("-pk")


def video_for(actor: Actor, uid: UUID) -> Video:
    """Return a video that the actor may see. Raises NotFoundError."""
    found = videos_visible_to(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这个视频，可能不属于您的机构。", code="video_not_found")
    return found


def course_for(actor: Actor, page_id: int) -> CoursePage:
    """Return a course page of the actor's institutions. Raises NotFoundError."""
    found: CoursePage | None = CoursePage.objects.filter(pk=page_id).first()
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    if found is None or found.institution.pk not in units:
        raise NotFoundError("没有找到这门课程，可能不属于您的机构。", code="course_not_found")
    return found


def submissions_to_review(actor: Actor) -> QuerySet[CourseSubmission]:
    """Return submissions, those that wait first, then the newest (课程送审)."""
    require(actor, "courses.review")
    waits = Case(When(state=CourseSubmission.State.SUBMITTED, then=0), default=1, output_field=SmallIntegerField())
    related = ("course", "submitted_by__person", "decided_by__person", "checklist")
    return CourseSubmission.objects.select_related(*related).order_by(waits, "-submitted_at", "-pk")


def institutions_of(courses: Iterable[CoursePage]) -> dict[int, str]:
    """Return the names of the institutions by course page id, in one query (课程所属机构)."""
    paths = {course.pk: course.path[: -CoursePage.steplen] for course in courses}
    pages = InstitutionPage.objects.filter(path__in=set(paths.values())).select_related("institution")
    names = {page.path: page.institution.name for page in pages}
    return {pk: names.get(path, "") for pk, path in paths.items()}


def submission_for(actor: Actor, uid: UUID) -> CourseSubmission:
    """Return a submission for the reviewer. Raises NotFoundError."""
    found = submissions_to_review(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这份送审。", code="submission_not_found")
    return found


def submitted_pages(submission: CourseSubmission) -> list[Any]:
    """Return the pages exactly as they were submitted, in the order of the tree (送审内容).

    The number of queries does not depend on how many they are.
    """
    revisions = Revision.objects.in_bulk([entry["revision"] for entry in submission.revisions])
    pages = Page.objects.filter(pk__in=[entry["page"] for entry in submission.revisions]).specific().in_bulk()
    found = [as_revised(pages[entry["page"]], revisions[entry["revision"]].content) for entry in submission.revisions]
    prefetch_related_objects([page for page in found if isinstance(page, LessonPage)], "video")
    return found


def as_revised(page: Any, content: dict[str, Any]) -> Any:
    """Return a page with the content of a revision; Wagtail's own way asks the database a dozen times for each."""
    own = {field.name for field in type(page)._meta.local_fields} - {"page_ptr", "uid", "is_withdrawn"}
    for field in type(page)._meta.concrete_fields:
        if field.name in own | {"title"} and field.name in content:
            setattr(page, field.attname, field.to_python(content[field.name]))
    return page
