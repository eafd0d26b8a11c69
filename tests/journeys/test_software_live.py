"""A teacher takes address and key from the page, publishes from software as OBS is, and a learner on a phone sees it."""

from __future__ import annotations

import re

import pytest

from tests.browser import PHONE, WECHAT, chromium, expect
from tests.journeys.test_live_lesson import Site, wait_for_words, watch_on
from tests.live.servers import Servers
from tests.live_lessons.relays import NEEDS_RELAY, Relay
from tests.live_lessons.software import Software

pytestmark = [pytest.mark.browser, NEEDS_RELAY]


class SoftwareSite(Site):
    """The servers of a lesson beside a media server, and the process that pulls from it."""

    def __init__(self, folder):
        self.database = folder / "site.sqlite3"
        (folder / "media").mkdir()
        environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{self.database}", "REDIS_URL": ""}
        self.servers = Servers(environment, count=1)
        self.relay = Relay(folder / "media", f"127.0.0.1:{self.servers.ports[0]}")
        self.servers.environment |= {"LIVE_INGEST_URL": self.relay.ingest, "LIVE_PULL_URL": self.relay.ingest}

    def lay(self):
        super().lay()
        self.relay.start()
        self.servers.beside("pull_lives")

    def stop(self):
        self.servers.stop()
        if hasattr(self.relay, "child"):
            self.relay.stop()


@pytest.fixture
def site(tmp_path):
    site = SoftwareSite(tmp_path)
    try:
        site.lay()
        yield site
    finally:
        site.stop()


@pytest.fixture
def publish():
    """Return a function that starts software, and stop all of it in the end."""
    started = []

    def begin(server, key):
        started.append(Software(f"{server}/{key}"))
        return started[-1]

    yield begin
    for one in started:
        one.kill()


def test_software_publishes_with_what_the_page_gave(site, publish):
    stage, said = site.stage, "stream-key [data-said]"
    with chromium() as browser:
        teacher = site.visitor(
            browser, stage["staff"]["li"], permissions=["clipboard-read", "clipboard-write"], viewport=PHONE
        )
        learner = site.visitor(browser, stage["learners"][0]["token"], viewport=PHONE, user_agent=WECHAT)
        watched = learner.go(f"/my/live/{stage['live']}/")
        late = []  # on a slow line the page is there before the script of this part
        teacher.page.route(re.compile(r"/stream-key\.[^/]*js"), lambda route: late.append(route), times=1)
        page = teacher.go(f"/institution/live/{stage['live']}/studio/")
        panel = page.locator("stream-key")
        panel.get_by_role("button", name="复制").nth(1).click()
        late[0].continue_()
        wait_for_words(page, said, "推流码已复制")
        key = page.evaluate("navigator.clipboard.readText()")
        assert page.get_by_label("推流码").get_attribute("type") == "password"
        panel.get_by_role("button", name="显示").click()
        assert page.get_by_label("推流码").input_value() == key
        teacher.check_page()

        program = publish(page.get_by_label("服务器地址").input_value(), key)
        wait_for_words(page, said, "正在直播", seconds=120)
        watched.wait_for_selector("live-viewer", timeout=120_000)
        watch_on(watched)
        learner.check_page()

        page.set_viewport_size({"width": 1440, "height": 900})
        panel.get_by_role("button", name="更换推流码").click()
        expect(page.get_by_text("旧的推流码已作废")).to_be_visible()
        program.child.wait(timeout=60)
        teacher.check_page()
        second = publish(page.get_by_label("服务器地址").input_value(), page.get_by_label("推流码").input_value())
        watch_on(watched)
        assert second.is_running

        page.get_by_role("button", name="结束直播").click()
        wait_for_words(watched, "[data-words]", "这次直播课已经结束", seconds=120)
        second.child.wait(timeout=60)
        assert site.runs() == ["lost", "finished"]
        assert site.ask("SELECT state FROM live_livesession") == [("ended",)]
