"""The download of one's own data: complete, readable, audited, never another's."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.test import Client
from PIL import Image

from enrollment.applications import admission, offers, review
from enrollment.applications.flow import State
from enrollment.applications.models import Application, Decision, Evidence
from enrollment.letters.models import Letter
from enrollment.membership.models import JoinRequest
from enrollment.own_data import collecting, packing
from enrollment.registry.models import Cohort, Student
from lms.accounts import sms
from lms.accounts.models import User
from lms.base.audit import AuditEntry
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT


def download(client: Client, user: User) -> zipfile.ZipFile:
    client.force_login(user)
    response = client.post("/status/my-data/download/")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in response.headers["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_everything_that_was_typed_and_sent_is_in_it(
    client: Client, submitted: Application, lin: User, office: cast.Office
) -> None:
    review.decide(
        submitted, "return", stage=State.SUBMITTED, by=office.district, at=AT,
        reason="diploma", words="少了盖章那一页",
    )  # fmt: skip
    sms.send(lin.phone.plain(), "有一处要补", about="returned", at=AT)
    archive = download(client, lin)
    page = archive.read(packing.PAGE).decode()
    for value in (
        "林师傅", "+8613700000001", cast.id_number(1), submitted.number, "外卖骑手", "飞送",
        "思明区总工会", "职业高中／中专", "现代物流管理", "2026-09", "退回补正", "毕业证书看不清或不符",
        "少了盖章那一页", "有一处要补", "待补正", "工作人员 退回补正", "本人 提交了报名",
    ):  # fmt: skip
        assert value in page, value
    assert "赵干事" not in page  # officers are named by what they are
    told = json.loads(archive.read(packing.DATA))
    values = {row["value"] for section in told["sections"] for row in section["rows"]}
    assert cast.id_number(1) in values
    photos = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert len(photos) == 3
    for name in photos:
        assert name in page
        with Image.open(io.BytesIO(archive.read(name))) as picture:
            assert picture.size == (240, 240)


def test_the_page_needs_no_network(client: Client, submitted: Application, lin: User) -> None:
    page = download(client, lin).read(packing.PAGE).decode()
    assert "http" not in page
    assert "<script" not in page
    assert 'src="/' not in page


def test_what_people_typed_stays_words(client: Client, draft: Application, lin: User) -> None:
    Application.objects.filter(pk=draft.pk).update(statement="<script>alert(1)</script>")
    assert "<script>" not in download(client, lin).read(packing.PAGE).decode()


def test_every_download_is_an_audit_row(client: Client, draft: Application, lin: User) -> None:
    download(client, lin)
    entry = AuditEntry.objects.get(action="account.exported")
    assert (entry.actor, entry.subject_id) == (lin, str(lin.uuid))
    assert entry.data == {"photos": 3}


def test_nobody_gets_anothers(
    client: Client, submitted: Application, lin: User, cohort: Cohort, units: people.Units, yi: User
) -> None:
    cast.submitted(yi, cohort, units.siming, serial=2)
    archive = download(client, yi)
    everything = archive.read(packing.PAGE).decode() + archive.read(packing.DATA).decode()
    for foreign in ("林师傅", "3700000001", cast.id_number(1), submitted.number):
        assert foreign not in everything
    assert cast.id_number(2) in everything
    assert sum(name.endswith(".jpg") for name in archive.namelist()) == 3


def test_without_signing_in_there_is_nothing(client: Client, draft: Application) -> None:
    assert client.post("/status/my-data/download/").headers["Location"].startswith("/sign-in/")
    client.force_login(draft.user)
    assert client.get("/status/my-data/download/").status_code == 405


def test_who_never_applied_gets_the_account(client: Client, outsider: User) -> None:
    archive = download(client, outsider)
    assert "+8613900009999" in archive.read(packing.PAGE).decode()
    assert archive.namelist() == [packing.PAGE, packing.LOOK, packing.DATA]


def test_a_student_gets_the_roll_and_the_money_too(
    client: Client, cohort: Cohort, office: cast.Office
) -> None:
    (held,) = cast.offered(cohort, office)
    offers.accept(held, by=held.user, at=AT)
    student = admission.matriculate(held, by=None, at=AT)
    held.evidence.all().delete()  # rows without files
    page = download(client, held.user).read(packing.PAGE).decode()
    for value in (student.student_no, "学费 6,900 元", "在读", "录取专业"):
        assert value in page, value


@pytest.mark.parametrize(
    ("model", "besides"),
    [
        (Application, collecting.OF_APPLICATION),
        (Student, collecting.OF_STUDENT),
        (Letter, collecting.OF_LETTER),
        (JoinRequest, collecting.OF_JOIN_REQUEST),
    ],
)
def test_every_column_has_a_chinese_label_or_is_named_as_inner(
    model: type, besides: frozenset[str]
) -> None:
    columns = {column.name: column for column in model._meta.concrete_fields}  # type: ignore[attr-defined]
    assert besides - collecting.INNER <= columns.keys()
    for name, column in columns.items():
        if name not in besides:
            label = collecting.label(column)
            assert any("一" <= sign <= "鿿" for sign in label), f"{model.__name__}.{name}: {label}"


def test_nothing_that_hangs_on_an_application_is_forgotten() -> None:
    """A room that hangs a new table on applications must say here where the download shows it."""
    from enrollment.applications.models import Choice

    shown = {Choice, Evidence, Decision, JoinRequest}
    hanging = {
        relation.related_model
        for relation in Application._meta.related_objects
        if relation.related_model is not None
    }
    assert hanging == shown
