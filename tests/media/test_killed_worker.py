"""kill -9 in the middle of an encode costs a lease, never a video."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now

from lms.base.jobs.models import Job, JobState
from lms.base.jobs.sweeping import sweep
from media import ladder, parts
from media.api import add_video
from media.facts import Facts
from media.states import State
from tests.lms.conftest import ROOT, database_url
from tests.lms.waiting import eventually
from tests.media import clips
from tests.media.test_pipeline import frames
from tests.people import AT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

WORK = "import django; django.setup(); from lms.base.jobs import api; api.run_due()"
# Several chunks.
SECONDS, FPS = 120, 8


@pytest.fixture
def world(tmp_path: Path) -> dict[str, str]:
    """The environment of worker processes; their videos lie where this test's do."""
    # No worker of the test run, which would take a folder below this one for itself.
    ours = {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
    return {
        **ours,
        "DJANGO_SETTINGS_MODULE": "lms.settings.test",
        "LMS_VAR": str(tmp_path),
        "LMS_DATABASE_URL": database_url(),
    }


def start(world: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=world)


def let_the_lease_expire() -> None:
    Job.objects.filter(state=JobState.RUNNING).update(lease_until=Now() - timedelta(seconds=1))


def of_ours(folder: Path) -> list[str]:
    """Processes that still work on something below a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it ended while we looked
            continue
        if str(folder) in said and "ffmpeg" in said:
            found.append(said)
    return found


def encode_job() -> Job | None:
    return Job.objects.filter(kind="media.encode").first()


def test_an_encode_survives_its_workers(world: dict[str, str], tmp_path: Path, shelf: Path) -> None:
    clip = clips.lecture(tmp_path / "a.mp4", size="640x360", seconds=SECONDS, fps=str(FPS))
    video = add_video(clip, title="打不死的课", by=None, at=AT)

    for share in (0.05, 0.3, 0.6):
        worker = start(world)
        reached = eventually(
            lambda share=share: (encode_job() or Job()).progress >= share, patience_s=240
        )
        worker.kill()
        worker.wait()
        assert reached
        assert eventually(lambda: not of_ours(tmp_path)), "an encoder outlived its worker"
        video.refresh_from_db()
        assert video.state == State.ENCODING
        let_the_lease_expire()
        Job.objects.filter(kind="media.encode").update(progress=0)

    assert start(world).wait(timeout=500) == 0
    video.refresh_from_db()
    assert (video.state, video.reason) == (State.READY, "")
    job = encode_job()
    assert job is not None
    assert (job.state, job.attempts) == (JobState.DONE, 4)
    folder = shelf / video.published_prefix
    for row in video.renditions.filter(kind="hls"):
        assert frames(folder / row.path) == pytest.approx(SECONDS * FPS, abs=1)
    # Three deaths cost three parts at the most: what was done stayed done.
    rows = Job.objects.filter(kind="media.part")
    names = parts.names(ladder.plan(Facts.from_json(video.probe)))
    assert len(names) >= 4
    assert sorted(row.payload["part"] for row in rows) == sorted(names)
    assert sum(row.attempts for row in rows) <= len(names) + 3
    made = [folder for row in rows for folder in row.payload["made"]]
    assert len(set(made)) == len(made), "two parts under one name"
    assert not (shelf / "parts").exists() or not any(
        path.is_file() for path in (shelf / "parts").rglob("*")
    )
    assert not [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()]


def test_an_encode_that_kills_every_worker_is_said_to_have_failed(
    tmp_path: Path, shelf: Path
) -> None:
    from lms.base.jobs import running
    from media.status import status_of

    clip = clips.lecture(tmp_path / "a.mp4", size="426x240")
    video = add_video(clip, title="毒", by=None, at=AT)
    probe = Job.objects.get(kind="media.probe")
    assert running.attend(probe.pk)
    job = encode_job()
    assert job is not None
    for _ in range(job.max_attempts):
        assert running.claim(job.pk)
        let_the_lease_expire()
    sweep()
    video.refresh_from_db()
    status = status_of(video)
    assert (status.state, status.may_retry) == (State.FAILED, True)
    assert "重试" in status.reason
