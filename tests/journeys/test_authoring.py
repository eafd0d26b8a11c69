"""An instructor brings in a folder of thirty lessons, orders them by keyboard and by mouse, is sent back with a comment,
mends it, is released, and reads what changed from one version to the next."""

from __future__ import annotations

import io
import zipfile

import pytest

from lms.kernel import clock
from tests.browser import PHONE, Visitor, chromium, expect
from tests.cast import PASSWORD
from tests.courses.media import make_video
from tests.journeys.authored import new_course
from tests.journeys.staged import staged

pytestmark = pytest.mark.browser

TITLE = "焊工安全（文件夹）"
CHECK = "没有广告（示例）"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("site"), "district", worker=True) as made:
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a zip of three folders and thirty lessons: two films and texts."""
    film = make_video(tmp_path_factory.mktemp("film") / "a.mp4", seconds=1, size="160x120").read_bytes()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for section in (1, 2, 3):
            for number in range(1, 11):
                name = f"焊工/第{'一二三'[section - 1]}章/{number}. 步骤{section}-{number}"
                if number == 1 and section < 3:
                    packed.writestr(f"{name}.mp4", film)
                else:
                    packed.writestr(f"{name}.md", f"# 步骤{number}\n\n先断电，再作业。")
    return {"name": "焊工.zip", "mimeType": "application/zip", "buffer": stream.getvalue()}


def bring_in(li: Visitor, course: int, folder) -> None:
    page = li.go(f"/cms/studio/courses/{course}/import/")
    assert li.violations() == []
    page.set_input_files("input[name=file]", folder)
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_text("将导入3章、30个课时").wait_for()
    assert li.violations() == []
    page.get_by_role("button", name="开始导入").click()
    page.get_by_text("已导入3章、30个课时").wait_for()
    assert li.violations() == []


def titles(page) -> list[str]:
    return page.locator(".outline-title > a").all_inner_texts()


def row(page, title):
    return page.locator("[data-part]", has=page.get_by_role("link", name=title, exact=True))


def put_in_order(li: Visitor, course: int) -> None:
    page = li.go(f"/cms/studio/courses/{course}/outline/")
    assert titles(page)[:4] == ["第一章", "步骤1-1", "步骤1-2", "步骤1-3"]
    assert li.violations() == []
    row(page, "步骤1-2").locator("[data-grip]").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("status").get_by_text("已移动“步骤1-2”。").wait_for()
    assert titles(page)[:4] == ["第一章", "步骤1-1", "步骤1-3", "步骤1-2"]
    assert page.evaluate("document.activeElement.closest('[data-part]').innerText").startswith("⠿\n步骤1-2")
    drag(page, row(page, "步骤1-1"), row(page, "步骤1-2"))
    page.get_by_role("status").get_by_text("已移动“步骤1-1”。").wait_for()
    assert titles(page)[:4] == ["第一章", "步骤1-3", "步骤1-2", "步骤1-1"]
    page.reload()
    assert titles(page)[:4] == ["第一章", "步骤1-3", "步骤1-2", "步骤1-1"]


def drag(page, what, beside) -> None:
    """Drag a part below another one."""
    what.locator("[data-grip]").hover()
    page.mouse.down()
    target = beside.bounding_box()
    page.mouse.move(target["x"] + 30, target["y"] + target["height"] / 2)
    page.mouse.move(target["x"] + 30, target["y"] + target["height"] - 4, steps=3)
    page.mouse.up()


def submit(li: Visitor, course: int) -> None:
    address = f"/cms/studio/courses/{course}/submit/"
    page = li.go(address)
    button = page.get_by_role("button", name="提交整门课程")
    for _ in range(300):
        if button.is_visible():
            break
        page.wait_for_timeout(1_000)
        li.go(address)
    assert li.violations() == []
    button.click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("等待区办审核")


def set_checklist(sun: Visitor) -> None:
    page = sun.go("/office/checklists/")
    sun.check_page()
    page.fill("input[name=effective_from]", str(clock.today()))
    page.fill("input[name=source]", "示例")
    page.fill("textarea[name=items]", CHECK)
    page.get_by_role("button", name="发布要点").click()
    page.wait_for_load_state()
    sun.check_page()


def open_review(visitor: Visitor):
    page = visitor.go("/office/reviews/?state=submitted")
    page.get_by_role("link", name=TITLE).first.click()
    page.wait_for_load_state()
    return page


def send_back(sun: Visitor) -> None:
    page = open_review(sun)
    lesson = page.locator("section.box", has=page.get_by_role("heading", name="步骤2-2"))
    lesson.locator("summary").click()
    lesson.locator("textarea").fill("标题请写明做什么。")
    lesson.get_by_role("button", name="保存批注").click()
    page.wait_for_load_state()
    sun.check_page()
    expect(page.locator("main")).to_contain_text("标题请写明做什么。")
    page.fill("textarea[name=opinion]", "请按批注修改。")
    page.get_by_role("button", name="退回修改").click()
    page.wait_for_load_state()


def mend(li: Visitor, course: int) -> None:
    page = li.go(f"/cms/studio/courses/{course}/outline/")
    part = row(page, "步骤2-2")
    expect(part).to_contain_text("标题请写明做什么。")
    assert li.violations() == []
    part.get_by_role("button", name="标为已处理").click()
    page.get_by_role("status").get_by_text("批注已标为处理完").wait_for()
    rename(li, course, "步骤2-2", "验电")


def rename(li: Visitor, course: int, old: str, new: str) -> None:
    page = li.go(f"/cms/studio/courses/{course}/outline/")
    page.get_by_role("link", name=old, exact=True).click()
    page.fill("input[name=title]", new)
    page.locator("button.action-save").first.click()
    page.get_by_text("已保存").or_(page.locator(".messages .success")).first.wait_for()


def release(visitor: Visitor, *words: str) -> None:
    page = open_review(visitor)
    for word in words:
        expect(page.locator("main")).to_contain_text(word)
    visitor.check_page()
    page.get_by_role("button", name="审核通过并发布").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("还有1条审核要点没有确认")
    visitor.check_page()
    page.get_by_label(CHECK).check()
    page.get_by_role("button", name="审核通过并发布").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("已发布")


def test_a_folder_becomes_a_reviewed_course_with_versions(site, folder):
    base, stage = site
    with chromium() as browser:
        li, sun, chen = (Visitor(browser, base) for _ in range(3))
        for visitor, login in ((li, "li"), (sun, "sun"), (chen, "chen")):
            visitor.sign_in(login, PASSWORD)
        set_checklist(sun)
        course = new_course(li, stage["institution_page"], TITLE)
        bring_in(li, course, folder)
        put_in_order(li, course)
        submit(li, course)
        send_back(sun)
        mend(li, course)
        submit(li, course)
        release(chen, "标题由“步骤2-2”改为“验电”。", "标题请写明做什么。", "李老师标为已处理")
        rename(li, course, "验电", "验电和放电")
        submit(li, course)
        release(chen, "标题由“验电”改为“验电和放电”。")

        page = li.go(f"/cms/studio/courses/{course}/versions/")
        assert li.violations() == []
        page.get_by_role("link", name="第2版").click()
        expect(page.locator("main")).to_contain_text("标题由“验电”改为“验电和放电”。")
        assert li.violations() == []
        phone = Visitor(browser, base, viewport=PHONE, is_mobile=True, has_touch=True)
        phone.sign_in("chen", PASSWORD)
        uid = phone_link(phone)
        phone.go(uid)
        phone.check_page()
        assert [visitor.faults for visitor in (li, sun, chen, phone)] == [[]] * 4


def phone_link(phone: Visitor) -> str:
    """Return the address of the newest review on a phone, held to its width."""
    page = phone.go("/office/reviews/")
    phone.check_page()
    return page.get_by_role("link", name=TITLE).first.get_attribute("href")
