"""Drawn faces for the demo (示例画像): no picture of a real person is in it. The detector takes them for faces."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIZE = WIDTH, HEIGHT = 640, 480
GROUND, INK, LIPS = (205, 214, 222), (45, 34, 30), (176, 88, 84)
MIDDLE = X, Y = 320, 235
Colour = tuple[int, int, int]


def portrait(seed: int, *, tilt: int = 0) -> bytes:
    """Return a drawn face as JPEG; one seed is one person, `tilt` turns the picture by degrees."""
    chance = Random(seed)  # noqa: S311 - a drawing is no secret
    image = Image.new("RGB", SIZE, GROUND)
    draw = ImageDraw.Draw(image)
    skin = (226 - chance.randrange(30), 186 - chance.randrange(25), 156 - chance.randrange(20))
    wide, high = chance.randrange(82, 100), chance.randrange(112, 128)
    head(draw, skin, wide, high, (60 + chance.randrange(80), 80, 110))
    for side in (-1, 1):
        eye(draw, skin, X + side * (34 + seed % 10), Y - 14)
    middle(draw, skin, 12 + seed % 6, 26 + seed % 10)
    out = BytesIO()
    blurred = image.filter(ImageFilter.GaussianBlur(2.2)).rotate(tilt, fillcolor=GROUND)
    blurred.save(out, "JPEG", quality=88)
    return out.getvalue()


def head(draw: ImageDraw.ImageDraw, skin: Colour, wide: int, high: int, coat: Colour) -> None:
    """Draw hair, neck, shoulders and the face itself."""
    draw.ellipse(around(X, Y - 22, wide + 22, high + 12), fill=INK)
    draw.rectangle((X - 38, Y + high - 40, X + 38, Y + high + 60), fill=shade(skin, 82))
    draw.polygon([(X - 190, HEIGHT), (X - 120, Y + high + 45), (X + 120, Y + high + 45), (X + 190, HEIGHT)], fill=coat)
    draw.ellipse(around(X, Y, wide, high), fill=skin)
    draw.pieslice((X - wide - 6, Y - high - 14, X + wide + 6, Y + 20), 190, 350, fill=INK)
    draw.ellipse((X - wide + 10, Y - high + 50, X + wide - 10, Y + high - 4), fill=skin)


def eye(draw: ImageDraw.ImageDraw, skin: Colour, x: int, y: int) -> None:
    """Draw an eye with its lid and brow."""
    draw.ellipse(around(x, y, 24, 16), fill=shade(skin, 82))
    draw.ellipse(around(x, y, 19, 9), fill=(245, 243, 240))
    draw.ellipse(around(x, y, 8, 9), fill=INK)
    draw.arc(around(x, y, 21, 12), 180, 360, fill=INK, width=4)
    draw.line((x - 24, y - 29, x + 24, y - 29), fill=INK, width=8)


def middle(draw: ImageDraw.ImageDraw, skin: Colour, nose: int, mouth: int) -> None:
    """Draw nose and mouth."""
    draw.polygon([(X - 5, Y - 10), (X + 5, Y - 10), (X + nose, Y + 36), (X - nose, Y + 36)], fill=shade(skin, 94))
    draw.ellipse(around(X, Y + 35, nose + 3, 9), fill=shade(skin, 90))
    for side in (-1, 1):
        draw.ellipse(around(X + side * 7, Y + 38, 3, 3), fill=shade(skin, 50))
    draw.ellipse(around(X, Y + 68, mouth, 10), fill=LIPS)
    draw.line((X - mouth + 2, Y + 67, X + mouth - 2, Y + 67), fill=shade(LIPS, 62), width=3)


def around(x: int, y: int, wide: int, high: int) -> tuple[int, int, int, int]:
    """Return the box of an ellipse around a place."""
    return x - wide, y - high, x + wide, y + high


def shade(colour: Colour, percent: int) -> Colour:
    """Return a darker colour."""
    red, green, blue = (part * percent // 100 for part in colour)
    return red, green, blue
