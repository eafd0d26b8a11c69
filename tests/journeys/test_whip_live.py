"""A lesson by WebRTC: from the teacher's page or a program through a real Janus, through kills, to its replay; and its fall."""

from __future__ import annotations

import signal
import time

import pytest

from tests.browser import CAMERA, PHONE, WECHAT, chromium, expect
from tests.journeys.test_live_lesson import STATUS, Site, wait_for_words, watch_on
from tests.live.servers import Servers
from tests.live_lessons.janus_server import NEEDS_JANUS, JanusServer

pytestmark = [pytest.mark.browser, NEEDS_JANUS]
HOURS = "live-attendance [data-part=said]"


class WhipSite(Site):
    """The servers of a lesson beside Janus, and the process that pulls from it."""

    def __init__(self, folder):
        self.database = folder / "site.sqlite3"
        (folder / "janus").mkdir()
        self.janus = JanusServer(folder / "janus")
        environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{self.database}", "REDIS_URL": ""}
        environment |= self.janus.environment() | {"LIVE_DIRECT_VIEWERS": "1"}
        self.servers = Servers(environment, count=1)

    def lay(self):
        super().lay()
        self.janus.start()
        self.pull()

    def pull(self):
        self.servers.beside("pull_lives")
        self.puller = self.servers.parents[-1]

    def kill_puller(self):
        self.puller.send_signal(signal.SIGKILL)
        self.puller.wait()

    def feeds(self):
        return self.ask("SELECT feed, is_encoded, source FROM live_broadcast ORDER BY number")

    def until(self, found, *, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if value := found():
                return value
            time.sleep(0.25)
        raise AssertionError(f"it did not come: {self.runs()} {self.feeds()}")

    def stop(self):
        self.servers.stop()
        self.janus.kill()


@pytest.fixture
def site(tmp_path):
    site = WhipSite(tmp_path)
    try:
        site.lay()
        yield site
    finally:
        site.stop()


DIRECT = "() => document.querySelector('live-viewer').direct?.where"


def watch_directly(page):
    """Wait until the picture comes by WebRTC, and goes on."""
    page.wait_for_function(DIRECT, timeout=120_000)
    watch_on(page)
    page.wait_for_function(DIRECT, timeout=120_000)


def people(site, browser):
    teacher = site.visitor(browser, site.stage["staff"]["li"], permissions=["camera", "microphone"], viewport=PHONE)
    teacher.listen()
    phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
    return teacher, site.visitor(browser, site.stage["learners"][0]["token"], **phone)


def go_on_the_air(site, teacher):
    page = teacher.go(f"/institution/live/{site.stage['live']}/studio/")
    wait_for_words(page, STATUS, "设备已打开")
    page.get_by_role("button", name="开始直播").click()
    wait_for_words(page, STATUS, "正在直播。")
    return page


def test_a_lesson_by_webrtc_through_kills_to_its_replay(site):
    with chromium(*CAMERA) as browser:
        teacher, learner = people(site, browser)
        watched = learner.go(f"/my/live/{site.stage['live']}/")
        page = go_on_the_air(site, teacher)
        teacher.check_page()
        watched.wait_for_selector("live-viewer", timeout=120_000)
        watch_on(watched)
        wait_for_words(watched, HOURS, "正在计学时")
        watch_directly(watched)
        learner.check_page()
        late = site.visitor(browser, site.stage["learners"][1]["token"], viewport=PHONE)
        late.listen()
        late_page = late.go(f"/my/live/{site.stage['live']}/")
        late.wait_to_hear("低延迟画面的名额已满，已改用普通画面")  # there is one place, and it is taken
        expect(late_page.locator("live-viewer [data-words]")).to_be_hidden()  # the words do not stay on the picture
        watch_on(late_page)
        late.check_page()
        late.context.close()
        [(feed, is_encoded, source)] = site.feeds()
        assert (feed.startswith("whip-"), is_encoded, source) == (True, 0, "camera")

        site.kill_puller()
        site.pull()
        site.until(lambda: len(site.runs()) == 2)
        assert watched.evaluate(DIRECT)  # neither did a learner's
        watch_on(watched)
        assert site.runs() == ["broken", ""]
        assert {one for one, *_ in site.feeds()} == {feed}  # the teacher's line stood all the time

        teacher.page.evaluate("heard.clear()")
        site.janus.kill()
        teacher.wait_to_hear("网络断开")
        site.janus.start()
        site.until(lambda: len(site.runs()) == 3 and site.runs()[-1] == "")
        wait_for_words(page, STATUS, "正在直播。")
        watch_directly(watched)
        assert (site.runs()[0], site.runs()[1] in {"lost", "replaced"}) == ("broken", True)

        page.set_viewport_size({"width": 1440, "height": 900})
        teacher.check_page()
        page.get_by_role("button", name="结束直播").click()
        page.wait_for_url(lambda url: "/studio/" not in url)
        wait_for_words(watched, "[data-words]", "这次直播课已经结束", seconds=120)
        assert site.runs()[-1] == "finished"
        wait_for_words(watched, HOURS, "直播已结束，已学时间都已保存")
        assert 0 < site.confirmed_ms() <= site.on_air_ms()
        assert learner.violations() == []

        site.servers.start_worker()
        site.servers.start_ticker()
        page = teacher.go(f"/institution/live/{site.stage['live']}/replay/")
        page.get_by_role("button", name="发布给班级").wait_for(timeout=600_000)
        page.get_by_role("button", name="播放回放").click()
        page.wait_for_function("() => document.querySelector('replay-film video').currentTime > 1")


@pytest.mark.parametrize("fault", ["janus", "puller"])
def test_a_page_that_cannot_go_by_webrtc_goes_the_other_way_without_a_click(site, fault):
    site.janus.kill() if fault == "janus" else site.kill_puller()
    with chromium(*CAMERA) as browser:
        teacher, learner = people(site, browser)
        watched = learner.go(f"/my/live/{site.stage['live']}/")
        page = teacher.go(f"/institution/live/{site.stage['live']}/studio/")
        wait_for_words(page, STATUS, "设备已打开")
        page.get_by_role("button", name="开始直播").click()
        wait_for_words(page, STATUS, "正在直播（普通方式", seconds=120)
        watched.wait_for_selector("live-viewer", timeout=120_000)
        watch_on(watched)
        assert all("503" in one for one in teacher.faults)  # the browser's own words, where Janus is away
        teacher.faults.clear()
        teacher.check_page()
        assert site.feeds()[-1] == ("", 0, "camera")
