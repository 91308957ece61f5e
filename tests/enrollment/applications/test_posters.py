"""QR posters: counted, remembered, printed."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from enrollment.applications import poster_sheets, posters
from enrollment.applications.models import Poster
from enrollment.letters import press
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit, User
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT


@pytest.fixture
def poster(cohort: Cohort) -> Poster:
    return posters.make_poster(cohort, "滨江骑手驿站", by=None, at=AT)


def visits(poster: Poster) -> int:
    return Poster.objects.get(pk=poster.pk).visits


def test_a_scan_is_counted_and_remembered(client: Client, poster: Poster) -> None:
    response = client.get(f"/p/{poster.code}/")
    assert response.headers["Location"] == "/apply/"
    assert response.cookies["poster"].value == poster.code
    assert response.cookies["poster"]["httponly"]
    client.get(f"/p/{poster.code.lower()}/")
    client.head(f"/p/{poster.code}/")
    assert visits(poster) == 2


def test_an_unknown_code_still_leads_to_the_class(client: Client, poster: Poster) -> None:
    response = client.get("/p/NOPE00/")
    assert response.headers["Location"] == "/apply/"
    assert "poster" not in response.cookies
    assert client.post(f"/p/{poster.code}/").status_code == 405


def test_the_code_on_paper_says_the_posters_address(
    client: Client, poster: Poster, wang: User
) -> None:
    client.force_login(wang)
    png = client.get(f"/desk/posters/{poster.code}/code.png")
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))
    assert found[0].text == posters.address(poster)
    svg = client.get(f"/desk/posters/{poster.code}/code.svg")
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert svg.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/desk/posters/{poster.code}/code.exe").status_code == 404


def test_the_sheet_for_the_print_shop_carries_the_same_code(
    client: Client, poster: Poster, wang: User
) -> None:
    client.force_login(wang)
    response = client.get(
        f"/desk/posters/{poster.code}/code.pdf", headers={"accept-language": "en"}
    )
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-1.7")
    picture = press.typesetter().set_picture(
        poster_sheets.TEMPLATE,
        poster_sheets.words(poster) | {"qr": posters.address(poster)},
        at=AT,
    )
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert found[0].text == posters.address(poster)


def test_the_longest_place_still_fits_on_the_sheet(cohort: Cohort) -> None:
    poster = posters.make_poster(cohort, "滨江" * 50, by=None, at=AT)
    assert poster_sheets.pdf(poster, at=AT).startswith(b"%PDF")


def test_an_officer_makes_and_prints_a_poster(client: Client, cohort: Cohort, wang: User) -> None:
    client.force_login(wang)
    made = client.post("/desk/posters/", {"label": "集美分拨中心"})
    sheet = client.get(made.headers["Location"]).content.decode()
    assert "扫一扫，4 分钟报名" in sheet
    assert "现代物流管理" in sheet
    assert "集美分拨中心" in client.get("/desk/posters/").content.decode()
    assert client.post("/desk/posters/", {"label": ""}).status_code == 400


@pytest.mark.parametrize("who", ["outsider", "chen", "he", "wu", "zheng"])
def test_others_make_no_posters(
    client: Client, poster: Poster, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    for url in (
        "/desk/posters/",
        f"/desk/posters/{poster.code}/",
        f"/desk/posters/{poster.code}/code.png",
    ):
        assert client.get(url).status_code == 403


def test_posters_tell_whom_they_brought(poster: Poster, lin: User, cohort: Cohort) -> None:
    from enrollment.applications import drafts

    drafts.start(lin, cohort, by=lin, at=AT, poster=poster)
    (row,) = posters.with_counts(cohort)
    assert (row.begun, row.handed_in) == (1, 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_the_sheet_comes_for_the_print_shop_and_for_screens(
    client: Client, poster: Poster, wang: User, kind: str
) -> None:
    client.force_login(wang)
    response = client.get(f"/desk/posters/{poster.code}/poster.{kind}")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    if kind == "png":
        picture = Image.open(io.BytesIO(response.content))
        assert picture.width == poster_sheets.PICTURE_PX
        assert zxingcpp.read_barcodes(picture)[0].text == posters.address(poster)
        assert len(response.content) <= poster_sheets.PICTURE_BYTES
    else:
        assert response.content.startswith(b"%PDF-1.7")
    assert client.get(f"/desk/posters/{poster.code}/poster.svg").status_code == 404


def keep_station(code: str, name: str, district: OrgUnit) -> None:
    from courses.tutoring import stations

    stations.keep_station(
        code, name=name, district=district, by=None, at=AT, address="滨海路", latitude=None,
        longitude=None,
    )  # fmt: skip


def test_each_station_gets_its_poster_once(
    client: Client, cohort: Cohort, wang: User, units: people.Units
) -> None:
    keep_station("SM-01", "滨海驿站", units.siming)
    keep_station("SM-02", "中山驿站", units.siming)
    keep_station("JM-01", "集美驿站", units.jimei)
    client.force_login(wang)
    assert "有 2 个驿站还没有" in client.get("/desk/posters/").content.decode()
    page = client.post("/desk/posters/", {"stations": "1"}, follow=True).content.decode()
    assert "做好了 2 张驿站海报" in page
    assert "还没有这一期的海报" not in page
    client.post("/desk/posters/", {"stations": "1"})
    made = Poster.objects.filter(cohort=cohort)
    assert {(each.label, each.district) for each in made} == {
        ("滨海驿站", units.siming), ("中山驿站", units.siming),
    }  # fmt: skip


def test_a_district_officers_own_district_is_suggested(
    client: Client, cohort: Cohort, wang: User, units: people.Units
) -> None:
    client.force_login(wang)
    html = client.get("/desk/posters/").content.decode()
    assert f'<option value="{units.siming.pk}" selected>' in html
    foreign = {"label": "外区", "district": units.jimei.pk}
    assert client.post("/desk/posters/", foreign).status_code == 400
    client.post("/desk/posters/", {"label": "滨江", "district": units.siming.pk})
    assert Poster.objects.get().district == units.siming


def test_which_poster_brought_whom_is_counted_to_the_end(
    client: Client, poster: Poster, cohort: Cohort, units: people.Units, lin: User, yi: User
) -> None:
    other = posters.make_poster(cohort, "集美", by=None, at=AT)
    for user, brought_by in ((lin, poster), (yi, other)):
        from enrollment.applications import drafts

        drafts.start(user, cohort, by=user, at=AT, poster=brought_by)
    cast.submitted(lin, cohort, units.siming)
    counts = {row.label: (row.begun, row.handed_in) for row in posters.with_counts(cohort)}  # type: ignore[attr-defined]
    assert counts == {"滨江骑手驿站": (1, 1), "集美": (1, 0)}


def test_the_landing_page_says_all_that_one_decides_by(client: Client, cohort: Cohort) -> None:
    import time_machine

    with time_machine.travel(AT, tick=False):
        html = client.get("/apply/").content.decode()
    for words in (
        "现代物流管理", "网络营销", "电子商务", "还剩名额", "6,900 元", "−3,000 元", "−1,900 元",
        "2,000 元", "9月30日截止", "11月1日开学", "身份证", "毕业证", "截图", "海州开放大学",
    ):  # fmt: skip
        assert words in html, words
    assert html.count('class="button button--primary') == 1
    assert "hero__road" in html
