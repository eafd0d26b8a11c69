"""What an instructor does in the studio and in Wagtail's editor, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser import Visitor


def saved(page: Page) -> int:
    """Save a draft in Wagtail's editor and return the page's id."""
    page.locator("button.action-save").first.click()
    page.wait_for_url(lambda url: "/edit/" in url)
    return int(page.url.split("/pages/")[1].split("/")[0])


def upload_film(li: Visitor, film: Path) -> None:
    """Upload a film of 640x360 and wait until it plays."""
    page = li.go("/cms/studio/videos/new/")
    page.locator("[data-part=picker]").set_input_files(str(film))
    page.get_by_role("link", name="查看视频").click()
    page.get_by_text("画面 640×360").first.wait_for()


def new_course(li: Visitor, institution_page: int, title: str) -> int:
    """Begin a course for welders and return its id."""
    page = li.go(f"/cms/pages/add/courses/coursepage/{institution_page}/")
    page.fill("input[name=title]", title)
    page.fill("input[name=summary]", "先检查，再作业")
    page.select_option("select[name=occupation]", label="焊工（6-18-02-04）")
    page.select_option("select[name=level]", label="五级/初级工")
    page.fill("input[name=class_hours]", "1")
    page.fill("textarea[name=outcomes]", "能检查焊机\n能正确穿戴防护用品")
    return saved(page)


def new_section(li: Visitor, course: int) -> int:
    """Begin the first chapter and return its id."""
    page = li.go(f"/cms/pages/add/courses/sectionpage/{course}/")
    page.fill("input[name=title]", "第一章 安全")
    return saved(page)


def film_lesson(li: Visitor, section: int) -> Page:
    """Fill in a lesson with the first film, and leave it to be saved."""
    page = new_lesson(li, section, "焊前检查", "video")
    page.select_option("select[name=video]", index=1)
    return page


def quiz_lesson(li: Visitor, section: int, question: str, **exactly: Any) -> Page:
    """Begin a quiz with a first question of a kind, and leave it to be filled in."""
    page = new_lesson(li, section, "测一测", "quiz")
    page.locator("[data-contentpath=quiz]").first.locator("button.c-sf-add-button").first.click()
    page.get_by_role("option", name=question, **exactly).click()
    return page


def new_lesson(li: Visitor, section: int, title: str, kind: str) -> Page:
    """Open a new lesson of a kind."""
    page = li.go(f"/cms/pages/add/courses/lessonpage/{section}/")
    page.fill("input[name=title]", title)
    page.select_option("select[name=kind]", kind)
    return page


def submit_course(page: Page) -> None:
    """Hand the whole course in, on the page that lists what it lacks."""
    page.get_by_role("button", name="提交整门课程").click()
    page.wait_for_load_state()
