"""Whatever somebody with a token sends to the read API, it answers, and as its description says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.completion import ledger, rules
from enrollment.platform import tokens
from enrollment.platform.access import PerToken
from lms.accounts.models import User
from tests import factories, people

pytestmark = pytest.mark.django_db
PATHS = ("cohorts/", "figures/", "students/", "payments/", "openapi.json")
# What is asked for in the address: what the description names, what the pages know, and anything else.
NAMES = ("cohort", "year", "status", "page", "page_size", "format", "ordering", "")
ODD = (
    b"", b"0", b"-1", b"2026", b"enrolled", b"last", b"1e9", b"9" * 400, b"\x00", b"\xff\xfe",
    "\u0662\u0660\u0662\u0666".encode(), b"' OR 1=1 --", b"../../", b"{}", b"[]", b"nan",
)  # fmt: skip
VALUES = st.sampled_from(ODD) | st.binary(max_size=60) | st.text(max_size=120).map(str.encode)
QUERIES = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), VALUES), max_size=4)
# Header values as a server lets them through: printable, one byte each.
HEADERS = st.dictionaries(
    st.sampled_from(("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_RANGE", "HTTP_IF_NONE_MATCH",
                     "HTTP_X_HTTP_METHOD_OVERRIDE", "CONTENT_TYPE", "HTTP_COOKIE")),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
    max_size=3,
)  # fmt: skip
often = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def secret(units: people.Units, wu: User, monkeypatch: pytest.MonkeyPatch) -> str:
    """A token for everything, and somebody to read about; no limit on how often."""
    monkeypatch.setattr(PerToken, "allow_request", lambda *asked: True)
    student = factories.make_student(units)
    facts = rules.LearningFacts(5, 10, 0, 1, 0, 600, people.AT)
    ledger.report_learning(student, facts, at=people.AT)
    scopes = ("figures:read", "students:read", "money:read")
    made = tokens.make(
        "平台", scopes=scopes, unit=units.city, days=300, by=wu, at=people.AT
    )  # fmt: skip
    return made[1]


@pytest.fixture
def described(client: Client) -> dict[str, Any]:
    paths: dict[str, Any] = client.get("/api/v1/openapi.json").json()["paths"]
    return {path: set(told["get"]["responses"]) for path, told in paths.items()}


@often
@given(path=st.sampled_from(PATHS), query=QUERIES, headers=HEADERS)
def test_any_question_is_answered_as_described(
    client: Client,
    secret: str,
    described: dict[str, Any],
    time_machine: Any,
    path: str,
    query: list[tuple[str, bytes]],
    headers: dict[str, str],
) -> None:
    time_machine.move_to(people.AT, tick=False)
    address = f"/api/v1/{path}"
    answer = client.generic(
        "GET",
        f"{address}?{urlencode(query)}",
        headers={"Authorization": f"Bearer {secret}"},
        **headers,  # type: ignore[arg-type]
    )
    assert answer.status_code < 500
    if address in described:
        assert str(answer.status_code) in described[address]
        assert answer.headers["Content-Type"] == "application/json"


@often
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE")),
    body=st.binary(max_size=200),
    bearer=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
)
def test_no_method_body_or_token_brings_it_down(
    client: Client, secret: str, path: str, method: str, body: bytes, bearer: str
) -> None:
    for token in (secret, bearer):
        answer = client.generic(
            method, f"/api/v1/{path}", body, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code < 500
