"""A course goes out of one institution and into another: what its film and quiz ask and its package come along and work."""

from __future__ import annotations

import json

import pytest

from tests.browser import PHONE, Visitor, chromium
from tests.live.servers import Servers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("carried")
    environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
    servers = Servers(environment, count=1)
    try:
        stage = json.loads(servers.run("tests.live.carried"))
        servers.start()
        servers.start_worker()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage
    finally:
        servers.stop()


def signed_in(browser, base, token, **options):
    visitor = Visitor(browser, base, **options)
    visitor.context.add_cookies([{"name": "sessionid", "value": token, "url": base}])
    return visitor


def test_a_course_is_carried_to_another_institution_and_plays_there(site, tmp_path):
    base, stage = site
    with chromium() as browser:
        li = signed_in(browser, base, stage["li"])
        page = li.go(f"/cms/studio/courses/{stage['course']}/outline/")
        page.get_by_role("button", name="导出").click()
        download = page.get_by_role("link", name="下载课程包")
        download.wait_for()
        assert li.violations() == []
        with page.expect_download() as coming:
            download.click()
        coming.value.save_as(tmp_path / "课程.zip")

        qian = signed_in(browser, base, stage["qian"], viewport=PHONE)
        page = qian.go("/cms/studio/import-package/")
        assert qian.violations() == []
        page.set_input_files("input[type=file]", {"name": "坏的.zip", "mimeType": "application/zip", "buffer": b"PK"})
        page.get_by_role("button", name="上传并检查").click()
        page.get_by_text("压缩包打不开").wait_for()
        assert qian.violations() == []
        page.set_input_files("input[type=file]", str(tmp_path / "课程.zip"))
        page.get_by_role("button", name="上传并检查").click()
        page.get_by_role("button", name="开始导入").wait_for()
        assert qian.violations() == []
        page.get_by_role("button", name="开始导入").click()
        page.get_by_text("已导入1章、3个课时").wait_for()
        assert qian.violations() == []

        page.get_by_role("link", name="返回课程大纲").click()
        page.get_by_text("测一测").first.wait_for()
        page.wait_for_function("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        course = page.url.split("/courses/")[1].split("/")[0]
        assert course != str(stage["course"])
        page = qian.go(f"/cms/studio/courses/{course}/preview/")
        shown = page.frame_locator("iframe.preview-phone")
        shown.get_by_text("弹题 0分05秒").wait_for()
        shown.get_by_text("焊接前首先应当做什么？").wait_for()
        for lesson, words in (
            ("第一章 · 测一测", "潮湿环境的安全电压"),
            ("第一章 · 互动", "课件包在“课件包”页面里试用"),
        ):
            page.get_by_label("课时", exact=True).select_option(label=lesson)
            page.get_by_role("button", name="预览").click()
            shown.get_by_text(words).first.wait_for()
        assert qian.faults == []
        page = qian.go("/cms/studio/packages/")
        page.locator("main").get_by_role("link", name="课件", exact=True).click()
        page.get_by_text("SCORM 1.2").wait_for()
        page.get_by_role("button", name="打开课件预览").click()
        page.frame_locator("scorm-lesson iframe").get_by_role("button", name="提交").wait_for()
