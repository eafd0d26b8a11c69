"""The check of devices before a live lesson: with a camera that works, with permission refused, and in an old WeChat."""

from __future__ import annotations

import pytest

from tests.browser import CAMERA, PC, PHONE, WECHAT, chromium, expect
from tests.journeys.test_live_lesson import Site, wait_for_words

pytestmark = pytest.mark.browser
FAKE = CAMERA[0]  # devices without the answer that lets pages use them
REFUSED = ["clipboard-read"]  # what is not named is refused


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("devices"))
    try:
        site.lay()
        yield site
    finally:
        site.servers.stop()


def said(page, part):
    return page.locator(f"device-check [data-part={part}]")


def test_a_teacher_checks_all_by_keyboard_before_the_lesson(site):
    with chromium(*CAMERA) as browser:
        teacher = site.visitor(browser, site.stage["staff"]["li"], permissions=["camera", "microphone"], viewport=PC)
        page = teacher.go(f"/institution/live/{site.stage['live']}/")
        page.get_by_role("link", name="检测设备和网络").click()
        expect(said(page, "browser")).to_have_text("浏览器可以上直播课。")
        teacher.check_page()

        for name in ("测网速", "播放测试音", "听到了", "播放样片", "打开麦克风", "打开摄像头"):
            button = page.get_by_role("button", name=name, exact=True)
            button.focus()
            page.keyboard.press("Enter")
        wait_for_words(page, "[data-part=line]", "下行")
        wait_for_words(page, "[data-part=speaker]", "扬声器正常")
        wait_for_words(page, "[data-part=playing]", "视频可以播放")
        wait_for_words(page, "[data-part=microphone]", "听到了您的声音")
        wait_for_words(page, "[data-part=camera]", "摄像头已打开")
        page.wait_for_function("() => document.querySelector('[data-part=preview]').currentTime > 0")
        assert page.get_by_label("选择摄像头").locator("option").count() >= 1
        line = said(page, "line").get_attribute("data-tone")  # as quick as this machine is just now
        expect(said(page, "sum")).to_have_attribute("data-tone", line)
        teacher.check_page()
        page.set_viewport_size(PHONE)
        teacher.check_page()


def test_who_refuses_is_told_what_to_do(site):
    with chromium(FAKE) as browser:
        learner = site.visitor(browser, site.stage["learners"][0]["token"], viewport=PHONE, permissions=REFUSED)
        page = learner.go("/my/devices/")
        page.get_by_role("button", name="打开摄像头").click()
        wait_for_words(page, "[data-part=camera]", "没有允许使用摄像头")
        page.get_by_role("button", name="打开麦克风").click()
        wait_for_words(page, "[data-part=microphone]", "没有允许使用麦克风")
        page.get_by_role("button", name="播放测试音").click()
        page.get_by_role("button", name="没听到").click()
        wait_for_words(page, "[data-part=speaker]", "请调大音量")
        wait_for_words(page, "[data-part=sum]", "有3项需要处理")
        learner.check_page()
        page.set_viewport_size(PC)
        learner.check_page()


def test_a_wechat_without_cameras_and_a_page_without_https_say_so(site):
    with chromium() as browser:
        learner = site.visitor(browser, site.stage["learners"][0]["token"], viewport=PHONE, user_agent=WECHAT)
        learner.page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
        page = learner.go("/my/devices/")
        page.get_by_role("button", name="打开摄像头").click()
        wait_for_words(page, "[data-part=camera]", "这个版本的微信不能打开摄像头")
        learner.check_page()

        learner.page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
        page = learner.go("/my/devices/")
        wait_for_words(page, "[data-part=browser]", "请用https开头的地址")
        learner.check_page()
