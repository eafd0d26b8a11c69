"""A learner who reads a text, looks away, comes back, and is asked whether they are there."""

from __future__ import annotations

import re
import time

import pytest

from tests.browser import PATIENCE, PHONE, WECHAT, Visitor, chromium, expect
from tests.journeys.staged import staged

pytestmark = pytest.mark.browser
SHOW = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("reader"), "reader") as made:
        yield made


def earned(page) -> int:
    """Return the seconds that the page says are counted."""
    minutes, seconds = re.fullmatch(
        r"(?:(\d+) 分 )?(\d+) 秒", page.locator("[data-part=earned]").inner_text().strip()
    ).groups()
    return int(minutes or 0) * 60 + int(seconds)


def wait_until_earned(page, more_than: int) -> int:
    for _ in range(PATIENCE // 250):
        if (now := earned(page)) > more_than:
            return now
        page.wait_for_timeout(250)
    raise AssertionError(f"it stays at {earned(page)} s: " + page.locator("main").inner_text()[:300])


def test_a_look_away_costs_nothing_and_a_check_cannot_be_waved_off(site):
    base, stage = site
    with chromium() as browser:
        learner = Visitor(browser, base, viewport=PHONE, user_agent=WECHAT, is_mobile=True, has_touch=True)
        token = stage["learners"][0]["token"]
        learner.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
        learner.listen()
        page = learner.go(f"/learn/{stage['training_class']}/{stage['lesson']}/")
        begun = time.monotonic()
        page.get_by_role("button", name="开始学习").click()
        wait_until_earned(page, 2)

        page.evaluate(SHOW, True)
        looked = time.monotonic() - begun
        page.wait_for_timeout(6000)
        away = earned(page)
        page.evaluate(SHOW, False)
        wait_until_earned(page, away + 1)

        assert 2 < away <= looked + 1
        assert page.locator("[data-part=notice]").is_hidden()
        answer = page.get_by_role("dialog").get_by_role("button", name="我在学习")
        answer.wait_for()
        for _ in range(4):
            page.keyboard.press("Escape")
            page.wait_for_timeout(150)
        expect(answer).to_be_visible()
        learner.check_page()
        answer.click()
        page.get_by_role("dialog").wait_for(state="hidden")
        learner.wait_to_hear("已确认")
        assert learner.faults == []
