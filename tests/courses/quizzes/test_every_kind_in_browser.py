"""Every kind of question on a phone in Chromium: with a finger, with the keyboard alone, and to be read by axe."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, FileChooser, FilePayload, Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

from courses.learning import access
from courses.quizzes import attempts, bank, kinds
from courses.quizzes.models import Answer, AnswerFile, Attempt, QuestionVersion, Quiz, QuizItem
from enrollment.api import Student
from tests import factories, people
from tests.courses import teaching
from tests.people import AT

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHOTS = os.environ.get("SCREENSHOTS", "")


def option(key: str, text: str, *, right: bool = False) -> dict[str, Any]:
    return {"key": key, "text": text, "correct": right, "feedback": ""}


def items(*texts: str) -> list[dict[str, str]]:
    return [{"key": key, "text": text} for key, text in zip("abcdef", texts, strict=False)]


BODIES: dict[str, dict[str, Any]] = {
    kinds.SINGLE: {"options": [option("a", "先进先出", right=True), option("b", "后进先出")]},
    kinds.MULTIPLE: {
        "options": [
            option("a", "运输", right=True),
            option("b", "仓储", right=True),
            option("c", "种田"),
        ]
    },
    kinds.TRUE_FALSE: {"options": [option("t", "对", right=True), option("f", "错")]},
    kinds.FILL: {"answers": ["逆向物流"]},
    kinds.NUMERIC: {"answer": 12.5, "tolerance": 0.1, "unit": "元"},
    kinds.MATCHING: {
        "pairs": [
            {"key": "a", "text": "SKU", "match": "库存单位"},
            {"key": "b", "text": "WMS", "match": "仓储系统"},
            {"key": "c", "text": "TMS", "match": "运输系统"},
        ]
    },
    kinds.ORDERING: {"items": items("收货", "上架", "拣货", "发运")},
    kinds.SHORT: {"sample": "省时间", "rubric": [{"text": "说清两点", "points": 2}]},
    kinds.UPLOAD: {"sample": "", "rubric": [], "files": 2},
    kinds.CASE: {
        "parts": [
            {"key": "p1", "kind": "single", "stem": "先做什么？", "points": 1,
             "body": {"options": [option("a", "问清楚", right=True), option("b", "挂电话")]}},
            {"key": "p2", "kind": "numeric", "stem": "赔多少？", "points": 1,
             "body": {"answer": 30, "tolerance": 0, "unit": "元"}},
        ]
    },
}  # fmt: skip
STEMS = {
    kinds.MULTIPLE: "哪些是物流活动？",
    kinds.NUMERIC: r"单均成本 \(C=\frac{a}{b}\) 是多少？",
    kinds.CASE: "顾客说鸡蛋碎了两个，要退整单。\n\n| 商品 | 价格 |\n| 鸡蛋 | 30 元 |",
}
RIGHT: dict[str, Any] = {
    kinds.SINGLE: "a",
    kinds.MULTIPLE: ["a", "b"],
    kinds.TRUE_FALSE: "t",
    kinds.FILL: "逆向物流",
    kinds.NUMERIC: "12.5",
    kinds.ORDERING: ["a", "b", "c", "d"],
    kinds.SHORT: "先分区再拣货",
    kinds.UPLOAD: "见照片",
    kinds.CASE: {"p1": "a", "p2": "30"},
}


@dataclass
class Asked:
    """One open attempt at a quiz of all ten kinds."""

    student: Student
    attempt: Attempt

    def version(self, kind: str) -> QuestionVersion:
        return QuestionVersion.objects.get(question__key=f"every-{kind}")

    def name(self, kind: str) -> str:
        return f"q{self.version(kind).pk}"

    def given(self) -> dict[str, Any]:
        rows = Answer.objects.filter(attempt=self.attempt).select_related("version__question")
        return {row.version.question.kind: row.given for row in rows.order_by("id")}


@pytest.fixture
def asked(transactional_db: None) -> Asked:
    taught = teaching.make_taught()
    quiz = Quiz.objects.create(title="十种题")
    for order, kind in enumerate(kinds.ALL):
        wording = bank.Wording(STEMS.get(kind, f"{kind} 题"), BODIES[kind], "讲解。")
        question = bank.write_question(f"every-{kind}", kind=kind, wording=wording, at=AT)
        QuizItem.objects.create(quiz=quiz, question=question, order=order, points=2)
    teaching.make_lesson(taught.course_page, "考一考", [teaching.quiz(quiz)])
    student = factories.make_student(people.make_units())
    access.open_access(student, at=AT)
    return Asked(student, attempts.open_attempt(student, quiz, at=AT))


@pytest.fixture
def phone(browser: Browser, live_server: Any, asked: Asked) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_phone(width: int = 360, **more: Any) -> Page:
        client = Client()
        client.force_login(asked.student.user)
        context = browser.new_context(
            viewport={"width": width, "height": 780}, locale="zh-CN", base_url=live_server.url,
            has_touch=True, is_mobile=True, **more,
        )  # fmt: skip
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(reverse("courses:attempt", args=[asked.attempt.uuid]))
        return page

    yield open_phone
    for context in contexts:
        context.close()


def photo() -> FilePayload:
    content = io.BytesIO()
    Image.new("RGB", (1200, 900), "orange").save(content, "JPEG")
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def hand_over(page: Page, chooser: FileChooser) -> None:
    """The chosen picture is sent at once; the page comes back with it and with what was typed."""
    chooser.set_files(photo())
    expect(page.locator(".question__files li")).to_have_count(1)


def field(page: Page, name: str, value: str = "") -> Locator:
    chosen = f'[value="{value}"]' if value else ""
    return page.locator(f'[name="{name}"]{chosen}')


def matches(asked: Asked, page: Page) -> Iterator[tuple[Locator, str]]:
    """Each list of the matching question and the value that is right for it."""
    for pair in BODIES[kinds.MATCHING]["pairs"]:
        box = field(page, f"{asked.name(kinds.MATCHING)}-{pair['key']}")
        right = box.locator("option", has_text=pair["match"]).get_attribute("value") or ""
        yield box, right


def wanted_place(page: Page, name: str) -> tuple[int, int] | None:
    """The first step that stands too low: where it is and where it belongs; None when in order."""
    rows = page.locator(f"#{name} .question__step")
    keys = [
        (rows.nth(n).locator("select").get_attribute("name") or "")[-1] for n in range(rows.count())
    ]
    for place, key in enumerate("abcd"):
        if keys[place] != key:
            return keys.index(key), place
    return None


def shoot(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look (SCREENSHOTS names the folder)."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def check_all(asked: Asked, page: Page) -> None:
    """What was kept is what was answered, and everything that is marked at once is right."""
    expect(page.get_by_role("heading", name="通过了")).to_be_visible(timeout=60_000)
    given = asked.given()
    matching = given.pop(kinds.MATCHING)
    upload = given.pop(kinds.UPLOAD)
    assert len(matching) == 3
    assert upload == RIGHT[kinds.UPLOAD]
    assert given == {kind: right for kind, right in RIGHT.items() if kind != kinds.UPLOAD}
    asked.attempt.refresh_from_db()
    # Eight kinds at two points each; the two that a tutor reads wait.
    assert (asked.attempt.score, asked.attempt.pending) == (16, True)
    assert AnswerFile.objects.filter(attempt=asked.attempt).count() == 1


def fits(page: Page) -> None:
    """Nothing sticks out at the side, and every target is large enough for a thumb."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """() => [...document.querySelectorAll('main :is(button, select, .question__option, input[type=text])')]
        .filter((one) => one.checkVisibility()).map((one) => [one.className || one.name, one.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.height < 40 || box.width < 40)).map(([name]) => name)"""
    )
    assert small == []


def is_accessible(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "(rules) => axe.run(document, {runOnly: {type: 'tag', values: rules}})"
        ".then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target).join(' ')))",
        RULES,
    )
    assert found == []


def test_every_kind_is_answered_with_a_finger(phone: Callable[..., Page], asked: Asked) -> None:
    page = phone()
    fits(page)
    is_accessible(page)
    shoot(page, "every-kind-360")

    for kind in (kinds.SINGLE, kinds.TRUE_FALSE):
        page.locator("label", has=field(page, asked.name(kind), RIGHT[kind])).tap()
    for key in RIGHT[kinds.MULTIPLE]:
        page.locator("label", has=field(page, asked.name(kinds.MULTIPLE), key)).tap()
    for kind in (kinds.FILL, kinds.NUMERIC, kinds.SHORT, kinds.UPLOAD):
        field(page, asked.name(kind)).tap()
        page.keyboard.type(RIGHT[kind])
    for box, right in matches(asked, page):
        box.select_option(right)
    order = asked.name(kinds.ORDERING)
    while moving := wanted_place(page, order):
        step = page.locator(f"#{order} .question__step").nth(moving[0])
        step.locator('[data-move="-1"]').tap()
    case = asked.name(kinds.CASE)
    page.locator("label", has=field(page, f"{case}-p1", "a")).tap()
    field(page, f"{case}-p2").tap()
    page.keyboard.type("30")
    with page.expect_file_chooser() as chooser:
        page.locator(f"#{asked.name(kinds.UPLOAD)}-file").tap()
    hand_over(page, chooser.value)
    expect(field(page, asked.name(kinds.SHORT))).to_have_value(RIGHT[kinds.SHORT])
    shoot(page, "every-kind-answered-360")

    page.get_by_role("button", name="交卷").tap()

    check_all(asked, page)
    fits(page)
    is_accessible(page)
    shoot(page, "every-kind-marked-360")


def reach(page: Page, target: Locator) -> None:
    """Go there by the tab key alone."""
    handle = target.element_handle()
    for _press in range(120):
        if page.evaluate("(one) => document.activeElement === one", handle):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached by keyboard: {target}")


def pick(page: Page, box: Locator, value: str) -> None:
    """Choose a line of a list with the arrow keys."""
    reach(page, box)
    for _press in range(10):
        if box.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"not chosen by keyboard: {value}")


def opened_by_key(page: Page, target: Locator) -> FileChooser:
    """The chooser of a file, asked for by key; where a busy browser swallows one press, a person presses again."""
    for _press in range(4):
        reach(page, target)
        try:
            with page.expect_file_chooser(timeout=20_000) as chooser:
                page.keyboard.press("Enter")
            return chooser.value
        except NotInTime:
            continue
    raise AssertionError("no press of a key opened the chooser")


def test_every_kind_is_answered_with_the_keyboard_alone(
    phone: Callable[..., Page], asked: Asked
) -> None:
    page = phone(412, color_scheme="dark")
    shoot(page, "every-kind-412-dark")

    for kind in kinds.ALL:
        name = asked.name(kind)
        if kind in kinds.ONE_OF:
            reach(page, field(page, name, RIGHT[kind]))
            page.keyboard.press("Space")
        elif kind == kinds.MULTIPLE:
            for key in RIGHT[kind]:
                reach(page, field(page, name, key))
                page.keyboard.press("Space")
        elif kind in (kinds.FILL, kinds.NUMERIC, kinds.SHORT):
            reach(page, field(page, name))
            page.keyboard.type(RIGHT[kind])
        elif kind == kinds.MATCHING:
            for box, right in matches(asked, page):
                pick(page, box, right)
        elif kind == kinds.ORDERING:
            while moving := wanted_place(page, name):
                step = page.locator(f"#{name} .question__step").nth(moving[0])
                reach(page, step.locator('[data-move="-1"]'))
                page.keyboard.press("Enter")
        elif kind == kinds.UPLOAD:
            reach(page, field(page, name))
            page.keyboard.type(RIGHT[kind])
            hand_over(page, opened_by_key(page, page.locator(f"#{name}-file")))
        else:
            reach(page, field(page, f"{name}-p1", "a"))
            page.keyboard.press("Space")
            reach(page, field(page, f"{name}-p2"))
            page.keyboard.type("30")
    reach(page, page.get_by_role("button", name="交卷"))
    page.keyboard.press("Enter")

    check_all(asked, page)
    shoot(page, "every-kind-marked-412-dark")
