"""What people do with their hands: open, type, tap, sign in. A context is one person's phone."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.site import Site

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
MAIN = ".button--primary"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless; it reaches this machine and nothing else."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser
        browser.close()


class Person:
    """Somebody with a device."""

    def __init__(self, browser: Browser, site: Site, window: dict[str, int] = PHONE) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(
            viewport=window, locale="zh-CN", base_url=site.address, accept_downloads=True
        )
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.broken: list[str] = []
        self.page.on("response", self._note)
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))

    def _note(self, response: object) -> None:
        status, url = response.status, response.url  # type: ignore[attr-defined]
        if status >= 500:
            self.broken.append(f"{status} {url}")

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def tap(self, words: str) -> None:
        """Press the button or link with these words."""
        target = self.page.get_by_role("button", name=words).or_(
            self.page.get_by_role("link", name=words)
        )
        target.first.click()
        self.page.wait_for_load_state()

    def go_on(self) -> None:
        """Press the one main button of the page."""
        self.page.locator(f"main {MAIN}:visible").first.click()
        self.page.wait_for_load_state()

    def code_from_text_message(self) -> str:
        outbox = self.context.new_page()
        outbox.goto("/outbox/")
        found = re.search(r"验证码 ?(\d{6})", outbox.content())
        outbox.close()
        assert found, "no code arrived"
        return found[1]

    def type_code(self) -> None:
        self.page.fill("[name=code]", self.code_from_text_message())
        self.page.locator(f"{MAIN}:visible").first.click()
        self.page.wait_for_load_state()

    def sign_in_by_phone(self, phone: str) -> None:
        self.open("/sign-in/")
        self.page.fill("[name=phone]", phone)
        self.go_on()
        self.type_code()

    def sign_in_as_staff(self, username: str) -> None:
        self.open("/sign-in/staff/")
        self.page.fill("[name=login]", username)
        self.page.fill("[name=password]", self.site.accounts()[1])
        self.go_on()


def read_qr(picture: bytes) -> str:
    """The text of the one QR code in a picture."""
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("RGB"))
    assert len(codes) == 1, f"{len(codes)} codes in the picture"
    return str(codes[0].text)
