"""Who gets the stream: signed addresses of one account in one browser, asked again all the time; what caches may keep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.audit.models import AuditEntry
from lms.classes.models import Enrolment
from lms.live import stores
from lms.live.models import LiveSession
from lms.live.queries.playing import stream_address
from lms.people.models import User
from tests.live_lessons.stage import moment

KEY = "key of this browser"


@pytest.fixture
def on_air(school, settings, tmp_path):
    """Return the stage with its lesson on the air for three seconds."""
    settings.LIVE_ROOT, settings.STAFF_MFA_REQUIRED = tmp_path, False
    stores.KEPT.clear()
    school.at(19, 30)
    LiveSession.objects.update(state="live", began_at=moment(19))
    folder = stores.make_folder(school.session.uid)
    write_run(folder, 1, 3)
    (folder / "secret.txt").write_text("nobody's")
    return school


def write_run(folder, number, count):
    lines = ["#EXTM3U", f'#EXT-X-MAP:URI="e{number}_init.mp4"']
    for n in range(count):
        lines += ["#EXTINF:1.000000,", f"e{number}_{n:06}.m4s"]
        (folder / f"e{number}_{n:06}.m4s").write_bytes(bytes(range(200)))
    (folder / f"e{number}_init.mp4").write_bytes(b"init")
    (folder / f"e{number}.m3u8").write_text("\n".join(lines), "utf-8")


def address(stage, user=None, name="live.m3u8"):
    return stream_address(stage.session, (user or stage.cast.wang).pk, KEY, name)


def browser(key=KEY):
    client = Client()
    client.cookies["media_key"] = key
    return client


def test_the_learners_page_leads_to_the_stream(on_air):
    client = Client()
    client.force_login(on_air.cast.wang)

    page = client.get(f"/my/live/{on_air.session.uid}/").content.decode()
    source = page.split('data-src="')[1].split('"')[0]
    assert "live.m3u8" in client.get(source).content.decode()
    answer = client.get(source.replace("master.m3u8", "live.m3u8"))

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
    assert answer.content.decode().count(".m4s") == 3
    piece = client.get(source.replace("master.m3u8", "e1_000001.m4s"))
    assert (piece.status_code, b"".join(piece), piece.headers["Content-Type"]) == (
        200, bytes(range(200)), "video/iso.segment",
    )  # fmt: skip


def test_a_piece_comes_in_parts(on_air):
    answer = browser().get(address(on_air, name="e1_000000.m4s"), headers={"Range": "bytes=10-19"})

    assert (answer.status_code, b"".join(answer), answer.headers["Content-Range"]) == (
        206, bytes(range(10, 20)), "bytes 10-19/200",
    )  # fmt: skip
    assert answer.headers["Cache-Control"] == "private, max-age=3600, immutable"


def test_the_address_is_worth_nothing_in_another_browser(on_air):
    for client in (Client(), browser("another key")):
        answer = client.get(address(on_air))
        assert (answer.status_code, "取得它的浏览器" in answer.content.decode()) == (403, True)


def test_a_forged_address_opens_nothing(on_air):
    good = address(on_air)
    token = good.split("/")[3]

    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x", token.split(":")[0]):
        assert browser().get(good.replace(token, bad)).status_code == 404


@pytest.mark.parametrize(
    "name", ["e1.m3u8", "secret.txt", "..%2Fsecret.txt", "e9_000000.m4s", "e1_init.mp4.bak", "%2Fetc%2Fpasswd"]
)
def test_only_what_a_broadcast_has_is_served(on_air, name):
    assert browser().get(address(on_air).replace("live.m3u8", name)).status_code == 404


def test_it_expires_with_the_lesson(on_air):
    held = address(on_air)
    on_air.at(23, 31)

    assert browser().get(held).status_code == 403


def test_who_leaves_the_class_is_out_within_seconds(on_air):
    held, client = address(on_air), browser()
    assert client.get(held).status_code == 200
    Enrolment.objects.update(state="withdrawn")
    cache.clear()  # the answer of the door is believed for five seconds

    answer = client.get(held)

    assert (answer.status_code, "已不在这个班学习" in answer.content.decode()) == (403, True)


def test_an_account_that_was_closed_is_out(on_air):
    held = address(on_air)
    User.objects.filter(pk=on_air.cast.wang.pk).update(is_active=False)

    assert browser().get(held).status_code == 403


def test_a_player_that_fetches_all_the_time_asks_the_database_seldom(on_air):
    client, held = browser(), address(on_air)
    piece = address(on_air, name="e1_000002.m4s")
    client.get(held)

    with CaptureQueriesContext(connection) as caught:
        for _ in range(5):
            client.get(held)
            client.get(piece)

    assert len(caught) == 0


def test_a_new_run_is_seen_at_once(on_air):
    client, held = browser(), address(on_air)
    client.get(held)
    write_run(stores.folder_of(on_air.session.uid), 2, 1)

    text = client.get(held).content.decode()

    assert text.endswith('#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="e2_init.mp4"\n#EXTINF:1.000000,\ne2_000000.m4s\n')


def test_the_end_is_said_when_the_lesson_ended_and_not_before(on_air):
    client, held = browser(), address(on_air)
    LiveSession.objects.update(state="interrupted")
    assert "#EXT-X-ENDLIST" not in client.get(held).content.decode()
    LiveSession.objects.update(state="ended", ended_at=moment(20))
    cache.clear()

    assert "#EXT-X-ENDLIST" in client.get(held).content.decode()
    assert client.get(held.replace("live.m3u8", "state.json")).json() == {
        "state": "ended", "name": "已结束", "ways": [], "direct": "", "cut": "",
    }  # fmt: skip


def test_before_the_first_piece_there_is_nothing_yet(on_air):
    for path in stores.folder_of(on_air.session.uid).iterdir():
        path.unlink()

    assert browser().get(address(on_air)).status_code == 404


def test_nginx_hears_in_which_folder_the_pieces_of_an_address_lie(on_air):
    answer = browser().get(address(on_air, name="door"))

    assert (answer.status_code, answer.headers["X-Live-Folder"]) == (200, stores.folder_of(on_air.session.uid).name)


def test_nginx_hears_no_from_whoever_may_not_play_and_nothing_else(on_air):
    own = address(on_air, name="door")
    elsewhere, forged = Client().get(own), browser().get("/live/v/forged/door")
    Enrolment.objects.update(state="withdrawn")
    later = browser().get(own)

    assert [one.status_code for one in (elsewhere, forged, later)] == [403, 403, 403]
    assert not any("X-Live-Folder" in one.headers for one in (elsewhere, forged, later))


def test_the_office_looks_in_unseen_and_noted(on_air):
    client = Client()
    client.force_login(on_air.cast.chen)

    page = client.get(f"/office/live/{on_air.session.uid}/").content.decode()
    answer = client.get(page.split('data-src="')[1].split('"')[0])

    assert answer.status_code == 200
    entry = AuditEntry.objects.get(action="live.inspected")
    assert (entry.user_id, entry.target_uid) == (on_air.cast.chen.pk, on_air.session.uid)


def test_before_the_broadcast_the_office_sees_no_stream_and_nothing_is_noted(on_air):
    LiveSession.objects.update(state="scheduled", began_at=None)
    client = Client()
    client.force_login(on_air.cast.chen)

    page = client.get(f"/office/live/{on_air.session.uid}/").content.decode()

    assert ("live-viewer" in page, AuditEntry.objects.filter(action="live.inspected").exists()) == (False, False)


def test_the_teacher_goes_to_the_studio_and_ends_the_lesson(on_air):
    client = Client()
    client.force_login(on_air.cast.li)
    base = f"/institution/live/{on_air.session.uid}/"

    assert "进入直播间" in client.get(base).content.decode()
    studio = client.get(f"{base}studio/")
    assert 'data-elapsed="1800000"' in studio.content.decode()
    assert studio.headers["Permissions-Policy"] == "camera=(self), microphone=(self), display-capture=(self)"
    assert client.get(base).headers["Permissions-Policy"] == "camera=(), microphone=()"
    ended = client.post(f"{base}end/", follow=True).content.decode()

    assert "直播课已结束，录制已保存。" in ended
    assert (on_air.now().state, "进入直播间" in ended) == ("ended", False)


@pytest.mark.parametrize(("name", "status"), [("zhao", 403), ("wang", 403), ("qian", 403)])
def test_nobody_else_ends_it_or_enters_the_studio(on_air, name, status):
    client = Client()
    client.force_login(getattr(on_air.cast, name))
    base = f"/institution/live/{on_air.session.uid}/"

    assert client.get(f"{base}studio/").status_code == status
    assert client.post(f"{base}end/").status_code == status
    assert on_air.now().state == "live"


def test_too_early_the_studio_says_when(school, settings):
    settings.STAFF_MFA_REQUIRED = False
    client = Client()
    client.force_login(school.cast.li)

    answer = client.get(f"/institution/live/{school.session.uid}/studio/")

    assert (answer.status_code, "开门后可以进入" in answer.content.decode()) == (409, True)


def test_the_stream_outlasts_the_lesson_but_not_the_night(on_air):
    held = address(on_air)
    on_air.traveller.move_to(moment(20, 30) + timedelta(hours=3) - timedelta(seconds=5))

    assert browser().get(held).status_code == 200
