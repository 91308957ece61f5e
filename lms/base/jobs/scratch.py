"""Folders in which attempts at jobs work, and what a killed worker left of them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings

from lms.base.jobs.models import Job, JobState


def of_job(job_pk: int) -> Path:
    return _all() / str(job_pk)


def of_lease(job_pk: int, token: UUID | None) -> Path:
    """A folder of one attempt alone: whoever takes the job next works beside it."""
    return of_job(job_pk) / str(token)


def sweep() -> int:
    """Remove the folders of this machine whose lease is gone; returns how many.

    A worker that is killed clears nothing up. Its successor may do so, but not if the job was
    done, given up or cancelled meanwhile, and what lies there can be pages of letters.
    """
    folders = list(_all().glob("*/*"))
    # Asked after the listing: a lease is in its row before its folder is made.
    held = dict(Job.objects.filter(state=JobState.RUNNING).values_list("pk", "lease_token"))
    kept = {of_lease(pk, token) for pk, token in held.items()}
    gone = [folder for folder in folders if folder not in kept]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    for job in _all().glob("*"):
        if job.name not in map(str, held):
            with suppress(OSError):  # somebody works in it by now
                job.rmdir()
    return len(gone)


def _all() -> Path:
    return Path(settings.VAR_DIR) / "tmp" / "jobs"
