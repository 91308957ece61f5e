"""Celery carries only the news that a job is due; ``lms.base.jobs`` holds the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"lms.settings.{os.environ.get('LMS_ENV', 'dev')}")
app = Celery("lms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["lms.base.jobs"])


@app.on_after_configure.connect
def _watch_the_table(sender: Celery, **kwargs: object) -> None:
    from lms.base.jobs.sweeping import Sweeper

    sender.steps["worker"].add(Sweeper)
