"""What reviewers check and say: checklists, comments on the parts of a submission, and that they were dealt with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from courses.models import CoursePage, CourseSubmission, ReviewChecklist, ReviewComment
from courses.queries.reviews import told_comment
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError

MOST_ITEMS, LONGEST_ITEM, LONGEST_COMMENT = 30, 200, 500
State = CourseSubmission.State


@transaction.atomic
def set_checklist(*, items: Sequence[str], effective_from: date, source: str, actor: Actor) -> ReviewChecklist:
    """Write the next version of what is checked before a release, from a day on (发布审核要点)."""
    require(actor, "courses.set_checklist")
    wanted = [item.strip() for item in items if item.strip()]
    if not 0 < len(wanted) <= MOST_ITEMS or any(len(item) > LONGEST_ITEM for item in wanted):
        sentence = f"请填写1至{MOST_ITEMS}条要点，每行一条，每条不超过{LONGEST_ITEM}个字。"
        raise InvalidError(sentence, fields={"items": sentence})
    if len(set(wanted)) < len(wanted):
        raise InvalidError("有重复的要点，请删除重复的一行。", fields={"items": "有重复的要点，请删除重复的一行。"})
    if not source.strip():
        raise InvalidError("请写明依据。", fields={"source": "请写明依据。"})
    last = ReviewChecklist.objects.select_for_update().order_by("-number").first()
    if effective_from < clock.today():
        sentence = "生效日期不能早于今天：已办结的审核以当时的要点为准。"
        raise InvalidError(sentence, fields={"effective_from": sentence})
    made = ReviewChecklist.objects.create(
        number=last.number + 1 if last else 1,
        effective_from=effective_from,
        items=wanted,
        source=source.strip()[:200],
        made_by_id=actor.user_id,
    )
    record(actor, "courses.checklist_set", made, items=len(wanted))
    return made


def unchecked(checklist: ReviewChecklist | None, checks: Collection[str]) -> list[str]:
    """Return the items that were not confirmed."""
    return [item for item in checklist.items if item not in checks] if checklist else []


def lock_open(submission: CourseSubmission) -> CourseSubmission:
    """Return a submission, locked, if it still waits. Raises ConflictError."""
    held = CourseSubmission.objects.select_for_update().get(pk=submission.pk)
    if held.state != State.SUBMITTED:
        raise ConflictError("这份送审已经处理过，请刷新页面查看结果。", code="submission_decided")
    return held


@transaction.atomic
def comment_part(*, submission: CourseSubmission, part_uid: UUID, text: str, actor: Actor) -> ReviewComment:
    """Say something of the course or of a part of it, while it waits for the decision (批注)."""
    require(actor, "courses.review")
    words = text.strip()
    if not 0 < len(words) <= LONGEST_COMMENT:
        sentence = f"请填写1至{LONGEST_COMMENT}个字的批注。"
        raise InvalidError(sentence, fields={"text": sentence})
    held = lock_open(submission)
    if str(part_uid) not in {entry["uid"] for entry in held.revisions}:
        raise NotFoundError("这份送审里没有这一课，请刷新页面。", code="part_not_found")
    made = ReviewComment.objects.create(submission=held, part_uid=part_uid, text=words, by_id=actor.user_id)
    record(actor, "courses.part_commented", held, part=str(part_uid))
    return made


@transaction.atomic
def take_comment_back(*, submission: CourseSubmission, uid: UUID, actor: Actor) -> None:
    """Take one's own comment back while the submission waits (撤回批注)."""
    require(actor, "courses.review")
    held = lock_open(submission)
    taken, _ = held.comments.filter(uid=uid, by_id=actor.user_id).delete()
    if not taken:
        raise NotFoundError("没有找到您的这条批注，可能已经撤回。", code="comment_not_found")
    record(actor, "courses.comment_taken_back", held)


@transaction.atomic
def settle_comment(*, course: CoursePage, uid: UUID, actor: Actor, is_done: bool = True) -> ReviewComment:
    """Mark a comment as dealt with, or open it again (处理批注)."""
    require(actor, "courses.edit", course.institution)
    comment = told_comment(course, uid)
    comment.done_at, comment.done_by_id = (clock.now(), actor.user_id) if is_done else (None, None)
    comment.save(update_fields=["done_at", "done_by"])
    record(actor, "courses.comment_settled" if is_done else "courses.comment_reopened", course, comment=str(uid))
    return comment
