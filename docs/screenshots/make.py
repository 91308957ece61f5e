"""Take the README's screenshots from a running demo, in headless Chromium.

    ./run --port 8000            (in another window; wait for "Ready")
    .venv/bin/python docs/screenshots/make.py http://127.0.0.1:8000

Needs the development packages (``./run install dev``) and Debian's ``chromium``.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

HERE = Path(__file__).parent
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


@dataclass(frozen=True)
class Shot:
    """One picture: whose screen, which address, which window, which theme."""

    name: str
    who: str
    path: str
    phone: bool = True
    dark: bool = False


SHOTS = (
    Shot("home", "", "/"),
    Shot("today", "student", "/learn/"),
    Shot("today-dark", "student", "/learn/", dark=True),
    Shot("lesson", "student", "/a-film"),
    Shot("letter", "student", "/letters/mine/"),
    Shot("meetings", "student", "/learn/meetings/"),
    Shot("tutor", "tutor", "/desk/tutor/"),
    Shot("review", "siming", "/desk/review/", phone=False),
    Shot("union", "city", "/desk/union/", phone=False),
    Shot("union-phone-dark", "city", "/desk/union/", dark=True),
)


def accounts(base: str, browser: Browser) -> tuple[str, str]:
    """The demo student's phone and the staff password, read from the text ``./run`` prints."""
    text = (HERE.parents[1] / "var" / "demo-accounts.txt").read_text(encoding="utf-8")
    phone, password = re.search(r"手机号 (\d+)", text), re.search(r"密码都是 (\S+)", text)
    if not phone or not password:
        raise SystemExit("var/demo-accounts.txt does not name the demo's sign-ins")
    return phone[1], password[1]


def sign_in(base: str, browser: Browser, who: str, window: dict[str, int]) -> BrowserContext:
    context = browser.new_context(viewport=window, locale="zh-CN", device_scale_factor=2)
    if not who:
        return context
    phone, password = accounts(base, browser)
    page = context.new_page()
    if who == "student":
        page.goto(f"{base}/sign-in/")
        page.fill("[name=phone]", phone)
        page.click(".button--primary")
        outbox = context.new_page()
        outbox.goto(f"{base}/outbox/")
        code = re.search(r"验证码 ?(\d{6})", outbox.content())
        outbox.close()
        page.fill("[name=code]", code[1] if code else "")
    else:
        page.goto(f"{base}/sign-in/staff/")
        page.fill("[name=login]", who)
        page.fill("[name=password]", password)
    page.click(".button--primary")
    page.wait_for_load_state("networkidle")
    page.close()
    return context


def take(base: str, context: BrowserContext, shot: Shot) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if shot.dark else "light")
    if shot.path == "/a-film":
        page.goto(f"{base}/learn/courses/")
        page.click("main .course-card a")
        page.click("main .lesson-row a")
    else:
        page.goto(f"{base}{shot.path}")
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    # A palette is enough for screens, at a third of the bytes.
    picture.convert("RGB").quantize(160).save(HERE / f"{shot.name}.png", optimize=True)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("names", nargs="*", help="pictures to take (default: all)")
    given = parser.parse_args()
    base = given.base.rstrip("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        known: dict[tuple[str, bool], BrowserContext] = {}  # nobody signs in twice
        for shot in SHOTS:
            if given.names and shot.name not in given.names:
                continue
            key = shot.who, shot.phone
            if key not in known:
                known[key] = sign_in(base, browser, shot.who, PHONE if shot.phone else DESK)
            take(base, known[key], shot)
            print(shot.name)  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main()
