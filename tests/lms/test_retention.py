"""What is kept how long: counted before it goes, each rule by itself, the rest untouched."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from lms.accounts import sms
from lms.accounts.models import Role, TextMessage, User
from lms.base import clock
from lms.base.jobs import api as jobs
from lms.base.jobs import registry
from lms.base.jobs.models import Job, JobState, WorkerSighting
from lms.keeping import jobs as keeping_jobs
from lms.keeping import retention
from tests import people
from tests.people import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def wu(units: people.Units) -> User:
    return people.make_staff(Role.OPERATOR, "运维老吴", username="wu", unit=units.city)


def counts(at: object = None) -> dict[str, int]:
    return {each.name: each.overdue(at or clock.now()) for each in retention.rules()}


def test_every_house_says_what_it_keeps() -> None:
    assert set(counts()) == {
        "sessions", "texts", "jobs", "sightings", "applicants", "exports", "rosters", "unproved",
    }  # fmt: skip
    assert all(str(each.title) and str(each.keeps) for each in retention.rules())


def test_a_text_message_loses_number_and_words_and_is_still_not_sent_twice() -> None:
    sms.send("+8613812345678", "已录取", about="offer", at=AT, dedupe_key="offer:1")
    rule = retention.rule("texts")
    assert rule.overdue(AT + retention.TEXTS_KEPT) == 0
    later = AT + retention.TEXTS_KEPT + timedelta(minutes=1)
    assert rule.overdue(later) == 1
    assert TextMessage.objects.get().text.plain() == "已录取"  # counting changed nothing
    assert rule.forget(later) == 1
    row = TextMessage.objects.get()
    assert (row.text.plain(), row.to.plain(), row.to_lookup) == ("", "", None)
    assert rule.overdue(later) == 0
    again = sms.send("+8613812345678", "已录取", about="offer", at=later, dedupe_key="offer:1")
    assert again is None


def test_only_jobs_of_the_clock_go_and_only_when_they_are_done() -> None:
    periodic = next(kind.name for kind in registry.kinds() if kind.every is not None)
    rows = {
        "done": Job(kind=periodic, key="a", queue="light", state=JobState.DONE),
        "failed": Job(kind=periodic, key="b", queue="light", state=JobState.FAILED),
        "other": Job(kind="media.encode", key="c", queue="video", state=JobState.DONE),
    }
    for row in rows.values():
        row.finished_at = AT
        row.save()
    later = AT + retention.JOBS_KEPT + timedelta(minutes=1)
    assert retention.rule("jobs").overdue(AT + retention.JOBS_KEPT) == 0
    assert retention.rule("jobs").forget(later) == 1
    assert set(Job.objects.values_list("key", flat=True)) == {"b", "c"}


def test_sessions_and_workers_that_are_over_go() -> None:
    Session.objects.create(session_key="x" * 32, session_data="", expire_date=AT)
    Session.objects.create(
        session_key="y" * 32, session_data="", expire_date=AT + timedelta(days=2)
    )
    WorkerSighting.objects.create(name="old", seen_at=AT, started_at=AT)
    later = AT + timedelta(days=1)
    assert retention.rule("sessions").forget(later) == 1
    assert Session.objects.get().session_key == "y" * 32
    assert retention.rule("sightings").forget(later) == 0
    assert retention.rule("sightings").forget(AT + timedelta(days=8)) == 1


def test_the_daily_job_does_every_rule() -> None:
    WorkerSighting.objects.create(name="old", seen_at=AT - timedelta(days=900), started_at=AT)
    job = jobs.enqueue("keeping.tidy", key="tidy")
    jobs.attend(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert not WorkerSighting.objects.exists()


def test_looking_at_the_page_deletes_nothing_and_a_click_is_a_job(wu: User) -> None:
    long_ago = clock.now() - timedelta(days=900)
    WorkerSighting.objects.create(name="old", seen_at=long_ago, started_at=long_ago)
    client = Client()
    client.force_login(wu)
    page = client.get("/desk/operator/retention/").content.decode()
    assert "不再出现的后台进程" in page
    assert "现在清理" in page
    assert WorkerSighting.objects.exists()
    client.post("/desk/operator/retention/sightings/")
    client.post("/desk/operator/retention/sightings/")  # a second tap
    job = Job.objects.get(kind=keeping_jobs.FORGET)
    assert job.created_by == wu
    jobs.attend(job.pk)
    assert not WorkerSighting.objects.exists()
    assert "清理了 1 项" in client.get("/desk/operator/retention/").content.decode()
    assert client.post("/desk/operator/retention/everything/").status_code == 404


def test_the_command_counts_in_a_dry_run(capsys: pytest.CaptureFixture[str]) -> None:
    WorkerSighting.objects.create(name="old", seen_at=AT - timedelta(days=900), started_at=AT)
    call_command("retention", "--dry-run")
    assert WorkerSighting.objects.exists()
    call_command("retention", "sightings")
    assert not WorkerSighting.objects.exists()
    told = capsys.readouterr().out
    assert "sightings           1" in told
