"""The accessible badge is decided at the release, by what was submitted; learners keep the subtitles of their version (C1, C2)."""

from __future__ import annotations

import pytest
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from courses.models import CourseVersion, LessonPage, Video
from courses.queries.media import media_for, preview_for
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.review import accessible_advice, has_news, release_course, submit_course
from courses.services.subtitles import put_subtitle
from courses.services.tree import collection_of
from tests.factories import make_occupation

VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先检查，再作业。\n"


@pytest.fixture
def course(cast, site_root):
    course = add_course(
        institution=cast.institution_a, actor=cast.actor("li"), title="焊工安全", occupation=make_occupation(),
        level=1, class_hours=2, summary="入门", outcomes="能检查焊机",
    )  # fmt: skip
    section = add_section(course=course, title="第一章")
    video = Video.objects.create(
        institution=cast.institution_a, title="片", source_name="a.mp4", state=Video.State.READY, duration_ms=30_000
    )
    add_lesson(section=section, title="看片", kind="video", video=video)
    return course


@pytest.fixture
def video(course):
    return Video.objects.get()


def add_text(course, cast, *, description):
    picture = get_image_model().objects.create(
        title="焊机", file=get_test_image_file(), collection=collection_of(cast.institution_a), description=description
    )
    section = course.get_children().first().specific
    add_lesson(section=section, title="读文", kind="article", body=[("image", picture)], nominal_minutes=3)


def put(video, cast, **changes):
    return put_subtitle(**{"video": video, "webvtt": VTT, "actor": cast.actor("li"), **changes})


def release(course, cast):
    submission = submit_course(course=course, actor=cast.actor("li"))
    return release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))


def test_a_course_without_subtitles_gets_no_badge(course, cast, client):
    version = release(course, cast)

    assert version.is_accessible is False
    assert "无障碍" not in client.get(reverse("course", args=[course.uid])).text
    assert accessible_advice(course) == ["课时“看片”：视频没有中文字幕，请在视频页面添加。"]


def test_with_subtitles_and_described_pictures_it_does(course, video, cast, client):
    put(video, cast)
    add_text(course, cast, description="一台接好地线的焊机")

    version = release(course, cast)

    assert version.is_accessible is True
    assert "无障碍" in client.get(reverse("course", args=[course.uid])).text
    assert "无障碍" in client.get(reverse("courses")).text


def test_a_picture_in_no_words_keeps_it_away(course, video, cast):
    put(video, cast)
    add_text(course, cast, description=" ")

    assert release(course, cast).is_accessible is False


def test_subtitles_added_after_the_submission_do_not_count(course, video, cast):
    submission = submit_course(course=course, actor=cast.actor("li"))
    put(video, cast)

    version = release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))

    assert version.is_accessible is False
    assert version.lessons.get().subtitles == []


def test_a_version_keeps_its_subtitles(course, video, cast):
    first = put(video, cast)
    lesson = release(course, cast).lessons.get()
    put(video, cast, webvtt=VTT.replace("先检查", "先看看"))
    put(video, cast, language="en")

    tracks = media_for(lesson, grant=preview_for(1), key="k").subtitles

    assert [named["uid"] for named in lesson.subtitles] == [str(first.uid)]
    assert lesson.subtitles[0]["digest"] == first.digest
    assert [track.url.rpartition("/")[2] for track in tracks] == [f"{first.uid}.vtt"]


def test_new_subtitles_are_news_and_make_another_digest(course, video, cast):
    put(video, cast)
    before = release(course, cast)
    assert has_news(course) is False

    put(video, cast, webvtt=VTT.replace("先检查", "先看看"))

    assert has_news(course) is True
    assert release(course, cast).digest != before.digest
    assert CourseVersion.objects.count() == 2


def test_saving_again_makes_the_next_number_and_keeps_the_first(video, cast):
    put(video, cast)
    put(video, cast, webvtt=VTT.replace("检查", "看看"))

    assert list(video.subtitles.order_by("number").values_list("number", "webvtt")) == [
        (1, VTT),
        (2, VTT.replace("检查", "看看")),
    ]


def test_the_submit_page_advises_and_still_submits(course, cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.li)

    text = client.get(reverse("studio:submit", args=[course.pk])).text

    assert "视频没有中文字幕" in text
    assert "提交整门课程" in text


def test_the_reviewer_sees_the_submitted_subtitles(course, video, cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    first = put(video, cast)
    submission = submit_course(course=course, actor=cast.actor("li"))
    second = put(video, cast, webvtt=VTT.replace("先检查", "先看看"))
    client.force_login(cast.chen)

    text = client.get(reverse("office_review", args=[submission.uid])).text

    assert LessonPage.objects.count() == 1
    assert (str(first.uid) in text, str(second.uid) in text) == (True, False)
