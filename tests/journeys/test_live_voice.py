"""A learner raises the hand, is invited and speaks by voice from a phone; another and the teacher hear it; it is taken down."""

from __future__ import annotations

import re

import pytest

from tests.browser import CAMERA, PHONE, WECHAT, Visitor, chromium, expect
from tests.journeys.staged import staged

pytestmark = pytest.mark.browser
# The first time the microphone is asked for, it is refused, as a person's hand slips.
REFUSES_ONCE = """
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let asked = 0;
  navigator.mediaDevices.getUserMedia = (wanted) =>
    asked++ ? ask(wanted) : Promise.reject(new DOMException("", "NotAllowedError"));
"""


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "live", worker=True) as site:
        yield site


def enter(browser, site, token, path, **options):
    base, _ = site
    made = Visitor(browser, base, **options)
    made.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
    made.context.add_init_script(REFUSES_ONCE)
    made.go(path)
    return made


def heard(page, called):
    """Play somebody's voice message by the keyboard until it ends by itself."""
    page.get_by_role("tab", name="聊天").click()
    play = page.locator("[data-part=log]").get_by_role("button", name=re.compile(f"播放语音.*：{called}"))
    play.focus()
    page.keyboard.press("Enter")
    page.locator("[data-part=log]").get_by_role("button", name=f"停止播放：{called}").wait_for()
    play.wait_for()
    expect(page.locator("[data-part=log] voice-note [role=status]")).to_have_text("")


def test_a_learner_speaks_by_voice(site):
    stage = site[1]
    phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
    with chromium(*CAMERA) as browser:
        li = enter(browser, site, stage["staff"]["li"], f"/institution/live/{stage['live']}/studio/")
        own = f"/my/live/{stage['live']}/"
        speaker = enter(browser, site, stage["learners"][0]["token"], own, **phone)
        other = enter(browser, site, stage["learners"][1]["token"], own)
        studio, page = li.page, speaker.page

        page.get_by_role("button", name="举手").click()
        expect(page.get_by_role("region", name="语音发言")).to_be_hidden()
        studio.get_by_role("tab", name="课堂管理").click()
        studio.locator("[data-part=hands]").get_by_role("button", name="邀请发言").click()
        page.get_by_role("region", name="语音发言").wait_for()

        record = page.get_by_role("button", name="开始录音")
        record.click()
        expect(page.locator("[data-part=voiceError]")).to_contain_text("微信没有允许使用麦克风")
        speaker.check_page()
        record.click()
        page.get_by_role("button", name="发送语音").wait_for()  # the policy's seconds are over: it stopped by itself
        expect(page.get_by_role("button", name="播放语音（5秒）：自己")).to_be_visible()
        speaker.check_page()
        page.get_by_role("button", name="重新录").click()
        page.get_by_role("button", name="开始录音").press("Enter")
        page.get_by_role("button", name="停止录音").press("Enter")
        page.get_by_role("button", name="播放语音（1秒）：自己").wait_for()
        page.get_by_role("button", name="重新录").click()
        page.get_by_role("button", name="开始录音").click()
        page.get_by_role("button", name="发送语音").click()

        heard(other.page, "学员甲")
        heard(page, "我")
        heard(studio, "学员甲")
        for one in (li, speaker, other):
            one.check_page()

        studio.get_by_role("tab", name="成员").click()
        studio.get_by_role("button", name="结束发言：学员甲").click()
        expect(page.get_by_role("region", name="语音发言")).to_be_hidden()
        studio.get_by_role("tab", name="聊天").click()
        studio.get_by_role("button", name="删除学员甲的消息").click()
        studio.get_by_label("原因").fill("与课堂内容无关")
        studio.get_by_role("button", name="确定").click()
        expect(other.page.locator("[data-part=log] voice-note")).to_have_count(0)
