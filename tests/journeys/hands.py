"""What people do with their hands: open, type, tap, sign in. A context is one person's phone."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import zxingcpp
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from tests.journeys.site import Site

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
MAIN = ".button--primary"
# For whatever a browser is waited for: how fast a machine is at the moment says nothing about what is tested.
PATIENCE_MS = 120_000


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Debian's Chromium, headless; it reaches this machine and nothing else.

    Args:
        more: switches of its command line.
    """
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", *more],
        )
        browser.on("context", lambda context: context.set_default_timeout(PATIENCE_MS))
        yield browser
        browser.close()


class Person:
    """Somebody with a device."""

    def __init__(self, browser: Browser, site: Site, window: dict[str, int] = PHONE) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(
            viewport=window, locale="zh-CN", base_url=site.address, accept_downloads=True
        )
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
        here = self.page.url
        self.page.fill("[name=code]", self.code_from_text_message())  # the sixth digit sends it
        self.page.wait_for_url(lambda url: url != here)
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


class Hands:
    """Fingers on a phone, counted.

    A tap is every touch of the screen: a button, a link, an answer, a field that does not have
    the focus yet. A list that opens costs two, a photo one (the shutter is the camera's). Every
    character is typed by itself, and so is the keyboard's own "next". A field that the page has
    focused costs no tap.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = self.typed = 0

    def tap(self, target: Locator) -> None:
        target.tap()
        self.taps += 1

    def type(self, field: Locator, text: str) -> None:
        field.wait_for()
        if not field.evaluate("field => field === document.activeElement"):
            self.tap(field)
        self.page.keyboard.type(text)
        self.typed += len(text)

    def press_next(self) -> None:
        """The key of the keyboard that goes to the next field."""
        self.page.keyboard.press("Enter")
        self.typed += 1

    def pick(self, field: Locator, label: str) -> None:
        """Open a list and choose a line of it."""
        field.select_option(label=label)
        self.taps += 2

    def photograph(self, target: Locator, picture: bytes) -> None:
        """Tap the button that opens the camera; what it took is ``picture``."""
        with self.page.expect_file_chooser() as chooser:
            self.tap(target)
        file = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": picture}
        chooser.value.set_files(file)  # type: ignore[arg-type]


def read_qr(picture: bytes) -> str:
    """The text of the one QR code in a picture."""
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("RGB"))
    assert len(codes) == 1, f"{len(codes)} codes in the picture"
    return str(codes[0].text)
