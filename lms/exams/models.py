"""Tables of sittings and answers."""

from __future__ import annotations

from django.db import models

from courses.models import LessonVersion
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.ids import new_uid


class Sitting(models.Model):
    """考次: one submitted quiz of an enrolment. Append-only."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="sittings")
    lesson = models.ForeignKey(LessonVersion, models.PROTECT, related_name="+")
    lesson_uid = models.UUIDField()
    attempt = models.PositiveSmallIntegerField("次数")
    score_percent = models.PositiveSmallIntegerField("得分")
    is_passed = models.BooleanField("及格")
    request_key = models.CharField(max_length=64)
    submitted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson_uid", "attempt"], name="sitting_once_per_attempt"),
            models.UniqueConstraint(fields=["enrolment", "request_key"], name="sitting_once_per_key"),
        ]


class Answer(models.Model):
    """作答: what was answered to one question, or to one part of a case. Append-only."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="answers")
    question_id = models.CharField(max_length=40)
    chosen = models.JSONField(default=list)
    is_correct = models.BooleanField()
    earned_percent = models.PositiveSmallIntegerField("得分率", null=True)  # none: from before parts of points counted
    is_provisional = models.BooleanField("机器阅卷", default=False)
    version_uid = models.UUIDField("试题版本", null=True, db_index=True)  # none: written in the lesson itself

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sitting", "question_id"], name="answer_once_per_question")]


class PopupAnswer(models.Model):
    """弹题作答: what was answered to a question inside a film, once a version of it. Append-only."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="popup_answers")
    lesson = models.ForeignKey(LessonVersion, models.PROTECT, related_name="+")
    lesson_uid = models.UUIDField()
    popup_id = models.CharField(max_length=40)
    version_uid = models.UUIDField("试题版本", db_index=True)
    chosen = models.JSONField(default=list)
    is_correct = models.BooleanField()
    earned_percent = models.PositiveSmallIntegerField("得分率")
    is_provisional = models.BooleanField("机器阅卷", default=False)
    answered_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson_uid", "popup_id", "version_uid"], name="popup_version_answered_once"
            )
        ]
