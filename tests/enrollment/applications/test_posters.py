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
from lms.accounts.models import User
from tests import people

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
