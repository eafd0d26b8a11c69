"""The file of a picture stays what it was when it was uploaded: released lessons and evidence show it (C1)."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file, get_test_image_file_jpeg

from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.review import release_course, submit_course
from courses.services.tree import collection_of
from tests.factories import make_occupation


@pytest.fixture
def picture(cast):
    return get_image_model().objects.create(
        title="焊机", description="焊机正面", file=get_test_image_file(), collection=collection_of(cast.institution_a)
    )


@pytest.fixture
def lesson(cast, site_root, picture):
    course = add_course(
        institution=cast.institution_a, actor=cast.actor("li"), title="焊工安全", occupation=make_occupation(),
        level=1, class_hours=2, summary="入门", outcomes="能检查焊机",
    )  # fmt: skip
    section = add_section(course=course, title="第一章")
    add_lesson(section=section, title="读文", kind="article", body=[("image", picture)], nominal_minutes=3)
    submission = submit_course(course=course, actor=cast.actor("li"))
    return release_course(submission=submission, opinion="同意", actor=cast.actor("chen")).lessons.get()


@pytest.fixture
def edit(client, cast, picture):
    def post(**changes):
        client.force_login(cast.li)
        form = {"title": "焊机", "collection": picture.collection_id, "tags": ""}
        return client.post(reverse("wagtailimages:edit", args=[picture.pk]), form | changes)

    return post


def shown(client, lesson):
    """Return what a learner's browser gets for the picture of a released lesson."""
    answer = client.get(re.search(r'<img[^>]+src="([^"]+)"', lesson.html)[1])
    return answer.status_code, b"".join(answer.streaming_content)


def test_a_released_lesson_keeps_its_picture(client, lesson, picture, edit):
    before, html = shown(client, lesson), lesson.html
    file = get_test_image_file_jpeg().file
    file.seek(0)

    answer = edit(file=SimpleUploadedFile("other.jpg", file.read(), "image/jpeg"))

    assert (before[0], shown(client, lesson)) == (200, before)
    lesson.refresh_from_db()
    name = picture.file.name
    picture.refresh_from_db()
    assert (lesson.html, picture.file.name, picture.file.storage.exists(name)) == (html, name, True)
    assert "请上传一张新图片，再在课时或试题里改用它。" in answer.text


def test_its_words_may_be_corrected_and_a_released_lesson_keeps_the_old_ones(client, lesson, picture, edit):
    html = lesson.html

    edit(title="直流焊机", description="直流焊机正面")

    picture.refresh_from_db()
    lesson.refresh_from_db()
    assert (picture.title, lesson.html) == ("直流焊机", html)
