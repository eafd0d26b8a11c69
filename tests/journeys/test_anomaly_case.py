"""A case in the browser, from the queue to the granted appeal: staff on a PC, the learner on a phone in WeChat."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lms.kernel import clock
from tests.browser import PC, PHONE, WECHAT, Visitor, chromium, expect
from tests.journeys.staged import enter, staged

pytestmark = pytest.mark.browser
REASON = "核对设备和应答记录，本人承认由他人代学"


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "anomaly") as laid:
        yield laid


def test_a_case_from_the_queue_to_its_appeal(site):
    with chromium() as browser:
        sun, chen, zhou = (enter(browser, site, name, viewport=PC) for name in ("sun", "chen", "zhou"))
        phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
        wang, pocket = enter(browser, site, "wang", **phone), enter(browser, site, "sun", **phone)
        case = f"/office/anomalies/{site[1]['case']}/"
        look_at_the_queue(sun, pocket, case)

        page = sun.go(case)
        sun.check_page()
        page.get_by_role("button", name="开始核查").click()
        page.get_by_role("button", name="发出").click()
        expect(page.get_by_role("alert").first).to_contain_text("请写明要说明什么")
        assert page.get_by_role("alert").first.inner_text().count("请写明要说明什么") == 1
        sun.check_page()
        page.locator("[name=ask-question]").fill("请说明当天的学习是否由本人完成")
        page.get_by_role("button", name="发出").click()

        mine = wang.go("/my/")
        wang.check_page()
        mine.get_by_role("link", name="消息 1 条未读").click()
        wang.check_page()
        mine.get_by_role("button", name="有一项学习记录需要说明").click()
        mine.wait_for_url("**/my/cases/")
        expect(wang.go("/my/notices/").locator(".notice-new")).to_have_count(0)
        mine = wang.go("/my/")
        mine.get_by_role("link", name="去说明").click()
        wang.check_page()
        mine.get_by_text("系统看到了什么").click()
        expect(mine.locator("main")).to_contain_text("8次在岗确认都在被问后约3.0秒应答")
        mine.get_by_label("您的说明").fill("那天是我本人在家学习的，没有请别人。")
        mine.get_by_role("button", name="提交说明").click()
        expect(mine.get_by_text("说明已收到")).to_be_visible()

        page = sun.go(case)
        page.get_by_role("combobox", name="结论").select_option("fraud")
        page.locator("[name=rule-reason]").fill(REASON)
        page.locator("input[name=rule-withdraw]").first.check()
        page.locator("input[name=rule-bar]").check()
        until = clock.today() + timedelta(days=200)
        page.get_by_label("不得报名的截止日期").fill(str(until))
        page.get_by_role("button", name="提交结论").click()
        expect(page.get_by_text("复核同意前不产生任何后果")).to_be_visible()
        sun.check_page()
        page = chen.go(case)
        chen.check_page()
        page.get_by_role("button", name="同意，措施生效").click()
        expect(page.locator(".tag", has_text="欺诈").first).to_be_visible()

        mine = wang.go("/my/cases/")
        barred = f"{until.year}年{until.month}月{until.day}日前（含当天）不能报名新的班级"
        expect(mine.get_by_text(barred)).to_be_visible()
        wang.check_page()
        mine.get_by_label("申诉理由").fill("我用的是辅助开关，用时当然都一样。")
        mine.get_by_role("button", name="提出申诉").click()
        page = zhou.go(case)
        page.locator("[name=appeal-opinion]").fill("核对残疾人证属实，撤销全部措施")
        page.get_by_role("button", name="申诉成立，撤销措施").click()
        zhou.check_page()
        expect(wang.go("/my/cases/").get_by_text("申诉成立，针对您的措施已经撤销")).to_be_visible()
        wang.check_page()


def look_at_the_queue(sun: Visitor, pocket: Visitor, case: str) -> None:
    """Look at the queue, its filters, the numbers behind it and the case, on a PC and on a phone."""
    page = sun.go("/office/anomalies/")
    sun.check_page()
    page.get_by_label("线索类型").select_option("shared_device")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "kind=shared_device" in page.url
    for path in ("/office/anomalies/policy/", "/office/anomalies/policy/new/"):
        sun.go(path)
        sun.check_page()
    for path in ("/office/anomalies/", case):
        pocket.go(path)
        pocket.check_page()
