"""The job table: claim, lease, fencing, retry, sweep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models.functions import Now

from lms.accounts.models import User
from lms.base.jobs import api as jobs
from lms.base.jobs import registry, running
from lms.base.jobs.models import Job, JobState
from lms.base.jobs.sweeping import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds() -> Iterator[dict[str, registry.Kind]]:
    before = dict(registry._kinds)
    registry._kinds.clear()  # the sweep would ring for the houses' periodic jobs too
    yield registry._kinds
    registry._kinds.clear()
    registry._kinds.update(before)


@pytest.fixture
def greet(kinds: dict[str, registry.Kind]) -> None:
    @jobs.handler("test.greet", title="问候", max_attempts=2)
    def run(run: jobs.Run) -> None:
        run.progress(0.5, "一半")
        with run.finish():
            User.objects.create(username=run.payload["name"])


def let_the_lease_expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_the_same_key_is_one_job(greet: None) -> None:
    first = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    assert jobs.enqueue("test.greet", key="g:1", payload={"name": "b"}) == first


def test_a_due_job_is_done_once(greet: None) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    assert jobs.run_due() == 1
    assert jobs.run_due() == 0
    job.refresh_from_db()
    assert (job.state, job.progress, job.attempts) == (JobState.DONE, 1, 1)
    assert User.objects.filter(username="a").count() == 1


def test_only_one_worker_gets_a_job(greet: None) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    assert running.claim(job.pk) is not None
    assert running.claim(job.pk) is None


def test_an_old_worker_leaves_the_job_of_a_newer_version_to_the_next_bell(
    greet: None, kinds: dict[str, registry.Kind]
) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    Job.objects.filter(pk=job.pk).update(sent_at=Now())
    newer = kinds.pop("test.greet")
    assert not running.attend(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.sent_at) == (JobState.QUEUED, 0, None)
    kinds["test.greet"] = newer
    assert running.attend(job.pk)


def test_a_worker_that_lost_its_lease_writes_nothing(greet: None) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    frozen = running.claim(job.pk)
    assert frozen is not None
    let_the_lease_expire(job)
    assert running.attend(job.pk)
    with pytest.raises(jobs.LeaseLost), frozen.finish():
        User.objects.create(username="twice")
    assert not User.objects.filter(username="twice").exists()
    with pytest.raises(jobs.LeaseLost):
        frozen.progress(0.9)


def test_an_effect_that_fails_leaves_the_job_unfinished(kinds: dict[str, registry.Kind]) -> None:
    @jobs.handler("test.broken", title="坏", max_attempts=1)
    def run(run: jobs.Run) -> None:
        with run.finish():
            User.objects.create(username="half")
            raise RuntimeError("disk gone")

    job = jobs.enqueue("test.broken", key="b:1")
    jobs.run_due()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "disk gone" in job.error_text
    assert not User.objects.filter(username="half").exists()


def test_a_passing_fault_is_tried_again_later(kinds: dict[str, registry.Kind]) -> None:
    @jobs.handler("test.flaky", title="偶尔坏", max_attempts=3)
    def run(run: jobs.Run) -> None:
        if run.attempt == 1:
            raise OSError("network")

    job = jobs.enqueue("test.flaky", key="f:1")
    jobs.run_due()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "retrying")
    Job.objects.filter(pk=job.pk).update(run_after=Now())
    jobs.run_due()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error_text) == (JobState.DONE, 2, "")


def test_a_final_refusal_is_never_retried(kinds: dict[str, registry.Kind]) -> None:
    @jobs.handler("test.never", title="不行")
    def run(run: jobs.Run) -> None:
        raise jobs.Failed("video.broken", "文件已损坏，请重新导出后再上传。")

    job = jobs.enqueue("test.never", key="n:1")
    jobs.run_due()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error_code) == (JobState.FAILED, 1, "video.broken")
    assert jobs.retry(job)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


def test_the_sweep_rings_again_when_a_worker_vanished(
    greet: None, rung: list[int], django_capture_on_commit_callbacks: object
) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    Job.objects.filter(pk=job.pk).update(sent_at=Now())
    running.claim(job.pk)
    rung.clear()
    assert sweep() == 0
    Job.objects.filter(pk=job.pk).update(
        sent_at=Now() - timedelta(seconds=30), lease_until=Now() - timedelta(seconds=1)
    )
    assert sweep() == 1
    assert rung == [job.pk]
    # Whoever heard it may be gone too, or the broker lost it: not a minute, but the next sweep.
    assert sweep() == 1
    assert running.claim(job.pk) is not None
    assert sweep() == 0


def test_the_sweep_gives_up_a_job_that_kills_its_workers(greet: None, rung: list[int]) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    for _ in range(2):
        assert running.claim(job.pk)
        let_the_lease_expire(job)
    sweep()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "worker_lost")


def test_the_sweep_clears_up_behind_killed_workers_and_nobody_else(
    greet: None, rung: list[int], settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    runs = []
    for name in ("done", "given up", "taken over", "frozen", "at work"):
        jobs.enqueue("test.greet", key=name, payload={"name": name})
        run = running.claim(Job.objects.get(key=name).pk)
        assert run is not None
        (run.scratch / "tracks").mkdir()
        (run.scratch / "tracks" / "page.pdf").write_bytes(b"1")
        runs.append(run)
    done, given_up, taken_over, frozen, at_work = runs
    with done.finish():
        pass  # and killed before it cleared up
    running._give_up(given_up, "worker_lost", "")
    let_the_lease_expire(taken_over.job)
    successor = running.claim(taken_over.job.pk)
    assert successor is not None
    (successor.scratch / "page.pdf").write_bytes(b"2")
    let_the_lease_expire(frozen.job)  # nobody took it yet: it may come back and go on

    sweep()
    left = {path.relative_to(tmp_path / "tmp" / "jobs") for path in tmp_path.rglob("*.pdf")}
    assert {(int(path.parts[0]), path.parts[1]) for path in left} == {
        (run.job.pk, str(run.job.lease_token)) for run in (successor, frozen, at_work)
    }
    assert not (tmp_path / "tmp" / "jobs" / str(done.job.pk)).exists()
    with running.Run(successor.job, successor.kind), successor.finish():
        pass
    for run in (frozen, at_work):
        assert jobs.cancel(run.job)
    sweep()
    assert not list((tmp_path / "tmp" / "jobs").iterdir())


def test_a_lost_bell_is_rung_again_by_the_sweep(greet: None, rung: list[int]) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    assert sweep() == 1
    assert rung == [job.pk]


def test_a_cancelled_job_stops_at_its_next_sign_of_life(greet: None) -> None:
    job = jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
    run = running.claim(job.pk)
    assert run is not None
    assert jobs.cancel(job)
    with pytest.raises(jobs.LeaseLost):
        run.progress(0.5)


def test_a_periodic_kind_is_enqueued_once_per_period(
    kinds: dict[str, registry.Kind], rung: list[int]
) -> None:
    @jobs.handler("test.hourly", title="每小时", every=timedelta(hours=1))
    def run(run: jobs.Run) -> None: ...

    sweep()
    sweep()
    assert Job.objects.filter(kind="test.hourly").count() == 1


def test_a_rolled_back_act_leaves_no_job(greet: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        jobs.enqueue("test.greet", key="g:1", payload={"name": "a"})
        raise RuntimeError
    assert not Job.objects.filter(key="g:1").exists()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Primary keys for which the bell was rung."""
    from lms.base.jobs import queueing

    bells: list[int] = []

    def ring(job_pk: int, queue: str) -> bool:
        bells.append(job_pk)
        Job.objects.filter(pk=job_pk).update(sent_at=Now())
        return True

    monkeypatch.setattr(queueing, "ring", ring)
    return bells


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)])
def test_a_worker_whose_clock_is_a_day_off_holds_and_loses_leases_like_any_other(
    greet: None, off: timedelta
) -> None:
    """Leases are counted by the database's clock; the worker's own is never asked."""
    job = jobs.enqueue("test.greet", key="clock", payload={"name": "a"})
    with time_machine.travel(datetime.now(UTC) + off):
        run = running.claim(job.pk)
        assert run is not None
        run.extend()
        sweep()
    assert running.claim(job.pk) is None  # held: neither over at once nor for a day too long
    job.refresh_from_db()
    assert job.lease_until is not None
    assert abs(job.lease_until - datetime.now(UTC)) < timedelta(minutes=5)
    let_the_lease_expire(job)
    second = running.claim(job.pk)
    assert second is not None
    with time_machine.travel(datetime.now(UTC) + off), pytest.raises(jobs.LeaseLost), run.finish():
        pass
    with second.finish():
        pass
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 2)
