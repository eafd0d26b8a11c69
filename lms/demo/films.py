"""Films of the demo's video lessons: slides drawn with the Chinese fonts, a soft tone, subtitles (示例视频)."""

from __future__ import annotations

import math
import struct
import tempfile
import wave
from pathlib import Path

import ffmpeg
from PIL import Image, ImageColor, ImageDraw, ImageFont

from lms.demo.content.shapes import CourseText, FilmText, Slide

WIDTH, HEIGHT = 1280, 720
FRAMES_PER_SECOND = 10
SAMPLE_RATE = 22_050
FONTS = Path("/usr/share/fonts/opentype/noto")
SIMPLIFIED = 2  # the face of the collection that draws 简体 forms
PAPER, INK, PALE = "#fbf9f4", "#22211f", "#6b675f"
NOTES = (220.0, 261.63, 246.94, 196.0)


def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the Chinese font that the package fonts-noto-cjk brings."""
    name = f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"
    return ImageFont.truetype(str(FONTS / name), size, index=SIMPLIFIED)


def draw_slide(course: CourseText, film: FilmText, number: int) -> Image.Image:
    """Return one slide as a picture: heading, points, where we are in the film, and that it is an example."""
    slide = film.slides[number]
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH, 96), fill=course.colour)
    pen.text((64, 28), f"{course.occupation} · {film.title}", font=font(32), fill="#ffffff")
    pen.text((WIDTH - 64, 28), "示例课程", font=font(32), fill="#ffffff", anchor="ra")
    pen.text((64, 152), slide.heading, font=font(64, bold=True), fill=course.colour)
    for row, point in enumerate(slide.points):
        top = 284 + row * 92
        pen.ellipse((70, top + 16, 90, top + 36), fill=course.colour)
        pen.text((120, top), point, font=font(42), fill=INK)
    draw_progress(pen, course.colour, number, len(film.slides))
    return picture


def draw_progress(pen: ImageDraw.ImageDraw, colour: str, number: int, count: int) -> None:
    """Draw how far the film is."""
    width = (WIDTH - 128 - 16 * (count - 1)) // count
    for i in range(count):
        left = 64 + i * (width + 16)
        pen.rounded_rectangle((left, 640, left + width, 652), 6, fill=colour if i <= number else "#dcd8ce")
    pen.text((WIDTH - 64, 668), f"{number + 1} / {count}", font=font(26), fill=PALE, anchor="ra")


def write_tone(path: Path, slides: tuple[Slide, ...]) -> None:
    """Write a soft note at the beginning of each slide, silence after it."""
    samples = bytearray()
    for number, slide in enumerate(slides):
        pitch = NOTES[number % len(NOTES)]
        for i in range(slide.seconds * SAMPLE_RATE):
            at = i / SAMPLE_RATE
            loud = 3_000 * math.exp(-2.5 * at) if at < 2 else 0.0
            samples += struct.pack("<h", int(loud * math.sin(2 * math.pi * pitch * at)) if loud else 0)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(bytes(samples))


def make_film(course: CourseText, film: FilmText, target: Path) -> Path:
    """Write a film as MP4 (H.264, AAC) and return its path."""
    with tempfile.TemporaryDirectory(prefix="film-") as folder:
        lines = []
        for number, slide in enumerate(film.slides):
            picture = Path(folder) / f"{number}.png"
            draw_slide(course, film, number).save(picture, compress_level=1)
            lines += [f"file '{picture}'", f"duration {slide.seconds}"]
        listing = Path(folder) / "slides.txt"
        listing.write_text("\n".join([*lines, lines[-2], ""]), encoding="utf-8")
        write_tone(Path(folder) / "tone.wav", film.slides)
        encode(listing, Path(folder) / "tone.wav", target, film.seconds)
    return target


def encode(listing: Path, tone: Path, target: Path, seconds: int) -> None:
    """Run ffmpeg. A key frame every four seconds lets the platform copy the stream instead of encoding it again."""
    pictures = ffmpeg.input(str(listing), format="concat", safe=0)
    sound = ffmpeg.input(str(tone))
    options = {
        "vcodec": "libx264",
        "preset": "veryfast",
        "tune": "stillimage",
        "pix_fmt": "yuv420p",
        "r": FRAMES_PER_SECOND,
        "g": 4 * FRAMES_PER_SECOND,
        "acodec": "aac",
        "audio_bitrate": "48k",
        "movflags": "+faststart",
        "t": seconds,
    }
    ffmpeg.output(pictures, sound, str(target), **options).run(quiet=True, overwrite_output=True)


def subtitles(film: FilmText) -> str:
    """Return the film's subtitles as WebVTT, one cue a slide."""
    cues, at = ["WEBVTT", ""], 0
    for slide in film.slides:
        cues += [f"{stamp(at)} --> {stamp(at + slide.seconds)}", slide.said, ""]
        at += slide.seconds
    return "\n".join(cues)


def stamp(seconds: int) -> str:
    """Return a WebVTT time."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"


def draw_cover(course: CourseText) -> Image.Image:
    """Return the course's cover."""
    picture = Image.new("RGB", (1200, 675), course.colour)
    pen = ImageDraw.Draw(picture)
    for radius in range(620, 100, -104):
        shade = ImageColor.getrgb(course.colour)
        light = tuple(channel + (255 - channel) * (760 - radius) // 2400 for channel in shade)
        pen.ellipse((1130 - radius, 60 - radius, 1130 + radius, 60 + radius), fill=light)
    pen.text((80, 330), course.occupation, font=font(110, bold=True), fill="#ffffff")
    pen.text((84, 480), course.summary, font=font(40), fill="#ffffff")
    pen.text((84, 580), "示例课程", font=font(30), fill="#ffffff")
    return picture
