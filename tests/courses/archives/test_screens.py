"""An editor brings an archive, reads the report, takes it in and takes it out again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from courses.archives import imports
from courses.archives.models import CourseImport
from courses.catalogue.pages import ProgrammePage
from lms.accounts.models import User
from tests.courses.archives import builders
from tests.courses.archives.conftest import attend

pytestmark = pytest.mark.django_db
INDEX = "course_archives:index"


@pytest.fixture
def office(he: User, client: Client, shelf: Path, programme: ProgrammePage) -> Client:
    client.force_login(he)
    return client


def upload(office: Client, content: bytes, name: str = "c.imscc") -> CourseImport:
    response = office.post(reverse(INDEX), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 302, response.content.decode()[-2000:]
    return CourseImport.objects.latest("pk")


def test_from_the_upload_to_the_draft_and_out_again(
    office: Client, programme: ProgrammePage
) -> None:
    batch = upload(office, builders.cartridge())
    address = reverse("course_archives:import", args=[batch.uuid])
    waiting = office.get(address).content.decode()
    assert "<progress" in waiting
    assert "data-looks-again" in waiting
    attend(imports.CHECK, batch)

    report = office.get(address).content.decode()
    assert "仓储实务" in report
    assert f"放进“{programme.title}”" in report
    left = office.get(f"{address}?verdict=left_out").content.decode()
    assert "外部工具（LTI）" in left
    assert "收货五步" not in left
    questions = office.get(f"{address}?about=question").content.decode()
    assert "banked" in questions
    assert "外部工具（LTI）" not in questions

    office.post(address, {"where": f"new-{programme.pk}"})
    attend(imports.WRITE, batch)
    done = office.get(address).content.decode()
    assert "打开草稿“仓储实务”" in done
    assert (
        office.get(reverse("wagtailadmin_explore", args=[batch.course_page_id])).status_code == 200
    )

    explorer = office.get(reverse("wagtailadmin_explore", args=[batch.course_page_id]))
    export = reverse("course_archives:export", args=[batch.course_page_id])
    assert export in explorer.content.decode()
    answer = office.get(export)
    assert answer["Content-Disposition"].endswith('.imscc"')
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert "imsmanifest.xml" in archive.namelist()


def test_a_second_upload_offers_to_bring_the_first_up_to_date(
    office: Client, take, programme: ProgrammePage
) -> None:
    first = take(builders.cartridge())
    batch = upload(office, builders.cartridge())
    attend(imports.CHECK, batch)
    address = reverse("course_archives:import", args=[batch.uuid])

    assert "更新以前导入的“仓储实务”" in office.get(address).content.decode()
    office.post(address, {"where": f"update-{first.course_page_id}"})
    attend(imports.WRITE, batch)

    assert batch.course_page_id == first.course_page_id


def test_dropped_is_dropped_and_the_file_is_gone(office: Client) -> None:
    batch = upload(office, builders.cartridge())
    attend(imports.CHECK, batch)
    address = reverse("course_archives:import", args=[batch.uuid])

    office.post(address, {"drop": "1"})
    office.post(address, {"where": "new-1"})

    batch.refresh_from_db()
    assert (batch.state, batch.file.name) == ("dropped", "")


def test_a_wrong_file_is_refused_at_the_form_and_a_hostile_one_on_its_page(office: Client) -> None:
    response = office.post(reverse(INDEX), {"file": SimpleUploadedFile("a.imscc", b"nothing")})
    assert "这不是课程包" in response.content.decode()

    batch = upload(office, builders.zipped({"imsmanifest.xml": bytes(30 * 1024**2)}))
    attend(imports.CHECK, batch)
    page = office.get(reverse("course_archives:import", args=[batch.uuid])).content.decode()
    assert "撑爆服务器" in page


def test_a_course_goes_only_where_it_was_offered(office: Client, programme: ProgrammePage) -> None:
    batch = upload(office, builders.cartridge())
    attend(imports.CHECK, batch)
    address = reverse("course_archives:import", args=[batch.uuid])

    office.post(address, {"where": f"update-{programme.pk}"})

    batch.refresh_from_db()
    assert batch.state == "ready"
