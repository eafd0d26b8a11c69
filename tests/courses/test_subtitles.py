"""Subtitles in the studio: files of any origin, the editor with and without scripts, two editors at once, the transcript."""

from __future__ import annotations

import re

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from courses.models import LessonVersion, Subtitle, Video
from courses.queries.subtitles import newest_subtitle, newest_subtitles
from courses.rules.subtitle_rows import Row
from courses.services.subtitles import put_subtitle, remove_subtitle, save_rows
from lms.audit.models import AuditEntry
from lms.kernel.errors import ConflictError, ForbiddenError
from tests.factories import make_class, make_course_version, make_enrolment

SRT = "1\r\n00:00:00,000 --> 00:00:02,000\r\n先检查，再作业。\r\n\r\n2\r\n00:00:05,000 --> 00:00:07,000\r\n检查完成\r\n"
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先检查，再作业。\n\n00:00:05.000 --> 00:00:07.000\n检查完成\n"
ROW = Row("0:00", "0:02", "先检查")


@pytest.fixture
def video(cast):
    return Video.objects.create(
        institution=cast.institution_a, title="片", source_name="a.mp4", state=Video.State.READY, duration_ms=10_000
    )


@pytest.fixture
def li(client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.li)
    return client


@pytest.fixture
def put(video, cast):
    def send(text=VTT, language="zh-Hans"):
        return put_subtitle(video=video, webvtt=text, language=language, actor=cast.actor("li"))

    return send


def address(video, name="subtitle", *more):
    return reverse(
        f"studio:{name}", args=[video.uid, *more] if name == "subtitles" else [video.uid, *(more or ("zh-Hans",))]
    )


def upload(client, video, raw, language="zh-Hans"):
    return client.post(address(video, "subtitles"), {"language": language, "file": ContentFile(raw, "字幕.srt")})


def form_of(*rows, number=0, step="save"):
    return {
        "number": number,
        "step": step,
        **{name: [getattr(row, name) for row in rows] for name in ("start", "end", "text", "settings")},
    }


class TestFiles:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_subrip_of_any_encoding_becomes_webvtt(self, li, video, encoding):
        answer = upload(li, video, SRT.encode(encoding))

        assert (answer.status_code, answer["Location"]) == (302, address(video))
        assert Subtitle.objects.get().webvtt == VTT

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            pytest.param(SRT.replace("00:00:02,000", "00:00:0x").encode(), "第2行", id="a line nobody can read"),
            pytest.param(SRT.replace("00:00:07", "00:10:07").encode(), "超出视频时长", id="subtitles of another film"),
            pytest.param(b"\x00\x01", "读不出文字", id="no text"),
            pytest.param(b"WEBVTT\n", "没有字幕", id="nothing in it"),
            pytest.param(b"WEBVTT\n\n" + b"x" * 1_000_000, "超过1MB", id="too large"),
            pytest.param(b"", "空的", id="empty"),
        ],
    )
    def test_a_refusal_stands_at_the_field_and_nothing_is_kept(self, li, video, raw, words):
        answer = upload(li, video, raw)

        assert answer.status_code == 422
        assert words in re.search(r'<ul class="errorlist".*?</ul>', answer.text, re.S)[0]
        assert not Subtitle.objects.exists()

    def test_languages_stand_beside_each_other_and_are_downloaded(self, li, video, put):
        put(language="en")
        put()

        text = li.get(address(video, "subtitles")).text
        file = li.get(address(video, "subtitle_file", "en"))

        assert text.index("中文（简体）") < text.index("English")
        assert file.content.decode() == VTT
        assert file["Content-Disposition"] == 'attachment; filename="en-1.vtt"'
        assert li.get(address(video, "subtitle_file", "ug")).status_code == 404

    def test_removing_keeps_what_was(self, li, video, put):
        put()

        li.post(address(video, "subtitle_remove"))

        assert newest_subtitles([video.pk]) == {video.pk: []}
        assert list(Subtitle.objects.order_by("number").values_list("number", "is_removed")) == [(1, False), (2, True)]
        assert li.post(address(video, "subtitle_remove")).status_code == 404
        assert put().number == 3


class TestEditor:
    def test_shows_every_cue(self, li, video, put):
        put()

        text = li.get(address(video)).text

        assert 'value="00:00:05.000"' in text
        assert "检查完成" in text
        assert '<input type="hidden" name="number" value="1">' in text

    def test_saves_the_next_number_in_the_order_of_time(self, li, video, put):
        put()

        answer = li.post(
            address(video), form_of(Row("0:05", "0:07", "后"), Row("0:00", "0:02", "先 <1>"), Row(), number=1)
        )

        assert answer.status_code == 302
        newest = newest_subtitle(video, "zh-Hans")
        assert newest.number == 2
        assert newest.webvtt == (
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先 &lt;1&gt;\n\n00:00:05.000 --> 00:00:07.000\n后\n"
        )
        assert AuditEntry.objects.filter(action="courses.subtitle_saved").count() == 2

    def test_names_every_fault_at_its_row_and_keeps_what_was_typed(self, li, video, put):
        put()

        answer = li.post(address(video), form_of(ROW, Row("x", "0:20", "", "line:1"), number=1))

        row = answer.text[answer.text.index('id="cue-2"') :]
        assert answer.status_code == 422
        assert ('value="x" inputmode="decimal"' in row, "开始时间读不懂" in row, "请填写字幕文字" in row) == (True,) * 3
        assert 'aria-describedby="cue-2-start"' in row
        assert "aria-invalid" not in answer.text[answer.text.index('id="cue-1"') : answer.text.index('id="cue-2"')]
        assert newest_subtitle(video, "zh-Hans").number == 1

    @pytest.mark.parametrize(("step", "count"), [("add-1", 3), ("split-2", 3), ("remove-1", 1)])
    def test_buttons_work_without_scripts_and_save_nothing(self, li, video, step, count):
        answer = li.post(address(video), form_of(ROW, Row("0:05", "0:07", "检查，完成"), step=step))

        assert (answer.status_code, answer.text.count('class="cue"')) == (200, count)
        assert not Subtitle.objects.exists()

    def test_two_editors_do_not_overwrite_each_other(self, li, video, put):
        put()
        put(VTT.replace("检查", "看看"))

        late = li.post(address(video), form_of(ROW, number=1))

        assert late.status_code == 409
        assert "先检查" in late.text
        assert "别人保存过" in late.text
        assert "看看" in newest_subtitle(video, "zh-Hans").webvtt
        li.post(address(video), form_of(ROW, number=1, step="replace-2"))
        assert (newest_subtitle(video, "zh-Hans").number, Subtitle.objects.count()) == (3, 3)

    def test_who_opened_an_empty_page_does_not_overwrite_either(self, video, put, cast):
        put()

        with pytest.raises(ConflictError):
            save_rows(video=video, language="zh-Hans", rows=[ROW], based_on=0, actor=cast.actor("zhao"))

        assert Subtitle.objects.count() == 1

    def test_a_long_film_fits_into_the_form(self, li, video):
        Video.objects.filter(pk=video.pk).update(duration_ms=6 * 3_600_000)
        rows = [Row(str(at), str(at + 1), f"第{at}句") for at in range(2_500)]

        assert li.post(address(video), form_of(*rows)).status_code == 302
        assert newest_subtitle(video, "zh-Hans").webvtt.count("-->") == 2_500

    def test_an_unknown_language_is_not_there(self, li, video):
        assert li.get(address(video, "subtitle", "xx")).status_code == 404


@pytest.mark.parametrize("who", ["qian", "wang", "chen"])
def test_others_change_nothing(video, put, cast, who):
    put()
    actor = cast.actor(who)

    with pytest.raises(ForbiddenError):
        save_rows(video=video, language="zh-Hans", rows=[ROW], based_on=1, actor=actor)
    with pytest.raises(ForbiddenError):
        remove_subtitle(video=video, language="zh-Hans", actor=actor)

    assert Subtitle.objects.count() == 1


class TestTranscript:
    @pytest.fixture
    def lesson(self, cast, site_root, video, put):
        tracks = [put(), put(VTT.replace("检查", "check"), "en")]
        version = make_course_version(site_root, cast.institution_a, lessons=(("video", 10_000), ("video", 10_000)))
        named = [{"uid": str(one.uid), "language": one.language, "label": one.label, "digest": ""} for one in tracks]
        LessonVersion.objects.filter(pk=version.lessons.first().pk).update(video=video, subtitles=named)
        put(VTT.replace("检查", "改过"))
        return version.lessons.first()

    @pytest.fixture
    def learn(self, client, cast, lesson, at):
        at(2026, 5, 6, 9, 0)
        training_class = make_class(lesson.course_version, cast.department)
        make_enrolment(training_class, cast.wang.person)
        client.force_login(cast.wang)

        def show(query="", which=lesson):
            return client.get(f"/learn/{training_class.uid}/{which.lesson_uid}/{query}").text

        return show

    def test_learners_read_the_text_of_their_version_with_times(self, learn):
        text = learn()

        lines = re.findall(
            r'<li data-start="(\d+)"><time>([\d:]+)</time> <span data-text lang="zh-Hans">(.*?)</span>', text
        )
        assert lines == [("0", "0:00", "先检查，再作业。"), ("5000", "0:05", "检查完成")]
        assert "改过" not in text

    @pytest.mark.parametrize(("query", "words"), [("?transcript=en", "check完成"), ("?transcript=xx", "检查完成")])
    def test_another_language_is_asked_for_in_the_address(self, learn, query, words):
        assert words in learn(query)

    def test_a_film_without_subtitles_has_none(self, learn, lesson):
        other = lesson.course_version.lessons.last()
        LessonVersion.objects.filter(pk=lesson.pk).update(length_ms=0)

        assert "study-transcript" not in learn(which=other)
