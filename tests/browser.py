"""Debian's Chromium on real pages: viewports, WeChat's user agent, axe, and a guard over console and requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
PC = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/146.0.0.0 "
    "Mobile Safari/537.36 XWEB/1460 MMWEBSDK/20260101 MicroMessenger/8.0.76 NetType/WIFI Language/zh_CN"
)

CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a moving picture and a beep
PATIENCE = 60_000  # ms until what must come has come; other work on the machine may slow a page by much
# Keeps what a page says for a few seconds only: who looks late on a slow machine hears it all the same.
LISTEN = """
  window.heard = new Set();
  const WHERE = "[data-part=said], [data-part=notice], [data-part=words], [role=status]";
  new MutationObserver(() => {
    for (const one of document.querySelectorAll(WHERE)) heard.add(one.textContent);
  }).observe(document, { subtree: true, childList: true, characterData: true });
"""
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Start the browser, with further switches."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody at a browser: a context of its own, with everything noted that a clean page does not do."""

    def __init__(self, browser: Browser, base: str, *, viewport: dict[str, int] = PC, **options: Any) -> None:
        self.base = base
        self.context: BrowserContext = browser.new_context(viewport=viewport, locale="zh-CN", **options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self.look_at)

    def hear(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")

    def look_at(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.faults.append(f"foreign request: {request.url}")

    def listen(self) -> None:
        """Keep what pages that are loaded from now on say in passing."""
        self.context.add_init_script(LISTEN)

    def wait_to_hear(self, words: str) -> None:
        """Wait until the page has said something, be it gone again."""
        self.page.wait_for_function("words => [...heard].some((said) => said.includes(words))", arg=words)

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def sign_in(self, login: str, password: str) -> None:
        page = self.go("/accounts/login/")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", password)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    def sign_in_by_phone(self, phone: str) -> None:
        page = self.go("/accounts/login/")
        page.fill("input[name=phone]", phone)
        page.get_by_role("button", name="获取验证码").click()
        page.wait_for_selector("input[name=code]")
        page.fill("input[name=code]", self.newest_code())
        page.get_by_role("button", name="确定").click()
        page.wait_for_url(lambda url: "/accounts/" not in url)

    def newest_code(self) -> str:
        """Return the newest code of the development page, read in a tab of its own."""
        tab = self.context.new_page()
        tab.goto(self.base + "/dev/sms/")
        text = tab.locator("main").inner_text()
        tab.close()
        return re.search(r"(?<!\d)\d{6}(?!\d)", text)[0]

    def violations(self) -> list[str]:
        """Return what axe finds on the page as it stands."""
        self.page.wait_for_load_state()
        self.page.evaluate(axe_source())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]

    def overflow(self) -> int:
        """Return by how much the page is wider than the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def check_page(self) -> None:
        """Hold the page to what every page must be."""
        found = [*self.violations(), *self.faults]
        if self.overflow() > 0:
            found.append(f"wider than the screen by {self.overflow()} px")
        assert not found, f"{self.page.url}: {found}"


@lru_cache(maxsize=1)
def axe_source() -> str:
    return AXE.read_text("utf-8")
