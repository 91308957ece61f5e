"""The one Celery task: news that a job may be due."""

from __future__ import annotations

from celery import shared_task
from django.db import close_old_connections

from lms.base.jobs import running


@shared_task(name="lms.jobs.attend")
def attend(job_pk: int) -> None:
    close_old_connections()
    running.attend(job_pk)
