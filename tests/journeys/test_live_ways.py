"""A learner on a poor line: chooses the sound alone, comes back to the picture, and falls to the sound by itself."""

from __future__ import annotations

import pytest

from tests.browser import CAMERA, PHONE, WECHAT, chromium
from tests.journeys.test_live_lesson import STATUS, Site, wait_for_words, watch_on

pytestmark = pytest.mark.browser
WIDE = "() => document.querySelector('live-viewer video').videoWidth > 0"
DARK = "() => { const v = document.querySelector('live-viewer video'); return v.readyState > 2 && v.videoWidth === 0; }"
SAID = "live-viewer [data-words]"
POOR = {"offline": False, "latency": 40, "downloadThroughput": 22_000, "uploadThroughput": 22_000}  # bytes a second
WELL = POOR | {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    site.servers.environment["LIVE_RENDITIONS"] = "sound"
    try:
        site.lay()
        yield site
    finally:
        site.servers.stop()


def test_sound_is_chosen_kept_and_fallen_to(site):
    stage = site.stage
    with chromium(*CAMERA) as browser:
        teacher = site.visitor(browser, stage["staff"]["li"], permissions=["camera", "microphone"])
        learner = site.visitor(browser, stage["learners"][0]["token"], viewport=PHONE, user_agent=WECHAT)
        studio = teacher.go(f"/institution/live/{stage['live']}/studio/")
        wait_for_words(studio, STATUS, "设备已打开")
        studio.get_by_role("button", name="开始直播").click()
        wait_for_words(studio, STATUS, "正在直播")
        page = learner.go(f"/my/live/{stage['live']}/")
        watch_on(page)
        page.wait_for_function(WIDE)

        page.get_by_label("画面", exact=True).select_option("sound")
        page.wait_for_function(DARK)
        watch_on(page)
        wait_for_words(page, SAID, "仅声音，没有画面")
        learner.check_page()
        page.reload()
        page.wait_for_function(DARK)
        assert page.get_by_label("画面", exact=True).input_value() == "sound"

        page.get_by_label("画面", exact=True).select_option("auto")
        page.wait_for_function(WIDE)
        watch_on(page)
        line = learner.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", POOR)
        wait_for_words(page, SAID, "已改为仅声音", seconds=240)
        line.send("Network.emulateNetworkConditions", WELL)
        page.wait_for_function(DARK)
        watch_on(page)
        page.set_viewport_size({"width": 1440, "height": 900})
        learner.check_page()
