"""No link of a desk leads nowhere, or to a door that is closed to who stands there."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from enrollment.registry.models import Student

SCREENS = (
    ("chen", "/desk/tutor/"),
    ("wang", "/desk/union/"),
    ("wang", "/desk/union/behind/"),
    ("liu", "/desk/union/"),
    ("zhou", "/desk/registrar/"),
    ("zhou", "/desk/union/behind/"),
    ("wu", "/desk/operator/"),
    ("zheng", "/desk/audit/"),
)
ELSEWHERE = ("/static/", "/cms/")


def links(client: Client, page: str) -> set[str]:
    """Addresses of this site that the page leads to, without what stands behind ``#``."""
    answer = client.get(page, follow=True)
    assert answer.status_code == 200, page
    found = re.findall(r'<a [^>]*href="(/[^"#]*)', answer.content.decode())
    return {html.unescape(each) for each in found if not each.startswith(ELSEWHERE)}


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "screen"), SCREENS)
def test_every_link_of_a_desk_opens(
    client: Client,
    students: list[Student],
    who: str,
    screen: str,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(who))
    found = links(client, screen)
    assert "/home/" in found
    answers = {each: client.get(each, follow=True).status_code for each in sorted(found)}
    assert {each: code for each, code in answers.items() if code != 200} == {}
