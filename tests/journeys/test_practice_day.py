"""A practice day in the browser: the code on a PC, learners with and without phones, a second person, the account."""

from __future__ import annotations

import json
import re
import time
from io import BytesIO

import cv2
import numpy
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Error

from tests.browser import PC, PHONE, WECHAT, Visitor, chromium, expect
from tests.live.servers import Servers, wait_for

pytestmark = pytest.mark.browser
POCKET = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
THERE = {"latitude": 31.23, "longitude": 121.47, "accuracy": 15}
FAR = {"latitude": 31.3, "longitude": 121.47, "accuracy": 30}


class Site:
    """Real servers whose clock stands where the story is."""

    def __init__(self, folder) -> None:
        where = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
        self.servers = Servers({**where, "STAFF_MFA_REQUIRED": "0"}, count=1)
        self.stage = json.loads(self.servers.run("tests.live.stage", "practice"))
        self.servers.start()
        self.base = f"http://127.0.0.1:{self.servers.ports[0]}"

    def at(self, time_of_day: str) -> None:
        """Set the server's clock: it is killed and comes back with the new one; everybody is signed in anew."""
        self.stage["tokens"] = json.loads(self.servers.run("tests.live.stage", "clock", time_of_day))["tokens"]
        port = self.servers.ports[0]
        before = self.servers.pids[port]
        self.servers.kill_one(port)
        deadline = time.monotonic() + 300
        while self.servers.pids[port] == before:
            assert time.monotonic() < deadline, "the server did not come back"
            time.sleep(0.1)
        wait_for(port)

    def enter(self, visitor: Visitor, name: str, path: str = "") -> Visitor:
        """Sign somebody in, and go to a page as soon as the server is back."""
        cookie = {"name": "sessionid", "value": self.stage["tokens"][name], "url": self.base}
        visitor.context.add_cookies([cookie])
        for _ in range(100):
            try:
                visitor.go(path or self.session)
                break
            except Error:  # the server is on its way
                time.sleep(0.2)
        return visitor

    @property
    def session(self) -> str:
        return f"/institution/practice/{self.stage['practice']}/"

    @property
    def own(self) -> str:
        return f"/my/practice/{self.stage['practice']}/"


@pytest.fixture
def site(tmp_path):
    held = Site(tmp_path)
    try:
        yield held
    finally:
        held.servers.stop()


def phone(browser, site, *, place=None):
    """Return a phone in WeChat; with a place, its owner lets pages have it."""
    more = {"geolocation": place, "permissions": ["geolocation"]} if place else {}
    return Visitor(browser, site.base, **POCKET, **more)


def scanned(page) -> str:
    """Return the address in the code on the screen: read from the picture, as a phone does.

    OpenCV's other reader gives up on 4 of 100 codes that are quite right.
    """
    picture = numpy.frombuffer(page.locator(".signboard-code svg").screenshot(), dtype=numpy.uint8)
    text, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(cv2.imdecode(picture, cv2.IMREAD_GRAYSCALE))
    assert text, "no phone reads this code"
    return re.sub(r"^https?://[^/]+", "", text)


def test_a_practice_day(site):
    with chromium() as browser:
        board, desk = Visitor(browser, site.base, viewport=PC), Visitor(browser, site.base, viewport=PC)
        wang, far = phone(browser, site, place=THERE), phone(browser, site, place=FAR)
        move_the_session(site, desk)

        site.at("08:40")
        sign(site, board, wang, "in", "签到成功。位置：在实操地点。")
        sign(site, board, far, "in", "定位显示您不在实操地点", name="u31")
        site.at("11:05")
        sign(site, board, wang, "out", "签退成功。位置：在实操地点。")

        site.at("11:10")
        page = site.enter(desk, "li").page
        expect(page.get_by_text("签到位置不在实操地点")).to_be_visible()
        page.get_by_role("button", name="提交到场名单").click()
        expect(page.get_by_text("已经签到或在上一份名单中，请选择到场或缺席。")).to_be_visible()
        desk.check_page()
        enter_by_hand(page, "学员31", "absent", "人不在现场")
        enter_by_hand(page, "学员33", "present", "没有手机，全程在岗", times=("09:00", "11:00"))
        page.get_by_role("button", name="提交到场名单").click()
        expect(page.get_by_text("等待第二人复核").first).to_be_visible()
        expect(page.get_by_role("button", name="确认名单")).to_have_count(0)
        desk.check_page()

        page = site.enter(desk, "zhao", "/institution/practice/?state=waiting").page
        desk.check_page()
        page.locator("tbody a").first.click()
        page.get_by_label("意见").fill("已与教师和学员核对")
        page.get_by_role("button", name="确认名单").click()
        expect(page.locator(".tag", has_text="已确认")).to_be_visible()
        desk.check_page()

        page = site.enter(wang, "wangfang", f"/my/hours/{site.stage['wang']}/").page
        told = "120分钟已认定：本人签到、签退，li确认到场，zhao复核。"
        expect(page.locator("main")).to_contain_text(told)
        wang.check_page()
        look_as_the_office(site, browser)


def move_the_session(site, desk):
    """Plan badly, then move the session to another room with a reason."""
    page = site.enter(desk, "zhao", f"/institution/classes/{site.stage['training_class']}/practice/").page
    page.get_by_role("button", name="保存安排").click()
    expect(page.locator(".field-error").nth(4)).to_be_attached()
    desk.check_page()
    page = desk.go(site.session)
    page.get_by_role("link", name="调整安排").click()
    desk.check_page()
    page.get_by_label("地点").fill("二号车间")
    page.get_by_role("button", name="保存调整").click()
    expect(page.locator(".field-error")).to_have_count(1)
    page.get_by_label("调整原因").fill("101教室检修，改到二号车间")
    page.get_by_role("button", name="保存调整").click()
    expect(page.get_by_text("调整原因：101教室检修")).to_be_visible()
    desk.check_page()


def sign(site, board, pocket, way, words, *, name="wangfang"):
    """Let the teacher's PC show the code and a phone follow the address in it."""
    site.enter(board, "li", f"{site.session}screen/?way={way}")
    board.check_page()
    site.enter(pocket, name, site.own)
    pocket.check_page()
    page = pocket.go(scanned(board.page))
    pocket.check_page()
    page.get_by_role("button", name="确认").first.click()
    page.get_by_text(words).wait_for()
    pocket.check_page()
    board.page.goto("about:blank")  # it asks every two seconds, also while the server is set to another time


def enter_by_hand(page, name, choice, reason, times=None):
    """Fill in a learner's row of the list."""
    row = page.get_by_role("group", name=name)
    row.locator(f"input[value={choice}]").check()
    row.get_by_label("说明").fill(reason)
    if times:
        row.get_by_label("到场时间").fill(times[0])
        row.get_by_label("离场时间").fill(times[1])


def look_as_the_office(site, browser):
    """Office and auditor find the day and read who was there, on a PC and on a phone."""
    for name, options in (("sun", {"viewport": PC}), ("wu", POCKET)):
        reader = Visitor(browser, site.base, **options)
        page = site.enter(reader, name, "/office/practice/").page
        reader.check_page()
        page.get_by_label("只看要留意的").check()
        page.get_by_role("button", name="筛选").click()
        page.locator("tbody a").first.click()
        expect(page.get_by_text("人不在现场")).to_be_visible()
        expect(page.get_by_text("101教室检修")).to_be_visible()
        reader.check_page()


def test_a_phone_that_gives_no_place_hears_why_and_may_still_sign(site):
    with chromium() as browser:
        board, wang = Visitor(browser, site.base, viewport=PC), phone(browser, site)
        site.at("08:40")
        site.enter(board, "li", f"{site.session}screen/?way=in")
        page = site.enter(wang, "wangfang", site.own).page
        page.get_by_label("屏幕上的六位数字").fill("12")
        page.get_by_role("button", name="下一步").click()
        assert page.evaluate("document.querySelector('#digits').validity.patternMismatch")
        page.get_by_label("屏幕上的六位数字").fill(board.page.locator(".signboard-digits").inner_text())
        page.keyboard.press("Enter")

        page.get_by_role("button", name="确认签到").focus()
        page.keyboard.press("Enter")

        page.get_by_text("没有得到位置许可").wait_for()
        wang.check_page()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_text("没有取得位置，须由教师在现场确认").wait_for()
        expect(page.get_by_text("离开前请扫签退码")).to_be_visible()
        wang.check_page()


def test_a_code_that_stands_still_is_taken_down(site):
    with chromium() as browser:
        board = Visitor(browser, site.base, viewport=PC)
        site.at("08:40")
        page = site.enter(board, "li", f"{site.session}screen/?way=in").page
        code = page.locator(".signboard-code svg")
        expect(code).to_be_visible()

        board.context.set_offline(True)
        page.get_by_text("网络断开，签到码已停止更新").wait_for()
        expect(code).to_be_hidden()
        board.context.set_offline(False)
        code.wait_for()

        board.context.clear_cookies()
        page.get_by_text("请刷新本页重新登录").wait_for()
        expect(code).to_be_hidden()
        expect(page.get_by_label("密码")).to_have_count(0)


def test_a_sheet_with_a_bad_row_comes_in_whole_only_when_it_was_mended(site, tmp_path):
    with chromium() as browser:
        desk = Visitor(browser, site.base, viewport=PHONE)
        site.at("11:10")
        page = site.enter(desk, "li").page
        with page.expect_download() as printed:
            page.get_by_role("link", name="下载签到表").click()
        bad = filled(printed.value.path(), tmp_path / "签到表.xlsx", 学员31=("来了", "9点"), 学员33=("是", "09:05"))

        hand_in(page, bad)
        box = page.get_by_role("region", name="上传签到表")
        expect(box.get_by_role("alert").filter(has_text="签到表没有导入：共有2处需要改正。")).to_be_visible()
        for cell in ("请填“是”或“否”。", "“9点”不是时间，请按09:00的样子填写。"):
            expect(box.get_by_role("row").filter(has_text=cell)).to_contain_text(re.compile(r"第\d+行"))
        desk.check_page()
        page.set_viewport_size(PC)
        desk.check_page()
        with page.expect_download() as marked:
            box.get_by_role("link", name="下载标出问题的签到表").click()
        assert marked.value.suggested_filename == "签到表-需修改.xlsx"
        site.enter(desk, "li")
        expect(page.get_by_text("等待第二人复核")).to_have_count(0)

        good = filled(marked.value.path(), tmp_path / "改好.xlsx", 学员31=("是", "09:00"))
        hand_in(page, good)
        page.get_by_text("签到表已提交，等待第二人核对原件并复核。").wait_for()
        expect(page.get_by_text("等待第二人复核").first).to_be_visible()
        people = page.get_by_role("listitem")
        expect(people.filter(has_text="学员31")).to_contain_text("09:00至11:00")
        expect(people.filter(has_text="学员33")).to_contain_text("迟到 09:05至11:00")
        desk.check_page()


def filled(source, target, **learners):
    """Write into a sheet, as somebody at a desk does, whether and from when learners were there; return where it is kept."""
    book = load_workbook(BytesIO(source.read_bytes()))
    sheet = book.active
    rows = list(sheet.iter_rows())
    head = next(row for row in rows if "学员编号" in [cell.value for cell in row])
    at = {cell.value: place for place, cell in enumerate(head)}
    for row in rows:
        said = learners.get(row[at["姓名"]].value)
        if said:
            row[at["是否到场"]].value, row[at["到场时间"]].value = said
    book.save(target)
    return target


def hand_in(page, sheet):
    """Upload a sheet with the scan of what was signed."""
    box = page.get_by_role("region", name="上传签到表")
    box.get_by_label("表格文件").set_input_files(sheet)
    box.get_by_label("签字原件").set_input_files(
        {"name": "原件.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 signed"}
    )
    box.get_by_role("button", name="上传并检查").click()
