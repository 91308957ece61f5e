"""An address of a lecture is good only while its student studies what the lecture belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from enrollment.api import Student
from lms.accounts.models import User
from lms.base import clock
from media.api import playback
from tests import factories
from tests.courses.teaching import Taught

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(taught: Taught, yi: Student, client: Client) -> str:
    """Of one file of the lecture, in 阿怡's hands; the file is there."""
    folder = Path(settings.VAR_DIR) / "videos" / taught.film.published_prefix
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "240p.mp4").write_bytes(b"picture")
    client.force_login(yi.user)
    return playback(taught.film, user=yi.user, at=clock.now()).saver_url


def status(client: Client, address: str) -> int:
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer)  # closes the file
    return answer.status_code


def test_a_student_of_the_programme_watches(client: Client, address: str) -> None:
    assert status(client, address) == 200


@pytest.mark.parametrize(
    ("became", "expected"), [("on_leave", 200), ("graduated", 200), ("withdrawn", 403)]
)
def test_who_left_gets_nothing_from_the_same_hour_on(
    client: Client, address: str, yi: Student, became: str, expected: int
) -> None:
    Student.objects.filter(pk=yi.pk).update(status=became)
    assert status(client, address) == expected


def test_a_student_of_another_programme_gets_nothing(
    client: Client, address: str, yi: Student
) -> None:
    """Also with an address that was right before the programme changed."""
    Student.objects.filter(pk=yi.pk).update(programme=factories.make_programme("ECO"))
    assert status(client, address) == 403


def test_who_prepares_lessons_watches_without_being_a_student(
    client: Client, taught: Taught, address: str, he: User
) -> None:
    client.force_login(he)
    assert status(client, address) == 403, "this address is 阿怡's"
    assert status(client, playback(taught.film, user=he, at=clock.now()).saver_url) == 200
