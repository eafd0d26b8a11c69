"""The main job, end to end, in real browsers and real time: from an instructor's film to the office's list and file.

Two devices of one learner: a PC, and a phone inside WeChat. Every page that is met is held to axe, to its own origin and
to the width of its screen.
"""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import Workbook, load_workbook

from lms.kernel import clock
from tests.browser import PHONE, WECHAT, Visitor, chromium, expect
from tests.cast import PASSWORD, document_number
from tests.courses.media import make_video
from tests.journeys.authored import film_lesson, new_course, new_section, quiz_lesson, saved, submit_course, upload_film
from tests.journeys.staged import staged

pytestmark = pytest.mark.browser

SECONDS = 24
NUMBER = document_number(512)
PHONE_NUMBER = "13900139001"
TITLE = "焊工安全（旅程）"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("site"), "district", worker=True) as made:
        yield made


# A tap near the end of the seek bar; returns where the film was and where it is then, in seconds.
TAP_THE_END = """() => {
  const bar = document.querySelector("[data-part=seek]");
  const film = document.querySelector("video");
  const reached = film.currentTime;
  bar.value = bar.max * 0.93;
  bar.dispatchEvent(new Event("input"));
  return [reached, film.currentTime];
}"""
# As soon as a check is asked the film stands still: while the page is looked at it would play on, or to its end.
HELD_WHEN_ASKED = """() => {
  if (!document.querySelector("study-player dialog[open]")) return false;
  document.querySelector("video").pause();
  return true;
}"""
# The film is over, its last check is answered, and nothing that was watched waits for another.
SETTLED = """() => document.querySelector("video").ended && !document.querySelector("study-player dialog[open]")
  && !document.querySelector("[data-part=pending]").textContent"""
GO_ON = """() => {
  const film = document.querySelector("video");
  return film.ended ? null : film.play();
}"""


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("film") / "焊前检查.mp4", seconds=SECONDS, size="640x360")


def roster(*rows: tuple[str, str, str]) -> dict:
    book = Workbook()
    sheet = book.active
    sheet.append(["姓名", "证件号码", "手机号"])
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "名册.xlsx", "mimeType": kind, "buffer": stream.getvalue()}


def make_course(li: Visitor, film, institution_page: int) -> None:
    """The instructor uploads a film, waits for it, and builds a course in Wagtail's admin."""
    upload_film(li, film)
    course = new_course(li, institution_page, TITLE)
    section = new_section(li, course)
    saved(film_lesson(li, section))
    page = quiz_lesson(li, section, "试题", exact=True)
    stem = page.locator("[name='quiz-0-value-stem']")
    stem.wait_for()
    stem.fill("焊接前首先应当做什么？")
    page.fill("[name='quiz-0-value-options-0-value-text']", "检查设备和防护")
    page.check("[name='quiz-0-value-options-0-value-correct']")
    page.locator("[data-contentpath=options] button.c-sf-add-button").last.click()
    page.fill("[name='quiz-0-value-options-1-value-text']", "直接引弧")
    saved(page)
    li.go(f"/cms/pages/{course}/edit/")
    assert not [one for one in li.violations() if one.startswith("color-contrast")]
    li.go(f"/cms/studio/courses/{course}/outline/")
    assert li.violations() == []
    page = li.go(f"/cms/studio/courses/{course}/submit/")
    assert li.violations() == []
    submit_course(page)


def release(sun: Visitor) -> None:
    page = sun.go("/office/reviews/")
    sun.check_page()
    page.get_by_role("link", name=TITLE).first.click()
    sun.check_page()
    page.fill("textarea[name=opinion]", "内容完整，同意发布。")
    page.get_by_role("button", name="审核通过并发布").click()
    page.wait_for_load_state()
    sun.go("/courses/?q=焊工")
    expect(sun.page.locator("main")).to_contain_text(TITLE)


def file_class(zhao: Visitor) -> None:
    today = clock.today()
    page = zhao.go("/institution/classes/new/")
    zhao.check_page()
    page.fill("input[name=name]", "旅程一班")
    page.select_option("select[name=programme]", index=1)
    page.select_option("select[name=course_version]", index=1)
    page.select_option("select[name=teacher]", index=1)
    page.fill("input[name=starts_on]", str(today - timedelta(days=1)))
    page.fill("input[name=ends_on]", str(today + timedelta(days=30)))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/new/" not in url)
    bad = roster(("王小芳", NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1"), ""), ("", NUMBER, "123"))
    page.set_input_files("input[type=file]", bad)
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("校验码")
    expect(page.locator("main")).to_contain_text("11位")
    zhao.check_page()
    page.set_input_files("input[type=file]", roster(("王小芳", NUMBER, PHONE_NUMBER)))
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="提交区办审核").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("待审核")


def approve(chen: Visitor) -> None:
    page = chen.go("/office/classes/")
    chen.check_page()
    page.get_by_role("link", name="旅程一班").first.click()
    chen.check_page()
    page.fill("textarea[name=opinion]", "材料齐全，同意开班。")
    page.get_by_role("button", name="批准开班").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("KB-")


def register(learner: Visitor) -> None:
    page = learner.go("/my/identity/")
    learner.check_page()
    page.fill("input[name=name]", "王小芳")
    page.fill("input[name=document_number]", "999999199003070000")
    page.check("input[name=consent_version]")
    page.get_by_role("button", name="提交实名信息").click()
    expect(page.locator("main")).to_contain_text("校验码")
    learner.check_page()
    page.fill("input[name=document_number]", NUMBER)
    page.check("input[name=consent_version]")
    page.get_by_role("button", name="提交实名信息").click()
    page.wait_for_url("**/my/")
    expect(page.locator("main")).to_contain_text(TITLE)
    learner.check_page()


def answer_check(learner: Visitor) -> None:
    """Wait for the check, hold the open dialog to axe, answer it by keyboard. The film stands still from then on."""
    page = learner.page
    page.wait_for_function(HELD_WHEN_ASKED)
    page.get_by_role("dialog").get_by_role("button", name="我在学习").wait_for()
    learner.check_page()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="hidden")


def test_a_lesson_is_made_taught_proven_and_exported(site, film):
    base, stage = site
    with chromium() as browser:
        li, zhao, sun, chen = (Visitor(browser, base) for _ in range(4))
        for visitor, login in ((li, "li"), (zhao, "zhao"), (sun, "sun"), (chen, "chen")):
            visitor.sign_in(login, PASSWORD)
        make_course(li, film, stage["institution_page"])
        release(sun)
        file_class(zhao)
        approve(chen)

        pc = Visitor(browser, base)
        pc.listen()
        pc.sign_in_by_phone(PHONE_NUMBER)
        register(pc)
        page = pc.page
        page.get_by_role("link", name="开始学习").first.click()
        pc.check_page()
        page.get_by_role("button", name="开始学习").click()
        answer_check(pc)
        pc.wait_to_hear("已确认")
        assert page.evaluate("document.querySelector('video').currentTime") > 7
        page.evaluate("document.querySelector('video').currentTime = 23")
        page.wait_for_function("() => document.querySelector('video').currentTime < 16")
        pc.wait_to_hear("首次学习不能向前拖动")
        reached, gone_to = page.evaluate(TAP_THE_END)
        assert gone_to < reached + 1
        earned = page.locator("[data-part=earned]").inner_text()
        page.evaluate(GO_ON)
        page.wait_for_function(
            "before => document.querySelector('[data-part=earned]').textContent !== before", arg=earned
        )
        page.evaluate("document.querySelector('video').pause()")  # the rest is for the phone

        phone = Visitor(browser, base, viewport=PHONE, user_agent=WECHAT, is_mobile=True, has_touch=True)
        phone.sign_in_by_phone(PHONE_NUMBER)
        phone.go(page.url.replace(base, ""))
        phone.check_page()
        phone.page.get_by_role("button", name="学").first.click()
        page.get_by_text("另一台设备").wait_for()
        pc.check_page()
        answer_check(phone)
        phone.page.evaluate(GO_ON)
        finish(phone)
        phone.check_page()
        phone.page.get_by_role("link", name="下一课").click()
        phone.page.get_by_label("检查设备和防护").wait_for()
        phone.page.get_by_role("button", name="提交答案").click()
        expect(phone.page.locator("main")).to_contain_text("请选择答案")
        phone.check_page()
        phone.page.get_by_label("检查设备和防护").check()
        phone.page.get_by_role("button", name="提交答案").click()
        phone.page.get_by_text("已及格").wait_for()
        phone.check_page()
        phone.go("/my/")
        expect(phone.page.locator("main")).to_contain_text("已达到结业条件")

        page = chen.go("/office/completion/")
        chen.check_page()
        page.get_by_role("link", name="旅程一班").click()
        chen.check_page()
        expect(page.locator("tbody")).to_contain_text("可结业")
        page.locator("tbody a").first.click()
        chen.check_page()
        evidence = page.locator("main").inner_text()
        assert "微信" in evidence
        assert "换到另一台设备" in evidence
        page.go_back()
        page.get_by_role("button", name="导出").click()
        chen.check_page()
        page.fill("#purpose", "结业核查留档")
        page.get_by_role("button", name="开始导出").click()
        link = page.get_by_role("link", name="下载").first
        link.wait_for()
        with page.expect_download() as caught:
            link.click()
        book = load_workbook(io.BytesIO(caught.value.path().read_bytes()))
        cells = [cell.value for row in book.active.iter_rows() for cell in row]
        assert NUMBER in cells
        assert [visitor.faults for visitor in (li, zhao, sun, chen, pc, phone)] == [[]] * 6


def finish(learner: Visitor) -> None:
    """Study on to the lesson's end, answering every check that comes, and going on where a slow page lost its lease."""
    page = learner.page
    check = page.get_by_role("dialog").get_by_role("button", name="我在学习")
    for _ in range(480):
        if page.locator("[data-part=done]").is_visible() and page.evaluate(SETTLED):
            return
        for button in (check, page.get_by_role("button", name="在这里继续")):
            if button.is_visible():
                button.click()
        page.wait_for_timeout(500)
    raise AssertionError("the lesson did not end: " + page.locator("main").inner_text()[:600])
