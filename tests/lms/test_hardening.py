"""What attackers try first: headers, cookies, sign-ins that last, passwords, log lines, dangerous calls."""

from __future__ import annotations

import ast
import json
import logging
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from lms.accounts import working_day
from lms.accounts.models import Role
from lms.base import logs
from lms.bootstrap import checks, project
from tests import factories, people
from tests.lms.test_signin import PHONE, ask_for_code, last_code

ROOT = Path(settings.BASE_DIR)
HOUSES = ("lms", "courses", "enrollment", "media")
SOURCES = [path for house in HOUSES for path in sorted((ROOT / house).rglob("*.py"))]
SCRIPTS = sorted((ROOT / "lms" / "static" / "js").glob("*.js"))
PASSWORD = "test-pass-123"


@pytest.fixture(scope="module")
def in_service() -> dict[str, Any]:
    """Settings as a site in service has them."""
    names = (
        "DEBUG DEMO ALLOWED_HOSTS SESSION_COOKIE_NAME SESSION_COOKIE_SECURE SESSION_COOKIE_HTTPONLY"
    )
    names += " SESSION_COOKIE_SAMESITE SESSION_COOKIE_DOMAIN SESSION_COOKIE_PATH CSRF_COOKIE_NAME"
    names += " CSRF_COOKIE_SECURE CSRF_COOKIE_SAMESITE CSRF_COOKIE_DOMAIN SECURE_HSTS_SECONDS"
    names += " SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_SSL_REDIRECT SECURE_REDIRECT_EXEMPT STAFF_MFA"
    names += " LANGUAGE_COOKIE_SECURE LANGUAGE_COOKIE_SAMESITE LOGGING"
    code = "import json; from lms.settings import prod as s;"
    code += f"print(json.dumps({{n: getattr(s, n, None) for n in {names.split()!r}}}))"
    here = project.find({})
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=here.environment(**dict(checks.prod(here))),
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_cookies_in_service_are_for_this_host_and_tls_only(in_service: dict[str, Any]) -> None:
    for cookie in ("SESSION", "CSRF"):
        assert in_service[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
        assert in_service[f"{cookie}_COOKIE_SECURE"] is True
        assert in_service[f"{cookie}_COOKIE_DOMAIN"] is None
    assert in_service["SESSION_COOKIE_HTTPONLY"] in (True, None)
    assert settings.SESSION_COOKIE_HTTPONLY is True
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_PATH == settings.CSRF_COOKIE_PATH == "/"


def test_every_other_cookie_says_that_it_is_for_tls_and_for_our_pages(
    in_service: dict[str, Any],
) -> None:
    assert in_service["LANGUAGE_COOKIE_SECURE"] is True
    assert in_service["LANGUAGE_COOKIE_SAMESITE"] == "Lax"
    set_by_us = 0
    for path in SOURCES:
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if name.endswith(".set_cookie"):
                set_by_us += 1
                said = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert said["samesite"] == "'Lax'", path
                assert said["httponly"] == "True", path
                assert "secure" in said["secure"], path
    assert set_by_us == 2
    for path in SCRIPTS:
        for written in re.findall(r"document\.cookie = (.*)", path.read_text(encoding="utf-8")):
            assert "SameSite=Lax${secure}" in written, path


def test_scripts_find_the_token_under_both_names_of_its_cookie() -> None:
    readers = [path for path in SCRIPTS if "document.cookie.match" in path.read_text()]
    assert readers
    for path in readers:
        assert "(?:__Host-)?csrftoken=" in path.read_text(), path.name


def test_a_site_in_service_speaks_tls_only_and_shows_no_faults(in_service: dict[str, Any]) -> None:
    assert in_service["SECURE_SSL_REDIRECT"] is True
    assert in_service["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert in_service["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert (in_service["DEBUG"], in_service["DEMO"]) == (False, False)
    assert "*" not in in_service["ALLOWED_HOSTS"]
    assert in_service["STAFF_MFA"] == "required"
    # Machines are answered or refused, never led from HTTP to HTTPS.
    exempt = [re.compile(pattern) for pattern in in_service["SECURE_REDIRECT_EXEMPT"]]
    assert all(any(one.search(path) for one in exempt) for path in ("healthz", "readyz", "metrics"))


def test_pages_for_builders_and_of_the_demo_have_no_address_in_service() -> None:
    code = "import django; django.setup(); from django.urls import resolve;"
    code += "print([resolve(path).url_name for path in ('/gallery/', '/outbox/', '/sign-in/')])"
    here = project.find({})
    settings_ = {**dict(checks.prod(here)), "DJANGO_SETTINGS_MODULE": "lms.settings.prod"}
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=here.environment(**settings_), check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout.strip() == "['wagtail_serve', 'wagtail_serve', 'account_request_login_code']"


@pytest.mark.parametrize("name", ["nginx/site.conf", "compose/nginx.conf"])
def test_the_web_server_speaks_new_tls_and_lists_no_folders(name: str) -> None:
    text = (ROOT / "deploy" / name).read_text()
    assert re.findall(r"ssl_protocols (.*);", text) == ["TLSv1.2 TLSv1.3"]
    (ciphers,) = re.findall(r"ssl_ciphers (.*);", text)
    assert all(re.fullmatch(r"ECDHE-.*(GCM|CHACHA20).*", one) for one in ciphers.split(":"))
    assert "return 301 https://" in text
    assert "autoindex" not in text
    for sent in re.findall(r"location [^{]*\{[^}]*alias[^}]*\}", text):
        assert "X-Content-Type-Options nosniff" in sent
        assert "Strict-Transport-Security" in sent


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/sign-in/", "/sign-in/staff/", "/nowhere/", "/healthz", "/learn/"]
)
def test_every_answer_says_what_a_browser_may_do_with_it(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"]
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.django_db
def test_the_back_office_lets_no_other_host_in() -> None:
    client = Client()
    client.force_login(people.make_staff(Role.COURSE_EDITOR, "编辑小何", username="he"))
    policy = client.get("/cms/")["Content-Security-Policy"]
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'self'"):
        assert part in policy
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "http" not in policy.replace("https:", "")
    assert "*" not in policy


@pytest.mark.django_db
def test_a_request_is_not_told_back(client: Client) -> None:
    answer = client.trace("/sign-in/", headers={"X-Mine": "secret"})
    assert answer.status_code in (403, 405)
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_a_form_without_our_token_changes_nothing() -> None:
    people.make_staff(Role.REGISTRAR, "周老师", username="zhou")
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in/staff/", {"login": "zhou", "password": PASSWORD})
    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_a_sign_in_leads_nowhere_else(client: Client) -> None:
    people.make_staff(Role.REGISTRAR, "周老师", username="zhou")
    given = {"login": "zhou", "password": PASSWORD, "next": "https://evil.example/"}
    answer = client.post("/sign-in/staff/?next=//evil.example/", given)
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]


# ---------------------------------------------------------------- sessions


def signed_in() -> Client:
    client = Client()
    people.make_staff(Role.REGISTRAR, "周老师", username="zhou")
    client.get("/sign-in/staff/")
    client.post("/sign-in/staff/", {"login": "zhou", "password": PASSWORD})
    return client


@pytest.mark.django_db
def test_a_sign_in_gets_a_new_session_and_signing_out_ends_it() -> None:
    client = signed_in()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert len(cookie) >= 32
    client.post("/sign-in/out/")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert thief.get("/desk/registrar/").status_code == 302
    again = signed_in_again()
    assert again.cookies[settings.SESSION_COOKIE_NAME].value != cookie


def signed_in_again() -> Client:
    client = Client()
    client.post("/sign-in/staff/", {"login": "zhou", "password": PASSWORD})
    return client


@pytest.mark.django_db
def test_whoever_signs_in_gets_another_session_than_the_one_before() -> None:
    client, planted = Client(), Client()
    people.make_person("阿怡", PHONE)
    ask_for_code(client)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert before
    client.post("/sign-in/code/", {"code": last_code()})
    assert "_auth_user_id" in client.session
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    planted.cookies[settings.SESSION_COOKIE_NAME] = before
    assert "_auth_user_id" not in planted.session


@pytest.mark.django_db
def test_the_way_out_is_on_every_page_or_one_tap_away(units: people.Units) -> None:
    student, staff = Client(), signed_in()
    student.force_login(factories.make_student(units).user)
    me, out = reverse("courses:me"), f'action="{reverse("account_logout")}"'
    for path in ("/learn/", "/learn/courses/", "/learn/meetings/"):
        assert f'href="{me}"' in student.get(path).content.decode(), path
    assert out in student.get(me).content.decode()
    assert out in staff.get("/desk/set-up/").content.decode()


@pytest.mark.django_db
def test_a_student_signs_in_anew_after_sixty_days_however_often_she_came(
    units: people.Units, time_machine: Any
) -> None:
    client = Client()
    client.force_login(factories.make_student(units).user)
    begun = datetime.now(UTC)
    for day in (0, 20, 40, 59):
        time_machine.move_to(begun + timedelta(days=day))
        assert client.get("/learn/").status_code == 200, day
    time_machine.move_to(begun + timedelta(days=60, minutes=1))
    assert client.get("/learn/")["Location"].startswith("/sign-in/")


@pytest.mark.django_db
def test_a_sign_in_of_staff_ends_after_a_working_day(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in()
    assert client.get("/desk/registrar/").status_code == 200
    later = time.time() + working_day.LASTS_S + 60
    monkeypatch.setattr(working_day.time, "time", lambda: later)
    answer = client.get("/desk/registrar/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_coming_going_and_failing_leave_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lms.security")
    client = signed_in()
    client.post("/sign-in/staff/", {"login": "zhou", "password": "wrong"})
    Client().post("/sign-in/staff/", {"login": "zhou", "password": "wrong"})
    client.get("/cms/")
    client.post("/sign-in/out/")
    events = [record.getMessage() for record in caplog.records if record.name == "lms.security"]
    assert {"signed in", "sign-in failed", "not allowed", "signed out"} <= set(events)
    assert not any("zhou" in event or "周老师" in event for event in events)


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize("word", ["gonghui2026", "Wuliu123", "Union-2026", "xueli_tisheng"])
def test_a_word_of_the_house_with_figures_is_no_password(word: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(word)
    assert "house_word" in {error.code for error in refused.value.error_list}


@pytest.mark.parametrize("word", ["password", "12345678", "qwertyuiop", "1234567"])
def test_what_is_on_every_list_of_stolen_passwords_is_none(word: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(word)


@pytest.mark.parametrize(
    "word",
    [
        "四匹马和一辆旧车在雨里",
        "correct horse battery staple",
        "x9" * 40,
        "union of four old trucks",
    ],
)
def test_long_passwords_of_any_signs_are_taken_as_they_are(word: str) -> None:
    validate_password(word)
    from django.contrib.auth.hashers import check_password, make_password

    kept = make_password(word)
    assert check_password(word, kept)
    assert not check_password(word[:-1], kept)
    assert not check_password(word.swapcase() if word.swapcase() != word else f"{word} ", kept)


@pytest.mark.django_db
def test_a_password_field_hides_what_is_typed_and_welcomes_managers(client: Client) -> None:
    page = client.get("/sign-in/staff/").content.decode()
    (field,) = re.findall(r'<input[^>]*name="password"[^>]*>', page)
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "onpaste" not in page


# ---------------------------------------------------------------- faults and lines


@pytest.mark.django_db
def test_a_fault_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("lms.desk.health.facts", broken, raising=False)
    monkeypatch.setattr("django.middleware.locale.LocaleMiddleware.process_request", broken)
    with caplog.at_level(logging.ERROR, "django.request"):
        answer = Client(raise_request_exception=False).get("/sign-in/")
    assert answer.status_code == 500
    (line,) = [record for record in caplog.records if record.name == "django.request"]
    assert "RuntimeError" in logs.JsonLines().format(line), "it is told to whoever looks after it"
    assert b"secret inside" not in answer.content
    assert b"Traceback" not in answer.content


def test_nothing_that_is_written_makes_a_second_log_line() -> None:
    record = logging.LogRecord(
        "x", logging.INFO, "", 0, 'a\n{"level": "forged"}\r\n%s', ("b\n",), None
    )
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert json.loads(line)["level"] == "info"
    assert json.loads(line)["at"].endswith("+00:00")


def test_lines_go_to_the_output_of_the_service_and_nowhere_else(in_service: dict[str, Any]) -> None:
    handlers = in_service["LOGGING"]["handlers"]
    assert {name: one["class"] for name, one in handlers.items()} == {
        "console": "logging.StreamHandler"
    }
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"FileHandler|SysLogHandler|SocketHandler|HTTPHandler", text), path


# ---------------------------------------------------------------- sources


def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_no_source_runs_text_as_code_or_through_a_shell() -> None:
    forbidden = {"eval", "exec", "compile", "os.system", "os.popen", "pickle.loads", "pickle.load"}
    forbidden |= {"marshal.loads", "yaml.load", "subprocess.getoutput", "Template"}
    found = []
    for path in SOURCES:
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            shell = any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in call.keywords)
            if name in forbidden or shell:
                found.append(f"{path.relative_to(ROOT)}:{call.lineno} {name}")
    assert found == []


def test_no_request_becomes_the_name_of_a_column_or_a_query() -> None:
    """``filter(**request.GET)``, ``.raw()`` and ``.extra()`` are the ways past the ORM's own quoting."""
    found = []
    for path in SOURCES:
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            spread = [ast.unparse(k.value) for k in call.keywords if k.arg is None]
            if name.endswith((".raw", ".extra")) or any("request." in one for one in spread):
                found.append(f"{path.relative_to(ROOT)}:{call.lineno} {name}")
    assert found == []


def test_no_script_runs_text_or_writes_what_people_typed_as_markup() -> None:
    allowed = {
        # Both are drawn by our own server, which escapes.
        "remarks.js": 1,
        "signin_code.js": 2,
    }
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function\(|document\.write|insertAdjacentHTML", text), (
            path
        )
        assert len(re.findall(r"\.(?:inner|outer)HTML\s*=", text)) == allowed.get(path.name, 0), (
            path
        )


def test_windows_send_each_other_nothing_and_a_worker_takes_only_addresses_of_ours() -> None:
    heard = {path.name for path in SCRIPTS if 'addEventListener("message"' in path.read_text()}
    # A channel, and the page and worker of one origin.
    assert heard == {
        "study_downloads.js",
        "kit_worker.js",
        "study_worker.js",
        "kit_desk.js",
        "keep.js",
    }
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"(?:window|self|parent|opener|top)\.postMessage|window\.open\(", text
        ), path
        assert not re.search(r"^(?:window\.)?addEventListener\(\"message\"", text, re.MULTILINE), (
            path
        )


def test_no_page_uses_what_browsers_gave_up() -> None:
    old = re.compile(
        r"<(?:object|embed|applet|frame|frameset|marquee)\b|ActiveXObject|document\.all"
    )
    pages = [*(ROOT / "templates").rglob("*.html"), *SCRIPTS]
    assert [path for path in pages if old.search(path.read_text(encoding="utf-8"))] == []


def test_no_script_writes_where_every_object_looks() -> None:
    """Prototype pollution needs a name from outside as a key of a plain object that others inherit from."""
    reached = re.compile(r"__proto__|\.prototype\s*\[|Object\.setPrototypeOf|constructor\s*\[")
    assert [path for path in SCRIPTS if reached.search(path.read_text(encoding="utf-8"))] == []


def test_no_format_is_made_of_what_somebody_typed() -> None:
    """``text.format(…)`` and ``text % …`` with a text of others tell them our attributes."""
    found = []
    for path in SOURCES:
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if not name.endswith((".format", ".format_map")) or not isinstance(
                call.func, ast.Attribute
            ):
                continue
            of = call.func.value
            constant = isinstance(of, ast.Constant | ast.JoinedStr)
            if not constant and not ast.unparse(of).split(".")[-1].isupper():
                found.append(f"{path.relative_to(ROOT)}:{call.lineno} {name}")
    # A registrar's text of a letter has four places and no others: test_a_text_that_cannot_be_set_is_refused_and_not_lost.
    known = {"enrollment/letters/typesetting/admission.py"}
    assert [one for one in found if "super()" not in one and one.split(":")[0] not in known] == []


def test_no_form_takes_more_fields_than_it_names() -> None:
    """Mass assignment needs ``fields = "__all__"`` or ``exclude``."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            name, value = node.targets[0].id, ast.unparse(node.value)
            if name == "fields" and value == "'__all__'":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def test_no_client_leaves_out_the_check_of_certificates() -> None:
    lax = re.compile(
        r"verify\s*=\s*False|CERT_NONE|_create_unverified_context|check_hostname\s*=\s*False"
    )
    assert [path for path in SOURCES if lax.search(path.read_text(encoding="utf-8"))] == []
