"""Tables of the review of courses: what is checked, and what the reviewer says of each part."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from courses.models.versions import CourseSubmission
from lms.kernel import clock
from lms.kernel.ids import new_uid


class ReviewChecklist(models.Model):
    """审核要点: what a reviewer confirms before a course is released, from a day on. Never changed: the next replaces it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.PositiveSmallIntegerField("版次", unique=True)
    effective_from = models.DateField("生效日期")
    items = models.JSONField("要点", default=list)  # sentences, in order
    source = models.CharField("依据", max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"审核要点第{self.number}版"


class ReviewComment(models.Model):
    """审核批注: what a reviewer says of the course or of one part of it; the institution sees it once it is returned."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    submission = models.ForeignKey(CourseSubmission, models.PROTECT, related_name="comments")
    part_uid = models.UUIDField("课程、章或课时标识")
    text = models.CharField("批注", max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["submission", "part_uid"], name="review_comment_part")]
