"""Films inside texts: chosen from the own films, kept by a release with their subtitles, played in the text's session."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import CourseVersion, LessonFilm, LessonPage, Video
from courses.queries.uses import use_of_video
from courses.queries.versions import submission_difference, version_difference
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.copies import copy_course
from courses.services.review import accessible_advice, course_problems, has_news, return_course, submit_course
from courses.services.subtitles import put_subtitle
from courses.services.videos import delete_video
from lms.kernel.errors import ConflictError
from tests.asked import redraft, release
from tests.courses.test_playback import make_film, open_session
from tests.courses.test_studio import form_of
from tests.factories import make_class, make_enrolment, make_occupation

VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先检查，再作业。\n"


@pytest.fixture
def film(cast):
    return make_film(cast.institution_a, duration_ms=75_000)


def body_with(*films):
    """Return a text with films as the editor stores it."""
    return [
        {"type": "paragraph", "value": "<p>先看。</p>", "id": "p"},
        *({"type": "video", "value": {"film": one.pk, "title": f"第{n}段 <引弧>"}, "id": f"v{n}"} for n, one in
          enumerate(films, 1)),
    ]  # fmt: skip


@pytest.fixture
def make(cast, site_root):
    def make_text_course(*films, kind="article", **values):
        course = add_course(
            institution=cast.institution_a, actor=cast.actor("li"), title="焊工安全", occupation=make_occupation(),
            level=1, class_hours=2, summary="入门", outcomes="能检查焊机",
        )  # fmt: skip
        section = add_section(course=course, title="第一章")
        values = {"body": body_with(*films), "nominal_minutes": 3, **values}
        add_lesson(section=section, title="读文", kind=kind, **values)
        return course

    return make_text_course


def lesson_of(course):
    return LessonPage.objects.descendant_of(course).get().get_latest_revision_as_object()


def put(video, cast, **changes):
    return put_subtitle(**{"video": video, "webvtt": VTT, "actor": cast.actor("li"), **changes})


class TestRelease:
    def test_notes_the_film_with_its_subtitles_and_keeps_it(self, cast, make, film):
        track = put(film, cast)

        lesson = release(cast, make(film)).lessons.get()

        noted = lesson.films.get()
        assert (noted.video, [one["uid"] for one in noted.subtitles]) == (film, [str(track.uid)])
        assert f'data-film="{film.uid}">第1段 &lt;引弧&gt;<' in lesson.html
        assert (lesson.length_ms, lesson.subtitles, lesson.video) == (180_000, [], None)
        with pytest.raises(ProtectedError):
            film.delete()

    def test_the_submitted_subtitles_stay_when_newer_ones_come(self, cast, make, film):
        first = put(film, cast)
        version = release(cast, make(film))
        put(film, cast, webvtt=VTT.replace("先检查", "先看看"))

        assert [one["uid"] for one in version.lessons.get().films.get().subtitles] == [str(first.uid)]

    def test_newer_subtitles_are_news_and_make_another_digest(self, cast, make, film):
        course = make(film)
        before = release(cast, course)
        assert has_news(course) is False

        put(film, cast)

        assert has_news(course) is True
        assert release(cast, course).digest != before.digest

    def test_a_film_that_stands_twice_is_noted_once(self, cast, make, film):
        assert release(cast, make(film, film)).lessons.get().films.count() == 1

    def test_each_film_has_its_own_subtitles(self, cast, make, film):
        track = put(film, cast)

        first, second = release(cast, make(film, make_film(cast.institution_a))).lessons.get().films.order_by("pk")

        assert ([one["uid"] for one in first.subtitles], second.subtitles) == ([str(track.uid)], [])

    def test_films_in_words_that_nobody_reads_are_not_noted(self, cast, make, film):
        put(film, cast)
        options = [{"text": "检查", "correct": True}, {"text": "引弧", "correct": False}]
        value = {"kind": "single", "stem": "先做什么？", "options": options, "explanation": ""}

        version = release(cast, make(film, kind="quiz", quiz=[{"type": "question", "value": value, "id": "q"}]))

        assert not LessonFilm.objects.exists()
        assert version.submission.revisions[-1]["subtitles"] == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("processing", "正文视频“第1段 <引弧>”：视频还在处理，请等转码完成后再提交。"),
        ("refused", "正文视频“第1段 <引弧>”：文件损坏。"),
    ],
)
def test_a_film_that_does_not_play_keeps_the_course_back(make, film, state, words):
    Video.objects.update(state=state, error="文件损坏。" if state == "refused" else "")

    assert course_problems(make(film)) == [f"课时“读文”：{words}"]


def test_a_film_without_a_name_keeps_the_course_back(make, film):
    body = [{"type": "video", "value": {"film": film.pk, "title": " "}, "id": "v"}]

    assert "正文里有视频没有显示名称，请填写。" in course_problems(make(body=body))[0]


class TestAccessible:
    def test_every_film_of_a_text_needs_chinese_subtitles(self, cast, make, film):
        other = make_film(cast.institution_a)
        put(film, cast)
        put(other, cast, language="en")
        course = make(film, other)

        assert accessible_advice(course) == ["课时“读文”：正文视频“焊前检查”没有中文字幕，请在视频页面添加。"]
        assert release(cast, course).is_accessible is False

    def test_with_them_the_course_has_the_badge(self, cast, make, film):
        put(film, cast)

        assert release(cast, make(film)).is_accessible is True

    def test_subtitles_added_after_the_submission_do_not_count(self, cast, make, film):
        course = make(film)
        submission = submit_course(course=course, actor=cast.actor("li"))
        put(film, cast)
        return_course(submission=submission, opinion="请再改一改。", actor=cast.actor("chen"))

        assert release(cast, course).is_accessible is True
        assert submission.revisions[-1]["subtitles"] == []


class TestDeletion:
    def refusal(self, film, cast):
        with pytest.raises(ConflictError) as refusal:
            delete_video(video=film, actor=cast.actor("li"))
        assert Video.objects.filter(pk=film.pk).exists()
        return refusal.value.message

    def test_a_released_text_keeps_its_film(self, cast, make, film):
        release(cast, make(film))

        assert "已发布的课程" in self.refusal(film, cast)

    def test_a_draft_keeps_its_film(self, cast, make, film):
        make(film)

        assert "课时“读文”正在使用这个视频" in self.refusal(film, cast)

    def test_a_number_that_begins_alike_does_not(self, cast, make, film):
        make(Video.objects.create(pk=film.pk * 10 + 1, institution=cast.institution_a, title="另一段", source_name="b"))

        assert use_of_video(film) == ""


class TestEditor:
    @pytest.fixture
    def li(self, client, cast):
        client.force_login(cast.li)
        return client

    def save(self, client, course, film):
        lesson = LessonPage.objects.descendant_of(course).get()
        block = {
            "type": "video",
            "order": "0",
            "deleted": "",
            "id": "",
            "value-film": str(film.pk),
            "value-title": "引弧",
        }
        fields = {"kind": "article", "nominal_minutes": "3", "body-count": "1"}
        fields |= {f"body-0-{name}": value for name, value in block.items()}
        return client.post(reverse("wagtailadmin_pages:edit", args=[lesson.pk]), form_of(lesson, **fields))

    def films(self, course):
        return [block.value["film"] for block in lesson_of(course).body if block.block_type == "video"]

    def test_an_own_film_is_taken(self, li, make, film):
        course = make()

        assert self.save(li, course, film).status_code == 302
        assert self.films(course) == [film]

    @pytest.mark.parametrize(
        ("owner", "state", "words"),
        [
            ("institution_b", "ready", "正文里的视频不在本机构的视频库里，请重新选择。"),
            ("institution_a", "processing", "视频“焊前检查”现在不能放进正文：转码中。"),
            ("institution_a", "failed", "视频“焊前检查”现在不能放进正文：平台出错。"),
        ],
    )
    def test_others_are_refused_in_words(self, li, cast, make, owner, state, words):
        course = make()
        strange = make_film(getattr(cast, owner), error="平台出错。" if state == "failed" else "")
        Video.objects.filter(pk=strange.pk).update(state=state)

        answer = self.save(li, course, strange)

        (error,) = answer.context["form"].errors["body"]
        assert error.startswith(words)
        assert self.films(course) == []

    def test_a_film_that_came_with_the_draft_may_still_be_waited_for(self, li, make, film):
        course = make(film)
        Video.objects.update(state="processing")

        assert self.save(li, course, film).status_code == 302

    def test_the_window_offers_own_films_that_play(self, li, cast):
        mine = make_film(cast.institution_a)
        waiting, theirs = make_film(cast.institution_a), make_film(cast.institution_b)
        Video.objects.filter(pk=mine.pk).update(title="甲校的片")
        Video.objects.filter(pk=waiting.pk).update(title="还在转码的片", state="processing")
        Video.objects.filter(pk=theirs.pk).update(title="乙校的片")

        def window(name, *arguments, **query):
            return li.get(reverse(f"video_chooser:{name}", args=arguments), query)

        offered = window("choose").json()["html"]
        assert [title in offered for title in ("甲校的片", "还在转码的片", "乙校的片")] == [True, False, False]
        assert "甲校的片" in window("choose_results", q="甲校").text
        assert "甲校的片" not in window("choose_results", q="没有").text
        assert window("chosen", str(mine.pk)).json()["result"]["title"] == "甲校的片"
        statuses = [window("chosen", pk).status_code for pk in (str(theirs.pk), str(waiting.pk), "x")]
        assert statuses == [404, 404, 404]


@pytest.fixture
def lesson(cast, make, film):
    put(film, cast)
    return release(cast, make(film, make_film(cast.institution_a, duration_ms=9_000))).lessons.get()


@pytest.fixture
def wang(client, cast, lesson, at):
    at(2026, 5, 6, 9, 0)
    client.force_login(cast.wang)
    return client


@pytest.fixture
def session(wang, cast, lesson):
    enrolment = make_enrolment(make_class(lesson.course_version, cast.department), cast.wang.person)
    return open_session(wang, enrolment, lesson)


def status(client, session):
    statuses = {client.get(one["media"][name]).status_code for one in session["films"] for name in ("hls", "mp4")}
    assert len(statuses) == 1
    return statuses.pop()


class TestPlaying:
    def test_the_text_s_session_plays_its_films(self, wang, session, film):
        first, second = session["films"]

        assert session["media"] is None
        assert (first["id"], first["title"], first["length_seconds"]) == (str(film.uid), "第1段 <引弧>", 75)
        assert [len(one["media"]["subtitles"]) for one in (first, second)] == [1, 0]
        assert status(wang, session) == 200
        assert wang.get(first["media"]["subtitles"][0]["url"]).content.decode() == VTT

    def test_closing_ends_it(self, wang, session):
        wang.post(f"/api/v1/study-sessions/{session['id']}/close")

        assert status(wang, session) == 403

    def test_another_browser_cannot_use_it(self, session):
        assert status(Client(), session) == 403

    def test_a_film_of_another_lesson_is_not_for_this_session(self, wang, session, lesson):
        LessonFilm.objects.update(lesson=release_of_another_text(lesson))

        assert status(wang, session) == 403

    def test_the_text_is_credited_whatever_plays_in_it(self, wang, session, at):
        assert (session["length_seconds"], session["covered_seconds"]) == (180, 0)
        at(2026, 5, 6, 9, 0).advance(seconds=30)
        beats = [{"seq": 1, "from": 0, "to": 75_000, "rate": 100, "playing": True, "visible": True}]

        answer = wang.post(
            f"/api/v1/study-sessions/{session['id']}/beats",
            json.dumps({"token": session["token"], "beats": beats}),
            content_type="application/json",
        ).json()

        assert answer["pending_seconds"] == 30

    def test_opening_costs_as_many_queries_for_many_films(self, wang, cast, make, lesson):
        six = [make_film(cast.institution_a) for _ in range(6)]
        put(six[0], cast)
        many = release(cast, make(*six)).lessons.get()
        costs = []
        for number, one in enumerate((lesson, many)):
            enrolment = make_enrolment(make_class(one.course_version, cast.department), cast.wang.person)
            with CaptureQueriesContext(connection) as caught:
                open_session(wang, enrolment, one, key=f"k{number}")
            films = [query["sql"] for query in caught if "courses_lessonfilm" in query["sql"]]
            tracks = [query["sql"] for query in caught if "courses_subtitle" in query["sql"]]
            costs.append((len(films), len(tracks)))

        assert costs == [(1, 1), (1, 1)]

    def test_the_page_puts_players_where_the_films_stand(self, wang, session, lesson, cast):
        page = wang.get(f"/learn/{cast.wang.person.enrolments.get().training_class.uid}/{lesson.lesson_uid}/").text

        places = [
            page.index(words) for words in ("先看。", "第1段 &lt;引弧&gt;", "先检查，再作业。", "第2段 &lt;引弧&gt;")
        ]
        assert places == sorted(places)
        assert page.count("<study-film") == 2
        assert "/media/v/" not in page


def release_of_another_text(lesson):
    """Return the same lesson as another version has it."""
    version = CourseVersion.objects.get(pk=lesson.course_version_id)
    fields = {name: getattr(version, name) for name in ("course", "title", "summary", "outcomes", "occupation", "level",
                                                        "class_hours", "institution", "digest")}  # fmt: skip
    other = CourseVersion.objects.create(number=9, **fields)
    lesson.pk, lesson.uid, lesson.course_version = None, lesson.lesson_uid, other
    lesson.save()
    return lesson


def films_on(page):
    return re.findall(r'src="(/media/v/[^"]+\.mp4)"', page)


class TestElsewhere:
    def test_a_free_text_plays_for_visitors_and_stops_when_it_is_free_no_more(self, client, lesson):
        LessonPage.objects.update(is_sample=True)
        page = client.get(reverse("sample", args=[lesson.course_version.course.uid, lesson.lesson_uid])).text

        first, second = films_on(page)
        assert [client.get(one).status_code for one in (first, second)] == [200, 200]
        assert "先检查，再作业。" in page
        LessonPage.objects.update(is_sample=False)
        assert client.get(first).status_code == 403

    def test_the_reviewer_sees_the_films_with_the_submitted_subtitles(self, client, cast, make, film):
        first = put(film, cast)
        submission = submit_course(course=make(film), actor=cast.actor("li"))
        second = put(film, cast, webvtt=VTT.replace("先检查", "先看看"))
        client.force_login(cast.chen)

        page = client.get(reverse("office_review", args=[submission.uid])).text

        (mp4,) = films_on(page)
        assert client.get(mp4).status_code == 200
        assert (str(first.uid) in page, str(second.uid) in page) == (True, False)

    def test_the_author_previews_the_newest_draft(self, client, cast, make, film):
        course = make(film)
        client.force_login(cast.li)

        page = client.get(reverse("studio:preview_frame", args=[course.pk, lesson_of(course).pk])).text

        (mp4,) = films_on(page)
        assert client.get(mp4).status_code == 200

    def test_a_copy_shows_the_same_film(self, cast, make, film):
        made = copy_course(course=make(film), actor=cast.actor("li"))

        assert lesson_of(made).body[1].value["film"] == film
        assert release(cast, made).lessons.get().films.get().video == film

    def test_what_changed_is_said(self, cast, make, film):
        course = make(film)
        old = release(cast, course)
        other = make_film(cast.institution_a)
        redraft(lesson_of(course), body=body_with(other, film))
        new = release(cast, course)

        (change,) = version_difference(old, new).lessons
        assert "视频：新增1个。" in change.sentences
        _, seen = submission_difference(new.submission)
        assert seen == version_difference(old, new)
