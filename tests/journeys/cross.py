"""One screen × day and night × four widths × plain and doubled text, in one page that is loaded once.

Opening a page costs more than looking at it: light, width and text are changed under it. What is asked is
everything axe knows of WCAG 2.2 AA and its best practice, and that nothing is wider than the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from lms.accounts.models import User

AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ("light", "dark")
WIDTHS = (320, 390, 768, 1280)
TEXTS = ("100%", "200%")
HEIGHT = 900

# Style sheets are not fetched again for each run; of a page nothing is told but what is wrong.
LOOK = """async ([rules, text]) => {
  document.documentElement.style.fontSize = text;
  const found = await axe.run(document, {
    runOnly: rules, resultTypes: ["violations"], preload: false, elementRef: false,
  });
  const said = found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) said.push(`${over} px too wide`);
  return said;
}"""
# What scrolls under a bar that stands still is not too small to hit, and what turns from day to
# night is not too pale on its way.
STILL = """
html { scroll-behavior: auto !important }
.tab-bar, .action-bar { position: static !important }
*, *::before, *::after { transition: none !important; animation: none !important }
"""
# Everything that folds is part of the screen.
UNFOLD = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


def nothing(_page: Page) -> None:
    """The screen is looked at as it opens."""


@dataclass(frozen=True)
class Screen:
    """Where a screen is, whose it is, and what a hand does before anybody looks.

    Args:
        who: key of ``World.people``, or of what the school adds.
        route: as Django writes it; parameters are filled from the world.
        of: which object, where it is not the usual one; a key of ``School.objects``.
    """

    who: str
    route: str
    of: str = ""
    first: Callable[[Page], None] = nothing

    def __str__(self) -> str:
        return " ".join(part for part in (self.who, self.route or "/", self.of) if part)


@contextmanager
def phone_of(browser: Browser, address: str, user: User | None) -> Iterator[Page]:
    """A page of somebody who is signed in."""
    context = browser.new_context(
        viewport={"width": 390, "height": HEIGHT},
        locale="zh-CN",
        base_url=address,
        bypass_csp=True,
        reduced_motion="reduce",
        service_workers="block",
    )
    if user is not None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
    yield context.new_page()
    context.close()


def complaints(page: Page, path: str, first: Callable[[Page], None]) -> Iterator[str]:
    """What is wrong with a screen in any of the sixteen ways to look at it."""
    page.set_viewport_size({"width": 390, "height": HEIGHT})
    answer = page.goto(path, wait_until="load")
    if answer is None or answer.status >= 500:
        yield "it does not open"
        return
    first(page)
    page.add_script_tag(path=AXE)
    page.add_style_tag(content=STILL)
    page.evaluate(UNFOLD)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            for text in TEXTS:
                for words in page.evaluate(LOOK, [RULES, text]):
                    yield f"{theme} {width} {text}: {words}"
