"""Two editors save the same subtitles at once: one is told, and without the lock nobody would be."""

from __future__ import annotations

import pytest

from courses.models import Subtitle, Video
from courses.rules.subtitle_rows import Row
from courses.services import subtitles as services
from tests.concurrency.race import PATIENCE, at_once, meeting

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先检查\n"


@pytest.fixture
def save_at_once(cast, monkeypatch):
    """Return a function that saves twice on the same number: the numbers made, or refusals."""
    video = Video.objects.create(institution=cast.institution_a, title="片", source_name="a.mp4", duration_ms=9_000)
    li, zhao = cast.actor("li"), cast.actor("zhao")
    services.put_subtitle(video=video, webvtt=VTT, actor=li)

    def save(patience):
        monkeypatch.setattr(services, "newest_number", meeting(services.newest_number, 2, patience))

        def deed(actor, text):
            rows = [Row("0:00", "0:02", text)]
            made = services.save_rows(video=video, language="zh-Hans", rows=rows, based_on=1, actor=actor)
            return made.number

        return sorted(at_once(lambda: deed(li, "甲"), lambda: deed(zhao, "乙")), key=str)

    return save


def test_one_saves_and_the_other_is_told(save_at_once):
    assert save_at_once(1.0) == [2, "subtitle_changed"]
    assert Subtitle.objects.count() == 2


def test_without_the_lock_nobody_would_be_told(save_at_once, monkeypatch):
    """The control: both go on; only the unique number is left to hold it."""
    monkeypatch.setattr(services, "lock", lambda video: Video.objects.get(pk=video.pk))

    assert "subtitle_changed" not in save_at_once(PATIENCE)
