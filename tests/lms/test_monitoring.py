"""What whoever watches over the system is told: health, readiness, metrics, alerts, logs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from lms.accounts.models import Role
from lms.base import clock, logs, metrics
from lms.base.audit import AuditEntry
from lms.base.jobs.models import Job, JobState, WorkerSighting
from lms.desk import health
from lms.monitoring import alerts, facts, pulses
from lms.monitoring.models import Pulse
from tests import people

pytestmark = pytest.mark.django_db
TOKEN = "only-for-this-test"


@pytest.fixture
def scraper(client: Client, settings: object) -> Client:
    settings.METRICS_TOKEN = TOKEN  # type: ignore[attr-defined]
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def a_job(key: str, **values: object) -> Job:
    return Job.objects.create(kind="test.x", key=key, **{"queue": "light", **values})


def told(scraper: Client) -> dict[str, dict[tuple[str, ...], float]]:
    """Metric → label values → number."""
    text = scraper.get("/metrics").content.decode()
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


# ---------------------------------------------------------------- ready


def test_a_finished_installation_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": []})


def test_a_table_that_is_missing_makes_it_unready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_tables_are_new", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["tables"])


def test_keys_that_are_gone_make_it_unready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(text: str) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(health.private, "lookup", gone)
    assert client.get("/readyz").json()["missing"] == ["keys"]


# ---------------------------------------------------------------- metrics


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", TOKEN + "x"])
def test_without_the_secret_there_is_no_such_page(scraper: Client, header: str) -> None:
    assert scraper.get("/metrics", HTTP_AUTHORIZATION=header).status_code == 404


def test_without_a_secret_in_the_settings_nobody_reads_metrics(client: Client) -> None:
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_jobs_are_told_by_queue_and_state(scraper: Client) -> None:
    now = clock.now()
    a_job("due", run_after=now - timedelta(seconds=90))
    a_job("later", run_after=now + timedelta(hours=1))
    a_job("broken", state=JobState.FAILED, finished_at=now)
    a_job("broken long ago", state=JobState.FAILED, finished_at=now - timedelta(days=3))
    found = told(scraper)
    assert found["lms_jobs"][("light", "waiting")] == 1
    assert found["lms_jobs"][("light", "failed_1d")] == 1
    assert found["lms_jobs"][("video", "waiting")] == 0
    assert 90 <= found["lms_job_oldest_seconds"][("light",)] < 150


def test_requests_are_counted_by_area_and_ending(scraper: Client) -> None:
    before = told(scraper).get("lms_requests_total", {})
    scraper.get("/sign-in/")
    scraper.get("/no-such-page/")
    after = told(scraper)
    assert after["lms_requests_total"][("account", "2xx")] == before.get(("account", "2xx"), 0) + 1
    assert after["lms_requests_total"][("pages", "4xx")] == before.get(("pages", "4xx"), 0) + 1
    assert after["lms_request_seconds_count"][("account",)] >= 1


def test_a_refused_sign_in_is_counted(scraper: Client) -> None:
    before = told(scraper).get("lms_sign_in_failures_total", {}).get(("password",), 0)
    scraper.post("/sign-in/staff/", {"login": "nobody", "password": "wrong"})
    assert told(scraper)["lms_sign_in_failures_total"][("password",)] == before + 1


def test_without_a_database_the_scrape_still_answers(
    scraper: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(at: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(facts, "gather", away)
    assert told(scraper)["lms_up"] == {(): 0}


def test_no_metric_names_a_person(scraper: Client) -> None:
    """Labels are from short fixed lists, so nothing of an address or a form can get into one."""
    scraper.get("/verify/AAAA-BBBB-CCCC/")
    labels = {value for by in told(scraper).values() for values in by for value in values}
    assert not any("AAAA" in label or re.search(r"1[3-9]\d{9}", label) for label in labels)


# ---------------------------------------------------------------- alerts


def healthy(**changes: object) -> facts.Facts:
    values: dict[str, object] = {
        "at": clock.now(),
        "queues": (facts.Queue("light", 0, 0, 0, 0), facts.Queue("video", 0, 0, 0, 0)),
        "workers": {"light@one": 4.0},
        "videos_ready": 3,
        "encode_speed": None,
        "arrivals": 0,
        "lag_s": None,
        "free_bytes": 50 * 2**30,
        "backup_age_s": 3600.0,
    }
    return facts.Facts(**{**values, **changes})  # type: ignore[arg-type]


def test_a_healthy_system_has_nothing_to_say() -> None:
    assert alerts.of(healthy()) == []


@pytest.mark.parametrize(
    ("changes", "level", "word"),
    [
        ({"workers": {}}, alerts.Level.NOW, "worker"),
        ({"workers": {"light@one": 61.0}}, alerts.Level.NOW, "worker"),
        ({"queues": (facts.Queue("light", 3, 301, 0, 0),)}, alerts.Level.NOW, "light"),
        ({"queues": (facts.Queue("video", 3, 3601, 0, 0),)}, alerts.Level.TODAY, "video"),
        ({"queues": (facts.Queue("light", 0, 0, 0, 2),)}, alerts.Level.TODAY, "2"),
        ({"backup_age_s": None}, alerts.Level.TODAY, "backup"),
        ({"backup_age_s": 27 * 3600.0}, alerts.Level.TODAY, "27"),
        ({"free_bytes": 3 * 2**30}, alerts.Level.TODAY, "3.0"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    changes: dict[str, object], level: alerts.Level, word: str
) -> None:
    (alert,) = alerts.of(healthy(**changes))
    assert alert.level == level
    assert word in alert.text


def test_what_is_urgent_comes_first() -> None:
    found = alerts.of(healthy(free_bytes=0, backup_age_s=None))
    levels = [alert.level for alert in found]
    assert levels == sorted(levels, key=lambda level: level != alerts.Level.NOW)
    assert levels[0] == alerts.Level.NOW


def test_the_rule_file_is_the_rules() -> None:
    written = Path(settings.BASE_DIR, "deploy", "prometheus", "alerts.yml")
    assert written.read_text(encoding="utf-8") == alerts.as_yaml()


def test_every_rule_asks_for_metrics_that_exist(scraper: Client) -> None:
    metrics.sign_in_failed("password")
    now = clock.now()
    WorkerSighting.objects.create(name="light@one", seen_at=now, started_at=now)
    AuditEntry.objects.create(
        action=facts.BACKUP_MADE, subject_type="lms.Backup", subject_id="x", at=now
    )
    scraper.get("/sign-in/")
    known = set(told(scraper))
    asked = {name for rule in alerts.RULES for name in re.findall(r"lms_\w+", rule.expression)}
    assert asked - known == set()


# ---------------------------------------------------------------- the operator's page


@pytest.fixture
def operator(units: people.Units, client: Client) -> Client:
    client.force_login(people.make_staff(Role.OPERATOR, "周工", username="zhou", unit=units.city))
    return client


def test_the_operators_page_says_that_no_worker_is_there(operator: Client) -> None:
    page = operator.get("/desk/operator/").content.decode()
    assert "没有后台进程在工作" in page


def test_a_sweep_writes_one_line_a_minute_and_forgets_after_two_days() -> None:
    at = clock.now()
    a_job("due", run_after=at - timedelta(seconds=30))
    Pulse.objects.create(
        minute=at - timedelta(days=3), waiting=0, oldest_s=0, running=0, stopped=0, arrivals=0
    )
    pulses.take(at)
    pulses.take(at)
    (line,) = Pulse.objects.all()
    assert (line.waiting, line.oldest_s) == (1, 30)


def test_the_page_costs_the_same_whatever_there_is_to_tell(
    operator: Client, django_assert_max_num_queries: object
) -> None:
    at = clock.now()
    for minutes in range(40):
        pulses.take(at - timedelta(minutes=minutes))
    for number in range(30):
        a_job(f"job {number}")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert operator.get("/desk/operator/").status_code == 200


# ---------------------------------------------------------------- logs


@pytest.fixture
def written() -> Iterator[list[dict[str, object]]]:
    lines: list[dict[str, object]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(self.format(record)))

    keep = Keep()
    keep.setFormatter(logs.JsonLines())
    logger = logging.getLogger("lms.requests")
    before = logger.level
    logger.addHandler(keep)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(keep)
    logger.setLevel(before)


def test_a_request_leaves_one_line_with_its_route_and_no_address(
    client: Client, written: list[dict[str, object]]
) -> None:
    answer = client.get("/verify/AAAA-BBBB-CCCC/", HTTP_X_REQUEST_ID="from-the-proxy-1")
    (line,) = written
    assert line["request"] == answer["X-Request-ID"] == "from-the-proxy-1"
    assert (line["method"], line["status"]) == ("GET", answer.status_code)
    assert "AAAA" not in json.dumps(line)


@pytest.mark.parametrize("given", ["", "short", "with space in it", "x" * 65, "a\nb-forged-line"])
def test_an_odd_name_of_a_request_is_replaced(client: Client, given: str) -> None:
    name = client.get("/healthz", HTTP_X_REQUEST_ID=given)["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", name)


@pytest.mark.parametrize(
    "text",
    [
        "手机13800000000不对",
        "+86 138 0000 0000",
        "138-0000-0000",
        "身份证11010519491231002X。",
        "id=110105194912310021",
    ],
)
def test_numbers_of_people_are_cut_from_lines(text: str) -> None:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s", (text,), None)
    for formatter in (logs.Lines(), logs.JsonLines()):
        line = formatter.format(record)
        assert not re.search(r"0000[- ]?0000|1949123100", line)


def test_djangos_own_warning_names_no_address(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/learn/no-such-thing/AAAA-BBBB/")
    told = [record for record in caplog.records if record.name == "django.request"]
    assert told
    assert "AAAA" not in "".join(logs.JsonLines().format(record) for record in told)


def test_other_numbers_stay_in_lines() -> None:
    assert logs.scrub("job 20260901120000 took 138 ms, 12351") == (
        "job 20260901120000 took 138 ms, 12351"
    )


def test_a_traceback_says_its_job_and_no_number() -> None:
    with logs.for_job("letter.print:1"):
        try:
            raise ValueError("13800000000")
        except ValueError as error:
            record = logging.LogRecord(
                "x",
                logging.ERROR,
                "x.py",
                1,
                "failed",
                (),
                (ValueError, error, error.__traceback__),
            )
        line = json.loads(logs.JsonLines().format(record))
    assert line["job"] == "letter.print:1"
    assert "[phone]" in line["error"]
    assert "13800000000" not in line["error"]
