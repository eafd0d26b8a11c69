"""A learner shows the face before a lesson and in a check: with a camera, refused one, and without an enrolled face."""

from __future__ import annotations

import json
import random
import re
from io import BytesIO

import pytest
from PIL import Image

from tests.browser import PC, PHONE, WECHAT, Visitor, chromium, expect
from tests.live.servers import Servers

pytestmark = pytest.mark.browser
# The browser's stand-in for a camera shows the same again and again; a camera never does.
NOISE = """
  const own = HTMLCanvasElement.prototype.toBlob;
  HTMLCanvasElement.prototype.toBlob = function (...rest) {
    const context = this.getContext("2d");
    context.fillStyle = `hsl(${Math.random() * 360}, 100%, ${Math.random() * 100}%)`;
    context.fillRect(0, 0, 8, 8);
    return own.apply(this, rest);
  };
"""
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    yield from served(tmp_path_factory.mktemp("face"), "face")


@pytest.fixture(scope="module")
def mild_site(tmp_path_factory):
    """Return a site whose class takes photographs as well."""
    yield from served(tmp_path_factory.mktemp("file"), "face_file")


def served(folder, kind):
    environment = {
        "VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": "",
        "FACES_GATEWAY": "tests.live.faces.Obliging",
    }  # fmt: skip
    servers = Servers(environment, count=1)
    try:
        stage = json.loads(servers.run("tests.live.stage", kind))
        servers.start()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage
    finally:
        servers.stop()


def lesson(browser, site, learner=0, **options):
    """Open the lesson on a phone as a learner; return the visitor."""
    base, stage = site
    visitor = Visitor(browser, base, viewport=PHONE, has_touch=True, **options)
    token = stage["learners"][learner]["token"]
    visitor.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
    visitor.context.add_init_script(NOISE)
    visitor.listen()
    visitor.go(f"/learn/{stage['training_class']}/{stage['lesson']}/")
    return visitor


def until_passed(page, dialog):
    """Wait until the face was taken; make the moves again where a slow page was late with them, as a person would."""
    again = dialog.get_by_role("button", name="再试一次")
    for _ in range(480):
        if dialog.is_hidden():
            return
        if again.is_visible() and again.is_enabled():
            again.press("Enter")
        page.wait_for_timeout(250)
    raise AssertionError("the face was not taken: " + dialog.inner_text())


def test_face_opens_the_lesson_and_answers_the_check_by_keyboard(site):
    with chromium(*CAMERA) as browser:
        visitor = lesson(browser, site)
        page = visitor.page
        page.get_by_role("button", name="开始学习").click()
        gate = page.get_by_role("dialog", name="开始学习前请核验人脸")
        gate.get_by_text("10分钟内可以打开这一课").wait_for()
        visitor.check_page()

        gate.get_by_role("button", name="开始核验").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('[data-part=faceCapture] video')?.srcObject?.active")
        visitor.wait_to_hear("第1步，共4步")
        visitor.check_page()
        until_passed(page, gate)
        page.locator("[data-part=cover]").wait_for(state="hidden")
        assert page.evaluate("document.querySelector('[data-part=faceCapture] video').srcObject") is None

        check = page.get_by_role("dialog", name="请核验人脸")
        check.wait_for()
        visitor.check_page()
        check.get_by_role("button", name="开始核验").press("Enter")
        visitor.wait_to_hear("第2步，共4步")
        page.set_viewport_size(PC)
        visitor.check_page()
        until_passed(page, check)
        visitor.wait_to_hear("已确认，学习时间已计入")
        assert page.locator("[data-part=stop]").is_hidden()
        assert visitor.faults == []


def test_camera_that_is_refused_leads_to_photographs_which_this_class_does_not_take(site):
    with chromium("--deny-permission-prompts") as browser:
        visitor = lesson(browser, site, learner=1)
        page = visitor.page
        page.get_by_role("button", name="开始学习").click()
        gate = page.get_by_role("dialog", name="开始学习前请核验人脸")
        gate.get_by_role("button", name="开始核验").click()

        gate.get_by_text("本班只接受页面摄像头").wait_for()
        visitor.check_page()
        gate.get_by_role("button", name="先不学").click()
        gate.wait_for(state="hidden")
        assert page.locator("[data-part=cover]").is_visible()


def test_in_wechat_without_a_camera_photographs_are_taken_one_by_one(mild_site):
    with chromium() as browser:
        visitor = lesson(browser, mild_site, user_agent=WECHAT)
        page = visitor.page
        page.get_by_role("button", name="开始学习").click()
        gate = page.get_by_role("dialog", name="开始学习前请核验人脸")
        gate.get_by_text("通过后10分钟内").wait_for()
        gate.get_by_role("button", name="开始核验").click()

        for place, colour in ((1, "red"), (2, "blue")):
            file = gate.get_by_label(f"第{place}张，共2张")
            file.wait_for()
            visitor.check_page()
            file.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": plain(colour)})

        gate.wait_for(state="hidden")
        page.locator("[data-part=cover]").wait_for(state="hidden")
        assert visitor.faults == []


def by_files(dialog):
    """Take photographs instead of the camera's pictures, each of another colour, and send them."""
    again = dialog.get_by_role("button", name="再试一次")
    dialog.get_by_label("第1张，共2张").or_(again).wait_for()  # a camera that was slow to open asks for files at once
    if again.is_visible():
        again.click()
    for place, colour in enumerate(random.sample(range(1, 1 << 24), 2), start=1):
        file = dialog.get_by_label(f"第{place}张，共2张")
        file.wait_for()
        file.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": plain(f"#{colour:06x}")})


def test_a_check_that_stays_unclear_to_the_last_try_says_what_is_lost_and_leads_to_the_appeal(mild_site):
    with chromium(*CAMERA) as browser:
        visitor = lesson(browser, mild_site, learner=1)
        page = visitor.page
        page.get_by_role("button", name="开始学习").click()
        gate = page.get_by_role("dialog", name="开始学习前请核验人脸")
        gate.get_by_role("button", name="开始核验").click()
        gate.get_by_role("button", name="改用拍照上传").click()
        by_files(gate)

        check = page.get_by_role("dialog", name="请核验人脸")
        check.get_by_role("button", name="开始核验").press("Enter")
        again = check.get_by_role("button", name="再试一次")
        again.wait_for()
        expect(again).to_be_focused()
        expect(check.get_by_role("alert").filter(has_text="请")).to_be_visible()
        visitor.check_page()
        check.get_by_role("button", name="改用拍照上传").click()
        by_files(check)
        check.get_by_text("相似度不够确定").wait_for()
        by_files(check)

        lost = page.get_by_role("dialog", name="这次核验已经结束")
        expect(
            lost.get_by_role("alert").filter(has_text=re.compile("可试的次数已经用完。上次确认之后的.+暂不认定。"))
        ).to_be_visible()
        expect(lost.get_by_role("heading")).to_be_focused()
        expect(lost).to_have_accessible_description(re.compile("^人脸核验没有通过：画面与参考照片的相似度不够确定"))
        assert not page.get_by_text("再试一次").locator("visible=true").count()
        visitor.check_page()
        page.set_viewport_size(PC)
        visitor.check_page()

        hours = lost.get_by_role("link", name="去“学时明细”申诉").get_attribute("href")
        page.keyboard.press("Escape")
        lost.wait_for(state="hidden")
        expect(page.get_by_role("button", name="在这里继续")).to_be_focused()
        visitor.check_page()
        visitor.go(hours)
        page.get_by_role("link", name=re.compile("^申诉")).first.click()
        page.get_by_role("button", name="提交申诉").wait_for()


def plain(colour):
    """Return a picture of one colour."""
    out = BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "PNG")
    return out.getvalue()


def test_whoever_enrolled_no_face_is_shown_the_way(site):
    with chromium(*CAMERA) as browser:
        visitor = lesson(browser, site, learner=2)
        page = visitor.page
        page.get_by_role("button", name="开始学习").click()

        page.get_by_text("登记参考照片").wait_for()
        visitor.check_page()
        page.get_by_role("link", name="去“人脸核验”页面").click()
        page.wait_for_url("**/my/face/")
        visitor.check_page()
