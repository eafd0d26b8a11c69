"""The page that sends files: one's own unfinished uploads, what there is room for, and the way without scripts."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Upload
from courses.services.uploads import begin_parts
from courses.stores import parts

PAGE = "studio:video_new"


@pytest.fixture
def li(client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.li)
    return client


def begin(cast, count=1, *, who="li", name="焊前检查", received=0):
    institution = cast.institution_b if who == "qian" else cast.institution_a
    for n in range(count):
        upload = begin_parts(
            institution=institution, name=f"{name}{n}.mp4", length=1000, actor=cast.actor(who), fingerprint=f"x|{n}"
        )
        with parts.writing(upload.path) as part:
            part.append(bytes(received))
    return upload


def test_what_was_not_finished_stands_in_the_list(li, cast):
    upload = begin(cast, received=600)
    begin(cast, who="zhao", name="同事的")
    begin(cast, who="qian", name="乙校的")

    page = li.get(reverse(PAGE)).text

    row = re.search(r'<li class="uploader-row"\s+(data-address[^>]*)>', page)[1]
    assert f'data-address="{reverse("upload", args=[upload.uid])}"' in row
    assert 'data-mark="x|0" data-length="1000" data-sent="600"' in row
    assert 'value="60"' in page
    assert "同事的" not in page
    assert "乙校的" not in page


def test_what_vanished_or_ended_is_not_offered(li, cast):
    gone, ended = begin(cast, name="消失"), begin(cast, name="取消")
    parts.remove_part(gone.path)
    Upload.objects.filter(pk=ended.pk).update(state=Upload.State.REMOVED)

    assert 'class="uploader-row"\n    data-address' not in li.get(reverse(PAGE)).text


def test_the_list_asks_the_database_the_same_for_few_and_for_many(li, cast):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            li.get(reverse(PAGE))
        return len(seen)

    li.get(reverse(PAGE))
    begin(cast, 5)
    few = queries()
    begin(cast, 45, name="收尾")

    assert queries() == few


def test_room_and_the_way_without_scripts_stand_in_the_page(li):
    page = li.get(reverse(PAGE)).text

    assert "甲" in page
    assert "的视频空间：已用 0 KB，共 200.0 GB。" in page
    assert "<details data-plain-upload open" in page
    assert 'enctype="multipart/form-data"' in page


def test_a_refused_form_comes_back_open(li, cast):
    answer = li.post(reverse(PAGE), {"institution": cast.institution_a.pk, "title": "焊前检查"})

    assert (answer.status_code, "data-reopens" in answer.text) == (422, True)
    assert "请选择视频文件。" in answer.text
