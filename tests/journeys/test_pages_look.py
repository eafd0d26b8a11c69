"""Every page that visitors and learners meet, on a phone, in large type and on a PC: axe, width, targets, origin."""

from __future__ import annotations

import json

import pytest

from tests.browser import PC, PHONE, WECHAT, Visitor, chromium, expect
from tests.live.servers import Servers

pytestmark = pytest.mark.browser

SIZES = {
    "phone": {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True},
    "large-type": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "pc": {"viewport": PC},
}
VISITORS = [
    "/",
    "/courses/",
    "/courses/?q=没有这门课",
    "/courses/?q=焊工&level=5",
    "/catalogues/",
    "/catalogues/institutions/",
    "/accounts/login/",
    "/no-such-page/",
]
LEARNERS = ["/", "/my/", "/my/me/", "/my/identity/", "/my/demand/", "/accounts/security/", "/office/"]
FOLLOWED = ("/my/classes/", "/my/hours/", "/learn/")
SMALLEST = 44
# Links inside a sentence are exempt (WCAG 2.5.8), and so is a box whose label is the target.
SMALL_TARGETS = """(smallest) => [
    ...document.querySelectorAll("main button, main .btn, main select, main summary, main input, .tabbar a")]
  .filter((one) => !one.closest("label") && !["hidden", "checkbox", "radio"].includes(one.type) && !one.closest(".search"))
  .map((one) => [one.outerHTML.slice(0, 100), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 2 && box.height > 2 && box.height < smallest - 0.5)
  .map(([html, box]) => `${html} is ${box.height} px high`)"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("look")
    servers = Servers(
        {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}, count=1
    )
    try:
        stage = json.loads(servers.run("tests.live.stage", "1"))
        servers.start()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage["learners"][0]["token"]
    finally:
        servers.stop()


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


def enter(browser, site, size: str, *, signed_in: bool = False) -> Visitor:
    base, token = site
    visitor = Visitor(browser, base, **SIZES[size])
    cookies = {"large_type": "1" if size == "large-type" else "0", **({"sessionid": token} if signed_in else {})}
    visitor.context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
    return visitor


def hold(visitor: Visitor, path: str, size: str) -> None:
    """Hold a page to what every page must be; on a phone a thumb must hit what it shows."""
    page = visitor.go(path)
    visitor.check_page()
    expect(page.locator("h1")).to_have_count(1)
    if size != "pc":
        assert page.evaluate(SMALL_TARGETS, SMALLEST) == [], path


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_visitors(browser, site, size):
    visitor = enter(browser, site, size)

    for path in VISITORS:
        hold(visitor, path, size)
    visitor.go("/courses/")
    hold(visitor, visitor.page.locator(".card a").first.get_attribute("href"), size)


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_learners(browser, site, size):
    learner = enter(browser, site, size, signed_in=True)
    todo, seen = list(LEARNERS), set()

    while todo:
        path = todo.pop(0)
        seen.add(path)
        hold(learner, path, size)
        links = learner.page.eval_on_selector_all(
            "main a[href]", "links => links.map((one) => one.getAttribute('href'))"
        )
        todo += [href for href in dict.fromkeys(links) if href.startswith(FOLLOWED) and href not in {*seen, *todo}]

    assert {kind for kind in FOLLOWED for path in seen if path.startswith(kind)} == set(FOLLOWED)


@pytest.mark.parametrize("size", ["phone", "large-type"])
def test_the_bottom_bar_stands_on_root_pages_only(browser, site, size):
    learner = enter(browser, site, size, signed_in=True)

    for path in ("/", "/courses/", "/my/", "/my/me/"):
        expect(learner.go(path).locator(".tabbar")).to_be_visible()
        expect(learner.page.locator(".tabbar [aria-current]")).to_have_count(1)
    expect(learner.go("/my/identity/").locator(".tabbar")).to_have_count(0)


def test_large_type_is_one_tap_away_and_stays(browser, site):
    visitor = enter(browser, site, "pc")
    visitor.go("/courses/").get_by_role("button", name="长辈版").click()
    visitor.page.wait_for_selector("html[data-size=large]")

    assert visitor.page.url.endswith("/courses/")
    expect(visitor.go("/").locator("html[data-size=large]")).to_have_count(1)
    visitor.page.get_by_role("button", name="退出长辈版").click()
    visitor.page.wait_for_selector("html:not([data-size=large])")


def test_the_catalogue_works_without_scripts(browser, site):
    base, _token = site
    visitor = Visitor(browser, base, viewport=PHONE, java_script_enabled=False)
    page = visitor.go("/courses/")
    page.fill("#q", "没有这门课")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator("main")).to_contain_text("没有找到符合条件的课程")
    page.get_by_role("link", name="看全部课程").click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".facets form")).to_be_visible()


def test_the_first_key_leads_past_the_navigation(browser, site):
    visitor = enter(browser, site, "pc")
    visitor.go("/courses/").keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")

    assert visitor.page.evaluate("document.activeElement.id") == "main"


def test_the_catalogue_narrows_in_place_and_the_way_back_works(browser, site):
    visitor = enter(browser, site, "pc")
    page = visitor.go("/courses/")

    page.check("#mode-online")
    page.wait_for_url("**/courses/?mode=online")
    page.wait_for_function("() => document.activeElement.id === 'mode-online'")
    page.get_by_role("searchbox").fill("hangong")
    page.keyboard.press("Enter")
    page.wait_for_url("**/courses/?mode=online&q=hangong")
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name="学员最多").click()
    page.wait_for_url("**sort=learners")
    visitor.check_page()
    for address in ("**/courses/?mode=online&q=hangong", "**/courses/?mode=online"):
        with page.expect_event("load"):
            page.evaluate("history.back()")
        page.wait_for_url(address)
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#mode-online")).to_be_checked()


def test_the_catalogue_narrows_without_scripts(browser, site):
    visitor = Visitor(browser, site[0], java_script_enabled=False)
    page = visitor.go("/courses/")

    page.fill("#q", "焊工")
    page.check("#mode-online")
    page.get_by_role("button", name="查看1门课程").click()
    page.wait_for_url("**mode=online**")

    assert page.is_checked("#mode-online")
    assert (page.locator("#q").input_value(), page.locator(".card").count()) == ("焊工", 1)
    assert page.get_by_role("link", name="线上 移除此条件").get_attribute("href").startswith("/courses/?q=")
