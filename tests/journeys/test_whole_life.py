"""The whole life of one student, in real Chromium at the size of a phone, on a site of its own.

From the QR poster to the union's completion page, with a real worker behind; the letter's
signature is verified by poppler's ``pdfsig``, which knows nothing of us.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from tests import prepared_database
from tests.enrollment.applications.cast import id_number, picture
from tests.journeys.hands import DESK, Person, read_qr
from tests.journeys.site import ROOT, Site
from tests.media import clips

pytestmark = [pytest.mark.journeys, pytest.mark.slow]
NAME, PHONE = "䶮小燕", "18950001234"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> Iterator[Site]:
    """``JOURNEY_SITE=port`` walks through a ``./run`` that is up already, while one writes this."""
    if port := os.environ.get("JOURNEY_SITE"):
        yield Site(ROOT / "var", int(port), None)
        return
    var = tmp_path_factory.mktemp("journey") / "var"
    # Its tables come ready made; that a site makes them is what the lane ``start`` is for.
    prepared_database.lay_down(request.config.cache.mkdir("databases"), var / "lms.sqlite3")
    started = Site.start(var)
    yield started
    started.stop()


@pytest.fixture
def applicant(browser: Browser, site: Site) -> Person:
    return Person(browser, site)


def staff(browser: Browser, site: Site, username: str, *, desk: bool = False) -> Person:
    person = Person(browser, site, DESK) if desk else Person(browser, site)
    person.sign_in_as_staff(username)
    return person


def test_the_whole_life_of_one_student(
    site: Site, browser: Browser, applicant: Person, tmp_path: Path
) -> None:
    registrar = staff(browser, site, "registrar", desk=True)
    upload_a_lecture(staff(browser, site, "editor", desk=True), tmp_path)
    apply_from_poster(applicant, poster_address(registrar))
    review(staff(browser, site, "siming"))
    review(staff(browser, site, "city"))
    admit(registrar, staff(browser, site, "city", desk=True))
    accept(applicant)
    matriculate(registrar)
    code = take_letter(applicant, tmp_path)
    verify_letter(Person(browser, site), code)
    study(applicant, site)
    meet(staff(browser, site, "tutor2"), applicant)  # the other one teaches in a moment
    see_completion(staff(browser, site, "city"), tmp_path)
    for person in (registrar, applicant):
        assert person.broken == []


# --- Content ------------------------------------------------------------------------------------


def upload_a_lecture(editor: Person, folder: Path) -> None:
    """A real file through the back office; the pipeline's progress is seen until it plays."""
    clip = clips.lecture(folder / "lecture.mp4", seconds=8)
    page = editor.open("/cms/snippets/media/video/add/")
    page.set_input_files("[data-upload-file]", clip)
    page.fill("[name=title]", "旅程测试视频")
    page.click("form[data-edit-form] button[type=submit]")
    page.wait_for_url("**/inspect/**")
    expect(page.get_by_text("可播放").first).to_be_visible(timeout=240_000)
    page.reload()
    page.locator("[data-preview] video").first.wait_for(state="attached")
    page.close()
    broken = folder / "broken.mp4"
    broken.write_text("这不是视频")
    page = editor.page = editor.context.new_page()
    page.goto("/cms/snippets/media/video/add/")
    page.set_input_files("[data-upload-file]", broken)
    page.click("form[data-edit-form] button[type=submit]")
    expect(page.get_by_text("不是").first).to_be_visible()


# --- Admission ----------------------------------------------------------------------------------


def poster_address(registrar: Person) -> str:
    """What a phone reads off the printed poster."""
    registrar.open("/desk/posters/")
    link = registrar.page.locator("main a[href^='/desk/posters/']").first.get_attribute("href")
    answer = registrar.page.request.get(f"{link}code.png")
    assert answer.ok
    return read_qr(answer.body())


def apply_from_poster(applicant: Person, address: str) -> None:
    page = applicant.open(urlsplit(address).path)
    if "/apply/" not in page.url:
        applicant.tap("我要报名")
    page.fill("[name=phone]", PHONE)
    applicant.go_on()
    applicant.type_code()
    page.fill("[name=name]", NAME)
    page.fill("[name=id_number]", id_number(77))
    page.check("[name=consent]")
    applicant.go_on()
    page.locator("[name=occupation]").first.check()
    tap_answer(applicant, "working_since")
    page.locator("[name=is_member]").first.check()
    page.select_option("[name=member_since]", index=2)
    page.select_option("[name=district]", label="思明区总工会")
    applicant.go_on()
    tap_answer(applicant, "education")
    tap_answer(applicant, "first")
    for kind in ("id_front", "diploma", "work"):
        photo = {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": picture().read()}
        page.locator(f"#photo-{kind} input[type=file]").first.set_input_files(photo)
        expect(page.locator(f"#photo-{kind}")).to_contain_text("已上传")
    applicant.go_on()
    assert NAME in page.locator("main").inner_text()
    applicant.tap("提交报名")
    expect(page.locator("main")).to_contain_text("待区工会审核")


def tap_answer(applicant: Person, name: str) -> None:
    """The last question of a page: its first answer saves and goes on."""
    here = applicant.page.url
    applicant.page.locator(f"button[name={name}]").first.click()
    applicant.page.wait_for_url(lambda url: url != here)


def review(officer: Person) -> None:
    page = officer.open("/desk/review/")
    page.get_by_role("link", name=NAME).first.click()
    page.wait_for_load_state()
    officer.tap("通过")
    officer.page.close()


def admit(registrar: Person, colleague: Person) -> None:
    """Rank, submit the list, have a colleague confirm it, offer."""
    page = registrar.open("/desk/registrar/second-class/")
    page.fill("[name=seed]", "3 8 12 25 31")
    for step in ("rank", "publish"):
        page.locator(f"form[action$='/{step}/'] button").first.click()
        page.wait_for_load_state()
    colleague.open("/desk/second/")
    colleague.tap("核对无误，确认")
    page.reload()
    page.locator("form[action$='/offer/'] button").first.click()
    page.wait_for_load_state()


def accept(applicant: Person) -> None:
    applicant.open("/status/")
    applicant.tap("确认入学")
    expect(applicant.page.locator("main")).to_contain_text("已确认")


def matriculate(registrar: Person) -> None:
    page = registrar.open("/desk/registrar/second-class/")
    page.locator("form[action$='/matriculate/'] button").first.click()
    page.wait_for_load_state()


# --- The letter ---------------------------------------------------------------------------------


def take_letter(student: Person, folder: Path) -> str:
    """Wait for the printed letter, check its signature, read its code."""
    page = student.page
    until = time.monotonic() + 120
    while True:
        student.open("/letters/mine/")
        link = page.locator("a[href$='.pdf']")
        if link.count():
            break
        assert time.monotonic() < until, "the letter was not printed"
        time.sleep(1)
    assert page.locator("main img").first.is_visible()
    pdf = page.request.get(str(link.first.get_attribute("href")))
    path = folder / "letter.pdf"
    path.write_bytes(pdf.body())
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, timeout=60).stdout
    assert "Signature is Valid" in said
    text = subprocess.run(
        ["pdftotext", str(path), "-"], capture_output=True, text=True, timeout=60
    ).stdout
    assert NAME in text
    picture_url = page.locator("main img").first.get_attribute("src")
    return read_qr(page.request.get(str(picture_url)).body())


def verify_letter(anybody: Person, address: str) -> None:
    page = anybody.open(urlsplit(address).path)
    words = page.locator("main").inner_text()
    assert "有效" in words
    assert NAME not in words
    page.goto("/verify/0000000000000000/")
    expect(page.locator("main")).to_contain_text("查不到")


# --- Learning -----------------------------------------------------------------------------------


def study(student: Person, site: Site) -> None:
    """Continue on Today, watch, read, answer; progress says so."""
    site.wait(lambda: site.health().get("videos_ready", 0) >= 3, "the sample lectures", 300)
    page = student.open("/learn/")
    student.go_on()
    page.locator("[data-plays]").first.click()
    page.wait_for_function(
        "() => { const v = document.querySelector('video'); return v && v.currentTime > 6 }",
    )
    page.evaluate("document.querySelector('video').pause()")
    page.wait_for_timeout(1500)
    student.tap("我读完了")
    expect(page.get_by_text("课文读完了，已经记下。")).to_be_visible()
    lesson = page.url
    student.tap("开始小测")
    for group in page.locator("fieldset.question").all():
        first = group.locator("input[type=radio], input[type=checkbox]").first
        if first.count():
            first.check()
        else:
            group.locator("input").first.fill("1")
    student.tap("交卷")
    expect(page.locator("main")).to_contain_text("分")
    student.open("/learn/courses/")
    assert re.search(r"完成 [1-9] / \d", page.locator("main").inner_text())
    student.open(urlsplit(lesson).path)


# --- The offline session ------------------------------------------------------------------------


def meet(tutor: Person, student: Person) -> None:
    starts = datetime.now(SHANGHAI) + timedelta(minutes=20)
    page = tutor.open("/desk/tutor/plan/")
    page.select_option("[name=cohort]", label="第二期学历能力提升专班")
    page.fill("[name=topic]", "驿站见面会")
    page.select_option("[name=station]", index=4)
    page.fill("[name=day]", f"{starts:%Y-%m-%d}")
    page.fill("[name=begins]", f"{starts:%H:%M}")
    tutor.go_on()
    tutor.tap("发布，开始报名")
    student.open("/learn/meetings/")
    student.page.get_by_text("驿站见面会").first.click()
    student.page.wait_for_load_state()
    student.tap("报名")
    tutor.page.reload()
    tutor.tap("打开签到码")
    frame = tutor.page.locator(".qr-frame svg").first
    frame.wait_for()
    address = read_qr(frame.screenshot())
    student.open(urlsplit(address).path)
    student.tap("我到了，签到")
    expect(student.page.locator("main")).to_contain_text("签到")
    assert "screen--good" in str(student.page.locator("body").get_attribute("class"))
    expect(tutor.page.locator("main")).to_contain_text(NAME)
    assert tutor.broken == []


# --- The union ----------------------------------------------------------------------------------


def see_completion(city: Person, folder: Path) -> None:
    page = city.open("/desk/union/?cohort=second-class")
    expect(page.locator("main")).to_contain_text("第二期")
    city.tap("导出")
    page.get_by_label("Excel").check()
    with page.expect_download() as started:
        page.get_by_role("button", name="上报工作进度").click()
    path = folder / "completion.xlsx"
    started.value.save_as(path)
    sheet = load_workbook(io.BytesIO(path.read_bytes())).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    head = next(row for row in rows if "姓名" in row)
    mine = dict(zip(head, next(row for row in rows if NAME in row), strict=True))
    assert mine["线下课次数"] == 1, "the offline session counts"
    page.goto("/desk/union/?cohort=first-class")
    assert page.locator("main svg").count() > 3
    assert city.broken == []
