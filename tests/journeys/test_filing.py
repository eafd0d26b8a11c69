"""An institution's filing in the browser: filed, returned at a field, corrected, accepted by two, suspended, lifted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from lms.kernel import clock
from tests.browser import PC, PHONE, WECHAT, chromium, expect
from tests.journeys.staged import enter, staged

pytestmark = pytest.mark.browser
OPINION = "材料齐全，与原件一致"


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "filing") as laid:
        yield laid


def file_class(visitor):
    """Fill in the form of a class that begins in ten days, and send it."""
    page = visitor.go("/institution/classes/new/")
    page.get_by_label("班级名称").fill("焊工初级示例班")
    for label in ("培训项目", "课程"):
        page.get_by_label(label, exact=True).select_option(index=1)
    page.get_by_label("开班日期").fill(str(clock.today() + timedelta(days=10)))
    page.get_by_label("结束日期").fill(str(clock.today() + timedelta(days=40)))
    page.get_by_role("button", name="保存").click()
    return page


def decide(visitor, button, opinion):
    """Write an opinion and press a button."""
    visitor.page.get_by_label("意见").first.fill(opinion)
    visitor.page.get_by_role("button", name=button).click()


def test_filed_returned_corrected_accepted_suspended_and_lifted(site):
    told = site[1]
    own, papers = f"/filing/{told['unit']}/", f"/filing/applications/{told['application']}/"
    review, file = f"/office/institutions/filings/{told['application']}/", f"/office/institutions/{told['unit']}/"
    with chromium() as browser:
        phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
        zhao, sun = enter(browser, site, "zhao", **phone), enter(browser, site, "sun", viewport=PC)
        chen = enter(browser, site, "chen", viewport=PC)

        page = zhao.go(own)
        expect(page.get_by_text("培训目录是空的")).to_be_visible()
        zhao.check_page()
        page.get_by_role("button", name="查看办理中的申请").click()
        page.get_by_label("统一社会信用代码").fill("52999999")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_text("现在是8位").first).to_be_visible()
        zhao.check_page()
        page = zhao.go(papers)
        page.get_by_role("button", name="提交区办").click()
        expect(page.get_by_text("还不能提交")).to_be_visible()
        zhao.check_page()
        page.get_by_label("职业", exact=True).select_option(told["occupation"])
        page.get_by_label("等级", exact=True).select_option(told["level"])
        page.get_by_role("button", name=re.compile("添加 ?培训目录")).click()
        expect(page.get_by_text("材料已齐")).to_be_visible()
        page.get_by_role("button", name="提交区办").click()
        expect(page.get_by_text("已提交区办")).to_be_visible()
        zhao.check_page()

        desk = sun.go("/office/institutions/")
        sun.check_page()
        desk.get_by_role("link", name="示例职业培训学校甲：备案申请").click()
        sun.check_page()
        desk.get_by_role("button", name="退回补正").click()
        expect(desk.get_by_text("请写明退回意见").first).to_be_visible()
        sun.check_page()
        desk.get_by_label("办学许可证编号：要改什么").fill("与许可证扫描件不一致")
        desk.get_by_role("button", name="退回补正").click()
        expect(desk.get_by_text("已退回补正")).to_be_visible()

        page = zhao.go(papers)
        expect(page.get_by_text("补正意见：与许可证扫描件不一致")).to_be_visible()
        zhao.check_page()
        page.get_by_label("办学许可证编号").fill("示例-002")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_text("备案信息已保存")).to_be_visible()
        page.get_by_role("button", name="提交区办").click()
        expect(page.get_by_text("已提交区办")).to_be_visible()

        sun.go(review)
        decide(sun, "初审通过", OPINION)
        expect(desk.get_by_text("等复核人复核后备案")).to_be_visible()
        lead = chen.go(review)
        decide(chen, "复核通过，备案", OPINION)
        expect(lead.get_by_text("已备案，编号BA-JG-")).to_be_visible()
        chen.check_page()

        desk = sun.go(file)
        desk.get_by_role("button", name="提出，等复核").click()
        expect(desk.get_by_text("请选择措施。").first).to_be_visible()
        sun.check_page()
        desk.get_by_label("措施", exact=True).select_option("suspend")
        desk.get_by_label("事实和依据").fill("现场检查发现代签到两人次")
        desk.get_by_role("button", name="提出，等复核").click()
        expect(desk.get_by_text("等另一位复核人复核后生效")).to_be_visible()
        lead = chen.go(file)
        lead.get_by_role("link", name="拟暂停开班").click()
        chen.check_page()
        decide(chen, "同意，生效", "同意，按此办理")
        expect(lead.get_by_text("已被暂停开班")).to_be_visible()
        chen.check_page()

        page = file_class(zhao)
        expect(page.get_by_text("已被暂停开班，直到区办解除").first).to_be_visible()
        zhao.check_page()
        page = zhao.go(own)
        expect(page.get_by_text("已被暂停开班")).to_be_visible()
        zhao.check_page()

        desk = sun.go(file)
        desk.get_by_label("措施", exact=True).select_option("lift")
        desk.get_by_label("事实和依据").fill("已整改并经现场核实")
        desk.get_by_role("button", name="提出，等复核").click()
        expect(desk.get_by_text("等另一位复核人复核后生效")).to_be_visible()
        lead = chen.go(file)
        lead.get_by_role("link", name="拟解除暂停").click()
        decide(chen, "同意，生效", "同意解除暂停")
        expect(lead.get_by_text("已办理")).to_be_visible()
        page = file_class(zhao)
        expect(page.get_by_text("班级已保存为草稿")).to_be_visible()

        desk = sun.go("/office/institutions/agreements/text/")
        desk.get_by_role("button", name="发布新版本").click()
        expect(desk.get_by_text("请填写承诺事项，每行一条。").first).to_be_visible()
        sun.check_page()
        desk.get_by_label("生效日期").fill(str(clock.today()))
        desk.get_by_label("依据").fill("示例")
        desk.get_by_label("协议正文").fill("双方约定按示例口径开展培训，本文本仅供测试使用。")
        desk.get_by_label("承诺事项").fill("如实申报学员和学时\n不收取学员费用")
        desk.get_by_role("button", name="发布新版本").click()
        expect(desk.get_by_text("已发布协议文本第1版")).to_be_visible()
        sun.check_page()
        page = zhao.go(f"{own}agreements/{clock.today().year}/")
        page.get_by_label("如实申报学员和学时").check()
        page.get_by_role("button", name="签署").click()
        expect(page.get_by_text("还有1条承诺没有勾选").first).to_be_visible()
        zhao.check_page()
        page.get_by_label("不收取学员费用").check()
        page.get_by_role("button", name="签署").click()
        expect(page.get_by_text("已签署，等区办签署后生效。")).to_be_visible()
        zhao.check_page()
        lead = chen.go("/office/institutions/")
        lead.get_by_role("link", name=f"示例职业培训学校甲：{clock.today().year}年度协议").click()
        chen.check_page()
        lead.get_by_role("button", name="代表区办签署").click()
        expect(lead.get_by_text("已签署，协议即日生效")).to_be_visible()
        chen.check_page()
