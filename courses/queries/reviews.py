"""What is checked in a review, and what reviewers said (审核要点, 审核批注)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from courses.models import CoursePage, CourseSubmission, ReviewChecklist, ReviewComment
from courses.queries.versions import submission_before
from lms.access.rules import Actor, require
from lms.kernel.errors import NotFoundError


def checklist_on(day: date) -> ReviewChecklist | None:
    """Return the checklist that holds on a day, or none (审核要点)."""
    return ReviewChecklist.objects.filter(effective_from__lte=day).order_by("-effective_from", "-number").first()


def checklists_for(actor: Actor) -> QuerySet[ReviewChecklist]:
    """Return all checklists for the office, newest first (审核要点)."""
    require(actor, "courses.review")
    return ReviewChecklist.objects.select_related("made_by__person").order_by("-number")


def comments_of(submission: CourseSubmission) -> dict[str, list[ReviewComment]]:
    """Return what the reviewer says of the parts of a submission, by their uid (审核批注). One query."""
    found: dict[str, list[ReviewComment]] = defaultdict(list)
    for comment in submission.comments.select_related("by__person", "done_by__person").order_by("at", "pk"):
        found[str(comment.part_uid)].append(comment)
    return dict(found)


def comments_before(submission: CourseSubmission) -> dict[str, list[ReviewComment]]:
    """Return what was said of the submission before this one, with what was done about it (上次批注)."""
    before = submission_before(submission)
    return comments_of(before) if before and before.state == CourseSubmission.State.RETURNED else {}


def told_comments(course: CoursePage) -> dict[str, list[ReviewComment]]:
    """Return what the institution is told: the comments of the newest return, and older ones that are open, by part."""
    returned = course.submissions.filter(state=CourseSubmission.State.RETURNED).order_by("-pk").first()
    if returned is None:
        return {}
    found: dict[str, list[ReviewComment]] = defaultdict(list)
    told = ReviewComment.objects.filter(submission__course=course, submission__state=CourseSubmission.State.RETURNED)
    for comment in told.order_by("at", "pk"):
        if comment.submission_id == returned.pk or comment.done_at is None:
            found[str(comment.part_uid)].append(comment)
    return dict(found)


def told_comment(course: CoursePage, uid: UUID) -> ReviewComment:
    """Return a comment of a returned submission of this course. Raises NotFoundError."""
    found = ReviewComment.objects.filter(
        submission__course=course, submission__state=CourseSubmission.State.RETURNED, uid=uid
    ).first()
    if found is None:
        raise NotFoundError("没有找到这条批注，请刷新课程大纲。", code="comment_not_found")
    return found


def open_comment_count(course: CoursePage) -> int:
    """Return how many comments the institution has not dealt with (未处理批注)."""
    told = ReviewComment.objects.filter(submission__course=course, submission__state=CourseSubmission.State.RETURNED)
    return told.filter(done_at=None).count()
