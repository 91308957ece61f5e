"""Web and worker writing together lose nothing, on the database of the settings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lms.accounts.models import TextMessage, User
from lms.base.audit import AuditEntry
from lms.base.jobs.models import Job, JobState
from tests.lms.conftest import ROOT
from tests.lms.waiting import eventually

WRITERS = 3
ACTS = 50
# What a request does: look up, decide, write three rows, ring a bell after the commit.
WEB = """
import sys, django
django.setup()
import tests.lms.worker_jobs
from django.db import transaction
from lms.accounts import people
from lms.base import clock
from lms.base.jobs import api as jobs
writer, acts = int(sys.argv[1]), int(sys.argv[2])
for act in range(acts):
    with transaction.atomic():
        people.person_by_phone(f"139{writer:04d}{act:04d}", at=clock.now())
        jobs.enqueue("test.count", key=f"count:{writer}:{act}")
"""


@pytest.mark.slow
@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_web_and_worker_writing_together_lose_nothing(
    environment: dict[str, str],
    start_worker: Callable[[], subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    start_worker()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WEB, str(writer), str(ACTS)],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
        )
        for writer in range(WRITERS)
    ]
    for writer in writers:
        _out, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    total = WRITERS * ACTS
    assert User.objects.count() == total
    assert AuditEntry.objects.filter(action="account.opened").count() == total
    assert eventually(
        lambda: Job.objects.filter(kind="test.count", state=JobState.DONE).count() == total
    ), (tmp_path / "worker.log").read_text()[-2000:]
    assert TextMessage.objects.filter(about="stress").count() == total
    assert not Job.objects.filter(kind="test.count", attempts__gt=1).exists()
    assert "database is locked" not in (tmp_path / "worker.log").read_text()
