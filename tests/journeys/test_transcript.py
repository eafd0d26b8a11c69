"""A film with its text: an instructor mends the subtitles beside it, a learner finds a sentence and goes there."""

from __future__ import annotations

import json

import pytest

from tests.browser import PC, PHONE, Visitor, chromium, expect
from tests.journeys.test_main_job import GO_ON, HELD_WHEN_ASKED
from tests.journeys.test_pages_look import SMALL_TARGETS, SMALLEST
from tests.journeys.test_reader import SHOW
from tests.live.servers import Servers

pytestmark = pytest.mark.browser
NOW = "document.querySelector('video').currentTime"
# The film stands still once it has come to the third line: while the page is looked at it would play on, or to its end.
HELD = """() => {
  const film = document.querySelector("video");
  if (film.currentTime < 4) return false;
  film.pause();
  return true;
}"""
# The line that stands out is the one of the film's time: lines of two seconds.
FOLLOWED = """() => {
  const line = document.querySelector("#transcript [aria-current=true]");
  return line?.textContent.includes(`第${Math.floor(document.querySelector("video").currentTime / 2)}句`);
}"""
# What is wrong with where the keyboard stands: nowhere, unmarked, out of sight or under something.
ASTRAY = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const top = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max((Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2, 0), innerHeight - 1));
  const wrong = [];
  if (one === document.body) wrong.push("nowhere");
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("unmarked");
  if (box.bottom <= 0 || box.top >= innerHeight || !box.width) wrong.push("out of sight");
  else if (!top || !(one.contains(top) || top.contains(one))) wrong.push("covered by " + top?.outerHTML.slice(0, 80));
  return wrong.length ? wrong.join(", ") + ": " + one.outerHTML.slice(0, 120) : "";
}"""
EMPTY = """() => [...document.querySelectorAll("main .box, main .panel, main article, main .note, main .alert")]
  .filter((one) => one.checkVisibility() && !one.innerText.trim()).map((one) => one.outerHTML.slice(0, 120))"""
# Where the watermark stands at every twentieth of its way, as parts of the stage.
WAY = """() => {
  const mark = document.querySelector(".watermark");
  const [way] = mark.getAnimations();
  way.pause();
  const stage = mark.parentElement.getBoundingClientRect();
  return Array.from({ length: 20 }, (_, n) => {
    way.currentTime = n * 3000;
    const box = mark.getBoundingClientRect();
    return [box.left - stage.left, stage.right - box.right, box.top - stage.top, (box.bottom - stage.top) / stage.height];
  });
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("film")
    environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
    servers = Servers(environment, count=1)
    try:
        stage = json.loads(servers.run("tests.live.film"))
        servers.start()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage
    finally:
        servers.stop()


def visitor(browser, site, who, **options):
    base, stage = site
    made = Visitor(browser, base, **options)
    made.context.add_cookies([{"name": "sessionid", "value": stage[who], "url": base}])
    return made


@pytest.mark.parametrize(("viewport", "who"), [(PC, "PC"), (PHONE, "phone")], ids=["PC", "phone"])
def test_a_sentence_is_found_and_gone_to(site, viewport, who):
    with chromium() as browser:
        learner = visitor(browser, site, who, viewport=viewport)
        learner.listen()
        page = learner.go(site[1]["lesson"])
        panel = page.locator("#transcript")
        if viewport == PHONE:
            panel.locator("summary").click()
        panel.get_by_role("button", name="第0句").click()
        learner.wait_to_hear("请先点“开始学习”")
        learner.check_page()

        page.get_by_role("button", name="学", exact=False).first.click()
        page.wait_for_function(HELD)
        page.wait_for_function(FOLLOWED)
        panel.get_by_role("searchbox").fill("检查")
        expect(panel.get_by_role("status")).to_have_text("第 1 处，共 4 处")
        panel.get_by_role("button", name="下一处").click()
        expect(panel.locator("mark.is-hit")).to_have_count(1)
        panel.get_by_role("searchbox").press("Shift+Enter")
        expect(panel.get_by_role("status")).to_have_text("第 1 处，共 4 处")
        learner.check_page()
        assert viewport == PC or page.evaluate(SMALL_TARGETS, SMALLEST) == []
        panel.get_by_role("button", name="第15句").click()
        learner.wait_to_hear("这一句还没有学到")
        assert page.evaluate(NOW) < 25
        panel.get_by_role("button", name="第0句").click()
        page.wait_for_function(f"() => {NOW} < 2.5")

        panel.get_by_role("searchbox").fill("")
        panel.get_by_role("combobox").select_option("en")
        panel.get_by_role("button", name="Sentence 15").wait_for()
        learner.check_page()
        for left, right, top, bottom in page.evaluate(WAY):
            assert min(left, right, top) >= 0
            assert bottom < 0.75


def test_a_film_taken_over_ends_here_and_goes_on_with_new_addresses(site):
    playing = "() => document.querySelector('video').currentTime > 1 && !document.querySelector('video').paused"
    with chromium() as browser:
        pc, phone = visitor(browser, site, "mover"), visitor(browser, site, "mover", viewport=PHONE)
        page, other = pc.go(site[1]["lesson"]), phone.go(site[1]["lesson"])
        with page.expect_response("**/api/v1/study-sessions") as opened:
            page.get_by_role("button", name="学", exact=False).first.click()
        page.wait_for_function(playing)
        address = opened.value.json()["media"]["mp4"]
        ask = "address => fetch(address, {headers: {Range: 'bytes=0-9'}, cache: 'no-store'}).then((answer) => answer.status)"
        assert (page.evaluate(ask, address), other.evaluate(ask, address)) == (206, 403)

        other.get_by_role("button", name="学", exact=False).first.click()
        page.get_by_text("已在另一台设备上学习").wait_for()
        assert page.evaluate(ask, address) == 403
        other.wait_for_function(playing)

        page.get_by_role("button", name="在这里继续").click()
        other.get_by_text("已在另一台设备上学习").wait_for()
        page.wait_for_function(playing)
        assert pc.faults == []


def walk(page, key, place, most=40):
    """Press a key until the focus stands at a place; on the way it is never lost, always marked and always in sight."""
    for _ in range(most):
        page.keyboard.press(key)
        assert (astray := page.evaluate(ASTRAY)) == ""
        if place.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{key} does not lead to {place}: {astray}")


def answered(page, name, button, choice=None):
    """Wait for a check, answer it by keys, and look where that leaves the focus."""
    check = page.get_by_role("dialog", name=name)
    page.wait_for_function(HELD_WHEN_ASKED)  # behind the dialog the film would play to its end
    check.wait_for()
    if choice:
        walk(page, "Tab", check.get_by_role("radio").first)
        page.keyboard.press("Space")
        for _ in range(3):  # the options come in any order
            if not check.get_by_label(choice).is_checked():
                page.keyboard.press("ArrowDown")
        expect(check.get_by_label(choice)).to_be_checked()
        walk(page, "Tab", check.get_by_role("button", name=button))
    expect(check.get_by_role("button", name=button)).to_be_focused()
    page.keyboard.press("Enter")
    check.wait_for(state="hidden")
    expect(page.locator("[data-part=toggle]")).to_be_focused()
    page.evaluate(GO_ON)


def test_the_player_is_walked_through_by_keys_alone(site):
    with chromium() as browser:
        learner = visitor(browser, site, "other")
        page = learner.go(site[1]["checked"])
        start, toggle = page.locator("[data-part=start]"), page.locator("[data-part=toggle]")
        expect(start).to_be_enabled()
        assert page.evaluate(EMPTY) == []
        walk(page, "Tab", start)
        page.keyboard.press("Enter")
        expect(toggle).to_be_focused()
        answered(page, "请确认您正在学习", "我在学习")
        answered(page, "答一道刚学过的题", "提交答案", "对的")

        page.keyboard.press("Space")
        expect(toggle).to_have_accessible_name("播放")
        walk(page, "Shift+Tab", page.locator("[data-part=seek]"))
        page.keyboard.press("Home")
        page.wait_for_function(f"() => {NOW} < 1")
        walk(page, "Tab", toggle)
        page.keyboard.press("Space")  # what was seen already asks for no further check
        expect(toggle).to_have_accessible_name("暂停")
        page.keyboard.press("Enter")
        expect(toggle).to_have_accessible_name("播放")
        rate = page.get_by_role("combobox", name="播放速度")
        expect(rate.get_by_role("option")).to_have_text(["1 倍", "1.25 倍", "1.5 倍"])
        walk(page, "Tab", rate)
        page.keyboard.press("ArrowDown")
        page.wait_for_function("() => document.querySelector('video').playbackRate === 1.25")

        panel = page.locator("#transcript")
        walk(page, "Tab", panel.get_by_role("searchbox"))
        page.keyboard.type("检查")
        page.keyboard.press("Enter")
        expect(panel.get_by_role("status")).to_have_text("第 2 处，共 4 处")
        walk(page, "Tab", panel.locator(".tr-lines button[tabindex='0']"))
        walk(page, "ArrowDown", panel.get_by_role("button", name="第2句"))
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => {NOW} >= 4 && {NOW} < 6")
        learner.check_page()

        walk(page, "Tab", page.get_by_role("link", name="第2课"), most=3)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: url != f"{site[0]}{site[1]['checked']}")
        expect(start).to_be_enabled()
        assert page.evaluate(EMPTY) == []
        walk(page, "Tab", start)
        page.keyboard.press("Enter")
        page.locator("[data-part=cover]").wait_for(state="hidden")
        page.evaluate(SHOW, True)  # else the next check may stand in the way
        assert page.evaluate(ASTRAY) == ""
        walk(page, "Tab", page.get_by_role("link", name="焊工初级一班"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/my/classes/**")
        assert learner.faults == []


@pytest.mark.parametrize("viewport", [PC, PHONE], ids=["PC", "phone"])
def test_a_visitor_tries_a_free_lesson(site, viewport):
    base, stage = site
    with chromium() as browser:
        lu = Visitor(browser, base, viewport=viewport)
        page = lu.go(stage["course"])
        lu.check_page()
        page.locator(f"a[href='{stage['sample']}']").click()
        lu.check_page()
        page.evaluate("document.querySelector('video').play()")
        page.wait_for_function(f"() => {NOW} > 0.5")
        if viewport == PHONE:
            page.locator("#transcript summary").click()
            assert page.evaluate(SMALL_TARGETS, SMALLEST) == []
        page.locator("#transcript").get_by_role("button", name="第15句").click()
        page.wait_for_function(f"() => {NOW} > 29")
        lu.check_page()


def test_who_asks_for_less_motion_gets_a_watermark_that_jumps(site):
    with chromium() as browser:
        learner = visitor(browser, site, "learner", reduced_motion="reduce")
        page = learner.go(site[1]["lesson"])

        timing = page.evaluate("getComputedStyle(document.querySelector('.watermark')).animationTimingFunction")

        assert timing.startswith("step")
        expect(page.locator(".watermark")).to_have_text("王* 8000")


def test_the_text_is_there_without_scripts(site):
    with chromium() as browser:
        learner = visitor(browser, site, "learner", java_script_enabled=False)
        page = learner.go(site[1]["lesson"] + "?transcript=en")

        lines = page.locator("#transcript li")

        assert (lines.count(), lines.nth(15).inner_text().split()) == (20, ["0:30", "Sentence", "15"])


@pytest.mark.parametrize(("viewport", "language"), [(PC, "中文（简体）"), (PHONE, "English")], ids=["PC", "phone"])
def test_subtitles_are_mended_beside_the_film(site, viewport, language):
    base, stage = site
    with chromium() as browser:
        li = visitor(browser, site, "instructor", viewport=viewport)
        address = f"/cms/studio/videos/{stage['video']}/subtitles/"
        page = li.go(address)
        li.check_page()
        page.get_by_role("link", name=f"编辑{language}").click()
        before = int(page.locator("input[name=number]").input_value())
        page.wait_for_function("() => !document.querySelector('[data-with-script]').hidden")
        page.evaluate("document.querySelector('video').currentTime = 1.25")
        row = page.locator(".cue").first
        row.get_by_label("文字").press("Alt+e")
        expect(row.get_by_label("结束")).to_have_value("00:00:01.250")
        row.get_by_role("button", name="在下方添加").click()
        page.keyboard.type("新的一句")
        added = page.locator(".cue").nth(1)
        expect(added.get_by_label("开始")).to_have_value("00:00:01.250")
        added.get_by_label("结束").fill("错")
        li.check_page()
        page.get_by_role("button", name="保存字幕").click()
        page.get_by_text("有1处需要改正").wait_for()
        li.check_page()
        page.locator(".cue").nth(1).get_by_label("结束").fill("1.9")
        page.locator(".cue").nth(2).get_by_role("button", name="拆分").click()
        page.locator(".cue").nth(3).get_by_role("button", name="删除").click()
        page.get_by_role("button", name="保存字幕").click()
        page.get_by_text("字幕已保存").wait_for()
        assert int(page.locator("input[name=number]").input_value()) == before + 1
        expect(page.locator(".cue")).to_have_count(21)
        expect(page.locator(".cue textarea").nth(1)).to_have_value("新的一句")
        assert li.faults == []
