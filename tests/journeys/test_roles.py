"""A role in the browser: asked for on a PC, agreed on a phone by a second person, used, and ended at once."""

from __future__ import annotations

import re

import pytest

from tests.browser import PC, PHONE, WECHAT, Visitor, chromium, expect
from tests.cast import PASSWORD
from tests.journeys.staged import enter, staged

pytestmark = pytest.mark.browser
REASON = "任职文件示例1号"


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "anomaly") as laid:
        yield laid


def test_a_role_is_asked_for_given_used_and_ended(site):
    with chromium() as browser:
        phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
        sun, chen = enter(browser, site, "sun", viewport=PC), enter(browser, site, "chen", **phone)
        lu = Visitor(browser, site[0], **phone)
        lu.sign_in("luren", PASSWORD)

        page = sun.go("/office/accounts/")
        expect(page.get_by_text("没有待复核的申请")).to_be_visible()
        sun.check_page()
        page.get_by_label("姓名或用户名").fill("没有这个人")
        page.get_by_role("button", name="查找").click()
        expect(page.get_by_text("没有符合条件的账号")).to_be_visible()
        sun.check_page()
        page.get_by_role("link", name="申请授予角色").click()
        sun.check_page()
        page.get_by_role("button", name="提出申请").click()
        expect(page.get_by_text("请填写完整的手机号或用户名。")).to_be_visible()
        sun.check_page()
        page.get_by_label("手机号或用户名").fill("luren")
        page.get_by_label("角色").select_option(label="企业工作人员")
        page.get_by_label("理由").fill(REASON)
        page.get_by_role("button", name="提出申请").click()
        expect(page.get_by_text("请选择一家企业")).to_be_visible()
        page.get_by_label("单位").select_option(label="示例机械厂")
        page.get_by_role("button", name="提出申请").click()
        expect(page.get_by_text("等区办复核人复核。")).to_be_visible()
        sun.check_page()

        desk = chen.go("/office/accounts/")
        chen.check_page()
        desk.get_by_role("link", name="路*：企业工作人员（示例机械厂）").click()
        chen.check_page()
        desk.get_by_label("复核意见").fill("好")
        desk.get_by_role("button", name="同意，授予角色").click()
        expect(desk.get_by_text("请写明复核意见")).to_be_visible()
        chen.check_page()
        desk.get_by_label("复核意见").fill("文件与本人已核对")
        desk.get_by_role("button", name="同意，授予角色").click()
        expect(desk.get_by_text("复核意见：文件与本人已核对")).to_be_visible()
        chen.check_page()

        learner = lu.go("/my/notices/")
        expect(learner.get_by_role("heading", name="您被授予角色：企业工作人员（机械厂）")).to_be_visible()
        lu.go("/enterprise/demand/")
        expect(learner.get_by_role("heading", level=1)).to_contain_text("培训需求")

        chen.go("/office/accounts/")
        chen.check_page()
        desk.get_by_role("link", name=re.compile("撤销 ?路人的企业工作人员")).click()
        chen.check_page()
        desk.get_by_label("撤销的理由").fill("短")
        desk.get_by_role("button", name="撤销角色").click()
        expect(desk.get_by_text("请写明理由")).to_be_visible()
        chen.check_page()
        desk.get_by_label("撤销的理由").fill("已离职交接")
        desk.get_by_role("button", name="撤销角色").click()
        expect(desk.get_by_text("已撤销角色")).to_be_visible()

        lu.go("/enterprise/demand/")
        expect(learner.get_by_role("heading", level=1)).to_contain_text("登录")
