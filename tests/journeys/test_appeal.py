"""An appeal in the browser, from the account to the hours given back: the learner on a phone in WeChat, the office on a PC."""

from __future__ import annotations

import pytest

from tests.appeals.stage import OPINION, PHOTO, REASON
from tests.browser import PC, PHONE, WECHAT, chromium, expect
from tests.journeys.staged import enter, staged

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "appeal") as laid:
        yield laid


def test_an_appeal_from_the_account_to_the_hours_given_back(site):
    with chromium() as browser:
        phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
        wang, pocket = enter(browser, site, "wang", **phone), enter(browser, site, "sun", **phone)
        sun, chen = (enter(browser, site, name, viewport=PC) for name in ("sun", "chen"))
        account = f"/my/hours/{site[1]['enrolment']}/"

        mine = wang.go(account)
        wang.check_page()
        mine.locator(f"a[href='/my/appeals/new/{site[1]['entry']}/']").click()
        mine.get_by_role("button", name="提交申诉").click()
        expect(mine.get_by_role("alert").first).to_be_visible()
        wang.check_page()
        mine.locator("[name=reason]").fill(REASON)
        picture = {"name": "证明.jpg", "mimeType": "image/jpeg", "buffer": PHOTO.content}
        mine.locator("[name=file]").set_input_files(picture)
        mine.get_by_role("button", name="提交申诉").click()
        expect(mine.locator(".tag", has_text="待审核")).to_be_visible()
        wang.check_page()

        page = sun.go("/office/appeals/")
        sun.check_page()
        page.locator("tbody a").first.click()
        case = page.url.replace(site[0], "")
        for path in ("/office/appeals/", case):
            pocket.go(path)
            pocket.check_page()
        page.locator("[name=propose-outcome]").select_option("granted")
        page.locator("[name=propose-reason]").fill(OPINION)
        page.get_by_role("button", name="提交意见").click()
        expect(page.get_by_text("复核同意前不产生任何后果")).to_be_visible()
        sun.check_page()
        page = chen.go(case)
        page.get_by_role("button", name="同意", exact=True).click()
        expect(page.locator(".tag", has_text="申诉成立").first).to_be_visible()
        chen.check_page()

        expect(wang.go("/my/appeals/").get_by_text("已计入学时")).to_be_visible()
        wang.check_page()
        expect(wang.go(account).get_by_text("经申诉复核恢复认定")).to_be_visible()
        wang.check_page()
