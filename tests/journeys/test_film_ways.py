"""A film plays in every browser: HLS of its own, HLS by script, the one MP4; in the quality that somebody chose."""

from __future__ import annotations

import pytest

from tests.browser import PATIENCE, PC, PHONE, Visitor, chromium
from tests.journeys.staged import staged
from tests.journeys.test_reader import earned, wait_until_earned

pytestmark = pytest.mark.browser
OLDER = "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
FILM = "document.querySelector('video')"
HEARD = f"{FILM}.webkitAudioDecodedByteCount"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("film"), "film") as made:
        yield made


@pytest.fixture
def study(site):
    """Return a function that opens the lesson as a learner who has not seen the film."""
    base, stage = site
    with chromium() as browser:

        def begin(**options):
            learner = Visitor(browser, base, **options)
            cookie = {"name": "sessionid", "value": stage["learners"].pop()["token"], "url": base}
            learner.context.add_cookies([cookie])
            page = learner.go(f"/learn/{stage['training_class']}/{stage['lesson']}/")
            return learner, page

        yield begin


def until(page, condition):
    """Ask again and again: the page's own rules forbid to leave a condition with it."""
    for _ in range(PATIENCE // 200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(200)
    state = page.evaluate(
        f"({{at: {FILM}.currentTime, height: {FILM}.videoHeight, heard: {HEARD}, src: {FILM}.currentSrc}})"
    )
    raise AssertionError(f"{condition}: {state}; " + page.locator("main").inner_text()[:200])


def start(page):
    page.locator("[data-part=start]").click()
    until(page, f"{FILM}.currentTime > 0.5 && {HEARD} > 0")


def choose(page, label, shows):
    """Choose a quality while the film plays, and wait until it goes on in it; then it stands, or a slow page sees its end."""
    page.evaluate(f"{FILM}.play()")
    before = page.evaluate(f"{FILM}.currentTime")
    page.get_by_role("combobox", name="清晰度").select_option(label)
    until(page, f"{FILM}.readyState > 2 && {FILM}.currentTime > {before}")
    until(page, shows)
    page.evaluate(f"{FILM}.pause()")


def test_chromium_plays_it_by_itself_and_changes_quality_where_it_is(study):
    learner, page = study(viewport=PC)
    start(page)
    assert page.evaluate(f"{FILM}.currentSrc").endswith("master.m3u8")

    choose(page, "360P", f"{FILM}.videoHeight === 360")
    choose(page, "540P", f"{FILM}.videoHeight === 540")
    choose(page, "只听声音（省流量）", f"{FILM}.videoHeight === 0 && {HEARD} > 0")

    before = earned(page)
    page.evaluate(f"{FILM}.play()")
    wait_until_earned(page, before)
    page.reload()
    start(page)
    assert page.evaluate(f"{FILM}.currentSrc").endswith("audio.m3u8"), "it is remembered"
    learner.check_page()
    assert learner.faults == []


def test_an_older_browser_plays_it_by_script(study):
    learner, page = study(viewport=PHONE, user_agent=OLDER, is_mobile=True, has_touch=True)
    start(page)
    assert page.evaluate(f"{FILM}.currentSrc").startswith("blob:")

    choose(page, "360P", f"{FILM}.videoHeight === 360 && {HEARD} > 0")
    learner.check_page()
    assert learner.faults == []


def test_without_hls_the_one_file_plays(study):
    learner, page = study(viewport=PHONE)
    page.route("**/*.m3u8", lambda route: route.fulfill(status=200, body="no playlist"))
    before = earned(page)
    start(page)

    assert page.evaluate(f"{FILM}.currentSrc").endswith("video.mp4")
    assert page.get_by_role("combobox", name="清晰度").is_hidden()
    wait_until_earned(page, before)


def test_the_bar_shows_what_comes_where(study):
    learner, page = study(viewport=PC)
    start(page)

    box = page.locator("[data-part=seek]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    preview = page.locator("seek-preview")
    preview.wait_for()
    assert preview.inner_text().strip() == "0:10"
    assert (
        "-0px" not in page.evaluate("document.querySelector('seek-preview span').style.backgroundPosition").split()[0]
    )
    assert learner.faults == []
