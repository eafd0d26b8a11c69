"""Rows `live.glass` and `live.whip`: how long a picture takes from the camera of who teaches to the glass of who watches.

The camera's picture holds the time as black and white squares; one browser sends it and two pages play it: ours, and hls.js
as it comes, on the same stream. All read one clock. `whip` sends through a real Janus, from where our page plays it.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.harness import Row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SECONDS = {"small": 20, "full": 60}
SETTLES_SECONDS = 20  # until both players stand where they want to stand
LOOKS_PER_SECOND = 5
GOALS = {"glass": 0.65, "whip": 0.1}
BITS = 20  # of a time in ms: it comes round after 17 minutes
# Draws the time 25 times a second: a row of squares, one a bit, and under it the same turned round, by which a blurred
# picture is known. The sound is the browser's own.
CAMERA = """
  const board = document.createElement("canvas");
  board.width = 640; board.height = 360;
  const pen = board.getContext("2d");
  setInterval(() => {
    const now = Date.now() % 2 ** %BITS%;
    for (let bit = 0; bit < %BITS%; bit += 1) {
      const isSet = Math.floor(now / 2 ** bit) % 2 === 1;
      pen.fillStyle = isSet ? "#fff" : "#000";
      pen.fillRect(32 * bit, 0, 32, 180);
      pen.fillStyle = isSet ? "#000" : "#fff";
      pen.fillRect(32 * bit, 180, 32, 180);
    }
  }, 40);
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (!wanted.video) return real(wanted);
    const sound = wanted.audio ? (await real({ audio: wanted.audio })).getAudioTracks() : [];
    return new MediaStream([...board.captureStream(25).getVideoTracks(), ...sound]);
  };
""".replace("%BITS%", str(BITS))
# Returns the age of the picture in ms; null of one that cannot be read, as between two pictures.
AGE = """() => {
  const video = document.querySelector("video"), board = document.createElement("canvas");
  if (!video || video.readyState < 2) return null;
  board.width = 640; board.height = 360;
  const pen = board.getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0, 640, 360);
  const now = Date.now();
  let shown = 0;
  for (let bit = 0; bit < %BITS%; bit += 1) {
    const [above, below] = [90, 270].map((y) => pen.getImageData(32 * bit + 16, y, 1, 1).data[1]);
    if (Math.abs(above - below) < 100) return null;
    if (above > below) shown += 2 ** bit;
  }
  return (((now - shown) % 2 ** %BITS%) + 2 ** %BITS%) % 2 ** %BITS%;
}""".replace("%BITS%", str(BITS))
BARE_PLAYER = """async () => {
  const viewer = document.querySelector("live-viewer"), source = viewer.dataset.src;
  viewer.remove();
  const video = document.createElement("video");
  video.muted = true;
  document.querySelector("main").replaceChildren(video);
  const { default: Hls } = await import("/static/vendor/hls/hls.min.mjs");
  const hls = new Hls();
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
  hls.loadSource(source);
  hls.attachMedia(video);
}"""


class Lesson:
    """A site with a lesson that is about to begin, beside Janus or not, and browsers that are signed in there."""

    def __init__(self, folder: Path, *, has_janus: bool) -> None:
        from tests.live.servers import Servers
        from tests.live_lessons.janus_server import JanusServer

        (folder / "static").mkdir(parents=True)
        (folder / "janus").mkdir()
        self.janus = JanusServer(folder / "janus")
        environment = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}", "REDIS_URL": ""}
        self.servers = Servers(environment | (self.janus.environment() if has_janus else {}), count=1)
        if has_janus:
            self.janus.start()
            self.servers.beside("pull_lives")
        self.laid = json.loads(self.servers.run("bench.live_stage", "2"))
        self.servers.start()
        self.base = f"http://127.0.0.1:{self.servers.ports[0]}"

    def page(self, browser: Browser, token: str, *, script: str = "") -> Page:
        """Return a page of somebody's browser."""
        context = browser.new_context(locale="zh-CN", permissions=["camera", "microphone"])
        context.add_cookies([{"name": "sessionid", "value": token, "url": self.base}])
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(60_000)
        return page

    def begin(self, browser: Browser) -> Page:
        """Go on the air; return the page that does."""
        page = self.page(browser, self.laid["teacher"], script=CAMERA)
        page.goto(f"{self.base}/institution/live/{self.laid['live']}/studio/")
        page.get_by_role("button", name="开始直播").click()
        page.wait_for_function("() => document.querySelector('[data-part=words]').textContent.includes('正在直播')")
        return page

    @staticmethod
    def end(page: Page) -> None:
        """End the lesson."""
        page.get_by_role("button", name="结束直播").click()
        page.wait_for_url(lambda url: "/studio/" not in url)

    def watch(self, browser: Browser, token: str) -> Page:
        """Return a page that plays the lesson."""
        page = self.page(browser, token)
        page.goto(f"{self.base}/my/live/{self.laid['live']}/")
        page.wait_for_selector("live-viewer")
        page.wait_for_function(f"() => ({AGE})() !== null")
        return page

    def stop(self) -> None:
        """End all processes."""
        self.servers.stop()
        self.janus.kill()


@contextmanager
def lesson_in(folder: Path, *, has_janus: bool) -> Iterator[Lesson]:
    """Have a lesson until the block ends."""
    lesson = Lesson(folder, has_janus=has_janus)
    try:
        yield lesson
    finally:
        lesson.stop()


def ages(pages: list[Page], seconds: int) -> list[list[float]]:
    """Return the sorted ages of the pictures of each page, looked at in turns."""
    found: list[list[float]] = [[] for _ in pages]
    for _ in range(seconds * LOOKS_PER_SECOND):
        for page, noted in zip(pages, found, strict=True):
            age = page.evaluate(AGE)
            if age is not None:
                noted.append(age)
        pages[0].wait_for_timeout(1000 / LOOKS_PER_SECOND)
    return [sorted(one) for one in found]


def measure(size: str, only: str, folder: Path) -> dict[str, Row]:
    """Return the rows that are asked for."""
    wanted = [row for row in GOALS if f"live.{row}".startswith(only) or only.startswith(f"live.{row}")]
    return {f"live.{row}": seen(row, size, folder / f"{row}-site") for row in wanted}


def seen(row: str, size: str, folder: Path) -> Row:
    """Return how old the picture is on our page, beside that of hls.js as it comes on the same stream."""
    from tests.browser import CAMERA as FAKE_DEVICES
    from tests.browser import chromium

    is_direct = row == "whip"
    with lesson_in(folder, has_janus=is_direct) as lesson, chromium(*FAKE_DEVICES) as browser:
        teacher = lesson.begin(browser)
        ours, bare = (lesson.watch(browser, token) for token in lesson.laid["learners"])
        bare.evaluate(BARE_PLAYER)
        bare.wait_for_function(f"() => ({AGE})() !== null")
        if is_direct:
            ours.wait_for_function("() => document.querySelector('live-viewer').direct?.where")
        ours.wait_for_timeout(1000 * SETTLES_SECONDS)
        our_ages, bare_ages = ages([ours, bare], SECONDS[size])
        lesson.end(teacher)
    p95 = our_ages[len(our_ages) * 95 // 100]
    unit = f"ms from camera to glass, the median (95 of 100 within {p95:.0f}), beside hls.js as it comes on the same stream"
    return Row(statistics.median(our_ages), unit, statistics.median(bare_ages), GOALS[row], at_most=True)
