"""The hand-out desk in Chromium: the camera reads letters, the server dies in the middle, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page

from enrollment.kits import contents, handing
from enrollment.kits.models import Handout
from enrollment.letters import issuing
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from tests import factories, people
from tests.enrollment.kits.camera import film, looking_at
from tests.enrollment.kits.hall import Hall
from tests.enrollment.kits.test_handing import scan
from tests.enrollment.letters.cast import AT
from tests.lms.waiting import eventually

pytestmark = [pytest.mark.journeys, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
GOES_ON = "[data-goes-on]"
WATCHED = """() => {
  window.putAway = false;
  const box = document.querySelector("dialog[open]");
  box.addEventListener("close", () => { window.putAway = true; }, { once: true });
}"""


@pytest.fixture
def hall() -> Iterator[Hall]:
    there = Hall()
    there.start()
    yield there
    there.kill()


def letters_of(units: people.Units, cohort: Cohort, count: int, by: User) -> list[Letter]:
    """A class with its letters, printed as far as the desk asks: signed."""
    contents.set_contents(cohort, {None: "书包\n水杯\n学员手册"}, by=by, at=AT)
    for no in range(count):
        student = factories.make_student(
            units, f"学员{chr(0x4E00 + no)}", f"+8613700005{no:03d}",
            cohort=cohort, programme=("LOG", "NM", "EC")[no % 3],
        )  # fmt: skip
        issuing.issue(student, by=None, at=AT)
    letters = Letter.objects.order_by("ordinal")
    # The desk asks whether a letter is out, not for its file.
    letters.update(signed_at=AT, pdf="letters/none.pdf")
    return list(letters)


def sign_in(
    browser: Browser, hall: Hall, client: Any, user: User, **options: Any
) -> BrowserContext:
    client.force_login(user)
    context = browser.new_context(
        viewport=PHONE, locale="zh-CN", permissions=["camera"], base_url=hall.url, **options
    )
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": hall.url}])
    return context


def open_desk(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/desk/kits/scan/?cohort=2026")
    page.wait_for_selector("[data-ready]", state="attached")
    page.wait_for_selector("[data-kept]", state="attached")
    return page


def verdict(page: Page) -> str:
    page.wait_for_selector("dialog[open]")
    return str(page.get_attribute("dialog[open]", "data-verdict"))


def type_in(page: Page, text: str) -> str:
    page.fill("#number", text)
    page.press("#number", "Enter")
    return verdict(page)


def put_away(page: Page) -> None:
    """Tap the verdict away. The camera looks on: the next one may stand there before anybody sees none."""
    page.evaluate(WATCHED)
    page.click(GOES_ON)
    page.wait_for_function("() => window.putAway")


def counter(page: Page) -> str:
    return "".join(page.inner_text(".kit__count").split())


def handed() -> int:
    return Handout.objects.filter(undone_at=None, double_of=None).count()


def test_the_camera_reads_letters_and_the_whole_screen_answers(
    hall: Hall, units: people.Units, cohort: Cohort, zhou: User, liu: User, client: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    fine, had, gone = letters_of(units, cohort, 3, zhou)
    handing.hand_over(cohort, had, scan(), by=liu, at=AT)
    issuing.revoke(gone, Reason.ROLL, by=None, at=AT)
    codes = [fine.facts["qr"], had.facts["qr"], gone.facts["qr"], "https://example.org/menu"]
    with looking_at(film(codes, tmp_path / "hall.mjpeg", seconds=3)) as browser:
        page = open_desk(sign_in(browser, hall, client, zhou))
        seen: dict[str, str] = {}
        until = time.monotonic() + 240
        while len(seen) < 4 and time.monotonic() < until:
            word = verdict(page)
            seen.setdefault(word, page.inner_text("dialog[open]"))
            put_away(page)
        assert set(seen) == {"handed", "already", "revoked", "foreign"}
        assert "书包" in seen["handed"]
        assert fine.facts["name"] in seen["handed"]
        # Later rounds of the film find 学员一 served as well.
        assert "发的。不要再发" in seen["already"]
        assert Handout.objects.get(letter=fine).how == "scan"
        assert counter(page) == "2/3"


def test_the_server_dies_in_the_middle_and_nothing_is_lost_or_doubled(
    hall: Hall, units: people.Units, cohort: Cohort, zhou: User, liu: User, client: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    letters = letters_of(units, cohort, 8, zhou)
    numbers = [letter.student.student_no for letter in letters]
    blank = film(["nothing"], tmp_path / "blank.mjpeg")
    with looking_at(blank) as browser:
        context = sign_in(browser, hall, client, zhou)
        context.clear_permissions()
        page = open_desk(context)
        for number in numbers[:2]:
            assert type_in(page, number) == "handed"
            put_away(page)
        hall.kill()
        for number in numbers[2:5]:
            assert type_in(page, number) == "handed"
            assert "按手机里的名单核对" in page.inner_text("dialog[open]")
            assert "*" in page.inner_text("[data-name]") or len(page.inner_text("[data-name]")) < 3
            put_away(page)
        assert "3 条待发送" in page.inner_text("[data-state=alone]")
        assert counter(page) == "5/8"
        # Twice in the dark: the phone itself knows.
        assert type_in(page, numbers[3]) == "already"
        assert "这台手机" in page.inner_text("dialog[open]")
        put_away(page)
        assert type_in(page, "2099-LOG-999") == "unknown"
        put_away(page)
        # The page opens again without a server, with its list and its queue.
        page.reload()
        page.wait_for_selector("[data-ready]", state="attached")
        assert type_in(page, numbers[4]) == "already"
        put_away(page)
        assert type_in(page, numbers[5]) == "handed"
        page.click("[data-takes-back]")
        page.wait_for_selector("dialog[open]", state="hidden")
        # Meanwhile a colleague with another phone gave one of them away.
        handing.hand_over(cohort, letters[2], scan(), by=liu, at=AT)
        assert handed() == 3

        hall.start()
        page.evaluate("dispatchEvent(new Event('online'))")
        assert verdict(page) == "already"
        told = page.inner_text("dialog[open]")
        assert "重复发了" in told
        assert "刘干事" in told
        put_away(page)
        page.wait_for_selector("[data-state=fine]")
        assert counter(page) == "5/8"
    assert handed() == 5
    assert Handout.objects.filter(double_of__isnull=False).count() == 1
    undone = Handout.objects.get(undone_at__isnull=False)
    assert undone.letter == letters[5]
    assert undone.undone_by == zhou


def test_an_answer_that_is_lost_is_asked_for_again_and_counts_once(
    hall: Hall, units: people.Units, cohort: Cohort, zhou: User, client: Any, tmp_path: Path
) -> None:
    (letter,) = letters_of(units, cohort, 1, zhou)
    with looking_at(film(["nothing"], tmp_path / "blank.mjpeg")) as browser:
        context = sign_in(browser, hall, client, zhou)
        context.clear_permissions()
        page = open_desk(context)
        lost: list[str] = []

        def lose(route: Any) -> None:
            if lost:
                route.continue_()
                return
            lost.append(route.request.post_data)
            route.fetch()  # the server does it, the phone never hears of it
            route.abort()

        page.route("**/send/", lose)
        assert type_in(page, letter.student.student_no) == "handed"
        assert handed() == 1
        put_away(page)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_selector("[data-state=fine]")
    assert lost
    assert Handout.objects.count() == 1
    assert not Handout.objects.get().double_of


def test_the_last_one_is_taken_back_with_one_tap(
    hall: Hall, units: people.Units, cohort: Cohort, zhou: User, client: Any, tmp_path: Path
) -> None:
    (letter,) = letters_of(units, cohort, 1, zhou)
    with looking_at(film(["nothing"], tmp_path / "blank.mjpeg")) as browser:
        context = sign_in(browser, hall, client, zhou)
        context.clear_permissions()
        page = open_desk(context)
        assert type_in(page, letter.student.student_no) == "handed"
        put_away(page)
        page.click("[data-undoes]")
        assert eventually(lambda: Handout.objects.filter(undone_by=zhou).count() == 1)
        page.wait_for_selector("[data-state=fine]")
        assert counter(page) == "0/1"
        assert type_in(page, letter.student.student_no) == "handed"
    assert handed() == 1


AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen(
    hall: Hall, units: people.Units, cohort: Cohort, zhou: User, client: Any, tmp_path: Path,
    theme: str,
) -> None:  # fmt: skip
    letter, other = letters_of(units, cohort, 2, zhou)
    handing.hand_over(cohort, other, scan(), by=zhou, at=AT)
    handing.hand_over(cohort, other, scan(offline=True), by=zhou, at=AT)
    with looking_at(film(["nothing"], tmp_path / "blank.mjpeg")) as browser:
        for width in (320, 390, 1280):
            options = {"color_scheme": theme, "bypass_csp": True}
            context = sign_in(browser, hall, client, zhou, **options)
            context.clear_permissions()
            page = open_desk(context)
            page.set_viewport_size({"width": width, "height": 800})

            def clean(where: str, page: Page = page) -> None:
                page.add_script_tag(path=AXE)
                found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
                said = [
                    f"{where}: {rule['id']}: {node['html'][:120]}"
                    for rule in found["violations"]
                    for node in rule["nodes"]
                ]
                assert not said
                assert page.evaluate(SIDEWAYS) <= 0, where

            clean("desk")
            for typed in (letter.student.student_no, other.student.student_no, "nobody"):
                type_in(page, typed)
                clean(typed)
                put_away(page)
            for path in ("/desk/kits/", "/desk/letters/batches/"):
                page.goto(f"{path}?cohort=2026")
                clean(path)
            context.close()


def test_fifty_people_in_eight_minutes(
    hall: Hall, units: people.Units, cohort: Cohort, zhou: User, client: Any, tmp_path: Path
) -> None:
    """Every letter is read by the camera, every screen is tapped away, as at the ceremony."""
    letters = letters_of(units, cohort, 50, zhou)
    codes = [letter.facts["qr"] for letter in letters]
    with looking_at(film(codes, tmp_path / "hall.mjpeg")) as browser:
        page = open_desk(sign_in(browser, hall, client, zhou))
        started = time.monotonic()
        while handed() < 50:
            assert time.monotonic() - started < 480, f"{handed()} of 50 after eight minutes"
            verdict(page)
            put_away(page)
        spent_s = time.monotonic() - started
        assert counter(page) == "50/50"
    print(f"\nkit desk: 50 people in {spent_s:.0f} s")  # noqa: T201
    assert Handout.objects.filter(how="scan").count() == 50
