"""Public pages are kept for visitors who bring nothing, and hold nothing of anybody."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.accounts.models import User
from tests.courses import teaching


@pytest.fixture(autouse=True)
def _kept(settings: Any, db: None) -> None:
    settings.PUBLIC_PAGES_KEPT_S = 30
    teaching.make_programme()


def text(client: Client, path: str = "/log/", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def queries_of(client: Client, path: str = "/log/") -> int:
    with CaptureQueriesContext(connection) as found:
        text(client, path)
    return len(found)


def test_the_second_visitor_costs_no_query(client: Client) -> None:
    first = text(client)
    assert queries_of(Client()) == 0
    assert text(Client()) == first


def test_the_kept_page_still_says_what_a_browser_may_load(client: Client) -> None:
    text(client)
    answer = Client().get("/log/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_a_public_page_sets_no_cookie_and_holds_no_token(client: Client) -> None:
    answer = client.get("/log/")
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.content.decode()


@pytest.mark.parametrize("cookie", ["sessionid", "__Host-sessionid"])
def test_who_is_signed_in_neither_gets_nor_leaves_a_kept_page(
    client: Client, outsider: User, settings: Any, cookie: str
) -> None:
    settings.SESSION_COOKIE_NAME = cookie
    client.force_login(outsider)
    own = text(client)
    assert "进入学习" in own
    assert "进入学习" not in text(Client())
    assert text(client) == own


def test_staff_go_from_a_public_page_to_their_desk(client: Client, liu: User) -> None:
    client.force_login(liu)
    own = text(client)
    assert "工作台" in own
    assert "进入学习" not in own


def test_languages_and_looks_are_kept_apart(client: Client) -> None:
    chinese = text(client)
    assert text(Client(), **{"Accept-Language": "en"}) != chinese
    night = Client()
    night.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in text(night)
    assert 'data-theme="dark"' not in text(Client())


def test_a_query_or_another_address_passes_by(client: Client) -> None:
    text(client)
    assert queries_of(Client(), "/log/?x=1") > 0
    assert text(Client(), "/sign-in/") != text(Client())


def test_a_form_with_a_token_is_never_kept() -> None:
    first = Client()
    text(first, "/sign-in/staff/")
    assert not [key for key in caches["local"]._cache if "page:" in key]  # type: ignore[attr-defined]


def test_phones_that_can_unpack_get_less_and_others_the_plain_page(client: Client) -> None:
    packed = client.get("/log/", headers={"Accept-Encoding": "gzip"})
    plain = Client().get("/log/")
    assert packed["Content-Encoding"] == "gzip"
    assert not plain.has_header("Content-Encoding")
    again = Client().get("/log/", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(again.content) == plain.content
