"""A link taken out of its session stops working: closed, taken over, silent, too old, in another browser, for another film."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import CoursePage, LessonPage, LessonVersion, Video
from courses.queries.media import media_of, preview_for
from courses.rules.playback import kind_of
from courses.services.subtitles import put_subtitle
from tests.factories import make_class, make_course_version, make_enrolment

FILM = bytes(range(256)) * 8
FILES = {
    "video.mp4": FILM,
    "master.m3u8": b"#EXTM3U\n360p.m3u8\n",
    "360p.m3u8": b"#EXTM3U\n360p_00001.m4s\n",
    "360p_00001.m4s": b"part",
    "audio.m3u8": b"#EXTM3U\n",
    "storyboard.jpg": b"sprite",
    "storyboard.vtt": b"WEBVTT\n",
    "poster.jpg": b"poster",
    "source.html": b"<script>",
}


def make_film(institution, **fields):
    video = Video(institution=institution, title="焊前检查", source_name="a.mp4", state=Video.State.READY, **fields)
    video.folder = f"videos/{video.uid.hex}"
    video.save()
    for name, content in FILES.items():
        default_storage.save(f"{video.folder}/{name}", ContentFile(content))
    return video


@pytest.fixture
def film(cast):
    return make_film(cast.institution_a)


@pytest.fixture
def lesson(cast, site_root, film):
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 3_600_000), ("video", 60_000)))
    first, second = version.lessons.all()
    LessonVersion.objects.filter(pk=first.pk).update(video=film)
    LessonVersion.objects.filter(pk=second.pk).update(video=make_film(cast.institution_a))
    first.refresh_from_db()
    return first


@pytest.fixture
def enrolment(cast, lesson, settings):
    settings.STAFF_MFA_REQUIRED = False
    return make_enrolment(make_class(lesson.course_version, cast.department), cast.wang.person)


@pytest.fixture
def clock_at_nine(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def wang(client, cast):
    client.force_login(cast.wang)
    return client


def open_session(client, enrolment, lesson, key="k1"):
    body = {"enrolment": str(enrolment.uid), "lesson": str(lesson.lesson_uid), "client": "pc"}
    answer = client.post(
        "/api/v1/study-sessions", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def session(wang, enrolment, lesson, clock_at_nine):
    return open_session(wang, enrolment, lesson)


def beat(client, session, seq, token):
    body = {"token": token, "beats": [{"seq": seq, "from": 0, "to": 0, "playing": False}]}
    path = f"/api/v1/study-sessions/{session['id']}/beats"
    return client.post(path, json.dumps(body), content_type="application/json").json()["token"]


def status(client, media):
    statuses = {client.get(media[name]).status_code for name in ("hls", "mp4", "poster")}
    assert len(statuses) == 1
    return statuses.pop()


def test_a_film_plays_in_its_session_by_range(wang, session):
    mp4 = session["media"]["mp4"]

    whole = wang.get(mp4)
    part = wang.get(mp4, headers={"Range": "bytes=0-99"})
    beyond = wang.get(mp4, headers={"Range": "bytes=99999999-"})
    tail = wang.get(mp4, headers={"Range": "bytes=-10"})
    head = wang.head(mp4)

    assert (whole.status_code, whole["Content-Length"], whole["X-Content-Type-Options"]) == (200, "2048", "nosniff")
    assert b"".join(whole.streaming_content) == FILM
    assert (part.status_code, part["Content-Range"]) == (206, "bytes 0-99/2048")
    assert b"".join(part.streaming_content) == FILM[:100]
    assert (beyond.status_code, beyond["Content-Range"]) == (416, "bytes */2048")
    assert b"".join(tail.streaming_content) == FILM[-10:]
    assert (head.content, head["Content-Length"]) == (b"", "2048")


def test_relative_addresses_of_a_playlist_keep_the_token(wang, session):
    folder = session["media"]["hls"].rpartition("/")[0]

    found = {name: wang.get(f"{folder}/{name}").status_code for name in FILES}

    assert found == {**dict.fromkeys(FILES, 200), "source.html": 404}
    assert wang.get(f"{folder}/nothing.m4s").status_code == 404


def test_closing_ends_it(wang, session):
    wang.post(f"/api/v1/study-sessions/{session['id']}/close")

    assert status(wang, session["media"]) == 403
    assert "在另一台设备上继续" in wang.get(session["media"]["mp4"]).content.decode()


def test_another_device_ends_it_and_has_its_own(wang, session, enrolment, lesson, cast):
    phone = Client()
    phone.force_login(cast.wang)

    second = open_session(phone, enrolment, lesson, key="k2")

    assert status(wang, session["media"]) == 403
    assert status(phone, second["media"]) == 200


def test_another_browser_cannot_use_it(session, enrolment, cast):
    stranger, herself = Client(), Client()
    herself.force_login(cast.wang)

    assert status(stranger, session["media"]) == 403
    assert status(herself, session["media"]) == 403
    stranger.cookies["media_key"] = "guessed"
    assert status(stranger, session["media"]) == 403


def test_it_is_for_one_film(wang, session, film):
    token = session["media"]["mp4"].split("/")[3]
    forged = session["media"]["mp4"].replace(token, "x" + token[1:])

    assert wang.get(forged).status_code == 404
    assert wang.get(f"/media/v/{film.uid.hex}/video.mp4").status_code == 404


def test_a_session_gives_no_address_of_another_lesson_s_film(wang, session, lesson):
    LessonVersion.objects.filter(pk=lesson.pk).update(video=Video.objects.exclude(pk=lesson.video_id).get())

    assert status(wang, session["media"]) == 403


def test_silence_ends_it_and_a_beat_brings_it_back(wang, session, clock_at_nine):
    clock_at_nine.advance(minutes=29)
    assert status(wang, session["media"]) == 200
    clock_at_nine.advance(minutes=2)
    assert status(wang, session["media"]) == 403

    beat(wang, session, 1, session["token"])

    assert status(wang, session["media"]) == 200


def test_beats_keep_it_alive_however_long_the_film_until_the_latest_hour(wang, session, clock_at_nine):
    token = session["token"]
    for number in range(1, 36):
        clock_at_nine.advance(minutes=20)
        token = beat(wang, session, number, token)
    assert status(wang, session["media"]) == 200

    clock_at_nine.advance(minutes=21)

    assert status(wang, session["media"]) == 403
    assert "已过期" in wang.get(session["media"]["mp4"]).content.decode()


def test_the_key_is_a_cookie_no_script_reads_and_stays_the_same(wang, session, enrolment, lesson):
    cookie = wang.cookies["media_key"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")

    open_session(wang, enrolment, lesson, key="k2")

    assert wang.cookies["media_key"].value == cookie.value


def test_deciding_costs_two_queries(wang, session):
    with CaptureQueriesContext(connection) as caught:
        wang.get(session["media"]["mp4"])

    asked = [query["sql"] for query in caught if "courses_video" in query["sql"] or "studysession" in query["sql"]]
    assert len(asked) == 2


def test_nginx_sends_the_bytes_when_a_setting_says_so(wang, session, settings, film):
    settings.MEDIA_ACCEL = "/protected-media/"

    answer = wang.get(session["media"]["hls"])

    assert answer["X-Accel-Redirect"] == f"/protected-media/{film.folder}/master.m3u8"
    assert (answer.content, answer["Content-Type"]) == (b"", "application/vnd.apple.mpegurl")
    assert answer["Cache-Control"].startswith("private")
    stranger = Client().get(session["media"]["hls"])
    assert (stranger.status_code, stranger.has_header("X-Accel-Redirect")) == (403, False)


def test_the_deployed_nginx_has_that_location_and_keeps_it_inside():
    deploy = Path(django_settings.BASE_DIR) / "deploy"
    environment = dict(re.findall(r"^(\w+)=(.*)$", (deploy / "env.example").read_text("utf-8"), re.M))
    conf = (deploy / "nginx.conf").read_text("utf-8")

    inside = re.search(rf"location {environment['MEDIA_ACCEL']} \{{(.*?)\}}", conf, re.S)[1]

    assert "internal;" in inside
    assert f"alias {environment['VAR_DIR']}/media/;" in inside
    assert "nosniff" in inside
    assert "location ^~ /media/videos/ { return 404; }" in conf


def test_a_preview_is_for_the_account_that_got_it(client, cast, film, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.li)
    page = client.get(reverse("studio:video", args=[film.uid])).text
    mp4 = re.search(r'src="(/media/v/[^"]+\.mp4)"', page)[1]
    assert client.get(mp4).status_code == 200

    client.force_login(cast.qian)
    assert client.get(mp4).status_code == 403
    client.logout()
    assert client.get(mp4).status_code == 403


def test_subtitles_come_with_the_film_and_not_with_another(client, cast, film, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.li)
    text = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先检查\n"
    put_subtitle(video=film, webvtt=text, actor=cast.actor("li"))
    other = put_subtitle(video=make_film(cast.institution_a), webvtt=text, actor=cast.actor("li"))
    client.cookies["media_key"] = "k"

    media = media_of(film, grant=preview_for(cast.li.pk), key="k")

    assert client.get(media.subtitles[0].url).content.decode() == text
    assert client.get(media.hls.replace("master.m3u8", f"{other.uid}.vtt")).status_code == 404


class TestSamples:
    @pytest.fixture
    def sample(self, lesson):
        page = LessonPage.objects.filter(kind="video").first()
        LessonPage.objects.filter(pk=page.pk).update(uid=lesson.lesson_uid, is_sample=True)
        return reverse("sample", args=[CoursePage.objects.get().uid, lesson.lesson_uid])

    def film_of(self, client, sample):
        return re.search(r'src="(/media/v/[^"]+\.mp4)"', client.get(sample).text)[1]

    def test_visitors_play_it(self, client, sample):
        mp4 = self.film_of(client, sample)

        assert client.get(mp4).status_code == 200
        assert Client().get(mp4).status_code == 403
        assert sample in client.get(reverse("course", args=[CoursePage.objects.get().uid])).text

    def test_it_is_short_lived(self, client, sample, at):
        traveller = at(2026, 5, 6, 9, 0)
        mp4 = self.film_of(client, sample)
        traveller.advance(minutes=121)

        assert client.get(mp4).status_code == 403

    def test_it_ends_when_the_lesson_is_free_no_more(self, client, sample):
        mp4 = self.film_of(client, sample)
        LessonPage.objects.update(is_sample=False)

        assert client.get(mp4).status_code == 403
        assert client.get(sample).status_code == 404

    def test_other_lessons_are_not_free(self, client, sample, lesson):
        other = lesson.course_version.lessons.exclude(pk=lesson.pk).get()

        assert client.get(sample.replace(str(lesson.lesson_uid), str(other.lesson_uid))).status_code == 404


def test_the_watermark_names_the_screen_s_owner_masked(client, cast, enrolment, lesson, at):
    at(2026, 5, 6, 9, 0)
    cast.wang.phone_sealed = "+8613800138000"
    cast.wang.save()
    client.force_login(cast.wang)

    page = client.get(f"/learn/{enrolment.training_class.uid}/{lesson.lesson_uid}/").text

    assert '<span class="watermark" aria-hidden="true">王* 8000</span>' in page
    screen = page[page.index('data-part="screen"') : page.index('data-part="seek"')]
    assert "watermark" in screen
    assert "13800138000" not in page


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("360p_00001.m4s", "video/iso.segment"),
        ("audio_init.mp4", "video/mp4"),
        ("storyboard.vtt", "text/vtt; charset=utf-8"),
        ("page.html", ""),
        ("picture.svg", ""),
        ("..mp4", ""),
        ("a/b.mp4", ""),
        ("源.mp4", ""),
    ],
)
def test_a_film_has_only_files_that_players_know(name, kind):
    assert kind_of(name) == kind
