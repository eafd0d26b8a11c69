"""Two records of one person in the browser: compared and proposed on a PC, confirmed on a phone; and a photo made smaller."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.browser import PC, PHONE, WECHAT, chromium, expect
from tests.cast import document_number
from tests.journeys.staged import enter, staged

pytestmark = pytest.mark.browser
WANG_FANG, LU_REN = document_number(2), document_number(4)
REASON = "身份证和护照已当面核对，是同一人"


@pytest.fixture
def site(tmp_path):
    with staged(tmp_path, "anomaly") as laid:
        yield laid


def sideways() -> bytes:
    """Return a wide photo whose EXIF says that it stands upright: red above blue."""
    picture = Image.new("RGB", (3200, 2400), "blue")
    picture.paste("red", (0, 0, 1600, 2400))
    exif = Image.Exif()
    exif[0x0112] = 6
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=95, exif=exif)
    return held.getvalue()


def test_two_records_become_one_and_part_again(site):
    with chromium() as browser:
        phone = {"viewport": PHONE, "user_agent": WECHAT, "is_mobile": True, "has_touch": True}
        sun, chen = enter(browser, site, "sun", viewport=PC), enter(browser, site, "chen", **phone)

        page = sun.go("/office/person-merges/")
        sun.check_page()
        page.get_by_label("保留的档案：证件号码").fill(WANG_FANG)
        page.get_by_label("并入的档案：证件号码").fill("123")
        page.get_by_role("button", name="对照两份档案").click()
        expect(page.get_by_text("没有找到用这个证件实名的人员")).to_be_visible()
        sun.check_page()
        page.get_by_label("并入的档案：证件号码").fill(LU_REN)
        page.get_by_role("button", name="对照两份档案").click()
        assert WANG_FANG not in page.url + page.content()
        sun.check_page()
        page.get_by_label("查看完整证件号码的理由").fill("核对两份证件")
        page.get_by_role("button", name="查看证件号码").click()
        expect(page.get_by_text(LU_REN)).to_be_visible()
        page.get_by_label("认定是同一人的理由").fill(REASON)
        page.get_by_role("button", name="提出合并，交另一人复核").click()
        expect(page.get_by_text("复核须由另一位工作人员办理")).to_be_visible()
        sun.check_page()

        mine = chen.go("/office/person-merges/")
        chen.check_page()
        mine.get_by_role("link", name="王芳").click()
        chen.check_page()
        mine.get_by_label("复核意见").fill("证件已核对")
        mine.get_by_role("button", name="是同一人，合并").click()
        expect(mine.get_by_text("请先核对两份档案的证件和本人")).to_be_visible()
        chen.check_page()
        mine.get_by_label("我已核对两份档案的证件和本人").check()
        mine.get_by_role("button", name="是同一人，合并").click()
        expect(mine.get_by_text("合并是您复核的，撤销须由另一位工作人员办理")).to_be_visible()

        wang = enter(browser, site, "wang", **phone)
        expect(wang.go("/my/identity/").get_by_text("已并入的证件")).to_be_visible()
        wang.check_page()

        page.reload()
        page.get_by_label("撤销合并的理由").fill("两个人同名，办错了")
        page.get_by_role("button", name="撤销合并").click()
        expect(page.get_by_text("账号已回到原来的档案")).to_be_visible()
        sun.check_page()


def test_a_photo_is_sent_smaller_and_upright(site):
    with chromium() as browser:
        sun = enter(browser, site, "sun", viewport=PHONE)
        page = sun.go("/my/identity/")
        photo = sideways()
        page.wait_for_function("() => Boolean(customElements.get('photo-shrinker'))")

        page.locator("[name=photo]").set_input_files({"name": "card.JPG", "mimeType": "image/jpeg", "buffer": photo})

        page.wait_for_function("size => document.querySelector('[name=photo]').files[0].size < size", arg=len(photo))
        told = page.evaluate(
            "async () => { const [file] = document.querySelector('[name=photo]').files;"
            "return [file.name, file.type, [...new Uint8Array(await file.arrayBuffer())]] }"
        )
        sent = Image.open(io.BytesIO(bytes(told[2])))
        red, _, blue = sent.getpixel((600, 200))
        assert (told[:2], sent.size, red > 200, blue < 60) == (["card.jpg", "image/jpeg"], (1200, 1600), True, True)
        assert not sent.getexif()
        sun.check_page()
