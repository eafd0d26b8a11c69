"""What stands beside a submission: its checklist, what was said of its parts, what changed since the last time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courses.models import CourseSubmission, ReviewComment
from courses.queries.reviews import checklist_on, comments_before, comments_of
from courses.queries.versions import submission_difference
from courses.rules.differences import Difference
from lms.kernel import clock
from lms.portal.workspaces import staff_name


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment of a reviewer (批注)."""

    uid: UUID
    text: str
    by: str
    at: datetime
    is_own: bool
    settled: str


@dataclass(frozen=True, slots=True)
class Check:
    """An item of the checklist (审核要点)."""

    text: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a submission (审核辅助)."""

    checks: list[Check]
    checklist: str
    remarks: dict[str, list[Remark]]
    earlier: dict[str, list[Remark]]
    before: str
    difference: Difference | None


def beside(submission: CourseSubmission, *, user_id: int | None, ticked: list[str]) -> Beside:
    """Return what stands beside a submission. The number of queries does not depend on its lessons."""
    is_open = submission.state == CourseSubmission.State.SUBMITTED
    checklist = checklist_on(clock.today()) if is_open else submission.checklist
    chosen = ticked if is_open else submission.checks
    changed = submission_difference(submission)
    return Beside(
        checks=[Check(item, item in chosen) for item in checklist.items] if checklist else [],
        checklist=f"{checklist}，{checklist.effective_from:%Y-%m-%d}起。依据：{checklist.source}" if checklist else "",
        remarks=remarks_by_part(comments_of(submission), user_id),
        earlier=remarks_by_part(comments_before(submission), user_id),
        before=before_words(changed[0]) if changed else "",
        difference=changed[1] if changed else None,
    )


def before_words(before: CourseSubmission) -> str:
    """Return with what a submission is compared."""
    return f"与{clock.local(before.submitted_at):%Y-%m-%d %H:%M}提交、{before.get_state_display()}的内容相比"


def remarks_by_part(comments: dict[str, list[ReviewComment]], user_id: int | None) -> dict[str, list[Remark]]:
    """Return comments as pages show them."""
    return {part: [remark_of(comment, user_id) for comment in said] for part, said in comments.items()}


def remark_of(comment: ReviewComment, user_id: int | None) -> Remark:
    """Return one comment."""
    settled = f"{staff_name(comment.done_by)}标为已处理" if comment.done_at else "机构还没有标为已处理"
    return Remark(comment.uid, comment.text, staff_name(comment.by), comment.at, comment.by_id == user_id, settled)
