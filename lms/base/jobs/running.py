"""Doing one job: claim, heartbeat, scratch folder, fencing, verdict."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from lms.base import clock, logs, outages
from lms.base.errors import Passing
from lms.base.jobs import registry, scratch
from lms.base.jobs.models import Job, JobState

log = logging.getLogger(__name__)
_BACKOFF_S = (5, 30, 120)
# What is in the way for longer than that is not passing.
_PAUSE, _PATIENCE = timedelta(minutes=2), timedelta(days=1)


class LeaseLost(Exception):
    """Another worker holds the job now, or it was cancelled: drop everything, write nothing."""


class Failed(Exception):
    """The job can never succeed: no retry. ``text`` is for people, ``code`` for programs."""

    def __init__(self, code: str, text: object) -> None:
        super().__init__(code, str(text))
        self.code, self.text = code, str(text)


def _from_now(delta: timedelta) -> models.ExpressionWrapper:
    return models.ExpressionWrapper(Now() + delta, output_field=models.DateTimeField())


def due() -> Q:
    """Jobs that a worker may claim now: queued and due, or running with an expired lease."""
    return Q(state=JobState.QUEUED, run_after__lte=Now()) | Q(
        state=JobState.RUNNING, lease_until__lt=Now()
    )


class Run:
    """One attempt at a job by one worker."""

    def __init__(self, job: Job, kind: registry.Kind) -> None:
        self.job, self.kind = job, kind
        self.lost = threading.Event()
        self._finished = False

    @property
    def payload(self) -> dict[str, Any]:
        return self.job.payload

    @property
    def attempt(self) -> int:
        return self.job.attempts

    @property
    def scratch(self) -> Path:
        """A folder of this lease alone, removed afterwards whatever happens."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    @property
    def _folder(self) -> Path:
        return scratch.of_lease(self.job.pk, self.job.lease_token)

    def _mine(self) -> models.QuerySet[Job]:
        return Job.objects.filter(
            pk=self.job.pk, state=JobState.RUNNING, lease_token=self.job.lease_token
        )

    def extend(self) -> None:
        """Sign of life.

        Raises:
            LeaseLost: somebody else holds the job.
        """
        held = self._mine().update(lease_until=_from_now(self.kind.lease), heartbeat_at=Now())
        if not held:
            self.lost.set()
            raise LeaseLost(self.job.key)

    def progress(self, share: float, step: str = "") -> None:
        """Say how far the work is (``share`` 0 to 1) and what is being done.

        Raises:
            LeaseLost: stop now.
        """
        values: dict[str, Any] = {"progress": min(max(share, 0.0), 1.0)}
        if step:
            values["step"] = str(step)[:200]
        if self.lost.is_set() or not self._mine().update(**values):
            self.lost.set()
            raise LeaseLost(self.job.key)

    def gives_up(self, error: Exception) -> bool:
        """Whether the job ends with this error: on its last attempt, unless something is only away."""
        spent = self.attempt >= self.job.max_attempts
        return spent and outages.of(error) is None and not self.waits_for(error)

    def waits_for(self, error: Exception) -> bool:
        """Whether the error costs no attempt: an evening of full pages must not use up those of a film."""
        return isinstance(error, Passing) and clock.now() - self.job.created_at < _PATIENCE

    @contextmanager
    def finish(self) -> Iterator[None]:
        """Write the effect and the verdict in one transaction, only while the lease is ours."""
        with transaction.atomic():
            held = self._mine().update(
                state=JobState.DONE,
                progress=1,
                lease_token=None,
                lease_until=None,
                finished_at=Now(),
                error_code="",
                error_text="",
            )
            if not held:
                raise LeaseLost(self.job.key)
            yield
        self._finished = True

    def __enter__(self) -> Run:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{self.job.pk}", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        left = scratch.of_job(self.job.pk) if self._finished else self._folder
        shutil.rmtree(left, ignore_errors=True)

    def _beat(self) -> None:
        try:
            while not self._stop.wait(self.kind.lease.total_seconds() / 3):
                try:
                    self.extend()
                except LeaseLost:
                    return
                except Exception:  # a database away for a moment: the lease still has time left
                    log.exception("heartbeat of job %s failed", self.job.pk)
                    connection.close()
        finally:
            connection.close()


def claim(job_pk: int) -> Run | None:
    """Take the job for this process, or None if it is not due or somebody was quicker."""
    try:
        kind = registry.kind(Job.objects.values_list("kind", flat=True).get(pk=job_pk))
    except Job.DoesNotExist:
        return None
    except KeyError:
        # Of a newer version: the next sweep rings again, until a worker hears it that knows the kind.
        Job.objects.filter(pk=job_pk, state=JobState.QUEUED).update(sent_at=None)
        return None
    token = uuid.uuid4()
    taken = Job.objects.filter(due(), pk=job_pk, attempts__lt=F("max_attempts")).update(
        state=JobState.RUNNING,
        lease_token=token,
        lease_until=_from_now(kind.lease),
        heartbeat_at=Now(),
        started_at=Now(),
        attempts=F("attempts") + 1,
        worker=f"{socket.gethostname()}:{os.getpid()}"[:120],
    )
    return Run(Job.objects.get(pk=job_pk), kind) if taken else None


def attend(job_pk: int) -> bool:
    """Claim and do one job; false if there was nothing to do. Never raises for a job's own fault."""
    run = claim(job_pk)
    if run is None:
        return False
    with run, logs.for_job(f"{run.job.kind}:{run.job.uuid}"):
        try:
            run.kind.handle(run)
            if not run._finished:
                with run.finish():
                    pass
        except LeaseLost:
            log.warning("job %s: lease lost, result dropped", run.job.key)
        except Failed as failure:
            _give_up(run, failure.code, failure.text)
        except Exception as error:
            log.exception("job %s failed on attempt %s", run.job.key, run.attempt)
            if outage := outages.of(error):
                _wait_out(run, outage, error)
            elif run.waits_for(error):
                _put_back(run, _PAUSE, "passing", _words(error), attempts=F("attempts") - 1)
            else:
                _try_again(run, error)
    return True


def _give_up(run: Run, code: str, text: str) -> None:
    run._mine().update(
        state=JobState.FAILED,
        lease_token=None,
        lease_until=None,
        finished_at=Now(),
        error_code=code[:80],
        error_text=text,
    )


def _try_again(run: Run, error: Exception) -> None:
    if run.gives_up(error):
        _give_up(run, "error", _words(error))
        return
    pause = timedelta(seconds=_BACKOFF_S[min(run.attempt, len(_BACKOFF_S)) - 1])
    _put_back(run, pause, "retrying", _words(error))


def _wait_out(run: Run, outage: outages.Outage, error: Exception) -> None:
    """Look again until it is over: an evening without a store would spend every attempt there is."""
    # First, because the database may lie on the disk that is full.
    shutil.rmtree(run._folder, ignore_errors=True)
    text = f"{outage.todo}（{_words(error)}）"
    _put_back(run, outage.pause, outage.code, text, attempts=F("attempts") - 1)


def _put_back(run: Run, pause: timedelta, code: str, text: str, **more: Any) -> None:
    run._mine().update(
        state=JobState.QUEUED,
        lease_token=None,
        lease_until=None,
        run_after=_from_now(pause),
        error_code=code,
        error_text=text,
        **more,
    )


def _words(error: Exception) -> str:
    said = str(error) if isinstance(error, Passing) else f"{type(error).__name__}: {error}"
    return said[:2000]


def run_due(limit: int = 1000) -> int:
    """Do every due job in this process, oldest first; returns how many (for tests and commands)."""
    done = 0
    while done < limit:
        pk = (
            Job.objects.filter(due(), attempts__lt=F("max_attempts"))
            .order_by("run_after", "id")
            .values_list("pk", flat=True)
            .first()
        )
        if pk is None or not attend(pk):
            break
        done += 1
    return done
