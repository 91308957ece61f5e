"""Pictures of pages, where there is no bucket to hand them out."""

from __future__ import annotations

import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from lms import pictures
from lms.base.bucket import Bucket
from tests.courses import teaching

pytestmark = pytest.mark.django_db


def test_the_picture_of_a_page_opens_for_whoever_may_open_the_page(client: Client) -> None:
    page = teaching.make_story()
    page.picture = teaching.make_picture()
    teaching.publish(page)
    html = client.get(page.get_url()).content.decode()
    (address,) = re.findall(r'<img [^>]*src="([^"]+)"', html)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    assert "max-age=86400" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]


def test_what_was_uploaded_is_not_given_out(client: Client) -> None:
    """It says where and when it was taken, and documents beside it are for the signed in."""
    original = teaching.make_picture().file.name
    default_storage.save("images/page.svg", ContentFile(b"<svg/>"))
    default_storage.save("images/page.html", ContentFile(b"<p>"))
    for path in (
        f"../{original}", f"..%2f{original}", "%2e%2e/documents/a.png", "page.svg", "page.html", "no.png", "", "a%00.png",
        "/etc/passwd.png",
    ):  # fmt: skip
        assert client.get(f"/uploads/images/{path}").status_code in (400, 404), path
    assert client.get(f"/uploads/{original}").status_code == 404


def test_a_bucket_hands_its_own_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    name = default_storage.save("images/map.png", ContentFile(b"\x89PNG"))
    assert client.get(f"/uploads/{name}").status_code == 200
    # Not by the setting: the storages of this process would be made anew, and others hold the old ones.
    monkeypatch.setattr(pictures, "storages", {"default": Bucket(bucket_name="b")})
    assert client.get(f"/uploads/{name}").status_code == 404
