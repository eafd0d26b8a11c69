"""A learner before the camera, without one, in WeChat: agreed, photographed, refused in words, enrolled."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from PIL import Image

from tests.browser import PATIENCE, PC, PHONE, WECHAT, Visitor, chromium, expect
from tests.faces.photos import photos
from tests.live.servers import Servers

pytestmark = pytest.mark.browser
FAKE = ("--use-fake-device-for-media-stream",)
PAGE = "/my/face/"
OPEN = """async () => {
  const element = document.createElement("face-capture");
  document.querySelector("main").append(element);
  await customElements.whenDefined("face-capture");
  return element.open();
}"""
TAKE = "(moves) => { window.taking = [...document.querySelectorAll('face-capture')].at(-1).take(moves, 5); }"
TOLD = """async () => {
  const element = [...document.querySelectorAll("face-capture")].at(-1);
  const frames = await window.taking;
  const video = element.querySelector("video").srcObject;
  element.close();
  return { isOff: element.querySelector("video").srcObject === null, wasOn: video !== null,
           frames: frames.map(({ move, blob, at }) => ({ move, at, size: blob.size, type: blob.type })) };
}"""


@pytest.fixture
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "REDIS_URL": ""}
    servers = Servers(environment, count=1)
    try:
        stage = json.loads(servers.run("tests.live.stage", "faces"))
        servers.start()
        yield f"http://127.0.0.1:{servers.ports[0]}", stage["tokens"]
    finally:
        servers.stop()


def jpeg(*names: str, height: int = 480) -> bytes:
    """Return photographs side by side, as a camera of 640 by 480 would see them."""
    found = [Image.open(BytesIO(photos()[name])).convert("RGB") for name in names]
    seen = Image.new("RGB", (640, height), "grey")
    width = 640 // len(found)
    for place, one in enumerate(found):
        one.thumbnail((width, height))
        seen.paste(one, (place * width + (width - one.width) // 2, (height - one.height) // 2))
    out = BytesIO()
    seen.save(out, "JPEG", quality=90)
    return out.getvalue()


def visitor(browser, site, name="wang", **options) -> Visitor:
    base, tokens = site
    seen = Visitor(browser, base, **{"viewport": PHONE, **options})
    seen.context.add_cookies([{"name": "sessionid", "value": tokens[name], "url": base}])
    return seen


def agree(seen: Visitor):
    page = seen.go(PAGE)
    page.get_by_label("我已阅读").check()
    page.get_by_role("button", name="同意", exact=True).click()
    page.get_by_text("已记录您的同意").wait_for()
    return page


def test_by_the_camera_on_a_phone(site, tmp_path):
    film = tmp_path / "face.mjpeg"
    film.write_bytes(jpeg("person_a_1") * 30)
    with chromium(*FAKE, f"--use-file-for-fake-video-capture={film}") as browser:
        seen = visitor(browser, site, is_mobile=True, has_touch=True, permissions=["camera"])
        seen.go(PAGE)
        seen.check_page()
        page = agree(seen)
        seen.check_page()
        page.get_by_role("button", name="打开摄像头").click()
        shutter = page.get_by_role("button", name="拍照", exact=True)
        shutter.wait_for()
        seen.check_page()
        expect(shutter).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_text("已拍好").wait_for()
        seen.check_page()
        page.get_by_role("button", name="登记这张照片").click()

        page.get_by_text("参考照片已登记").wait_for()
        expect(page.locator("main")).to_contain_text("页面摄像头")
        seen.check_page()


def test_whose_camera_is_refused_takes_a_file_and_hears_what_is_wrong_with_it(site, tmp_path):
    with chromium("--deny-permission-prompts") as browser:
        seen = visitor(browser, site, viewport=PC)
        page = agree(seen)
        page.get_by_role("button", name="打开摄像头").click()
        chosen = page.get_by_label("正脸照片")
        chosen.wait_for()
        page.get_by_text("没有得到使用摄像头的许可").or_(page.get_by_text("没有找到摄像头")).wait_for()
        seen.check_page()

        document = tmp_path / "face.pdf"
        document.write_bytes(b"%PDF-1.7")
        chosen.set_input_files(document)
        page.get_by_text("这个文件不是照片").wait_for()
        large = tmp_path / "large.jpg"
        large.write_bytes(jpeg("person_a_1") + bytes(20_000_000))
        chosen.set_input_files(large)
        page.get_by_text("照片超过15MB").wait_for()

        for content, words in (
            (jpeg("person_a_1", "person_b_1"), "不止一张脸"),
            (picture_of_nobody(), "没有看到人脸"),
        ):
            send(page, content)
            page.get_by_role("alert").filter(has_text=words).wait_for()
            seen.check_page()
            page.get_by_role("button", name="改用拍照上传").click()
        send(page, jpeg("person_a_1"))
        page.get_by_text("参考照片已登记").wait_for()
        expect(page.locator("main")).to_contain_text("上传照片（可信度较低）")
        seen.check_page()


def picture_of_nobody() -> bytes:
    out = BytesIO()
    Image.new("RGB", (640, 480), "grey").save(out, "JPEG")
    return out.getvalue()


def send(page, content: bytes) -> None:
    page.get_by_label("正脸照片").set_input_files({"name": "album.jpg", "mimeType": "image/jpeg", "buffer": content})
    for _ in range(PATIENCE // 50):  # the page makes it smaller first
        if page.evaluate("document.querySelector('face-capture input[type=file]').files[0]?.name") == "face.jpg":
            break
        page.wait_for_timeout(50)
    page.get_by_role("button", name="登记这张照片").click()


def test_in_a_web_view_without_cameras_only_files_are_offered(site):
    with chromium() as browser:
        seen = visitor(browser, site, user_agent=WECHAT, is_mobile=True, has_touch=True)
        seen.context.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
        page = agree(seen)

        page.get_by_text("这个浏览器不能在页面里使用摄像头").wait_for()
        assert page.get_by_label("正脸照片").get_attribute("capture") == "user"
        assert page.get_by_role("button", name="打开摄像头").is_hidden()
        seen.check_page()


def test_moves_are_filmed_in_time_and_the_camera_goes_off(site):
    with chromium(*FAKE) as browser:
        seen = visitor(browser, site, permissions=["camera"])
        page = agree(seen)
        how = page.evaluate(OPEN)
        words = page.locator("face-capture").last.locator(".face-words")
        page.clock.install()  # a second is a second, however slow the machine is

        page.evaluate(TAKE, ["left", "closer"])
        for step in (1, 2, 3):
            expect(words).to_contain_text(f"第{step}步，共3步")
            page.clock.run_for(1_400)
        told = page.evaluate(TOLD)

        assert (how, told["wasOn"], told["isOff"]) == ("camera", True, True)
        frames = told["frames"]
        assert [one["move"] for one in frames] == ["centre", "left", "closer"]
        times = [one["at"] for one in frames]
        assert times == sorted(set(times))
        assert times[-1] <= 5000
        assert all(one["type"] == "image/jpeg" and 0 < one["size"] < 200_000 for one in frames)
        assert seen.faults == []


def test_other_pages_are_refused_the_camera(site):
    with chromium(*FAKE) as browser:
        page = visitor(browser, site, permissions=["camera"]).go("/my/me/")

        refused = page.evaluate("navigator.mediaDevices.getUserMedia({ video: true }).then(() => '', (e) => e.name)")

        assert refused == "NotAllowedError"


def test_without_scripts_the_form_works(site):
    with chromium() as browser:
        seen = visitor(browser, site, java_script_enabled=False)
        page = agree(seen)
        page.get_by_label("正脸照片").set_input_files(
            {"name": "face.jpg", "mimeType": "image/jpeg", "buffer": jpeg("person_a_1")}
        )
        page.get_by_role("button", name="登记这张照片").click()

        page.get_by_text("参考照片已登记").wait_for()


def test_two_of_the_office_look_decide_and_grant_another_way(site):
    with chromium() as browser:
        learner = visitor(browser, site, is_mobile=True, has_touch=True)
        page = agree(learner)
        page.get_by_role("button", name="改用拍照上传").click()
        send(page, jpeg("person_a_1"))
        page.get_by_text("参考照片已登记").wait_for()
        page.get_by_label("原因", exact=True).select_option("disability")
        page.get_by_label("说明", exact=True).fill("颈椎手术后不能转头（示例）")
        page.get_by_role("button", name="提交申请").click()
        page.get_by_text("等待区办决定").wait_for()

        for name, size in (("sun", PC), ("chen", PHONE)):
            desk = visitor(browser, site, name, viewport=size)
            page = desk.go("/office/faces/")
            desk.check_page()
            page.get_by_role("link", name="王芳").click()
            desk.check_page()
            page.get_by_label("查看照片的理由").fill("核对是否本人")
            page.get_by_role("button", name="查看照片").click()
            page.get_by_alt_text("这次核验的照片").wait_for()
            assert page.get_by_alt_text("这次核验的照片").evaluate("one => one.naturalWidth") == 640
            desk.check_page()
            page.get_by_label("是本人", exact=True).check()
            page.get_by_label("意见", exact=True).fill("与照片比对，电话核实（示例）")
            page.get_by_role("button", name="提交意见").click()
            page.get_by_role("status").filter(has_text="意见" if name == "sun" else "已有结论").wait_for()
        page = desk.go("/office/faces/exemptions/")
        desk.check_page()
        page.get_by_label("理由", exact=True).fill("电话核实（示例）")
        page.get_by_role("button", name="同意", exact=True).click()
        page.get_by_text("已同意，申请人").wait_for()
        desk.check_page()

        shown = learner.go(PAGE).locator("main").inner_text()
        assert "区办已核对" in shown
        assert "前不需要人脸核验" in shown
        learner.check_page()
