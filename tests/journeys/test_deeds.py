"""The operation log in the browser: why a number was looked at, found by whom it is about, on a PC and on a phone."""

from __future__ import annotations

import pytest

from tests.browser import PC, PHONE, chromium, expect
from tests.journeys.staged import enter, staged

pytestmark = pytest.mark.browser
WHY = "核对补贴名册（示例）"


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "appeal") as laid:
        yield laid


def test_a_reason_is_found_by_whom_it_is_about_and_read_with_a_reason(site):
    with chromium() as browser:
        pc = enter(browser, site, "chen", viewport=PC)
        pocket = enter(browser, site, "chen", viewport=PHONE, is_mobile=True, has_touch=True)
        page = pc.go(f"/office/evidence/{site[1]['enrolment']}/")
        page.get_by_role("button", name="查看完整证件号").click()
        page.get_by_label("查看理由").fill(WHY)
        page.get_by_role("button", name="查看", exact=True).click()
        page.get_by_text("本次查看已留痕").wait_for()

        page.get_by_role("link", name="操作日志").click()
        page.get_by_role("heading", name="操作日志").wait_for()
        pc.check_page()
        page.get_by_label("姓名或证件号码").fill("没有这个人")
        page.get_by_role("button", name="查找当事人").click()
        page.get_by_text("没有找到这个姓名或证件号码的人员").wait_for()
        pc.check_page()
        page.get_by_label("姓名或证件号码").fill("王芳")
        page.get_by_role("button", name="查找当事人").click()
        page.get_by_text("只看与").wait_for()
        address = page.url.replace(site[0], "")
        assert "王" not in address

        small = pocket.go(address)
        pocket.check_page()
        small.get_by_label("到", exact=True).fill("2020-01-01")
        small.get_by_label("从", exact=True).fill("2020-01-02")
        small.get_by_role("button", name="筛选").click()
        expect(small.get_by_label("到", exact=True)).to_have_accessible_description(
            "结束日期早于开始日期，请改后再筛选。"
        )
        pocket.check_page()

        page.get_by_role("link", name="查看完整证件号").first.click()
        expect(page.get_by_text(WHY)).to_have_count(0)
        pc.check_page()
        page.get_by_label("为什么要看").fill("审计抽查（示例）")
        page.get_by_role("button", name="查看", exact=True).click()
        page.get_by_text(WHY).wait_for()
        pc.check_page()
        pocket.go(page.url.replace(site[0], ""))
        pocket.check_page()
        assert pc.faults == pocket.faults == []
