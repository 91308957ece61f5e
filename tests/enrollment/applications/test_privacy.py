"""Canaries: an ID number and a phone that must stand nowhere in clear but where they belong."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from enrollment.applications import offers, selection
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
ID_NUMBER = cast.id_number(777)
PHONE = "13787654321"


def dump() -> str:
    """Every value of every table as text; bytes as they would look in a file."""
    seen = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value) if isinstance(value, (bytes, memoryview)) else None
                    seen.append(raw.decode("latin-1") if raw is not None else str(value))
    return "\n".join(seen)


def test_number_and_phone_leak_nowhere(
    client: Client,
    cohort: Cohort,
    office: cast.Office,
    caplog: pytest.LogCaptureFixture,
    time_machine: object,
) -> None:
    time_machine.move_to(people.AT, tick=False)  # type: ignore[attr-defined]
    caplog.set_level(logging.DEBUG)
    urls: list[str] = []

    def visit(response: object) -> None:
        urls.append(str(getattr(response, "headers", {}).get("Location", "")))

    visit(client.post("/apply/", {"phone": PHONE}))
    user: User = User.objects.get(phone_lookup__isnull=False)
    client.force_login(user)
    visit(client.get("/apply/begin/"))
    typed = {"name": "林师傅", "id_number": ID_NUMBER, "consent": "on"}
    visit(client.post("/apply/identity/", typed | {"id_number": ID_NUMBER[:-1]}))
    visit(client.post("/apply/identity/", typed))
    application = cast.filled(user, cohort, office.units.siming, id_number=ID_NUMBER, name="林师傅")
    checked = client.post("/apply/check/")
    assert checked.headers["Location"] == "/status/"
    visit(checked)
    client.force_login(office.district)
    visit(
        client.post(
            f"/desk/review/{application.uuid}/reveal/", {"what": "id_number", "why": "card"}
        )
    )
    pages = [
        client.get(reverse("enrollment:review_queue") + "?tab=all").content.decode(),
        client.get(f"/desk/review/{application.uuid}/").content.decode(),
    ]
    application = Application.objects.get(pk=application.pk)
    office.passes(application)
    selection.rank(cohort, seed="1", by=None, at=people.AT)
    selection.publish(cohort, by=None, at=people.AT)
    offers.fill(cohort, by=None, at=people.AT)
    jobs.run_due()
    pages.append(client.get("/ranking/2026/").content.decode())
    places = {
        "urls": "\n".join(urls),
        "log": caplog.text,
        "job payloads": "\n".join(str(job.payload) + job.key for job in Job.objects.all()),
        "database": dump(),
        "pages": "\n".join(pages),
        "cache": _cache(),
    }
    for where, text in places.items():
        assert ID_NUMBER not in text, where
        assert ID_NUMBER[:-1] not in text, where
        assert PHONE not in text, where
    assert "林师傅" not in places["job payloads"] + places["urls"]


def _cache() -> str:
    folder = Path(settings.VAR_DIR) / "cache"
    return "\n".join(
        file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()
    )
