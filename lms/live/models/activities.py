"""Tables of what a class does in the room of a live lesson: questions, polls, quizzes and roll-calls."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.live.models.rooms import RoomMember
from lms.live.models.sessions import LiveSession
from lms.live.rules.activities import Roll


class RoomQuestion(models.Model):
    """课堂提问: a member's question; others vote for it, who teaches answers it."""

    class State(models.TextChoices):
        """状态."""

        OPEN = "open", "待回答"
        ANSWERED = "answered", "已回答"
        DISMISSED = "dismissed", "已撤下"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="questions")
    member = models.ForeignKey(RoomMember, models.PROTECT, related_name="questions")
    text = models.CharField("问题", max_length=1000)
    asked_at = models.DateTimeField("时间", default=clock.now)
    request_key = models.CharField(max_length=40)
    votes = models.PositiveIntegerField("票数", default=0)
    state = models.CharField("状态", max_length=9, choices=State, default=State.OPEN)
    settled_at = models.DateTimeField("处理时间", null=True)
    version = models.PositiveBigIntegerField("版本")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "request_key"], name="room_question_once")]
        indexes = [models.Index(fields=["session", "version"], name="room_question_version")]


class QuestionVote(models.Model):
    """同问: a member wants to know it too; one vote each."""

    question = models.ForeignKey(RoomQuestion, models.CASCADE, related_name="ballots")
    member = models.ForeignKey(RoomMember, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "member"], name="question_vote_once")]


class Poll(models.Model):
    """课堂投票: one at a time; its tallies are counted from the answers."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="polls")
    text = models.CharField("问题", max_length=200)
    options = models.JSONField("选项")
    is_multiple = models.BooleanField("可多选", default=False)
    shows_results = models.BooleanField("边答边公布", default=True)
    opened_at = models.DateTimeField("开始", default=clock.now)
    closed_at = models.DateTimeField("结束", null=True)
    tallies = models.JSONField("结果", default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    version = models.PositiveBigIntegerField("版本")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(closed_at__isnull=True), name="poll_one_at_a_time")
        ]


class PollAnswer(models.Model):
    """投票作答: once. It earns nothing."""

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="answers")
    member = models.ForeignKey(RoomMember, models.PROTECT, related_name="+")
    choices = models.JSONField("选择")
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "member"], name="poll_answer_once")]


class RoomCaption(models.Model):
    """字幕行: what somebody who teaches typed of what is said. Of all lines the replay's subtitles are made."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="captions")
    member = models.ForeignKey(RoomMember, models.PROTECT, related_name="+")
    text = models.CharField("内容", max_length=80)
    said_at = models.DateTimeField("时间", default=clock.now)
    request_key = models.CharField(max_length=40)
    version = models.PositiveBigIntegerField("版本")
    removed_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "request_key"], name="room_caption_once")]
        indexes = [models.Index(fields=["session", "said_at"], name="room_caption_time")]


class RoomQuiz(models.Model):
    """随堂小测: questions of the institution's bank asked at once for a time; one at a time. It earns nothing."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="quizzes")
    questions = models.JSONField("试题")  # as a released lesson holds them: what was asked stays what it was
    opened_at = models.DateTimeField("开始", default=clock.now)
    closes_at = models.DateTimeField("截止")
    closed_at = models.DateTimeField("结束", null=True)
    tallies = models.JSONField("结果", default=list)  # rows of rules.quizzes.Tally
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    version = models.PositiveBigIntegerField("版本")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(closed_at__isnull=True), name="room_quiz_one_at_a_time"
            )
        ]


class RoomQuizItem(models.Model):
    """小测试题: which version of the bank's question a quiz asks, under which key; so that answers to it are found."""

    quiz = models.ForeignKey(RoomQuiz, models.CASCADE, related_name="items")
    key = models.CharField("题号", max_length=10)
    version_uid = models.UUIDField("试题版本")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quiz", "key"], name="room_quiz_item_once")]
        indexes = [models.Index(fields=["version_uid"], name="room_quiz_item_version")]


class RoomQuizAnswer(models.Model):
    """小测作答: all questions at once, marked when they came."""

    quiz = models.ForeignKey(RoomQuiz, models.PROTECT, related_name="answers")
    member = models.ForeignKey(RoomMember, models.PROTECT, related_name="+")
    answers = models.JSONField("作答")  # by question: ids of options, or the words of blanks
    earned = models.JSONField("各题得分")  # by question, in percent
    score_percent = models.PositiveSmallIntegerField("得分")
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quiz", "member"], name="room_quiz_answer_once")]


class RollCall(models.Model):
    """课堂点名: everybody who is there is asked at once. `asked`: the members who were there then."""

    class Kind(models.TextChoices):
        """方式."""

        TAP = "tap", "点一下"
        CODE = "code", "输入教师屏幕上的数字"
        FACE = "face", "核验人脸"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="roll_calls")
    kind = models.CharField("方式", max_length=4, choices=Kind)
    code = models.CharField("数字", max_length=4, blank=True)
    opened_at = models.DateTimeField("开始", default=clock.now)
    closes_at = models.DateTimeField("截止")
    closed_at = models.DateTimeField("结束", null=True)
    asked = models.JSONField("应答名单", default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    version = models.PositiveBigIntegerField("版本")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(closed_at__isnull=True), name="roll_call_one_at_a_time"
            )
        ]


class RollResult(models.Model):
    """点名结果: somebody answered, or was there and did not. Evidence, append-only; it credits nothing by itself."""

    class Outcome(models.TextChoices):
        """结果."""

        ANSWERED = Roll.ANSWERED.value, "已应答"
        MISSED = Roll.MISSED.value, "未应答"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    roll_call = models.ForeignKey(RollCall, models.PROTECT, related_name="results")
    member = models.ForeignKey(RoomMember, models.PROTECT, related_name="roll_results")
    enrolment = models.ForeignKey("classes.Enrolment", models.PROTECT, null=True, related_name="+")
    outcome = models.CharField("结果", max_length=8, choices=Outcome)
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roll_call", "member"], name="roll_result_once")]
