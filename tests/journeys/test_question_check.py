"""A learner is asked about what was just read: by keyboard, once wrongly, once rightly, then wrongly to the end."""

from __future__ import annotations

import json
import re

import pytest

from tests.browser import PC, PHONE, Visitor, chromium, expect
from tests.live.servers import Servers

pytestmark = pytest.mark.browser
RIGHT = {"焊接前首先应当做什么？": ["对的"], "哪些是防护用品？": ["面罩", "手套"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("question")
    environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
    servers = Servers(environment, count=1)
    try:
        stage = json.loads(servers.run("tests.live.stage", "question"))
        servers.start()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage
    finally:
        servers.stop()


def test_a_question_is_answered_by_keyboard_after_a_wrong_one(site):
    base, stage = site
    with chromium() as browser:
        learner = Visitor(browser, base, viewport=PHONE, has_touch=True)
        token = stage["learners"][0]["token"]
        learner.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
        page = learner.go(f"/learn/{stage['training_class']}/{stage['lesson']}/")
        page.get_by_role("button", name="开始学习").click()
        dialog = page.get_by_role("dialog", name="答一道刚学过的题")
        dialog.wait_for()
        first = dialog.locator("legend").inner_text().removesuffix("（多选）")
        assert learner.violations() == []

        dialog.get_by_role("button", name="提交答案").click()
        dialog.get_by_text("请先选择答案，再提交。").wait_for()
        learner.check_page()
        dialog.get_by_label("错甲").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        dialog.get_by_text("刚才答错了，请再答一题。").wait_for()

        page.set_viewport_size(PC)
        second = dialog.locator("legend").inner_text().removesuffix("（多选）")
        assert {first, second} == set(RIGHT)
        learner.check_page()
        for text in RIGHT[second]:
            dialog.get_by_label(text).check()
        dialog.get_by_role("button", name="提交答案").click()
        dialog.wait_for(state="hidden")
        assert page.locator("[data-part=stop]").is_hidden()
        assert page.locator("[data-part=cover]").is_hidden()

        dialog.wait_for()
        answer_wrongly(dialog)
        dialog.get_by_text("刚才答错了，请再答一题。").wait_for()
        answer_wrongly(dialog)
        page.get_by_text(re.compile("题目答错了。上次确认之后的.+暂不认定。.+到“学时明细”申诉，最晚")).wait_for()
        expect(page.locator("[data-part=pending]")).to_contain_text("暂不认定")
        learner.check_page()
        assert learner.faults == []


def answer_wrongly(dialog):
    dialog.get_by_label("错甲").check()
    dialog.get_by_role("button", name="提交答案").click()
