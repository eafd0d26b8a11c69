"""An instructor puts films into a text, it is released, and a learner reads it and plays them on a phone."""

from __future__ import annotations

import json
import time

import pytest

from tests.browser import PATIENCE, PC, PHONE, Visitor, chromium, expect
from tests.journeys.test_film_ways import OLDER
from tests.journeys.test_reader import SHOW, earned, wait_until_earned
from tests.live.servers import Servers
from tests.live.text import NAMES

pytestmark = pytest.mark.browser
FETCH = "address => fetch(address, {headers: {Range: 'bytes=0-9'}, cache: 'no-store'}).then((answer) => answer.status)"
CLOSE = "path => document.querySelector('study-player').line.post(path, {})"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
    servers = Servers(environment, count=1)
    try:
        servers.stage = json.loads(servers.run("tests.live.text", "draft"))
        servers.start()
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="module")
def browser():
    with chromium() as made:
        yield made


def visitor(browser, servers, token, **options):
    base = f"http://127.0.0.1:{servers.ports[0]}"
    made = Visitor(browser, base, **options)
    if token:
        made.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
    return made


def add_film(page, place: int, name: str) -> None:
    """Add a block at the end of the text, choose a film in the window and name it."""
    body = page.locator("[data-contentpath=body]").first
    body.locator("button.c-sf-add-button").last.click()
    page.get_by_role("listbox").get_by_role("option", name="视频").click()
    with page.expect_response("**/video_chooser/**"):
        body.get_by_role("button", name="选择视频").last.click()
    page.locator(".modal-body").get_by_role("link", name=name).click()
    body.get_by_text(name).first.wait_for()
    page.fill(f"[name='body-{place}-value-title']", f"看：{name}")


@pytest.fixture(scope="module")
def released(browser, servers):
    """Return the class of the course that was written, previewed, submitted and released in the browser."""
    stage = servers.stage
    li, chen = (visitor(browser, servers, stage[name]) for name in ("li", "chen"))
    page = li.go(f"/cms/pages/{stage['lesson']}/edit/")
    for place, name in enumerate(NAMES, 1):
        add_film(page, place, name)
    page.locator("button.action-save").first.click()
    page.get_by_text("已保存").or_(page.locator(".messages .success")).first.wait_for()
    page = li.go(f"/cms/studio/courses/{stage['course']}/preview/{stage['lesson']}/")
    expect(page.locator("video")).to_have_count(2)
    li.check_page()
    page = li.go(f"/cms/studio/courses/{stage['course']}/submit/")
    page.get_by_role("button", name="提交整门课程").click()
    page.wait_for_load_state()
    page = chen.go("/office/reviews/?state=submitted")
    page.get_by_role("link", name="焊工安全").first.click()
    page.wait_for_load_state()
    expect(page.locator("video")).to_have_count(2)
    chen.check_page()
    page.get_by_role("button", name="审核通过并发布").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("已发布")
    return json.loads(servers.run("tests.live.text", "class"))


def film(page, name):
    return page.get_by_role("group", name=f"视频：看：{name}")


def until(page, condition, name):
    """Ask a film again and again: the page's own rules forbid to leave a condition with it."""
    for _ in range(PATIENCE // 200):
        if film(page, name).locator("video").evaluate(f"video => {condition}"):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{name}: {condition}: " + page.locator("main").inner_text()[:400])


@pytest.mark.parametrize(
    ("options", "address"),
    [
        pytest.param({"viewport": PHONE, "is_mobile": True, "has_touch": True}, "master.m3u8", id="phone"),
        pytest.param({"viewport": PHONE, "user_agent": OLDER, "is_mobile": True}, "blob:", id="an older phone"),
        pytest.param({"viewport": PC}, "master.m3u8", id="PC"),
    ],
)
def test_a_learner_reads_and_plays(browser, servers, released, options, address):
    learner = visitor(browser, servers, released["learner"], **options)
    page = learner.go(released["lesson"])
    learner.check_page()

    with page.expect_response("**/api/v1/study-sessions") as opened:
        film(page, NAMES[0]).get_by_role("button", name="开始学习并播放").click()
    until(page, "video.currentTime > 1", NAMES[0])

    assert address in film(page, NAMES[0]).locator("video").evaluate("video => video.currentSrc")
    expect(film(page, NAMES[0]).locator(".watermark")).to_have_text("王* 8000")
    wait_until_earned(page, earned(page))
    learner.check_page()
    first, second = (one["media"]["mp4"] for one in opened.value.json()["films"])
    assert [page.evaluate(FETCH, one) for one in (first, second)] == [206, 206]
    page.evaluate(CLOSE, f"/study-sessions/{opened.value.json()['id']}/close")
    assert [page.evaluate(FETCH, one) for one in (first, second)] == [403, 403]
    assert learner.faults == []


@pytest.fixture
def opened(browser, servers, released):
    """Return a learner before the text, on a phone."""
    learner = visitor(browser, servers, released["learner"], viewport=PHONE, is_mobile=True, has_touch=True)
    yield learner.go(released["lesson"])
    assert learner.faults == []
    learner.context.close()


@pytest.fixture
def reading(opened):
    """Return a learner who has begun to read on a phone."""
    begin(opened)
    return opened


def begin(page):
    page.get_by_role("button", name="学", exact=False).first.click()
    wait_until_earned(page, earned(page))


def play(page, name):
    film(page, name).get_by_role("button", name="播放", exact=True).click()
    until(page, "!video.paused && video.currentTime > 0.5", name)


def test_starting_one_film_pauses_the_other(reading):
    play(reading, NAMES[0])
    play(reading, NAMES[1])

    until(reading, "video.paused", NAMES[0])
    expect(film(reading, NAMES[0]).get_by_role("button", name="播放", exact=True)).to_be_visible()
    expect(film(reading, NAMES[1]).get_by_role("button", name="暂停", exact=True)).to_be_visible()


def test_a_film_opens_no_session_of_its_own_and_earns_what_the_text_earns(opened):
    before, begun = earned(opened), time.monotonic()
    begin(opened)
    requests = []
    opened.on("request", lambda request: requests.append(request.url))
    play(opened, NAMES[0])
    film(opened, NAMES[0]).locator("video").evaluate("video => { video.playbackRate = 8; }")
    opened.wait_for_timeout(4_000)
    told = wait_until_earned(opened, before + 3)

    assert told - before <= time.monotonic() - begun + 1
    assert [url for url in requests if url.endswith("/study-sessions")] == []


def test_a_hidden_tab_pauses_the_film_and_earns_nothing(opened):
    before, begun = earned(opened), time.monotonic()
    begin(opened)
    play(opened, NAMES[0])
    opened.evaluate(SHOW, True)
    looked = time.monotonic() - begun
    until(opened, "video.paused", NAMES[0])
    opened.wait_for_timeout(6_500)
    away = earned(opened)

    assert away - before <= looked + 1
    opened.evaluate(SHOW, False)
    wait_until_earned(opened, away + 1)
    assert film(opened, NAMES[0]).locator("video").evaluate("video => video.paused")


def test_any_place_of_the_film_may_be_gone_to_from_its_words(reading):
    words = film(reading, NAMES[1]).locator("details")
    words.locator("summary").click()

    words.get_by_role("button", name="再引弧。").click()

    until(reading, "video.currentTime >= 5", NAMES[1])
    assert film(reading, NAMES[0]).locator("video").evaluate("video => video.currentTime") == 0
    assert reading.locator("[data-part=notice]").is_hidden()


def test_a_session_that_goes_elsewhere_takes_its_films_along(browser, servers, released, reading):
    play(reading, NAMES[0])
    other = visitor(browser, servers, released["learner"], viewport=PC)
    page = other.go(released["lesson"])
    page.get_by_role("button", name="学", exact=False).first.click()

    reading.get_by_text("已在另一台设备上学习").wait_for()
    until(reading, "video.paused", NAMES[0])
    again = film(reading, NAMES[0]).get_by_role("button", name="开始学习并播放")
    expect(again).to_be_visible()
    again.click()
    until(reading, "!video.paused && video.currentTime > 0.5", NAMES[0])
    page.get_by_text("已在另一台设备上学习").wait_for()
    other.context.close()


@pytest.mark.parametrize("viewport", [PC, PHONE], ids=["PC", "phone"])
def test_a_visitor_tries_the_free_text(browser, servers, released, viewport):
    guest = visitor(browser, servers, "", viewport=viewport)
    page = guest.go(released["sample"])

    guest.check_page()
    page.locator("video").first.evaluate("video => video.play()")
    page.locator("video").last.evaluate("video => video.play()")
    for _ in range(PATIENCE // 200):
        stand = page.locator("video").evaluate_all("videos => videos.map((video) => video.paused)")
        if stand[0]:
            break
        page.wait_for_timeout(200)
    assert stand == [True, False]
    assert guest.faults == []


def test_in_large_type_it_fits_a_phone(browser, servers, released):
    learner = visitor(browser, servers, released["learner"], viewport=PHONE, is_mobile=True, has_touch=True)
    page = learner.go(released["lesson"])
    page.get_by_role("button", name="长辈版").click()
    page.wait_for_load_state()

    learner.check_page()
    film(page, NAMES[0]).get_by_role("button", name="开始学习并播放").click()
    until(page, "video.currentTime > 0.5", NAMES[0])
    learner.check_page()
