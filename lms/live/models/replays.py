"""The table of replays."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from courses.models import Video
from lms.access.rules import Scope
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.live.models.sessions import LiveSession
from lms.live.rules import replays
from lms.live.rules.replays import Chapter, Part, film_length


class Replay(models.Model):
    """直播回放: a live lesson's recording on its way to a film of the institution, and what its class sees of it."""

    class State(models.TextChoices):
        """制作状态; what the film's own pipeline does, the film says."""

        JOINING = replays.JOINING, replays.STATE_NAMES[replays.JOINING]
        MADE = replays.MADE, replays.STATE_NAMES[replays.MADE]
        EMPTY = replays.EMPTY, replays.STATE_NAMES[replays.EMPTY]
        FAILED = replays.FAILED, replays.STATE_NAMES[replays.FAILED]

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.OneToOneField(LiveSession, models.PROTECT, related_name="replay")
    state = models.CharField("制作状态", max_length=7, choices=State, default=State.JOINING)
    film_uid = models.UUIDField(
        "录像编号", default=new_uid
    )  # of the film that is made now: another cut is another film
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    error = models.CharField("出错说明", max_length=300, blank=True)
    video = models.ForeignKey(Video, models.PROTECT, null=True, related_name="+")
    recording_ms = models.PositiveIntegerField("录制时长", default=0)
    cut_from_ms = models.PositiveIntegerField("裁去开头至", default=0)
    cut_to_ms = models.PositiveIntegerField("保留至", null=True)  # of the recording; empty: its end
    parts = models.JSONField("片段", default=list)  # rows of rules.replays.Part
    chapters = models.JSONField("章节", default=list)  # rows of rules.replays.Chapter
    hidden = models.JSONField("隐去的发言", default=list)  # uids of messages, questions and polls, as text
    subtitles = models.JSONField(
        "改过的字幕", default=dict
    )  # by language, rows of rules.captions.Said: kept for another cut
    made_at = models.DateTimeField("开始制作", default=clock.now)
    first_published_at = models.DateTimeField("首次发布", null=True)  # from then on the days for making up run
    published_at = models.DateTimeField("发布时间", null=True)  # empty: the class does not see it
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)
    pieces_deleted_at = models.DateTimeField("原始录像删除时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(published_at__isnull=True)
                | models.Q(state=replays.MADE, first_published_at__isnull=False),
                name="replay_published_is_made",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=replays.MADE) | models.Q(video__isnull=False), name="replay_made_is_a_film"
            ),
        ]
        indexes = [models.Index(fields=["state"], name="replay_state")]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.session.access_scope()

    @property
    def is_published(self) -> bool:
        """Return whether its class sees it."""
        return self.published_at is not None

    @property
    def film_ms(self) -> int:
        """Return how long its film plays, by its pieces."""
        return film_length(self.film_parts())

    def film_parts(self) -> list[Part]:
        """Return what its film is made of."""
        return [Part(*row) for row in self.parts]

    def film_chapters(self) -> list[Chapter]:
        """Return its chapters."""
        return [Chapter(*row) for row in self.chapters]
