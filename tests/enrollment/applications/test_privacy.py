"""Canaries: an ID number, a phone and a name that must stand nowhere in clear but where they belong.

One person is driven through the real pages from the poster to the letter, with every log line
captured and the bells of the jobs rung into files; then everything that is kept is searched.
"""

from __future__ import annotations

import functools
import io
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from kombu import Connection

from enrollment.applications import posters
from enrollment.applications.models import Application
from enrollment.letters.models import Letter
from enrollment.registry.models import Cohort, Student
from lms.accounts.approvals import Approval
from lms.accounts.models import TextMessage, User
from lms.base import audit
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job, JobState
from lms.base.jobs.tasks import attend
from tests import canaries, people
from tests.enrollment.applications import cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_today")]
NUMBER = canaries.id_number(cast.id_number(777))
PHONE = canaries.phone("13787654321")
NAME = canaries.Canary("name", "䶮金丝雀")
PRIVATE = (NUMBER, PHONE)
# A name is not secret to those who work with it: it stands in these columns and in no other place.
NAMES_STAND_IN = {
    "lms_user.name",
    "enrollment_application.name",
    "enrollment_student.name",
    "enrollment_letter.facts",
}


@pytest.fixture
def _today(time_machine: Any) -> None:
    time_machine.move_to(people.AT, tick=False)


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """Every line that any part of the program logs, also while fixtures are made."""
    lines, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(lines)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Bells are rung as on a bare machine: files in a folder, which nobody takes away."""
    folder = tmp_path / "broker"
    (folder / "control").mkdir(parents=True)
    options = {
        "data_folder_in": str(folder), "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }  # fmt: skip
    with Connection("filesystem://", transport_options=options) as connection:
        ring = functools.partial(attend.apply_async, connection=connection)
        monkeypatch.setattr(attend, "apply_async", ring)
        yield folder


class Walker(Client):
    """A browser that notes every address it asks for or is sent to."""

    def __init__(self, addresses: list[str]) -> None:
        super().__init__()
        self.addresses = addresses

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        self.addresses += [
            f"{request.get('PATH_INFO', '')}?{request.get('QUERY_STRING', '')}",
            str(response.headers.get("Location", "")),
        ]
        return response


@dataclass
class Walk:
    """What came of one person's way: addresses, pages that others read, and who they were."""

    addresses: list[str]
    pages: list[str]
    public: list[str]


@pytest.fixture
def walk(
    cohort: Cohort, units: people.Units, wang: User, liu: User, zhou: User, broker: Path
) -> Walk:
    """From the poster to the letter, with the mistakes that people make."""
    cohort.ceremony_at, cohort.ceremony_place = cast.LATER, "工人文化宫"
    cohort.save()
    seen = Walk([], [], [])
    applicant = Walker(seen.addresses)
    _applies(applicant, cohort, units)
    application = Application.objects.get()
    _decide(Walker(seen.addresses), seen, application, wang)
    _decide(Walker(seen.addresses), seen, application, liu)
    desk = Walker(seen.addresses)
    desk.force_login(zhou)
    board = "/desk/registrar/2026/"
    for act in ("rank", "publish"):
        desk.post(f"{board}{act}/", {"seed": "3 8 12"})
    colleague = Walker(seen.addresses)
    colleague.force_login(liu)
    seen.pages.append(colleague.get("/desk/second/").content.decode())
    colleague.post(f"/desk/second/{Approval.objects.get().uuid}/grant/")
    desk.post(f"{board}offer/")
    applicant.post("/status/accept/")
    desk.post(f"{board}matriculate/")
    jobs.run_due()
    seen.pages += [desk.get(page).content.decode() for page in (board, "/desk/letters/")]
    letter = Letter.objects.get()
    anybody = Client()
    for address in ("/ranking/2026/", f"/verify/{letter.code}/"):
        seen.public.append(anybody.get(address).content.decode())
    for address in ("/letters/mine/", f"/letters/{letter.uuid}/letter.pdf"):
        assert applicant.get(address).status_code == 200
    assert applicant.post("/status/my-data/download/").status_code == 200
    return seen


def _applies(phone: Walker, cohort: Cohort, units: people.Units) -> None:
    poster = posters.make_poster(cohort, "滨江驿站", by=None, at=people.AT)
    phone.get(f"/p/{poster.code}/")
    asked = phone.post("/apply/", {"phone": "137 8765 4321"}).headers["Location"]
    code = re.search(r"\d{6}", TextMessage.objects.get().text.plain())
    assert code
    phone.post(asked, {"code": "000000" if code.group() != "000000" else "111111"})
    phone.post(asked, {"code": code.group(), "next": "/apply/begin/"})
    phone.get("/apply/begin/")
    identity = {"name": NAME.text, "id_number": NUMBER.text, "consent": "on"}
    assert (
        phone.post("/apply/identity/", identity | {"id_number": NUMBER.text[:-1]}).status_code
        == 400
    )
    phone.post("/apply/identity/?keep=1", identity)
    phone.post("/apply/identity/", identity)
    phone.post(cast.topic("work"), {"occupation": "快递员", "working_since": "2021"})
    union = {"is_member": "True", "member_since": "2022", "district": units.siming.pk}
    phone.post("/apply/union/", union)
    phone.post("/apply/education/", {"education": "vocational"})
    phone.post("/apply/choices/", {"first": cast.programme("LOG").pk})
    for kind in cast.PHOTO_KINDS:
        phone.post(f"/apply/photos/{kind}/", {"photo": cast.picture()})
    assert phone.post("/apply/check/").headers["Location"] == "/status/"


def _decide(desk: Walker, seen: Walk, application: Application, officer: User) -> None:
    desk.force_login(officer)
    case = f"/desk/review/{application.uuid}/"
    for what in ("id_number", "phone"):
        shown = desk.post(f"{case}reveal/", {"what": what, "why": "card"}).content.decode()
        assert (NUMBER if what == "id_number" else PHONE).text in shown
    assert desk.get(f"{case}photos/id_front/").status_code == 200
    seen.pages += [desk.get(page).content.decode() for page in ("/desk/review/?tab=all", case)]
    stage = Application.objects.get(pk=application.pk).state
    desk.post(f"{case}decide/", {"verdict": "pass", "stage": stage})


def places(walk: Walk, log: str, broker: Path) -> dict[str, bytes]:
    """Everything that is kept, sent or written, by where it is."""
    table = canaries.columns()
    payloads = [
        f"{job.key} {job.payload} {job.step} {job.error_code} {job.error_text}"
        for job in Job.objects.all()
    ]
    return {
        "log": log.encode(),
        "addresses": "\n".join(walk.addresses).encode(),
        "pages of officers": "\n".join(walk.pages).encode(),
        "public pages": "\n".join(walk.public).encode(),
        "job payloads": "\n".join(payloads).encode(),
        "sessions": canaries.sessions(),
        "broker files": canaries.folder(broker),
        "audit": table["lms_auditentry.data"],
        "cache": canaries.cache(),
        "database dump": canaries.dump(),
        "private files": canaries.folder(Path(settings.VAR_DIR) / "private"),
        **{f"column {name}": content for name, content in table.items()},
    }


@pytest.fixture
def kept(walk: Walk, log: io.StringIO, broker: Path) -> dict[str, bytes]:
    return places(walk, log.getvalue(), broker)


def test_number_and_phone_stand_nowhere_in_clear_and_the_name_only_where_it_belongs(
    kept: dict[str, bytes],
) -> None:
    assert Student.objects.get().name == NAME.text  # the whole way was gone
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    assert b"attend" in kept["broker files"]
    assert len(kept["database dump"]) > 50_000
    for place in ("log", "addresses", "sessions", "audit", "cache", "private files"):
        assert kept[place], f"nothing was kept in {place}: the search proves nothing"
    assert canaries.leaks(PRIVATE, kept) == []
    named = {leak.split(" in ")[1].split(" as ")[0] for leak in canaries.leaks([NAME], kept)}
    columns = {place.removeprefix("column ") for place in named if place.startswith("column ")}
    assert columns == NAMES_STAND_IN
    # Officers and the registrar read names; the public list shows only the ends of them.
    assert {place for place in named if not place.startswith("column ")} <= {
        "database dump", "pages of officers",
    }  # fmt: skip


def plant_in_log(text: str, walk: Walk, broker: Path) -> None:
    logging.getLogger("enrollment").debug("asked for %s", text)


def plant_in_address(text: str, walk: Walk, broker: Path) -> None:
    Walker(walk.addresses).get("/status/", {"q": text})


def plant_in_job(text: str, walk: Walk, broker: Path) -> None:
    jobs.enqueue("applications.notice", key="planted", payload={"to": text})


def plant_in_session(text: str, walk: Walk, broker: Path) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    plain = SessionStore()
    plain["phone"] = text
    plain.save()


def plant_in_broker(text: str, walk: Walk, broker: Path) -> None:
    attend.apply_async(args=[text])


def plant_in_audit(text: str, walk: Walk, broker: Path) -> None:
    from django.db import transaction

    with transaction.atomic():
        audit.record("planted", by=None, on=Student.objects.get(), at=people.AT, data={"x": text})


def plant_in_cache(text: str, walk: Walk, broker: Path) -> None:
    cache.set("planted", {"phone": text})


def plant_in_database(text: str, walk: Walk, broker: Path) -> None:
    Application.objects.update(statement=f"请打 {text}")


def plant_in_file(text: str, walk: Walk, broker: Path) -> None:
    folder = Path(settings.VAR_DIR) / "private"
    (folder / "planted.txt").write_text(text)


@pytest.mark.parametrize(
    ("plant", "place"),
    [
        (plant_in_log, "log"),
        (plant_in_address, "addresses"),
        (plant_in_job, "job payloads"),
        (plant_in_session, "sessions"),
        (plant_in_broker, "broker files"),
        (plant_in_audit, "audit"),
        (plant_in_cache, "cache"),
        (plant_in_database, "database dump"),
        (plant_in_database, "column enrollment_application.statement"),
        (plant_in_file, "private files"),
    ],
)
def test_a_canary_that_is_let_out_is_found(
    cohort: Cohort,
    submitted: Application,
    broker: Path,
    log: io.StringIO,
    plant: Callable[[str, Walk, Path], None],
    place: str,
) -> None:
    if plant is plant_in_audit:
        pytest.importorskip("tests.factories").make_student(
            people.Units(cohort.city, submitted.district, submitted.district, submitted.district),
            "阿怡",
        )
    walk = Walk([], [], [])
    try:
        for canary in (*PRIVATE, NAME):
            plant(canary.text, walk, broker)
            found = places(walk, log.getvalue(), broker)
            assert canaries.leaks([canary], {place: found[place]}), canary.what
            if plant is plant_in_job:
                Job.objects.filter(key="planted").delete()
    finally:
        (Path(settings.VAR_DIR) / "private" / "planted.txt").unlink(missing_ok=True)
