"""Applying with real fingers in real Chromium at the size of a phone."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Route, expect

from enrollment.applications import posters
from enrollment.applications.flow import State
from enrollment.applications.models import Application, Poster
from enrollment.registry.models import Cohort
from lms.accounts.models import TextMessage
from lms.base import clock
from tests import people
from tests.enrollment.applications import cast
from tests.enrollment.applications.cast import topic
from tests.enrollment.applications.test_photos import gps_exif
from tests.journeys.hands import PHONE, Hands, read_qr

pytestmark = [pytest.mark.journeys, pytest.mark.django_db(transaction=True)]
MOST_TAPS, MOST_TYPED = 15, 40
NAME, NUMBER = "林师傅", "13787654321"


@pytest.fixture
def poster(units: people.Units) -> Poster:
    """At a rest station, for an intake that is open today."""
    cohort, today = cast.make_cohort(units), clock.local_date(clock.now())
    Cohort.objects.filter(pk=cohort.pk).update(
        opens_on=today - timedelta(days=5),
        closes_on=today + timedelta(days=20),
        decides_on=today + timedelta(days=30),
        starts_on=today + timedelta(days=40),
        ends_on=today + timedelta(days=900),
    )
    return posters.make_poster(
        Cohort.objects.get(), "滨江驿站", by=None, at=people.AT, district=units.siming
    )


@pytest.fixture
def take_phone(browser: Browser, live_server: Any) -> Iterator[Callable[[], Page]]:
    """A new phone each time it is called: nothing is remembered between two of them."""
    contexts = []

    def new_phone() -> Page:
        context = browser.new_context(
            viewport=PHONE, locale="zh-CN", base_url=live_server.url,
            has_touch=True, is_mobile=True, device_scale_factor=1,
        )  # fmt: skip
        contexts.append(context)
        return context.new_page()

    yield new_phone
    for context in contexts:
        context.close()


def main_button(page: Page) -> Any:
    return page.locator("main .button--primary:visible").first


def code_on_the_phone() -> str:
    found = re.search(r"\d{6}", TextMessage.objects.filter(about="code")[0].text.plain())
    assert found
    return found.group()


def begin(page: Page, hands: Hands, address: str) -> None:
    """From the landing page to the first of the short pages."""
    page.goto(address)
    hands.type(page.locator("[name=phone]"), NUMBER)
    hands.tap(main_button(page))
    page.wait_for_url("**/sign-in/code/**")
    hands.type(page.locator("[name=code]"), code_on_the_phone())
    page.wait_for_url("**/apply/**")


def identity(page: Page, hands: Hands) -> None:
    hands.type(page.locator("[name=name]"), NAME)
    hands.press_next()
    hands.type(page.locator("[name=id_number]"), cast.id_number(1))
    hands.tap(page.locator("[name=consent]"))
    hands.tap(main_button(page))


def work(page: Page, hands: Hands) -> None:
    page.wait_for_url(f"**{topic('work')}")
    hands.tap(page.get_by_text("外卖骑手"))
    hands.tap(page.locator(".tap-list__item").nth(3))


def union(page: Page, hands: Hands) -> None:
    page.wait_for_url("**/apply/union/")
    hands.tap(page.locator("#id_is_member_0"))
    hands.tap(main_button(page))


def photos(page: Page, hands: Hands) -> None:
    page.wait_for_url("**/apply/photos/")
    for kind in cast.PHOTO_KINDS:
        hands.photograph(page.locator(f"#photo-{kind}").get_by_text("拍照"), cast.picture().read())
        expect(page.locator(f"#photo-{kind}")).to_contain_text("已上传")
    hands.tap(main_button(page))


def test_from_the_poster_to_the_receipt_in_few_taps(
    take_phone: Callable[[], Page], poster: Poster
) -> None:
    page = take_phone()
    hands = Hands(page)
    begin(page, hands, urlsplit(read_qr(posters.code_png(poster))).path)
    identity(page, hands)
    work(page, hands)
    union(page, hands)
    page.wait_for_url("**/apply/education/")
    hands.tap(page.get_by_role("button", name="技校"))
    page.wait_for_url("**/apply/choices/")
    hands.tap(page.get_by_role("button", name="网络营销"))
    photos(page, hands)
    page.wait_for_url("**/apply/check/")
    hands.tap(page.get_by_role("button", name="提交报名"))
    expect(page.locator("main")).to_contain_text("报名已收到")
    application = Application.objects.get()
    assert application.state == State.SUBMITTED
    assert application.poster == poster
    assert (application.name, application.education) == (NAME, "technical")
    assert application.id_number.plain() == cast.id_number(1)
    assert application.district == poster.district
    assert [choice.programme.code for choice in application.choices.all()] == ["NM", "LOG", "EC"]
    assert hands.taps <= MOST_TAPS, f"{hands.taps} taps, {hands.typed} typed"
    assert hands.typed <= MOST_TYPED, f"{hands.taps} taps, {hands.typed} typed"
    assert (hands.taps, hands.typed) == (15, 39)  # say so when it gets better, or worse


def test_killed_half_way_and_resumed_on_a_second_device(
    take_phone: Callable[[], Page], poster: Poster
) -> None:
    first = take_phone()
    hands = Hands(first)
    begin(first, hands, f"/p/{poster.code}/")
    identity(first, hands)
    work(first, hands)
    union(first, hands)
    first.wait_for_url("**/apply/education/")  # the fourth page
    first.get_by_role("button", name="想写上毕业学校和年份").tap()
    first.wait_for_url("**/apply/education/?all")
    with first.expect_response(lambda answer: "keep=1" in answer.url):
        hands.type(first.locator("[name=graduated_from]"), "海州第一技工学校")
    first.context.close()  # the battery: no goodbye of the page
    second = take_phone()
    begin(second, Hands(second), "/apply/")
    second.wait_for_url("**/apply/education/")
    assert second.input_value("[name=graduated_from]") == "海州第一技工学校"
    second.locator("#id_education_2").tap()
    main_button(second).tap()
    second.wait_for_url("**/apply/choices/")
    second.get_by_role("button", name="现代物流管理").tap()
    photos(second, Hands(second))
    second.wait_for_url("**/apply/check/")
    shown = second.locator("main").inner_text()
    for words in (NAME, "外卖骑手", "思明区总工会", "技校", "海州第一技工学校", "现代物流管理"):
        assert words in shown
    second.get_by_role("button", name="提交报名").tap()
    expect(second.locator("main")).to_contain_text("报名已收到")
    application = Application.objects.get()
    assert (application.state, application.poster) == (State.SUBMITTED, poster)


def noisy(size: tuple[int, int]) -> bytes:
    """A picture that does not pack well, as a camera's, with where and by what it was taken."""
    grain = Image.frombytes("L", size, random.Random(7).randbytes(size[0] * size[1]))
    buffer = io.BytesIO()
    grain.convert("RGB").save(buffer, "JPEG", quality=90, exif=gps_exif())
    return buffer.getvalue()


def test_a_photo_that_failed_is_sent_again_by_itself(
    take_phone: Callable[[], Page], poster: Poster
) -> None:
    page = take_phone()
    hands = Hands(page)
    begin(page, hands, "/apply/")
    identity(page, hands)
    page.wait_for_url(f"**{topic('work')}")
    page.goto("/apply/photos/")
    sent: list[str] = []
    page.on("request", lambda request: _note(request, sent))
    failed: list[str] = []

    def fail_once(route: Route) -> None:
        if route.request.method == "POST" and not failed:
            failed.append(route.request.url)
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route("**/apply/photos/diploma/", fail_once)
    front, diploma = page.locator("#photo-id_front"), page.locator("#photo-diploma")
    hands.photograph(front.get_by_text("拍照"), cast.picture().read())
    expect(front).to_contain_text("已上传")
    hands.photograph(diploma.get_by_text("拍照"), cast.picture().read())
    expect(diploma).to_contain_text("没有传上去")
    expect(front).to_contain_text("已上传")
    diploma.get_by_role("button", name="再传一次").tap()
    expect(diploma).to_contain_text("已上传")
    assert failed
    assert [address.rsplit("/", 2)[1] for address in sent] == ["id_front", "diploma", "diploma"]
    assert Application.objects.get().evidence.count() == 2


def _note(request: Request, sent: list[str]) -> None:
    if request.method == "POST" and "/apply/photos/" in request.url:
        sent.append(request.url)


def test_the_camera_comes_first_and_the_phone_shrinks_what_it_took(
    take_phone: Callable[[], Page], poster: Poster
) -> None:
    page = take_phone()
    hands = Hands(page)
    begin(page, hands, "/apply/")
    identity(page, hands)
    page.wait_for_url(f"**{topic('work')}")
    page.goto("/apply/photos/")
    inputs = page.locator("#photo-work input[type=file]")
    assert inputs.nth(0).get_attribute("capture") == "environment"
    assert inputs.nth(1).get_attribute("capture") is None
    taken = noisy((3000, 2250))
    assert b"CANARY-MAKER" in taken
    with page.expect_request(f"**{reverse('enrollment:my_photo', args=['work'])}") as request:
        hands.photograph(page.locator("#photo-work").get_by_text("拍照"), taken)
    expect(page.locator("#photo-work")).to_contain_text("已上传")
    sent = request.value.post_data_buffer or b""
    assert len(sent) < len(taken) / 2
    assert b"CANARY-MAKER" not in sent  # the place stays on the phone
    photo = Application.objects.get().evidence.get(kind="work")
    assert (photo.height_px, photo.width_px) == (1600, 1200)  # upright, as the camera was held
