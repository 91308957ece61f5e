"""Other systems: tokens with scope, reach and expiry; events that are signed, retried and stay outside."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client

from enrollment.completion import ledger, rules
from enrollment.platform import hooks, outgoing, tokens
from enrollment.platform.models import ApiToken, Delivery, Hook
from enrollment.registry import statuses
from enrollment.registry.models import Student
from lms.accounts.models import OrgUnit, User
from lms.base.audit import AuditEntry
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job
from tests import factories, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT + timedelta(days=30)
LISTS = ("cohorts", "figures", "students", "payments")


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=False)  # type: ignore[attr-defined]


@pytest.fixture
def yi(units: people.Units) -> Student:
    student = factories.make_student(units)
    facts = rules.LearningFacts(5, 10, 0, 1, 0, 600, AT)
    ledger.report_learning(student, facts, at=AT)
    return student


def token(unit: OrgUnit, by: User, *scopes: str, days: int = 30) -> str:
    given = scopes or ("figures:read", "students:read", "money:read")
    return tokens.make("平台", scopes=given, unit=unit, days=days, by=by, at=AT)[1]


def ask(client: Client, name: str, secret: str, **params: str) -> Any:
    return client.get(f"/api/v1/{name}/", params, headers={"Authorization": f"Bearer {secret}"})


def test_every_list_answers_within_the_reach_of_the_token(
    client: Client, yi: Student, units: people.Units, wu: User
) -> None:
    secret = token(units.siming, wu)
    for name in LISTS:
        assert ask(client, name, secret).status_code == 200
    (student,) = ask(client, "students", secret).json()["results"]
    assert (student["uuid"], student["standing"], student["share"]) == (
        str(yi.uuid), "on_track", 0.5,
    )  # fmt: skip
    (figure,) = ask(client, "figures", secret, cohort="2026").json()["results"]
    assert (figure["students"], figure["on_track"], figure["mean_share"]) == (1, 1, 0.5)
    elsewhere = token(units.jimei, wu)
    for name in LISTS:
        assert ask(client, name, elsewhere).json()["count"] == 0


def test_no_answer_holds_a_name_or_a_number_of_a_person(
    client: Client, yi: Student, units: people.Units, wu: User
) -> None:
    secret = token(units.city, wu)
    for name in LISTS:
        body = ask(client, name, secret).content.decode()
        for private in ("阿怡", "3700000002", yi.id_number.plain(), yi.student_no):
            assert private not in body


def test_without_a_good_token_nothing_opens(
    client: Client, yi: Student, units: people.Units, wu: User, time_machine: Any
) -> None:
    assert client.get("/api/v1/students/").status_code == 401
    client.force_login(wu)
    assert client.get("/api/v1/students/").status_code == 401
    for wrong in ("", "lmsr_x", "x" * 300, "é"):
        answer = client.get(
            "/api/v1/students/", HTTP_AUTHORIZATION=f"Bearer {wrong}".encode().decode("latin-1")
        )
        assert answer.status_code == 401
    secret = token(units.city, wu, "figures:read", days=2)
    assert ask(client, "figures", secret).status_code == 200
    assert ask(client, "students", secret).status_code == 403
    assert client.post("/api/v1/figures/").status_code == 401
    posted = client.post("/api/v1/figures/", headers={"Authorization": f"Bearer {secret}"})
    assert posted.status_code == 405
    time_machine.move_to(AT + timedelta(days=2), tick=False)
    assert ask(client, "figures", secret).status_code == 401


def test_an_ended_token_opens_nothing_at_once(
    client: Client, units: people.Units, wu: User
) -> None:
    secret = token(units.city, wu)
    row = ApiToken.objects.get()
    assert secret not in json.dumps(list(ApiToken.objects.values()), default=str)
    assert ask(client, "cohorts", secret).status_code == 200
    row.refresh_from_db()
    assert row.used_on is not None
    assert tokens.end(row, by=wu, at=AT)
    assert not tokens.end(row, by=wu, at=AT)
    assert ask(client, "cohorts", secret).status_code == 401
    acts = AuditEntry.objects.filter(subject_id=str(row.uuid)).values_list("action", flat=True)
    assert set(acts) == {"token.made", "token.ended"}


@pytest.mark.parametrize(
    ("name", "params", "status"),
    [
        ("students", {"status": "nobody"}, 400), ("students", {"status": ""}, 400),
        ("payments", {"year": ""}, 400), ("students", {"page": "999"}, 404),
        ("students", {"page": "x"}, 400), ("students", {"page": ""}, 400),
        ("students", {"page": "last"}, 400), ("students", {"page": "9" * 30}, 400), ("students", {"cohort": "a\x00b"}, 400),
        ("students", {"page_size": "2"}, 200), ("students", {"page_size": "-1"}, 400),
        ("students", {"page_size": "501"}, 400), ("students", {"page_size": ""}, 400),
        ("payments", {"year": "٢٠٢٦"}, 400), ("payments", {"year": "9" * 30}, 400),
        ("payments", {"year": "2026"}, 200), ("figures", {"cohort": "x" * 101}, 400),
    ],
)  # fmt: skip
def test_odd_parameters_are_refused_and_never_a_fault(
    client: Client, units: people.Units, wu: User, name: str, params: dict[str, str], status: int
) -> None:
    assert ask(client, name, token(units.city, wu), **params).status_code == status


def test_lists_are_paged_and_cost_the_same(
    client: Client, units: people.Units, wu: User, django_assert_num_queries: Any
) -> None:
    for serial in range(6):
        factories.make_student(units, "某", f"+86137000004{serial:02d}")
    secret = token(units.city, wu)
    ask(client, "students", secret)
    for size in ("2", "6"):
        with django_assert_num_queries(3):
            page = ask(client, "students", secret, page_size=size).json()
        assert (page["count"], len(page["results"])) == (6, int(size))


def test_the_api_is_described(client: Client) -> None:
    told = client.get("/api/v1/openapi.json").json()
    assert set(told["paths"]) == {f"/api/v1/{name}/" for name in LISTS}
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_tokens_are_made_on_a_page_and_shown_once(
    client: Client, units: people.Units, wu: User
) -> None:
    client.force_login(wu)
    typed = {"name": "数据平台", "unit": units.city.code, "scopes": ["figures:read"], "days": "30"}
    made = client.post("/desk/platform/token/", typed).content.decode()
    secret = made.split("<code>")[1].split("</code>")[0]
    assert ask(client, "cohorts", secret).status_code == 200
    page = client.get("/desk/platform/").content.decode()
    assert "数据平台" in page
    assert secret not in page
    for wrong in ({"days": "400"}, {"unit": "nope"}, {"scopes": ["all"]}, {"name": ""}):
        assert client.post("/desk/platform/token/", typed | wrong).status_code == 400
    row = ApiToken.objects.get()
    client.post(f"/desk/platform/token/{row.uuid}/end/")
    assert ask(client, "cohorts", secret).status_code == 401
    assert client.post(f"/desk/platform/door/{row.uuid}/end/").status_code == 404
    assert client.post("/desk/platform/door/").status_code == 404
    assert client.get("/desk/platform/token/").status_code == 405


@pytest.mark.parametrize("who", ["outsider", "wang", "liu", "zhou", "chen", "he", "zheng"])
def test_other_roles_are_kept_out(
    client: Client, units: people.Units, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get("/desk/platform/").status_code == 403
    assert client.post("/desk/platform/token/").status_code == 403


# ---------------------------------------------------------------- events


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "::",
    ],
)  # fmt: skip
def test_no_address_inside_is_public(address: str) -> None:
    assert not outgoing.is_public(address)


def test_addresses_outside_are_public() -> None:
    assert outgoing.is_public("93.184.216.34")
    assert outgoing.is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("https://127.0.0.1/x", outgoing.NotPublic), ("https://localhost/", outgoing.NotPublic),
        ("https://2130706433/", outgoing.NotPublic), ("https://[::1]/", outgoing.NotPublic),
        ("https://u:p@93.184.216.34/", outgoing.NotAnAddress),
        ("http://93.184.216.34/", outgoing.NotAnAddress),
        ("ftp://93.184.216.34/", outgoing.NotAnAddress), ("https://", outgoing.NotAnAddress),
        ("https://93.184.216.34:99999/", outgoing.NotAnAddress),
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_refused(url: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        outgoing.check(url)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/通知?班=一 班", "/%E9%80%9A%E7%9F%A5?%E7%8F%AD=%E4%B8%80%20%E7%8F%AD"),
        ("/a%20b?x=%2F&y=1", "/a%20b?x=%2F&y=1"),
        ("", "/"),
    ],
)
def test_what_somebody_typed_after_the_host_can_be_sent(path: str, sent: str) -> None:
    assert outgoing.check(f"https://93.184.216.34{path}").path == sent


class _Listener(BaseHTTPRequestHandler):
    status = 200
    heard: list[tuple[dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((dict(self.headers), body))
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def listener(settings: Any) -> Iterator[str]:
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    _Listener.heard, _Listener.status = [], 200
    server = HTTPServer(("127.0.0.1", 0), _Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook?x=1"
    server.shutdown()
    server.server_close()


def run() -> None:
    Job.objects.filter(state="queued").update(run_after=AT)
    jobs.run_due()


def test_an_event_is_signed_and_holds_nobody_s_name(
    listener: str, yi: Student, units: people.Units, wu: User
) -> None:
    hook, secret = hooks.add(listener, unit=units.siming, by=wu, at=AT)
    hooks.add(listener, unit=units.jimei, by=wu, at=AT)  # not in reach: hears nothing
    statuses.change(yi, "on_leave", reason="x", by=None, at=AT)
    run()
    ((headers, body),) = _Listener.heard
    told = json.loads(body)
    assert (told["event"], told["status"]) == ("student.status_changed", "on_leave")
    assert "阿怡" not in body.decode()
    stamp = headers["X-LMS-Timestamp"]
    assert int(stamp) == int(AT.timestamp())
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
    assert headers["X-LMS-Signature"] == f"v1={signed}"
    delivery = Delivery.objects.get()
    assert headers["X-LMS-Delivery"] == str(delivery.uuid)
    assert (delivery.answer, delivery.delivered_at) == (200, AT)
    run()
    assert len(_Listener.heard) == 1
    assert hook.secret.plain() == secret


def test_an_address_in_chinese_is_told(listener: str, units: people.Units, wu: User) -> None:
    hooks.add(listener.replace("/hook", "/通知"), unit=units.city, by=wu, at=AT)
    factories.make_student(units)
    run()
    assert len(_Listener.heard) == 1
    assert Delivery.objects.get().delivered_at == AT


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_was_not_taken_is_tried_again(
    listener: str, units: people.Units, wu: User, status: int
) -> None:
    hooks.add(listener, unit=units.city, by=wu, at=AT)
    _Listener.status = status
    factories.make_student(units)
    run()
    job = Job.objects.get(kind=hooks.KIND)
    assert (job.state, job.error_code) == ("queued", "retrying")
    assert Delivery.objects.get().answer == status
    _Listener.status = 204
    run()
    assert len(_Listener.heard) == 2
    first, second = (headers["X-LMS-Delivery"] for headers, _body in _Listener.heard)
    assert first == second
    assert Delivery.objects.get().delivered_at == AT


def test_an_address_that_leads_inside_later_is_not_sent_to(
    listener: str, units: people.Units, wu: User, settings: Any
) -> None:
    hooks.add(listener, unit=units.city, by=wu, at=AT)
    settings.HOOK_NETWORKS = []
    factories.make_student(units)
    run()
    assert _Listener.heard == []
    assert Job.objects.get(kind=hooks.KIND).state == "failed"


def test_an_ended_address_is_told_no_more(listener: str, units: people.Units, wu: User) -> None:
    hook, _secret = hooks.add(listener, unit=units.city, by=wu, at=AT)
    factories.make_student(units)
    assert hooks.end(hook, by=wu, at=AT)
    run()
    assert _Listener.heard == []
    factories.make_student(units, "阿强", "+8613700000003")
    assert Delivery.objects.count() == 1


def test_addresses_are_added_on_the_page(
    client: Client, listener: str, units: people.Units, wu: User
) -> None:
    client.force_login(wu)
    typed = {"url": listener, "unit": units.city.code}
    assert "<code>" in client.post("/desk/platform/hook/", typed).content.decode()
    inside = client.post("/desk/platform/hook/", typed | {"url": "https://10.0.0.1/"})
    assert inside.status_code == 400
    assert "不在公网上" in inside.content.decode()
    hook = Hook.objects.get()
    client.post(f"/desk/platform/hook/{hook.uuid}/end/")
    hook.refresh_from_db()
    assert hook.ended_at == AT
