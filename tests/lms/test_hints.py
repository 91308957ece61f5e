"""The style sheet is told of before the page is read."""

from __future__ import annotations

import pytest
from django.test import Client

from enrollment.api import Student
from tests.courses.conftest import taught, yi  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_a_page_names_its_own_sheet_in_a_header(client: Client, yi: Student) -> None:  # noqa: F811
    client.force_login(yi.user)
    page = client.get("/learn/")
    assert page["Link"] == "</static/css/site.css>; rel=preload; as=style"
    assert b'<link rel="stylesheet" href="/static/css/site.css">' in page.content


def test_what_is_no_page_names_nothing(client: Client) -> None:
    assert "Link" not in client.get("/learn/worker.js")
    assert "Link" not in client.get("/learn/")  # sent on to the sign-in
