"""What is away for a while spends no attempts; what is broken does."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from boto3.exceptions import RetriesExceededError
from botocore import exceptions as boto
from django.db.models.functions import Now

from lms.base import bucket, outages
from lms.base.jobs import api as jobs
from lms.base.jobs import running
from lms.base.jobs.models import Job, JobState
from lms.monitoring import alerts, facts
from tests.lms.test_jobs import kinds  # noqa: F401 - a fixture
from tests.people import AT


def answer(status: int, code: str, asked: str = "PutObject") -> boto.ClientError:
    told: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(told, asked)


def because(cause: Exception) -> Exception:
    error = RuntimeError("copying failed")
    error.__cause__ = cause
    return error


def while_clearing_up() -> Exception:
    error = KeyError("name")
    error.__context__ = OSError(errno.ENOSPC, "No space left on device")
    return error


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), outages.DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), outages.DISK_FULL),
        (because(OSError(errno.ENOSPC, "No space left on device")), outages.DISK_FULL),
        (while_clearing_up(), None),
        (OSError(errno.ENOENT, "No such file"), None),
        (answer(503, "SlowDown"), outages.STORE_AWAY),
        (answer(500, "InternalError"), outages.STORE_AWAY),
        (answer(502, "502", "HeadObject"), outages.STORE_AWAY),
        (answer(400, "RequestTimeout"), outages.STORE_AWAY),
        (boto.EndpointConnectionError(endpoint_url="http://s3"), outages.STORE_AWAY),
        (boto.ReadTimeoutError(endpoint_url="http://s3"), outages.STORE_AWAY),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), outages.STORE_AWAY),
        (RetriesExceededError(boto.ReadTimeoutError(endpoint_url="x")), outages.STORE_AWAY),
        (answer(400, "ExpiredToken"), outages.STORE_REFUSES),
        (answer(400, "400", "HeadObject"), outages.STORE_REFUSES),
        (answer(403, "403", "HeadObject"), outages.STORE_REFUSES),
        (answer(403, "InvalidAccessKeyId"), outages.STORE_REFUSES),
        (boto.NoCredentialsError(), outages.STORE_REFUSES),
        (answer(404, "NoSuchKey"), None),
        (answer(404, "404", "HeadObject"), None),
        (answer(400, "InvalidArgument"), None),
        (ValueError("a fault of ours"), None),
    ],
    ids=repr,
)
def test_an_outage_is_told_from_a_fault(error: Exception, found: outages.Outage | None) -> None:
    assert outages.of(error) is found


@pytest.fixture
def store_job(kinds: dict[str, Any]) -> Job:  # noqa: F811
    @jobs.handler("test.store", title="存", max_attempts=2)
    def run(run: jobs.Run) -> None:
        if run.payload["fault"]:
            raise ValueError("a fault of ours")
        raise answer(503, "SlowDown")

    return jobs.enqueue("test.store", key="s", payload={"fault": False})


def work_off(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(run_after=Now())
    jobs.run_due()
    job.refresh_from_db()
    return job


@pytest.mark.django_db
def test_an_evening_without_the_store_spends_no_attempts(store_job: Job) -> None:
    for _minute in range(5):
        job = work_off(store_job)
        assert (job.state, job.attempts, job.error_code) == (JobState.QUEUED, 0, "store_away")
    assert "恢复后任务会自动继续" in job.error_text
    assert "SlowDown" in job.error_text
    queue = next(one for one in facts.queues(AT) if one.name == "light")
    assert (queue.held, queue.failed) == (1, 0)
    Job.objects.update(payload={"fault": True})
    assert (work_off(job).state, job.attempts) == (JobState.QUEUED, 1)
    assert (work_off(job).state, job.error_code) == (JobState.FAILED, "error")


@pytest.mark.django_db
def test_the_disk_has_room_again_before_the_row_is_written(
    kinds: dict[str, Any],  # noqa: F811
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.VAR_DIR = tmp_path
    written = running._put_back
    left: list[list[Path]] = []

    def put_back(*about: Any, **more: Any) -> None:
        left.append([path for path in tmp_path.rglob("*") if path.is_file()])
        written(*about, **more)

    monkeypatch.setattr(running, "_put_back", put_back)

    @jobs.handler("test.fills", title="满")
    def run(run: jobs.Run) -> None:
        (run.scratch / "picture.mp4").write_bytes(b"1")
        raise OSError(errno.ENOSPC, "No space left on device")

    job = work_off(jobs.enqueue("test.fills", key="f"))
    assert (job.error_code, left) == ("disk_full", [[]])


@pytest.mark.django_db
def test_the_operator_is_told_that_jobs_are_held_up(store_job: Job) -> None:
    def said() -> list[str]:
        return [alert.text for alert in alerts.of(facts.gather(AT)) if "在等对象存储" in alert.text]

    assert said() == []
    work_off(store_job)
    assert len(said()) == 1
    jobs.cancel(store_job)
    assert said() == []


def test_after_a_silence_one_asks_and_the_others_do_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    line = bucket.Line("http://s3")
    line.ask()
    line.hear(boto.EndpointConnectionError(endpoint_url="http://s3"))
    line.ask()  # refused at once: that holds nobody up
    line.hear(boto.ReadTimeoutError(endpoint_url="http://s3"))
    with pytest.raises(boto.EndpointConnectionError):
        line.ask()
    now[0] += bucket.REST_S + 0.1
    line.ask()
    with pytest.raises(boto.EndpointConnectionError):  # the one before finds out
        line.ask()
    line.hear()
    line.ask()
