"""A course package in a real browser: it resumes, reports and stays behind its walls, with and without an origin of its own."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser import PC, PHONE, Visitor, chromium
from tests.journeys.test_reader import SHOW
from tests.live.servers import Servers

pytestmark = pytest.mark.browser

WALLS = {
    "nameless": "lesson:SecurityError cookie:SecurityError storage:SecurityError student:learner fetch:refused",
    "own-origin": "lesson:SecurityError cookie:none storage:SecurityError student:learner fetch:refused",
}
TRIED = "/api/v1/me"  # what the package itself tries to fetch, which the browser notes
PLAIN_FRAME = """() => {
  const held = document.querySelector("scorm-lesson iframe");
  const plain = Object.assign(document.createElement("iframe"), { id: "plain", name: held.name, src: held.src });
  document.querySelector("main").append(plain);
}"""


@pytest.fixture(scope="module", params=WALLS)
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    database = f"sqlite:///{folder / 'site.sqlite3'}"
    servers = Servers({"VAR_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": ""}, count=1)
    port = servers.ports[0]
    servers.environment["PORT"] = str(port)
    sandbox = f"http://localhost:{port}" if request.param == "own-origin" else ""
    servers.environment["SCORM_ORIGIN"] = sandbox
    try:
        stage = json.loads(servers.run("tests.live.stage", "package"))
        servers.start()
        yield {"base": f"http://127.0.0.1:{port}", "sandbox": sandbox, "walls": WALLS[request.param], **stage}
    finally:
        servers.stop()


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def enter(browser, site):
    def come(token, **options):
        visitor = Visitor(browser, site["base"], **options)
        visitor.context.add_cookies([{"name": "sessionid", "value": token, "url": site["base"]}])
        return visitor

    return come


def check(visitor, site):
    """Hold the page to what every page must be; the sandbox's own origin and what it tried are expected."""
    sandbox = site["sandbox"] or "no other origin"
    visitor.faults = [fault for fault in visitor.faults if TRIED not in fault and sandbox not in fault]
    visitor.check_page()


def test_a_learner_goes_on_where_the_package_stopped_and_its_claim_counts_nothing(enter, site):
    learner = enter(site["learners"][0]["token"], viewport=PC)
    page = learner.go(f"/learn/{site['training_class']}/{site['lesson']}/")
    unit = page.frame_locator("scorm-lesson iframe")
    claim, kept = page.locator("[data-part=claim]"), page.locator("[data-part=kept]")

    page.get_by_role("button", name="开始学习").click()
    expect(unit.locator("#walls")).to_have_text(site["walls"])
    page.evaluate(SHOW, True)  # nobody looks: no time is studied while the package claims
    unit.get_by_role("button", name="提交").click()
    expect(claim).to_have_text("课件自报：已完成，得分 90（不计学时）")
    expect(kept).to_have_text("课件进度已保存")
    expect(page.locator("[data-part=done]")).to_be_hidden()
    page.evaluate(SHOW, False)
    expect(page.locator("[data-part=done]")).to_be_visible()  # by the time studied, not by the claim
    unit.get_by_role("button", name="下一步").click()
    unit.get_by_role("button", name="下一步").click()
    expect(unit.locator("#place")).to_have_text("3")
    check(learner, site)

    page.reload()  # without a commit: what was set is sent while the page goes away
    expect(claim).to_have_text("课件自报：已完成，得分 90（不计学时）")
    page.get_by_role("button", name="学").first.click()
    expect(unit.locator("#place")).to_have_text("3")
    expect(unit.locator("#note")).to_have_text("看过3步")
    unit.get_by_role("button", name="结束").click()  # 90 is above the package's own mastery score
    expect(claim).to_have_text("课件自报：已通过，得分 90（不计学时）")
    expect(kept).to_have_text("课件进度已保存")


def test_a_package_opened_without_its_frame_reads_nothing_of_ours_either(enter, site):
    learner = enter(site["learners"][1]["token"], viewport=PHONE, is_mobile=True, has_touch=True)
    page = learner.go(f"/learn/{site['training_class']}/{site['lesson']}/")
    page.get_by_role("button", name="学").first.click()
    frame = page.locator("scorm-lesson iframe")
    expect(page.frame_locator("scorm-lesson iframe").locator("#walls")).to_have_text(site["walls"])
    check(learner, site)
    address = frame.evaluate("(frame) => frame.src")

    other = learner.context.new_page()
    other.goto(address)

    expect(other.locator("#walls")).to_contain_text("fetch:refused")
    cookie = "none" if site["sandbox"] else "SecurityError"
    expect(other.locator("#walls")).to_contain_text(f"cookie:{cookie}")


def without_policy(route):
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
    route.fulfill(response=answer, headers=headers)


def test_without_policy_and_sandbox_the_same_package_would_act_as_the_learner(enter, site):
    learner = enter(site["learners"][2]["token"], viewport=PC)
    page = learner.go(f"/learn/{site['training_class']}/{site['lesson']}/")
    page.get_by_role("button", name="学").first.click()
    expect(page.frame_locator("scorm-lesson iframe").locator("#walls")).to_have_text(site["walls"])

    page.route("**/scorm/**", without_policy)
    page.evaluate(PLAIN_FRAME)

    walls = page.frame_locator("#plain").locator("#walls")
    if site["sandbox"]:  # an origin of its own still keeps the page, the cookie and the storage from it
        expect(walls).to_contain_text("lesson:SecurityError cookie:none storage:SecurityError")
    else:
        expect(walls).to_contain_text("lesson:第1课")
        expect(walls).to_contain_text("fetch:answered")


def test_a_package_may_change_its_page_and_with_an_origin_of_its_own_have_frames(enter, site):
    learner = enter(site["learners"][3]["token"], viewport=PC)
    page = learner.go(f"/learn/{site['training_class']}/{site['lesson']}/")
    page.get_by_role("button", name="学").first.click()
    unit = page.frame_locator("scorm-lesson iframe")
    expect(unit.locator("#walls")).to_have_text(site["walls"])
    place = int(unit.locator("#place").inner_text())

    unit.get_by_role("button", name="下一步").click()
    expect(unit.locator("#note")).to_have_text(f"看过{place + 1}步")
    unit.get_by_role("link", name="第二页").click()

    expect(unit.locator("h1")).to_have_text("第二页")
    expect(unit.locator("#place")).to_have_text(str(place + 1))
    if site["sandbox"]:
        inner = unit.frame_locator("iframe").locator("#seen")
        expect(inner).to_have_text(f"above {place + 1}")


def test_the_studio_previews_a_package_and_keeps_nothing_of_it(enter, site):
    staff = enter(site["studio"], viewport=PC)
    page = staff.go(f"/cms/studio/packages/{site['package']}/")

    page.get_by_role("button", name="打开课件预览").click()
    unit = page.frame_locator("scorm-lesson iframe")
    expect(unit.locator("#place")).to_have_text("1")
    unit.get_by_role("button", name="提交").click()

    expect(page.locator("[data-part=claim]")).to_have_text("预览时课件的进度不保存。")
