"""The window in which an editor chooses a film of the own institution for a text."""

from __future__ import annotations

from django.db.models import QuerySet
from wagtail.admin.ui.tables import Column

from courses.models import Video
from courses.queries.studio import videos_visible_to
from courses.rules.differences import clock_words
from courses.views.choosers import OwnChooserViewSet, OwnSearchForm
from lms.access.rules import Actor


class VideoSearchForm(OwnSearchForm):
    """What an editor looks for."""

    def filter(self, objects: QuerySet[Video]) -> QuerySet[Video]:
        """Return the films that fit."""
        words = self.words()
        return objects.filter(title__icontains=words) if words else objects


def playable_videos(actor: Actor) -> QuerySet[Video]:
    """Return the institution's films that play."""
    return videos_visible_to(actor).filter(state=Video.State.READY)


class VideoChooserViewSet(OwnChooserViewSet):
    """The window's addresses."""

    model = Video
    icon = "media"
    choose_one_text = "选择视频"
    own = staticmethod(playable_videos)
    page_name = "studio:video"
    filter_form_class = VideoSearchForm
    more_columns = (Column("duration", label="时长", accessor=lambda one: clock_words(one.duration_ms)),)


video_chooser = VideoChooserViewSet("video_chooser")
