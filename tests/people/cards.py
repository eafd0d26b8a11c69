"""ID cards that the tests draw (示例): numbers of a place that does not exist, no real person's data."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont, ImageOps

from tests.cast import document_number

NUMBER = document_number(2)
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
BLUE, INK = (40, 90, 150), (20, 20, 20)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size, index=2)


def card(name: str = "王示例", number: str = NUMBER, portrait: bytes = b"") -> Image.Image:
    """Return the front of a card on a desk, with a portrait if one is given."""
    desk = Image.new("RGB", (1100, 730), (120, 100, 80))
    front = Image.new("RGB", (1000, 630), (225, 235, 240))
    pen = ImageDraw.Draw(front)
    rows = [
        (60, "姓名", name),
        (140, "性别", "女"),
        (220, "出生", "1990 年 3 月 7 日"),
        (300, "住址", "示例省示例市示例区"),
    ]
    for y, label, value in rows:
        pen.text((60, y), label, font=font(30), fill=BLUE)
        pen.text((170, y - 4), value, font=font(38), fill=INK)
    pen.text((300, 140), "民族", font=font(30), fill=BLUE)
    pen.text((410, 136), "汉", font=font(38), fill=INK)
    pen.text((170, 346), "示例路1号", font=font(38), fill=INK)
    pen.text((60, 530), "公民身份号码", font=font(30), fill=BLUE)
    pen.text((330, 522), number, font=font(44), fill=INK)
    pen.rectangle((680, 90, 930, 420), fill=(180, 190, 200))
    if portrait:
        photo = ImageOps.fit(Image.open(BytesIO(portrait)).convert("RGB"), (250, 330))
        front.paste(photo, (680, 90))
    desk.paste(front, (50, 50))
    return desk


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Return a picture as a phone sends it."""
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
