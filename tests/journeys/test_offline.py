"""A learner whose network goes away: what was read meanwhile is kept on the device, over a closed tab too, and counted later."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import pytest

from tests.browser import PATIENCE, PHONE, Visitor, chromium
from tests.journeys.test_reader import earned, wait_until_earned
from tests.live.servers import Servers

pytestmark = pytest.mark.browser
OFFLINE_MS = 6_000
FROZEN_SECONDS = 8
KEPT = """() => new Promise((resolve) => {
  const opening = indexedDB.open("study", 1);
  opening.onsuccess = () => {
    const all = opening.result.transaction("unsent").objectStore("unsent").getAll();
    all.onsuccess = () => resolve(all.result.length);
  };
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
    servers = Servers(environment, count=1)
    try:
        stage = json.loads(servers.run("tests.live.stage", "text"))
        servers.start()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage
    finally:
        servers.stop()


def test_what_was_read_offline_counts_after_the_tab_was_closed(site):
    base, stage = site
    with chromium() as browser:
        learner = Visitor(browser, base, viewport=PHONE)
        learner.context.add_cookies([{"name": "sessionid", "value": stage["learners"][0]["token"], "url": base}])
        # Chromium's offline mode leaves open sockets alone: here everything goes over HTTP.
        learner.context.route_web_socket(re.compile(".*"), lambda line: line.close())
        lesson = f"/learn/{stage['training_class']}/{stage['lesson']}/"
        page = learner.go(lesson)
        begun = time.monotonic()
        page.locator("[data-part=start]").click()
        before = wait_until_earned(page, 2)

        learner.context.set_offline(True)
        online = time.monotonic() - begun
        page.get_by_text("网络断开").wait_for()
        page.wait_for_timeout(OFFLINE_MS)
        seen_offline = earned(page)
        page.close()
        learner.context.set_offline(False)
        page = learner.context.new_page()
        page.goto(base + lesson)
        page.locator("[data-part=start]").click()
        after = wait_until_earned(page, before)

        assert seen_offline <= online + 1
        assert after >= before + OFFLINE_MS // 1000 - 2
        for _ in range(PATIENCE // 100):
            if page.evaluate(KEPT) <= 1:
                break
            page.wait_for_timeout(100)
        assert page.evaluate(KEPT) <= 1  # the old session's is gone; the new one's comes and goes


JUMPING = """() => {
  const real = Date;
  window.clockJump = 0;
  window.Date = class extends real {
    constructor(...given) {
      super(...(given.length ? given : [real.now() + window.clockJump]));
    }
    static now() {
      return real.now() + window.clockJump;
    }
  };
}"""
DAY_MS = 86_400_000


def freeze(browser, seconds):
    """Stop the processes that run pages, as a phone does with an app in the background, and let them go on."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [one["id"] for one in processes if one["type"] == "renderer"]
    assert pages
    try:
        for pid in pages:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
    finally:
        for pid in pages:
            os.kill(pid, signal.SIGCONT)


def test_a_devices_clock_and_a_frozen_tab_change_nothing_that_was_studied(site):
    """The clock jumps a day on and two back, as phones do without a network; then the system freezes the page's timers."""
    base, stage = site
    with chromium() as browser:
        learner = Visitor(browser, base, viewport=PHONE)
        learner.context.add_cookies([{"name": "sessionid", "value": stage["learners"][1]["token"], "url": base}])
        learner.context.add_init_script(f"({JUMPING})()")
        page = learner.go(f"/learn/{stage['training_class']}/{stage['lesson']}/")
        begun = time.monotonic()
        page.locator("[data-part=start]").click()
        before = wait_until_earned(page, 1)

        for jump in (DAY_MS, -DAY_MS, 0):
            page.evaluate("(jump) => { window.clockJump = jump; }", jump)
            page.wait_for_timeout(1_500)
        jumped = wait_until_earned(page, before + 2)
        went_by = time.monotonic() - begun

        assert before + 3 <= jumped <= went_by + 1
        freeze(browser, FROZEN_SECONDS)
        after = wait_until_earned(page, earned(page) + 1)
        awake = time.monotonic() - begun - FROZEN_SECONDS

        assert after <= awake + 2  # of the frozen time no more counts than the beat that was under way
        assert learner.faults == []
