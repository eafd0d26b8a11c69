"""An instructor's upload in a real browser: broken off at 60 % by closing the tab, continued, and whole on the server."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from tests.browser import PC, PHONE, Visitor, chromium
from tests.cast import PASSWORD
from tests.courses.media import make_video
from tests.live.servers import Servers

pytestmark = pytest.mark.browser

CHUNK = 32 * 1024
PAGE = "/cms/studio/videos/new/"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    database = f"sqlite:///{folder / 'site.sqlite3'}"
    chunk = {"UPLOAD_CHUNK_BYTES": str(CHUNK)}
    servers = Servers({"VAR_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": "", **chunk}, count=1)
    try:
        json.loads(servers.run("tests.live.stage", "studio"))
        servers.start()
        servers.start_worker()
        yield f"http://127.0.0.1:{servers.ports[0]}", folder
    finally:
        servers.stop()


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Return two films and a text that says it is one."""
    folder = tmp_path_factory.mktemp("films")
    lie = folder / "说谎.mp4"
    lie.write_text("ffconcat version 1.0\nfile 'other'\n" * 100)
    first = make_video(folder / "焊前检查.mp4", seconds=12, size="640x360")
    return first, make_video(folder / "收尾.mp4", seconds=1), lie


@pytest.fixture
def li(site):
    with chromium() as browser:
        visitor = Visitor(browser, site[0], viewport=PHONE)
        visitor.sign_in("li", PASSWORD)
        yield visitor


def row(page, title):
    return page.locator(".uploader-row").filter(has=page.locator(f"input[value='{title}']")).or_(
        page.locator(".uploader-row").filter(has_text=title)
    )  # fmt: skip


def hold_after(page, count, address=re.compile(r"/uploads/[\da-f-]{36}/$"), method="PATCH"):
    """Let so many parts of the large film through; the next hangs as on a dead line."""
    passed = []

    def decide(route):
        passed.append(1)
        if len(passed) <= count:
            route.continue_()

    page.route(address, lambda route: decide(route) if route.request.method == method else route.continue_())


def choose_again(page, film, path):
    with page.expect_file_chooser() as chooser:
        row(page, film).get_by_role("button", name="继续上传").click()
    chooser.value.set_files(str(path))


def sign_in_again(visitor):
    """Sign out and in in another tab: the upload's page holds an old token then."""
    mine, visitor.page = visitor.page, visitor.context.new_page()
    visitor.context.clear_cookies()
    visitor.sign_in("li", PASSWORD)
    visitor.page.close()
    visitor.page = mine


def test_a_closed_tab_costs_nothing_that_had_come(li, site, films):
    base, folder = site
    film, other, _ = films
    parts = -(-film.stat().st_size // CHUNK)
    assert parts > 10
    page = li.go(PAGE)
    hold_after(page, parts * 6 // 10)
    page.locator("[data-part=picker]").set_input_files(str(film))
    page.locator(".uploader-row", has_text=re.compile(r"正在上传 (59|6\d)%")).wait_for()
    page.close()

    li.page = page = li.context.new_page()
    li.go(PAGE)
    left = row(page, "焊前检查")
    left.get_by_text(re.compile(r"上次没有传完 (5[5-9]|6\d)%")).wait_for()
    li.check_page()
    choose_again(page, "焊前检查", other)
    left.get_by_text("选择的不是上次的文件").wait_for()
    choose_again(page, "焊前检查", film)
    left.get_by_role("link", name="查看视频").wait_for()
    left.get_by_text("可播放").wait_for()
    li.check_page()

    sent = next((folder / "private" / "videos").iterdir()) / "source"
    assert hashlib.sha256(sent.read_bytes()).digest() == hashlib.sha256(film.read_bytes()).digest()
    left.get_by_role("link", name="查看视频").click()
    page.get_by_text("画面 640×360").first.wait_for()


def test_many_files_pause_title_and_refusals_by_row(li, films):
    film, other, lie = films
    li.page.set_viewport_size(PC)
    page = li.go(PAGE)
    page.locator("[data-part=picker]").set_input_files([str(other), str(lie)])

    refused = row(page, "说谎")
    refused.get_by_text("改扩展名不能改变文件的内容").wait_for()
    done = row(page, "收尾")
    done.get_by_role("link", name="查看视频").wait_for()
    done.get_by_label("视频标题").fill("收尾工作")
    done.get_by_label("视频标题").press("Tab")
    refused.get_by_role("button", name="移除").click()
    refused.wait_for(state="detached")

    hold_after(page, 2)
    page.locator("[data-part=picker]").set_input_files(str(film))
    running = row(page, "焊前检查")
    running.get_by_text(re.compile(r"正在上传 [1-9]")).wait_for()
    running.get_by_role("button", name="暂停").click()
    running.get_by_text("已暂停").wait_for()
    page.unroute_all()
    sign_in_again(li)
    page.bring_to_front()
    page.keyboard.press("Enter")  # the focus went to the button that took its place
    running.get_by_role("link", name="查看视频").wait_for()
    li.check_page()
    page = li.go("/cms/studio/videos/")
    page.get_by_text("收尾工作").wait_for()
