"""A room with a teacher and two learners at two servers with Redis between them, also through a kill."""

from __future__ import annotations

import json

import pytest

from tests.browser import CAMERA, PHONE, WECHAT, Visitor, chromium, expect
from tests.live.clusters import Redis
from tests.live.servers import Servers
from tests.live_lessons.papers import pdf

pytestmark = pytest.mark.browser


class Site:
    """Two servers of one site."""

    def __init__(self, folder):
        self.redis = Redis(folder)
        where = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}"}
        more = {"REDIS_URL": f"redis://127.0.0.1:{self.redis.port}/0", "STAFF_MFA_REQUIRED": "0"}
        self.servers = Servers(where | more, count=2)

    def lay(self):
        self.stage = json.loads(self.servers.run("tests.live.stage", "live"))
        self.servers.start()
        self.servers.start_worker()

    def visitor(self, browser, token, server, **options):
        base = f"http://127.0.0.1:{self.servers.ports[server]}"
        visitor = Visitor(browser, base, **options)
        visitor.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
        return visitor

    def stop(self):
        self.servers.stop()
        self.redis.stop()


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    try:
        site.lay()
        yield site
    finally:
        site.stop()


def said(page, words):
    """Wait until the chat says something."""
    page.locator("#room-chat .room-text", has_text=words).wait_for()


def say(page, words):
    page.get_by_label("发消息").fill(words)
    page.get_by_role("button", name="发送").click()
    said(page, words)


def stands(page, words):
    """Wait until a learner has a page before him."""
    expect(page.locator("[data-slide=place]")).to_have_text(words)


def show_slides(teacher, one, two):
    """Lay slides ready, turn pages by button and key, and point: both learners follow."""
    studio = teacher.page
    studio.get_by_label("上传课件").set_input_files(
        {"name": "讲义.pdf", "mimeType": "application/pdf", "buffer": b"PK"}
    )
    expect(studio.locator("#slide-file-error")).to_contain_text("这不是PDF文件")
    assert teacher.violations() == []
    files = {"name": "第一章 焊条.pdf", "mimeType": "application/pdf", "buffer": pdf(3)}
    studio.get_by_label("上传课件").set_input_files(files)
    studio.get_by_text("共3页").wait_for()
    studio.get_by_role("button", name="展示：第一章 焊条").click()
    for page in (one, two):
        stands(page, "第 1 页 / 共 3 页")
    studio.get_by_role("button", name="下一页", exact=True).first.click()
    studio.keyboard.press("PageDown")
    stands(two, "第 3 页 / 共 3 页")
    expect(two.locator("[data-slide=stage] img")).to_have_attribute("alt", "课件《第一章 焊条》第 3 页，共 3 页")

    studio.get_by_role("button", name="激光笔").click()
    place = studio.locator("[data-desk=stage]")
    place.hover(position={"x": 200, "y": 150})
    place.hover(position={"x": 205, "y": 150})
    two.locator("[data-slide=stage] .slide-spot").wait_for()
    studio.get_by_role("button", name="激光笔").click()
    expect(two.locator("[data-slide=stage] .slide-spot")).to_be_hidden()


def quiz(teacher, learners):
    """Ask the room a question of the bank: both learners answer and read what was right."""
    studio = teacher.page
    studio.get_by_role("tab", name="小测").click()
    studio.locator("#bank-words").fill("防护用品")
    studio.get_by_role("button", name="查找").click()
    studio.get_by_label("哪些是焊工的防护用品").check()
    studio.get_by_role("button", name="发起小测").click()
    for learner in learners:
        learner.page.get_by_text("老师发起了小测").wait_for()
        learner.page.get_by_role("tab", name="小测").click()
        learner.page.get_by_label("A. 面罩").check()
        learner.page.get_by_label("B. 手套").check()
        learner.page.get_by_role("button", name="提交小测").click()
        learner.page.get_by_text("已提交。结束后公布答案和解析。").wait_for()
    studio.get_by_text("已有2人提交。").wait_for()
    studio.get_by_role("button", name="结束小测").click()
    for learner in learners:
        learner.page.get_by_text("您得了 100 分").wait_for()
        learner.check_page()


def share_file(teacher, one, two):
    """Share a document: both learners see it, one downloads it; in WeChat the page says how to open it elsewhere."""
    studio = teacher.page
    studio.get_by_role("tab", name="资料").click()
    studio.locator("#room-files").get_by_role("button", name="查找").click()
    studio.get_by_role("button", name="分享：焊前检查表").click()
    two.get_by_role("tab", name="资料 · 1").click()
    two.get_by_text("在浏览器打开").wait_for()
    one.get_by_role("tab", name="资料 · 1").click()
    with one.expect_download() as taken:
        one.get_by_role("link", name="焊前检查表").click()
    assert taken.value.suggested_filename.endswith(".pdf")


def captions(teacher, one, two):
    """Type what is said, correct it and take it back: it stands under the picture of both, until one of them switches it off."""
    studio = teacher.page
    studio.get_by_role("tab", name="课堂管理").click()
    studio.get_by_label("一行字幕").fill("先断电，再验电")
    studio.keyboard.press("Enter")
    for page in (one, two):
        expect(page.locator("[data-caption=lines]")).to_have_text("先断电，再验电")
    one.get_by_role("button", name="字幕：开").click()
    studio.get_by_label("一行字幕").fill("最后挂牌上锁")
    studio.keyboard.press("Enter")
    expect(two.locator("[data-caption=lines]")).to_contain_text("最后挂牌上锁")
    expect(two.locator("[data-caption=said]")).to_contain_text("最后挂牌上锁")
    expect(one.locator("[data-caption=lines]")).to_have_text("")

    studio.get_by_role("button", name="修改：最后挂牌上锁").press("Enter")
    studio.get_by_label("一行字幕").fill("")
    studio.keyboard.press("Enter")
    expect(studio.locator("#room-caption-error")).to_contain_text("请先写内容")
    assert teacher.violations() == []
    studio.get_by_label("一行字幕").fill("最后挂牌、上锁")
    studio.get_by_role("button", name="保存修改").click()
    expect(two.locator("[data-caption=lines]")).to_contain_text("最后挂牌、上锁")
    studio.get_by_role("button", name="撤回：先断电，再验电").click()
    expect(two.locator("[data-caption=lines]")).to_have_text("最后挂牌、上锁")


def test_a_room_at_two_servers_through_a_kill(site):
    stage = site.stage
    phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
    with chromium(*CAMERA) as browser:
        teacher = site.visitor(browser, stage["staff"]["li"], 0, permissions=["camera", "microphone"])
        near = site.visitor(browser, stage["learners"][0]["token"], 0)
        far = site.visitor(browser, stage["learners"][1]["token"], 1, **phone)
        studio = teacher.go(f"/institution/live/{stage['live']}/studio/")
        one, two = (visitor.go(f"/my/live/{stage['live']}/") for visitor in (near, far))
        one.get_by_label("发消息").wait_for()
        two.get_by_label("发消息").wait_for()

        say(two, "老师好，听得清楚")
        for page in (studio, one):
            said(page, "老师好，听得清楚")
        say(studio, "请大家签到")
        said(two, "请大家签到")

        one.get_by_role("tab", name="提问").click()
        one.locator("#room-question").fill("焊条受潮了还能用吗")
        one.locator("#room-questions").get_by_role("button", name="提问").click()
        two.get_by_role("tab", name="提问").click()
        two.get_by_role("button", name="同问").click()
        one.get_by_text("1人同问").wait_for()

        studio.get_by_role("tab", name="课堂管理").click()
        studio.wait_for_function(
            "() => [...document.querySelectorAll('[data-heads]')].every((node) => node.textContent === '2')"
        )
        studio.get_by_role("button", name="点名：点一下").click()
        two.get_by_role("button", name="我在").click()
        two.get_by_text("已应答，老师能看到").wait_for()
        studio.get_by_text("在场2人，已应答1人").wait_for()
        far.check_page()
        studio.get_by_role("button", name="提前结束点名").click()
        one.get_by_text("这次点名您没有应答").wait_for()
        quiz(teacher, (near, far))
        share_file(teacher, one, two)
        captions(teacher, one, two)
        show_slides(teacher, one, two)
        two.get_by_role("button", name="全屏看课件").click()
        far.check_page()
        two.get_by_role("button", name="退出全屏").click()
        assert [visitor.violations() for visitor in (teacher, near, far)] == [[], [], []]
        assert far.overflow() == 0

        site.servers.kill_one(site.servers.ports[1])
        studio.get_by_role("tab", name="聊天").click()
        say(studio, "网络断了也不会漏")
        two.get_by_role("tab", name="聊天").click()
        said(two, "网络断了也不会漏")
        studio.get_by_role("button", name="上一页", exact=True).first.click()
        stands(two, "第 2 页 / 共 3 页")
        two.reload()
        stands(two, "第 2 页 / 共 3 页")
        two.get_by_label("发消息").wait_for()
        say(two, "我回来了")
        one.get_by_role("tab", name="聊天").click()
        said(one, "我回来了")
