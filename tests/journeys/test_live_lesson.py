"""A live lesson with Chromium's camera: on the air in one click, watched on a phone, through a drop and a killed server.

Its recording is a replay that evening, by which somebody who was not there makes up for the lesson.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing

import pytest

from tests.browser import CAMERA, PHONE, WECHAT, Visitor, chromium, expect
from tests.live.servers import Servers

pytestmark = pytest.mark.browser
PIXELS = """() => {
  const video = document.querySelector("live-viewer video"), canvas = document.createElement("canvas");
  canvas.width = 64; canvas.height = 36;
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 64, 36);
  return [...pen.getImageData(0, 0, 64, 36).data].filter((_, at) => at % 4 === 1);
}"""
TIME = "() => document.querySelector('live-viewer video').currentTime"


class Site:
    """The servers of one lesson, and what its rows say."""

    def __init__(self, folder):
        self.database = folder / "site.sqlite3"
        environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{self.database}", "REDIS_URL": ""}
        self.servers = Servers(environment, count=1)

    def lay(self):
        self.stage = json.loads(self.servers.run("tests.live.stage", "live"))
        self.servers.start()
        self.base = f"http://127.0.0.1:{self.servers.ports[0]}"

    def visitor(self, browser, token, **options) -> Visitor:
        visitor = Visitor(browser, self.base, **options)
        visitor.context.add_cookies([{"name": "sessionid", "value": token, "url": self.base}])
        return visitor

    def ask(self, statement):
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as line:
            return line.execute(statement).fetchall()

    def runs(self):
        return [end for (end,) in self.ask('SELECT "end" FROM live_broadcast ORDER BY number')]

    def confirmed_ms(self):
        """Return what the ledger has; the page's farewell may still be under way."""
        for _ in range(480):
            [(found,)] = self.ask("SELECT sum(ms) FROM attendance_hoursentry WHERE kind = 'confirmed'")
            if found:
                return found
            time.sleep(0.25)
        raise AssertionError("nothing was posted")

    def on_air_ms(self):
        [(days,)] = self.ask("SELECT sum(julianday(ended_at) - julianday(started_at)) FROM live_broadcast")
        return days * 86_400_000 + 1


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    try:
        site.lay()
        yield site
    finally:
        site.servers.stop()


def wait_for_words(page, part, words, *, seconds=60):
    page.wait_for_function(
        "([part, words]) => document.querySelector(part)?.textContent.includes(words)",
        arg=[part, words],
        timeout=seconds * 1000,
    )


def watch_on(page, *, seconds=90) -> float:
    """Wait until the picture goes on, and return where it stands."""
    before = last = page.evaluate(TIME)
    for _ in range(seconds * 4):
        now = page.evaluate(TIME)
        if now > before + 1.5:
            return now
        if now < last:  # another run of the player begins from nought
            before = now
        last = now
        page.wait_for_timeout(250)
    raise AssertionError(f"the picture stands at {last}: " + page.locator("main").inner_text()[:300])


class Cable:
    """The teacher's line, that can be pulled out."""

    def __init__(self, page):
        self.is_in, self.routes = True, []
        page.route_web_socket("**/broadcast", self.plugged)

    def plugged(self, route):
        if not self.is_in:
            route.close(code=1001)
            return
        route.connect_to_server()
        self.routes.append(route)

    def pull(self):
        self.is_in = False
        self.routes[-1].close(code=1001)

    def plug(self):
        self.is_in = True


STATUS = "[data-part=words]"
HOURS = "live-attendance [data-part=said]"


def test_a_whole_lesson_through_a_drop_and_a_killed_server(site):
    stage = site.stage
    with chromium(*CAMERA) as browser:
        teacher = site.visitor(browser, stage["staff"]["li"], permissions=["camera", "microphone"])
        teacher.listen()
        phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
        learner = site.visitor(browser, stage["learners"][0]["token"], **phone)
        cable = Cable(teacher.page)
        watched = learner.go(f"/my/live/{stage['live']}/")
        expect(watched.locator("[data-count]")).to_contain_text("00:0")
        learner.check_page()

        studio = teacher.go(f"/institution/live/{stage['live']}/")
        teacher.check_page()
        studio.get_by_role("link", name="进入直播间").click()
        wait_for_words(studio, STATUS, "设备已打开")
        wait_for_words(studio, "[data-part=hears]", "有声音")
        teacher.check_page()
        studio.get_by_role("button", name="开始直播").click()
        wait_for_words(studio, STATUS, "正在直播")

        watched.wait_for_selector("live-viewer")  # the lobby goes in by itself
        watch_on(watched)
        wait_for_words(watched, HOURS, "正在计学时")
        first = watched.evaluate(PIXELS)
        watch_on(watched)
        moved = sum(abs(one - other) > 30 for one, other in zip(first, watched.evaluate(PIXELS), strict=True))
        assert moved > 20
        assert max(first) > 100
        learner.check_page()

        cable.pull()
        wait_for_words(studio, STATUS, "网络断开")
        studio.wait_for_timeout(3000)
        cable.plug()
        teacher.wait_to_hear("断线时的内容已补上")
        watch_on(watched)
        assert site.runs() == [""]  # it is the same run: nothing was cut

        studio.evaluate("heard.clear()")
        site.servers.kill_one(site.servers.ports[0])
        teacher.wait_to_hear("网络断开")  # the server may be back within a moment
        wait_for_words(studio, STATUS, "正在直播")
        watch_on(watched)
        assert site.runs() == ["replaced", ""]

        studio.get_by_role("button", name="结束直播").click()
        studio.wait_for_url(lambda url: "/studio/" not in url)
        assert "直播课已结束，录制已保存。" in studio.content()
        wait_for_words(watched, "[data-words]", "这次直播课已经结束")
        assert site.runs() == ["replaced", "finished"]
        assert site.ask("SELECT state FROM live_livesession") == [("ended",)]
        wait_for_words(watched, HOURS, "直播已结束，已学时间都已保存")
        assert learner.violations() == []
        assert 0 < site.confirmed_ms() <= site.on_air_ms()

        teacher.faults.clear()  # of its line, while it was cut and the server was dead
        site.servers.start_worker()
        site.servers.start_ticker()
        review_and_publish(site, teacher)
        make_up(site, site.visitor(browser, stage["learners"][1]["token"], viewport=PHONE))


def review_and_publish(site, teacher):
    """The teacher waits for the film, names a chapter, first with a slip, and shows it to the class."""
    page = teacher.go(f"/institution/live/{site.stage['live']}/replay/")
    page.get_by_role("button", name="发布给班级").wait_for(timeout=600_000)  # the page loads itself anew
    teacher.check_page()
    page.get_by_role("button", name="播放回放").click()
    page.wait_for_function("() => document.querySelector('replay-film video').currentTime > 1")

    page.get_by_label("第3行时间").fill("半小时")
    page.get_by_label("第3行标题").fill("看焊条")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("时间看不懂。")).to_be_visible()
    assert page.get_by_label("第3行标题").input_value() == "看焊条"
    teacher.check_page()
    page.get_by_label("第3行时间").fill("0:02")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("章节和隐去的发言已保存。")).to_be_visible()
    page.get_by_role("button", name="发布给班级").click()
    expect(page.get_by_text("回放已发布，班级学员可以观看")).to_be_visible()
    teacher.check_page()


def make_up(site, absent):
    """Who was not there finds the replay, watches it to its end and has all of it counted."""
    page = absent.go(f"/my/live/{site.stage['live']}/")
    page.get_by_role("link", name="回放").click()
    absent.check_page()
    page.get_by_role("button", name="开始补课").click()
    page.wait_for_function("() => document.querySelector('study-player video').currentTime > 6")
    expect(page.get_by_role("button", name="看焊条")).to_have_attribute("aria-current", "true")
    absent.check_page()
    page.wait_for_function("() => document.querySelector('study-player video').ended", timeout=600_000)
    page.locator("study-player [data-part=done]").wait_for()
    person = site.stage["learners"][1]["person"]
    [(earned,)] = site.ask(f"SELECT earned FROM attendance_seat WHERE person_id = {person}")
    [(recorded,)] = site.ask("SELECT recording_ms FROM live_replay")
    assert recorded - 1_500 <= earned <= recorded  # a player may stop a little before the end
