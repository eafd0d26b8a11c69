"""A question is written in the bank, stops a film and stands in a quiz; a learner answers it in both."""

from __future__ import annotations

import pytest

from tests.browser import PHONE, WECHAT, Visitor, chromium, expect
from tests.cast import PASSWORD
from tests.journeys.authored import film_lesson, new_course, new_section, quiz_lesson, saved, submit_course, upload_film
from tests.journeys.test_main_job import (
    PHONE_NUMBER,
    TITLE,
    approve,
    file_class,
    film,  # noqa: F401 - a fixture
    register,
    release,
    site,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.browser
STEM = "潮湿环境的安全电压不超过____伏。"


def write_question(li: Visitor) -> None:
    """Write a question with blanks; the rows follow the kind, and a button adds one."""
    page = li.go("/cms/studio/questions/new/")
    page.select_option("[name=q-kind]", "fill")
    page.fill("[name=q-stem]", STEM)
    page.fill("[name=q-blanks-0-accepts]", "36 | 三十六")
    expect(page.locator("[name=q-options-0-text]")).to_be_hidden()
    page.get_by_role("button", name="再加一个空").first.click()
    assert page.locator("[name=q-blanks-2-accepts]").is_visible()
    assert li.violations() == []
    page.get_by_role("button", name="保存试题").click()
    page.get_by_text("试题已保存").wait_for()
    li.go("/cms/studio/questions/")
    expect(page.locator("table.listing")).to_contain_text(STEM)
    assert li.violations() == []


def choose_question(page, block) -> None:
    """Choose the question in the window, which has a name for those who only hear it."""
    with page.expect_response("**/question_chooser/**"):
        block.get_by_role("button", name="从题库选择").click()
    page.get_by_role("dialog", name="从题库选择").get_by_role("link", name=STEM).click()
    block.get_by_text(STEM).wait_for()


def make_asking_course(li: Visitor, film, institution_page: int) -> None:  # noqa: F811
    upload_film(li, film)
    course = new_course(li, institution_page, TITLE)
    section = new_section(li, course)
    page = film_lesson(li, section)
    popups = page.locator("[data-contentpath=popups]").first
    popups.locator("button.c-sf-add-button").first.click()
    page.fill("[name='popups-0-value-at']", "0:02")
    choose_question(page, popups)
    saved(page)
    page = quiz_lesson(li, section, "题库试题")
    choose_question(page, page.locator("[data-contentpath=quiz]").first)
    saved(page)
    submit_course(li.go(f"/cms/studio/courses/{course}/submit/"))


def test_a_question_is_written_asked_in_a_film_and_answered(site, film):  # noqa: F811
    base, stage = site
    with chromium() as browser:
        li, zhao, sun, chen = (Visitor(browser, base) for _ in range(4))
        for visitor, login in ((li, "li"), (zhao, "zhao"), (sun, "sun"), (chen, "chen")):
            visitor.sign_in(login, PASSWORD)
        write_question(li)
        make_asking_course(li, film, stage["institution_page"])
        release(sun)
        file_class(zhao)
        approve(chen)

        phone = Visitor(browser, base, viewport=PHONE, user_agent=WECHAT, is_mobile=True, has_touch=True)
        phone.sign_in_by_phone(PHONE_NUMBER)
        register(phone)
        page = phone.page
        page.get_by_role("link", name="开始学习").first.click()
        page.get_by_role("button", name="开始学习").click()
        dialog = page.locator("popup-questions dialog")
        dialog.wait_for()
        assert page.evaluate("document.querySelector('video').paused") is True
        phone.check_page()
        dialog.get_by_role("button", name="提交回答").click()
        dialog.get_by_text("请填写答案。").wait_for()
        dialog.get_by_label("第 1 空").fill("３６")
        dialog.get_by_role("button", name="提交回答").click()
        dialog.get_by_text("答对了。").wait_for()
        assert "三十六" not in dialog.inner_text()  # the quiz still asks it
        phone.check_page()
        dialog.get_by_role("button", name="继续看视频").click()
        page.wait_for_function("() => document.querySelector('video').currentTime > 3")
        page.reload()
        expect(page.locator("popup-questions")).to_have_count(0)
        li.go("/cms/studio/questions/").get_by_role("link", name=STEM).click()
        li.page.get_by_role("link", name="题目分析").click()
        expect(li.page.locator("main")).to_contain_text("样本不足")
        li.check_page()
        assert [visitor.faults for visitor in (li, zhao, sun, chen, phone)] == [[]] * 5
