"""A check that nobody answered is told on the page in the server's words, and learning goes on."""

from __future__ import annotations

import re

import pytest

from tests.browser import PHONE, Visitor, chromium, expect
from tests.journeys.staged import staged

pytestmark = pytest.mark.browser
TOLD = re.compile("没有在规定时间内应答。上次确认之后的.+暂不认定。可以接着学.+“学时明细”申诉，最晚")


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "missed") as laid:
        yield laid


def test_a_check_that_ran_out_says_why_what_is_withheld_and_where_to_appeal(site):
    base, stage = site
    with chromium() as browser:
        learner = Visitor(browser, base, viewport=PHONE, has_touch=True)
        learner.context.add_cookies([{"name": "sessionid", "value": stage["learners"][0]["token"], "url": base}])
        page = learner.go(f"/learn/{stage['training_class']}/{stage['lesson']}/")
        page.get_by_role("button", name="开始学习").click()
        page.get_by_role("dialog", name="请确认您正在学习").wait_for()

        expect(page.locator("[data-part=notice]")).to_have_text(TOLD)

        expect(page.locator("[data-part=cover]")).to_be_hidden()
        learner.check_page()
        assert learner.faults == []
