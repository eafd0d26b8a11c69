"""A teacher calls the roll by face: one learner makes the moves in WeChat, the other has no face enrolled and reads what to do."""

from __future__ import annotations

import json

import pytest

from tests.browser import CAMERA, PHONE, WECHAT, Visitor, chromium
from tests.journeys.test_face_study import NOISE
from tests.live.servers import Servers

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path):
    environment = {
        "VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}", "REDIS_URL": "",
        "FACES_GATEWAY": "tests.live.faces.Obliging",
    }  # fmt: skip
    servers = Servers(environment, count=1)
    try:
        stage = json.loads(servers.run("tests.live.stage", "live_face"))
        servers.start()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage
    finally:
        servers.stop()


def visitor(browser, site, token, path, **options):
    base, _ = site
    made = Visitor(browser, base, **options)
    made.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
    made.context.add_init_script(NOISE)
    made.go(path)
    return made


def until_answered(page):
    """Wait until the roll was answered; make the moves again where a slow page was late with them."""
    again = page.get_by_role("button", name="开始核验")
    for _ in range(240):
        if page.get_by_text("已应答，老师能看到").is_visible():
            return
        if again.is_visible() and again.is_enabled():
            again.press("Enter")
        page.wait_for_timeout(250)
    raise AssertionError("the roll was not answered: " + page.locator("[data-part=roll]").inner_text())


def test_the_roll_is_called_by_face(site):
    stage = site[1]
    phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
    with chromium(*CAMERA) as browser:
        li = visitor(browser, site, stage["staff"]["li"], f"/institution/live/{stage['live']}/studio/")
        own = f"/my/live/{stage['live']}/"
        enrolled = visitor(browser, site, stage["learners"][0]["token"], own, **phone)
        bare = visitor(browser, site, stage["learners"][1]["token"], own)
        studio = li.page
        studio.get_by_role("tab", name="课堂管理").click()
        studio.wait_for_function(
            "() => [...document.querySelectorAll('[data-heads]')].every((node) => node.textContent === '2')"
        )
        studio.get_by_role("button", name="点名：核验人脸").click()

        enrolled.page.get_by_text("老师在点名，请核验人脸").wait_for()
        enrolled.page.get_by_role("button", name="开始核验").click()
        until_answered(enrolled.page)
        enrolled.check_page()
        studio.get_by_text("在场2人，已应答1人").wait_for()

        bare.page.get_by_role("button", name="我已获准免核验").click()
        bare.page.get_by_text("这次点名要核验人脸").wait_for()
        bare.page.get_by_role("link", name="去“人脸核验”页面").wait_for()
        bare.check_page()
        studio.get_by_role("button", name="提前结束点名").click()
        bare.page.get_by_text("这次点名您没有应答").wait_for()
